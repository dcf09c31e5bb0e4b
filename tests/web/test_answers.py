"""The page in headless Chromium against Python, byte for byte."""

import numpy as np
import pytest
from PIL import Image, ImageCms
from visitor import Visitor

from rcnet_tf.data.decode import decode
from rcnet_tf.export import golden
from rcnet_tf.export.engines import engine, is_installed
from rcnet_tf.preprocess import quantize_input, resize_picture
from rcnet_tf.shipped_pictures import ASSETS

# LiteRT's reference kernels differ in a logit of a thousand, see rcnet_tf.export.dense.
ORACLE = "tflm" if is_installed("tflm") else "reference"
DEMO = sorted((ASSETS / "demo").glob("*/*.jpg"))


@pytest.fixture(scope="module")
def visitor(browser, built, address):
    browser.open(address(built), "document.getElementById('headline').textContent === 'Ready'")
    yield Visitor(browser)
    assert browser.errors == []


@pytest.fixture(scope="module")
def oracle(content):
    return engine(ORACLE, content)


@pytest.fixture
def file(tmp_path):
    """Name, Pillow image, options of save -> a file."""

    def save(name, image, **options):
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def expected_input(file, visitor):
    return resize_picture(decode(file.read_bytes()), len(visitor.input()))


def test_golden_pictures(visitor, content, file):
    """Those that come with the network, whose output TensorFlow Lite Micro gives as well."""
    name = "tflite/focus_rcnet_224_golden.bin"
    vectors = golden.parse((ASSETS.parents[1] / name).read_bytes())
    assert golden.belongs_to(vectors, content) and vectors.pictures
    for i, picture in enumerate(vectors.pictures):
        pixels = picture.pixels.view(np.uint8) ^ 0x80
        visitor.choose(file(f"{i}.png", Image.fromarray(pixels)))
        np.testing.assert_array_equal(visitor.input(), pixels)
        np.testing.assert_array_equal(visitor.output(), picture.output)


def test_whole_pictures(visitor, oracle, file):
    """A demo picture of each class, at 512 x 384, from its pixels to the output."""
    for i, source in enumerate(DEMO[::10]):
        pixels = decode(source.read_bytes())
        visitor.choose(file(f"{i}.png", Image.fromarray(pixels)))
        seen = resize_picture(pixels, len(visitor.input()))
        np.testing.assert_array_equal(visitor.input(), seen)
        np.testing.assert_array_equal(visitor.output(), oracle.run(quantize_input(seen)))


def test_jpeg(visitor, oracle):
    """Decoders may differ by a step or two; with today's Chromium and Pillow, by none."""
    for source in DEMO[5::20]:
        visitor.choose(source)
        difference = visitor.input().astype(int) - expected_input(source, visitor)
        assert np.abs(difference).max() <= 2
        seen = quantize_input(visitor.input())
        np.testing.assert_array_equal(visitor.output(), oracle.run(seen))


@pytest.mark.parametrize(
    "height, width", [(1, 1), (97, 301), (224, 448), (5, 3000), (1400, 9), (1100, 1300)]
)
def test_sizes(visitor, file, height, width):
    """Larger, smaller, both; in one piece of lines and in several."""
    picture = file("noise.png", Image.fromarray(noise(height, width, 3)), compress_level=1)
    visitor.choose(picture)
    np.testing.assert_array_equal(visitor.input(), expected_input(picture, visitor))


def test_decoded_as_in_python(visitor, file):
    """Upright, on white, profiles ignored; sums with alpha and 16 bits may be rounded otherwise."""
    image = Image.open(DEMO[15])
    turned = Image.Exif()
    turned[0x0112] = 6
    profile = _other_profile()
    grey = noise(60, 80).astype(np.uint16) * 256 + noise(60, 80, seed=1)
    files = [
        file("turned.png", image, exif=turned),
        file("profile.png", image, icc_profile=profile),
        file("transparent.png", Image.fromarray(noise(200, 300, 4))),
        file("palette.gif", image.quantize(64)),
        file("grey.png", image.convert("L")),
        file("deep.png", Image.fromarray(grey)),
        file("lossless.webp", image, lossless=True),
    ]
    for one in files:
        visitor.choose(one)
        difference = visitor.input().astype(int) - expected_input(one, visitor)
        rounded = one.name in ("transparent.png", "deep.png")
        assert np.abs(difference).max() <= (1 if rounded else 0), one.name


def _other_profile():
    """sRGB with red and green exchanged: whoever heeds it shows other colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    end = 132 + 12 * int.from_bytes(profile[128:132], "big")
    tags = profile[132:end]
    assert tags.count(b"rXYZ") == tags.count(b"gXYZ") == 1
    swapped = tags.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    return profile[:132] + swapped + profile[end:]
