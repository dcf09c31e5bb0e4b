"""The bytes of a picture file -> uint8 RGB, or a reason why not.

Whatever comes in, `decode` ends in a correct picture or in `UnreadablePicture`: a guess would be a
silently wrong training example.
"""

from __future__ import annotations

import functools
import io
import threading
import warnings
import zlib

import numpy as np
from PIL import Image, TiffImagePlugin

MAX_PIXELS = 100_000_000
"""Larger pictures are refused: decoding takes up to sixteen bytes a pixel."""

MAX_SIDE = 65_535
"""So are longer ones."""

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF")
"""Named, because Pillow would otherwise also try formats that start other programs (EPS)."""

# One big picture at a time: several at once, one per thread, could exhaust the memory.
_BIG = 16_000_000
_big_lock = threading.Lock()
# Warning filters belong to the whole process; two threads changing them at once would mix them up.
_warnings_lock = threading.Lock()

_PNG = b"\x89PNG\r\n\x1a\n"
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class UnreadablePicture(Exception):
    """A file that is no usable picture; the message is the reason, without the file's name."""


def decode(content: bytes) -> np.ndarray:
    """Decode a picture file completely.

    EXIF orientation is applied; of an animation the first frame counts; transparency is composited
    on white; 16-bit samples keep their high byte; embedded colour profiles are ignored.

    Args:
        content: the whole file.

    Returns:
        uint8 array (H, W, 3), RGB, perhaps read-only.

    Raises:
        UnreadablePicture: empty, truncated, damaged, not a picture, too large, or of a pixel type
            whose range is unknown (32-bit integer, floating point).

    Example:
        >>> from rcnet_tf import shipped_pictures
        >>> decode(shipped_pictures.demo().pictures[0].read()).shape
        (384, 512, 3)
    """
    if not content:
        raise UnreadablePicture("empty file")
    try:
        if content.startswith(_PNG):
            _check_png(content)
        with _open(content) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise UnreadablePicture(
                    f"{width} x {height} pixels, more than {MAX_PIXELS // 10**6} million "
                    f"or {MAX_SIDE} along a side"
                )
            if image.mode in ("L", "RGB") and "transparency" in image.info and _depth(content) != 8:
                # Pillow would look for the colour among samples it has already changed to 8 bits.
                raise UnreadablePicture("a transparent colour in a PNG that is not of 8 bits")
            if width * height > _BIG:
                with _big_lock:
                    return _pixels(image)
            return _pixels(image)
    except UnreadablePicture:
        raise
    except Image.DecompressionBombError:
        raise UnreadablePicture(f"more than {MAX_PIXELS // 10**6} million pixels") from None
    except Image.UnidentifiedImageError:
        raise UnreadablePicture(_why_unidentified(content)) from None
    except MemoryError:
        raise UnreadablePicture("too large for the memory") from None
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
        text = " ".join(str(error).split())
        raise UnreadablePicture(f"damaged: {text or type(error).__name__}") from error


def looks_like_picture(start: bytes) -> bool:
    """Whether a file that starts with these (at least 16) bytes could be a picture we decode."""
    return start.startswith((b"\xff\xd8\xff", _PNG, b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")) or (
        start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    )


@functools.cache
def _formats() -> tuple[str, ...]:
    """`FORMATS` without those that this build of Pillow lacks."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _open(content: bytes) -> Image.Image:
    with _warnings_lock, warnings.catch_warnings():
        # Pillow warns of large pictures; we have a limit of our own.
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(content), formats=_formats())


def _depth(content: bytes) -> int:
    """Bits a sample of a PNG, 8 for other formats."""
    return content[24] if content.startswith(_PNG) else 8


def _check_png(content: bytes) -> None:
    """Compare the checksums of the pixels' chunks, which Pillow passes over."""
    start = len(_PNG)
    while start + 12 <= len(content):
        length = int.from_bytes(content[start : start + 4], "big")
        end = start + 8 + length
        if content[start + 4 : start + 8] == b"IDAT":
            checksum = zlib.crc32(memoryview(content)[start + 4 : end])
            if checksum != int.from_bytes(content[end : end + 4], "big"):
                raise UnreadablePicture("damaged: wrong checksum in the PNG")
        start = end + 4


def _why_unidentified(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIC, which is not supported; convert it to JPEG"
    if looks_like_picture(content[:16]):
        return "damaged: the header cannot be read"
    return "not a picture of a supported format"


def _pixels(image: Image.Image) -> np.ndarray:
    image.load()
    # Read after load(): for TIFF Pillow turns the pixels itself and drops the tag.
    orientation = _orientation(image)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        pixels = _from_16_bit(image)
    elif image.mode in ("I", "F"):
        raise UnreadablePicture(f"pixels of Pillow mode {image.mode}, whose range is unknown")
    elif image.has_transparency_data:
        pixels = np.asarray(_on_white(image))
    else:
        pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    return np.ascontiguousarray(_turned(pixels, orientation))


def _from_16_bit(image: Image.Image) -> np.ndarray:
    grey = np.asarray(image).astype(np.uint16)  # (H, W)
    bits = 16
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        # Pillow leaves these two to us: values are not spread to 16 bits, and 0 may mean white.
        bits = image.tag_v2.get(258, (16,))[0]
        if image.tag_v2.get(262) == 0:
            grey = (2**bits - 1) - grey
    # The high byte, as Pillow itself does for 16-bit RGB.
    high = (grey >> (bits - 8)).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        high[grey == transparent] = 255
    return np.repeat(high[..., None], 3, axis=2)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # damaged metadata around a sound picture
        return 1


def _turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation (1 to 8; anything else means upright)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
