"""Every kind of file ends in right pixels or in `UnreadablePicture`."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from rcnet_tf.data import decode as decode_module
from rcnet_tf.data.decode import UnreadablePicture, decode

RAMP = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour, rows, size, *extra):
    """A PNG of any depth and colour type, which Pillow cannot write."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + body + chunk(b"IEND", b"")


def tiff(bits, photometric, data, width):
    """A grey TIFF of one row."""
    tags = {256: width, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: 1}
    tags[279] = len(data)
    data += b"\0" * (len(data) % 2)
    entries = [struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags)]
    start = b"II*\0" + struct.pack("<I", 8 + len(data))
    return start + data + struct.pack("<H", len(entries)) + b"".join(entries) + b"\0" * 4


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_rgb_comes_back(encode, format):
    np.testing.assert_array_equal(decode(encode(RAMP, format)), RAMP)


def test_lossless_webp_and_jpeg2000(encode):
    if features.check("webp"):
        np.testing.assert_array_equal(decode(encode(RAMP, "WEBP", lossless=True)), RAMP)
    if features.check("jpg_2000"):
        np.testing.assert_array_equal(decode(encode(RAMP, "JPEG2000")), RAMP)


def test_jpeg_is_close(encode):
    smooth = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    np.testing.assert_allclose(decode(encode(smooth, "JPEG")).astype(int), smooth, atol=3)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "GIF"])
def test_grey_becomes_three_equal_channels(encode, format):
    grey = np.repeat(np.arange(0, 256, 16, np.uint8)[None], 16, 0)
    pixels = decode(encode(grey, format, **({"quality": 100} if format == "JPEG" else {})))
    np.testing.assert_allclose(pixels.astype(int), np.stack([grey] * 3, -1), atol=1)


def test_one_bit(encode):
    bits = np.eye(5, dtype=bool)
    expected = np.repeat(bits[..., None] * np.uint8(255), 3, 2)
    for format in ("PNG", "TIFF", "PPM", "BMP"):
        np.testing.assert_array_equal(decode(encode(bits, format)), expected)


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk(encode, format):
    picture = Image.new("RGB", (16, 16), (200, 100, 50)).convert("CMYK")
    pixels = decode(encode(picture, format))
    np.testing.assert_allclose(pixels[8, 8].astype(int), (200, 100, 50), atol=3)


def test_lab_tiff(encode):
    lab = ImageCms.applyTransform(
        Image.new("RGB", (4, 4), (200, 100, 50)),
        ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        ),
    )
    try:
        pixels = decode(encode(lab, "TIFF"))
    except UnreadablePicture:
        return  # older Pillow cannot convert it and says so
    np.testing.assert_allclose(pixels[0, 0].astype(int), (200, 100, 50), atol=2)


def test_palette(encode):
    picture = Image.fromarray(RAMP).quantize(48)
    expected = np.asarray(picture.convert("RGB"))
    for format in ("PNG", "GIF", "BMP", "TIFF"):
        np.testing.assert_array_equal(decode(encode(picture, format)), expected)


def test_transparent_palette_lies_on_white():
    palette = chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60])) + chunk(b"tRNS", bytes([0, 128]))
    pixels = decode(png(8, 3, b"\0\0\1", (2, 1), palette))
    np.testing.assert_array_equal(pixels[0, 0], 255)
    half = np.round((128 * np.array([40, 50, 60]) + 127 * 255) / 255)
    np.testing.assert_allclose(pixels[0, 1], half, atol=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_lies_on_white(encode, mode):
    picture = Image.new("RGBA", (3, 1), (40, 40, 40, 255))
    picture.putpixel((1, 0), (40, 40, 40, 0))
    picture.putpixel((2, 0), (40, 40, 40, 51))
    pixels = decode(encode(picture.convert(mode)))
    np.testing.assert_array_equal(pixels[0, :, 0], [40, 255, 212])  # 40 * 0.2 + 255 * 0.8


def test_transparent_colour_lies_on_white():
    grey = png(8, 0, b"\0\x80\x07", (2, 1), chunk(b"tRNS", struct.pack(">H", 7)))
    np.testing.assert_array_equal(decode(grey)[0, :, 0], [128, 255])
    rgb = png(8, 2, b"\0\1\2\3\4\5\6", (2, 1), chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
    np.testing.assert_array_equal(decode(rgb)[0], [[255] * 3, [4, 5, 6]])
    deep = struct.pack(">HH", 0x1234, 0x1235)
    deep = png(16, 0, b"\0" + deep, (2, 1), chunk(b"tRNS", struct.pack(">H", 0x1234)))
    np.testing.assert_array_equal(decode(deep)[0, :, 0], [255, 0x12])
    two_bits = png(2, 0, b"\0\x90", (2, 1), chunk(b"tRNS", struct.pack(">H", 1)))
    with pytest.raises(UnreadablePicture, match="not of 8 bits"):
        decode(two_bits)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_is_scaled_not_clipped(encode, format):
    deep = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    expected = np.arange(256, dtype=np.uint8).reshape(16, 16)
    if format == "PPM":  # which older Pillow reads but does not write
        content = b"P5 16 16 65535\n" + deep.astype(">u2").tobytes()
    else:
        content = encode(deep, format)
    np.testing.assert_array_equal(decode(content), np.stack([expected] * 3, -1))


def test_16_bit_rgb_keeps_the_high_byte():
    samples = np.array([0x1234, 0x5678, 0x9ABC, 0xFFFF, 0, 1], ">u2")
    pixels = decode(png(16, 2, b"\0" + samples.tobytes(), (2, 1)))
    np.testing.assert_array_equal(pixels[0], [[0x12, 0x56, 0x9A], [0xFF, 0, 0]])


def test_tiff_where_zero_is_white_and_12_bits():
    deep = struct.pack("<HHHH", 0, 10 * 256, 200 * 256, 65535)
    np.testing.assert_array_equal(decode(tiff(16, 1, deep, 4))[0, :, 0], [0, 10, 200, 255])
    np.testing.assert_array_equal(decode(tiff(16, 0, deep, 4))[0, :, 0], [255, 245, 55, 0])
    twelve = bytes([0xFF, 0xF0, 0x00, 0x80, 0x0F, 0xFF])
    np.testing.assert_array_equal(decode(tiff(12, 1, twelve, 4))[0, :, 0], [255, 0, 128, 255])


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_samples_of_unknown_range_are_refused(encode, dtype):
    with pytest.raises(UnreadablePicture, match="range is unknown"):
        decode(encode(np.ones((4, 4), dtype), "TIFF"))


# Where the top left pixel of a 2 x 3 picture goes, by the definition of the EXIF tag.
TURNED = {
    1: (0, 0),
    2: (0, 2),
    3: (1, 2),
    4: (1, 0),
    5: (0, 0),
    6: (0, 1),
    7: (2, 1),
    8: (2, 0),
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG"])
def test_exif_orientation(encode, format, orientation):
    picture = np.zeros((16, 24, 3), np.uint8)
    picture[:8, :8] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encode(picture, format, exif=exif))
    assert pixels.shape == ((16, 24, 3) if orientation < 5 else (24, 16, 3))
    row, column = TURNED[orientation]
    blocks = pixels[4::8, 4::8, 0] > 128
    assert np.argwhere(blocks).tolist() == [[row, column]]


def test_damaged_exif_does_not_matter(encode):
    content = encode(RAMP, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffnonsense")
    assert decode(content).shape == RAMP.shape


@pytest.mark.parametrize("format", ["GIF", "PNG", "TIFF", "WEBP"])
def test_animations_give_their_first_frame(encode, format):
    if format == "WEBP" and not features.check("webp"):
        pytest.skip("this Pillow reads no WebP")
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("white", "black"))
    content = encode(first, format, save_all=True, append_images=[second])
    np.testing.assert_array_equal(decode(content), 255)


def test_a_truncated_file_never_gives_other_pixels(encode):
    rng = np.random.default_rng(0)
    picture = np.clip(RAMP.repeat(4, 0).repeat(4, 1) + rng.integers(-9, 9, (24, 32, 3)), 0, 255)
    picture = picture.astype(np.uint8)
    kinds = [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("GIF", {})]
    kinds += [("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("PPM", {})]
    for format, options in kinds:
        content = encode(picture, format, **options)
        whole = decode(content)
        for length in {*range(0, len(content), 97), *range(len(content) - 30, len(content))}:
            try:
                pixels = decode(content[:length])
            except UnreadablePicture:
                continue
            np.testing.assert_array_equal(pixels, whole, err_msg=f"{format} cut at {length}")


def test_damaged_png_is_noticed(encode):
    content = encode(RAMP)
    start = content.index(b"IDAT")
    for position in range(start, len(content) - 12):
        damaged = bytearray(content)
        damaged[position] ^= 1
        with pytest.raises(UnreadablePicture):
            decode(bytes(damaged))


def test_noise_never_raises_anything_else(encode):
    rng = np.random.default_rng(1)
    files = [encode(RAMP, f) for f in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "PPM")]
    unreadable = 0
    for _ in range(400):
        content = bytearray(files[rng.integers(len(files))])
        for _ in range(rng.integers(1, 20)):
            content[rng.integers(min(len(content), 100))] = rng.integers(256)
        try:
            assert decode(bytes(content)).shape[2] == 3
        except UnreadablePicture:
            unreadable += 1
    assert unreadable > 100


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not a picture"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"\xff\xd8\xff\xe0abc", "damaged"),
        (png(8, 0, b"", (30000, 30000)), "million"),
        (png(8, 0, b"", (11000, 10000)), "11000 x 10000 pixels, more than 100 million"),
        (png(8, 0, b"", (70000, 1)), "70000 x 1 pixels"),
    ],
)
def test_reasons(content, reason):
    with pytest.raises(UnreadablePicture, match=reason):
        decode(content)


def test_a_big_picture_is_decoded(monkeypatch):
    monkeypatch.setattr(decode_module, "_BIG", 1000)
    rows = (b"\0" + b"\x80" * 2000) * 1000
    assert decode(png(8, 0, rows, (2000, 1000))).shape == (1000, 2000, 3)
