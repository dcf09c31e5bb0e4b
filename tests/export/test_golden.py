"""The golden file's format: its layout as documented, and damage that is told in one line."""

import hashlib
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export import golden
from rcnet_tf.export.golden import Golden, Picture, Stage

SIDE, CLASSES = 10, 6  # 300 bytes of input: padding is needed everywhere


def made(stages=3, pictures=2):
    random = np.random.default_rng(1)

    def picture(index):
        output = random.integers(-128, 128, CLASSES).astype(np.int8)
        checksums = (*(int(value) for value in random.integers(2**32, size=stages - 1)),)
        return Picture(
            name=f"glass/{index}.jpg",
            label=index,
            pixels=random.integers(-128, 128, (SIDE, SIDE, 3)).astype(np.int8),
            output=output,
            checksums=(*checksums, zlib.crc32(output.tobytes())),
        )

    table = [Stage(f"stage{index}_simam", 7 * index, (4, 3, 2)) for index in range(stages - 1)]
    return Golden(
        model_sha256="ab" * 32,
        stages=(*table, Stage("predictions", 99, (1, 1, CLASSES))),
        pictures=tuple(picture(index) for index in range(pictures)),
    )


def padded(size):
    return size + -size % 16


def test_layout_is_as_documented():
    values = made()
    content = golden.pack(values)
    assert content[:8] == b"RCNETGLD"
    (version, size) = struct.unpack_from("<II", content, 8)
    assert (version, size) == (1, len(content))
    assert content[16:48] == bytes.fromhex("ab" * 32)
    assert struct.unpack_from("<5I", content, 48) == (SIDE, 300, CLASSES, 3, 2)
    record, crc, zero = struct.unpack_from("<3I", content, 68)
    assert record == 64 + padded(12) + padded(CLASSES) + padded(300)
    assert crc == zlib.crc32(content[80:]) and zero == 0

    for index, stage in enumerate(values.stages):
        at = 80 + 64 * index
        assert content[at : at + 48].rstrip(b"\0").decode() == stage.name
        fields = struct.unpack_from("<IIHHI", content, at + 48)
        assert fields == (stage.tensor, int(np.prod(stage.shape)), *stage.shape)

    for index, picture in enumerate(values.pictures):
        at = 80 + 64 * 3 + record * index
        assert at % 16 == 0
        assert content[at : at + 48].rstrip(b"\0").decode() == picture.name
        label, input_crc = struct.unpack_from("<iI", content, at + 48)
        assert label == picture.label
        assert struct.unpack_from("<3I", content, at + 64) == picture.checksums
        output = content[at + 64 + padded(12) :][:CLASSES]
        pixels = content[at + 64 + padded(12) + padded(CLASSES) :][:300]
        assert output == picture.output.tobytes()
        assert pixels == picture.pixels.tobytes()  # row by row, channels innermost
        assert input_crc == zlib.crc32(pixels)
    assert len(content) == 80 + 64 * 3 + record * 2


def test_what_is_written_is_read():
    values = made(stages=5, pictures=3)
    read = golden.parse(golden.pack(values))
    assert read.model_sha256 == values.model_sha256
    assert read.stages == values.stages
    for one, other in zip(read.pictures, values.pictures, strict=True):
        assert (one.name, one.label, one.checksums) == (other.name, other.label, other.checksums)
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.output, other.output)
    assert golden.pack(read) == golden.pack(values)


def test_checksum_is_the_one_of_zlib_whatever_the_layout():
    assert golden.checksum(np.frombuffer(b"123456789", np.int8)) == 0xCBF43926
    tensor = np.arange(24, dtype=np.int8).reshape(2, 3, 4)
    assert golden.checksum(tensor.transpose(2, 1, 0).copy().transpose(2, 1, 0)) == golden.checksum(
        tensor
    )
    carried = 0
    for row in tensor:  # as an engine that makes a row at a time
        carried = zlib.crc32(row.tobytes(), carried)
    assert carried == golden.checksum(tensor)


def test_long_names_keep_their_ends():
    name = "日本語/" * 10 + "glass.jpg"
    values = made(pictures=1)
    renamed = replace(values, pictures=(replace(values.pictures[0], name=name),))
    read = golden.parse(golden.pack(renamed)).pictures[0].name
    assert name.endswith(read) and read.endswith("語/glass.jpg")
    assert len(read.encode()) <= 47


def test_belongs_to_the_file_it_was_made_from():
    content = b"a model"
    values = replace(made(), model_sha256=hashlib.sha256(content).hexdigest())
    assert golden.belongs_to(values, content)
    assert not golden.belongs_to(values, content + b"!")


def test_name_is_that_of_the_model():
    assert golden.file_name("focus_rcnet_224_int8.tflite") == "focus_rcnet_224_golden.bin"
    assert golden.file_name("mine.tflite") == "mine_golden.bin"


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\0" * 200, b"\1\0\0\0TFL3" * 30])
def test_foreign_files(content):
    with pytest.raises(UserError, match="photo holds no golden vectors; expected the"):
        golden.parse(content, "photo")


def test_every_truncation_is_refused():
    content = golden.pack(made(pictures=1))
    for length in range(8, len(content), 7):
        with pytest.raises(UserError, match="cannot be read"):
            golden.parse(content[:length])
    with pytest.raises(UserError, match=f"has {len(content) + 1} bytes, not {len(content)}"):
        golden.parse(content + b"\0")


def test_every_changed_byte_is_noticed_or_harmless():
    content = golden.pack(made(pictures=1))
    random = np.random.default_rng(2)
    sha256, zero = range(16, 48), range(76, 80)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= int(random.integers(1, 256))
        if place in sha256 or place in zero:  # not of the format's business
            golden.parse(bytes(changed))
            continue
        with pytest.raises(UserError) as error:
            golden.parse(bytes(changed))
        assert "\n" not in str(error.value)


def test_newer_versions_are_refused():
    content = bytearray(golden.pack(made()))
    content[8] = 2
    with pytest.raises(UserError, match="it is of version 2, not 1"):
        golden.parse(bytes(content))


@pytest.mark.parametrize("place", range(48, 72, 4))
@pytest.mark.parametrize("value", [0, 1, 2**31 - 1, 2**32 - 1])
def test_absurd_counts_cost_nothing(place, value):
    content = bytearray(golden.pack(made(stages=2, pictures=1)))
    if struct.unpack_from("<I", content, place)[0] == value:
        pytest.skip("the count is right")
    struct.pack_into("<I", content, place, value)
    with pytest.raises(UserError, match="cannot be read"):
        golden.parse(bytes(content))
