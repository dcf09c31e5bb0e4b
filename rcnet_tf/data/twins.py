"""The same picture twice: under two labels it teaches nothing, in two parts it flatters."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from rcnet_tf.data.decode import UnreadablePicture
from rcnet_tf.data.sources import Picture

MAX_FILES = 20_000
MAX_BYTES = 256 * 2**20


def twins(pictures: Iterable[Picture]) -> list[list[Picture]]:
    """Groups of pictures with the same bytes.

    Only files of equal size (in a zip also of equal checksum) are read. Where those are more than
    `MAX_FILES` or `MAX_BYTES`, the search would take longer than it is worth: none are reported.
    """
    alike = defaultdict(list)
    for picture in pictures:
        source = picture.source
        alike[source.size(picture.path), source.checksum(picture.path)].append(picture)
    alike = {key: group for key, group in alike.items() if len(group) > 1}
    if (
        sum(map(len, alike.values())) > MAX_FILES
        or sum(size * len(group) for (size, _), group in alike.items()) > MAX_BYTES
    ):
        return []
    same = defaultdict(list)
    for group in alike.values():
        for picture in group:
            try:
                same[hashlib.sha256(picture.read()).digest()].append(picture)
            except UnreadablePicture:
                continue  # reported when it is decoded
    return [group for group in same.values() if len(group) > 1]
