"""The standard metadata: read back, read by others, and damage that is survived."""

import io
import subprocess
import sys
import zipfile

import flatbuffers
import numpy as np
import pytest
from flatbuffers.table import Table

from rcnet_tf.export import inspect, metadata
from rcnet_tf.export.metadata import Metadata
from rcnet_tf.export.slim import signed
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.tflite_file import flatbuffer

ABOUT = Metadata(
    name="überraschung",
    description="Tells things apart.",
    version="1.2.3",
    author="somebody",
    license="MIT",
    size=96,
)


def test_what_is_written_is_read():
    content = metadata.encode(ABOUT)
    assert content == metadata.encode(ABOUT)
    assert metadata.decode(content) == ABOUT
    nameless = Metadata("m", "", "", "", "", 64)
    assert metadata.decode(metadata.encode(nameless)) == nameless


def test_every_conversion_carries_it(int8_file, float32_file):
    for content in (int8_file, float32_file):
        about = metadata.of(flatbuffer.parse(content))
        assert about.name == "focus_rcnet"
        assert about.size == 64
        assert about.label_file == flatbuffer.LABEL_FILE
        assert (about.author, about.license) == ("", "")  # a user's weights are the user's
        names = [entry.name for entry in flatbuffer.parse(content).metadata]
        assert names.count(b"TFLITE_METADATA") == 1 and b"min_runtime_version" in names


def test_labels_of_a_damaged_or_enormous_archive_are_none():
    def packed(content):
        file = io.BytesIO(b"a flatbuffer")
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(flatbuffer.LABEL_FILE, content)
        return bytearray(file.getvalue())

    names = tuple(f"class {index}" for index in range(1000))
    content = packed("\n".join(names))
    assert flatbuffer.labels(bytes(content)) == names
    content[60:70] = bytes(range(245, 255))
    assert flatbuffer.labels(bytes(content)) is None
    enormous = packed(bytes(1 << 21))
    assert flatbuffer.labels(bytes(enormous)) is None
    size = (1 << 21).to_bytes(4, "little")
    lying = bytes(enormous).replace(size, (100).to_bytes(4, "little"))
    assert lying != enormous and flatbuffer.labels(lying) is None


def test_normalisation_is_that_of_preprocess_input(int8_file):
    about = metadata.of(flatbuffer.parse(int8_file))
    pixels = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    expected = (pixels.astype(np.float32) - about.mean) / about.std
    np.testing.assert_array_equal(preprocess_input(pixels), expected)
    # ... and after quantisation it is pixel - 128, as the int8 input must be.
    source = inspect.describe(int8_file).input
    np.testing.assert_array_equal(expected / source.scale + source.zero_point, pixels - 128.0)


def table(content, at):
    return Table(bytearray(content), at)


def child(parent, slot):
    """What field number `slot` refers to, by flatbuffers' own reader."""
    offset = parent.Offset(4 + 2 * slot)
    assert offset, f"no field {slot}"
    return table(parent.Bytes, parent.Indirect(parent.Pos + offset))


def children(parent, slot):
    offset = parent.Offset(4 + 2 * slot)
    start = parent.Vector(offset)
    return [
        table(parent.Bytes, parent.Indirect(start + 4 * index))
        for index in range(parent.VectorLen(offset))
    ]


def text(parent, slot):
    return parent.String(parent.Pos + parent.Offset(4 + 2 * slot)).decode()


def number(parent, slot, flags=flatbuffers.number_types.Uint8Flags):
    return parent.Get(flags, parent.Pos + parent.Offset(4 + 2 * slot))


def numbers(parent, slot):
    offset = parent.Offset(4 + 2 * slot)
    return parent.GetVectorAsNumpy(flatbuffers.number_types.Float32Flags, offset).tolist()


def test_fields_have_the_numbers_of_the_published_schema():
    """By flatbuffers' own reader; the same was seen with tflite-support 0.4.4 and MediaPipe."""
    content = metadata.encode(ABOUT)
    assert content[4:8] == b"M001"
    root = table(content, int.from_bytes(content[:4], "little"))
    texts = {slot: text(root, slot) for slot in (0, 1, 2, 4, 5, 7)}
    assert texts == {
        0: ABOUT.name,
        1: ABOUT.description,
        2: ABOUT.version,
        4: ABOUT.author,
        5: ABOUT.license,
        7: "1.0.0",  # min_parser_version
    }
    (graph,) = children(root, 3)
    (taken,), (given,) = children(graph, 2), children(graph, 3)

    content_of_input = child(taken, 3)
    assert number(content_of_input, 0) == 2  # ImageProperties
    image = child(content_of_input, 1)
    assert number(image, 0) == 1  # RGB
    size = child(image, 1)
    wide = flatbuffers.number_types.Uint32Flags
    assert [number(size, slot, wide) for slot in (0, 1)] == [96, 96]
    (unit,) = children(taken, 4)
    assert number(unit, 0) == 1  # NormalizationOptions
    assert [numbers(child(unit, 1), slot) for slot in (0, 1)] == [[128.0], [128.0]]
    stats = child(taken, 5)
    assert [numbers(stats, slot) for slot in (0, 1)] == [[127 / 128], [-1.0]]  # max, min

    assert number(child(given, 3), 0) == 1  # FeatureProperties
    assert [numbers(child(given, 5), slot) for slot in (0, 1)] == [[1.0], [0.0]]
    (file,) = children(given, 6)
    assert text(file, 0) == "labels.txt"
    assert number(file, 2) == 2  # TENSOR_AXIS_LABELS


def test_the_support_library_reads_it(int8_file, tmp_path):
    reader = pytest.importorskip("tflite_support.metadata", reason="no tflite-support here")
    (tmp_path / "model.tflite").write_bytes(int8_file)
    shown = reader.MetadataDisplayer.with_model_file(str(tmp_path / "model.tflite"))
    assert shown.get_packed_associated_file_list() == ["labels.txt"]
    assert '"TENSOR_AXIS_LABELS"' in shown.get_metadata_json()


def test_weights_can_be_signed(int8_file):
    content = signed(int8_file, "an author", "a licence")
    about = metadata.of(flatbuffer.parse(content))
    assert (about.author, about.license) == ("an author", "a licence")
    assert flatbuffer.labels(content) == flatbuffer.labels(int8_file)
    assert len(content) < len(int8_file) + 200
    assert signed(content, "an author", "a licence") == content
    operators = [flatbuffer.parse(one).subgraphs[0].operators for one in (content, int8_file)]
    assert len(operators[0]) == len(operators[1])


def test_files_without_metadata(int8_file):
    model = flatbuffer.parse(int8_file)
    model.metadata = None
    assert metadata.of(model) is None


def test_damage_is_no_exception():
    content = metadata.encode(ABOUT)
    random = np.random.default_rng(0)
    for place in range(len(content)):
        for value in (0, 255, 128, int(random.integers(256))):
            changed = bytearray(content)
            changed[place] = value
            metadata.decode(bytes(changed))
    for length in range(len(content)):
        metadata.decode(content[:length])
    assert metadata.decode(content[:40]) is None
    assert metadata.decode(b"M001" * 10) is None


def test_reading_needs_no_tensorflow():
    script = (
        "import sys\n"
        "from rcnet_tf.export import metadata\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout == "set()\n", result.stderr
