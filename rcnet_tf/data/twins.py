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
    by_size = defaultdict(list)
    for picture in pictures:
        source = picture.source
        by_size[source.size(picture.path), source.checksum(picture.path)].append(picture)
    alike = {key: group for key, group in by_size.items() if len(group) > 1}
    files = sum(len(group) for group in alike.values())
    if files > MAX_FILES or sum(size * len(alike[size, crc]) for size, crc in alike) > MAX_BYTES:
        return []
    same = defaultdict(list)
    for group in alike.values():
        for picture in group:
            try:
                same[hashlib.sha256(picture.read()).digest()].append(picture)
            except UnreadablePicture:
                continue  # reported when it is decoded
    return [group for group in same.values() if len(group) > 1]
