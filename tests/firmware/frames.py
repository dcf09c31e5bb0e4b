"""Camera frames from pictures, and what each of them shows: the definition in NumPy."""

import numpy as np

FORMATS = ("RGB888", "BGR888", "RGB565_LE", "RGB565_BE", "GRAY8", "YUYV", "UYVY")


def frame(name, picture):
    """The lines (H, bytes) of a picture (H, W, 3), as a camera would send them."""
    lines = len(picture)
    if name == "RGB888":
        return picture.reshape(lines, -1)
    if name == "BGR888":
        return picture[..., ::-1].reshape(lines, -1)
    if name == "GRAY8":
        return picture[..., 1]
    if name.startswith("RGB565"):
        red, green, blue = np.moveaxis(picture.astype(np.uint16), -1, 0)
        words = red >> 3 << 11 | green >> 2 << 5 | blue >> 3
        return words.astype("<u2" if name.endswith("LE") else ">u2").view(np.uint8)
    weights = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
    y, cb, cr = np.moveaxis(picture @ np.array(weights).T + [0.5, 128.5, 128.5], -1, 0)
    chroma = np.empty_like(y)
    chroma[:, 0::2] = (cb[:, 0::2] + cb[:, 1::2]) / 2
    chroma[:, 1::2] = (cr[:, 0::2] + cr[:, 1::2]) / 2
    pair = (y, chroma) if name == "YUYV" else (chroma, y)
    return np.stack(pair, axis=-1).clip(0, 255).astype(np.uint8).reshape(lines, -1)


def shown(name, lines):
    """What a frame shows: lines (H, bytes) -> uint8 (H, W, 3)."""
    height = len(lines)
    if name in ("RGB888", "BGR888"):
        picture = lines.reshape(height, -1, 3)
        return picture if name == "RGB888" else picture[..., ::-1]
    if name == "GRAY8":
        return lines[..., None].repeat(3, axis=-1)
    pixels = np.ascontiguousarray(lines).reshape(height, -1, 2)
    if name.startswith("RGB565"):
        words = pixels.view("<u2" if name.endswith("LE") else ">u2")[..., 0].astype(np.int64)
        red, green, blue = words >> 11, words >> 5 & 63, words & 31
        picture = red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2
        return np.stack(picture, axis=-1).astype(np.uint8)
    y, cb, cr = components(name, pixels)
    y = (y << 16) + (1 << 15)
    picture = y + 91881 * cr, y - 22554 * cb - 46802 * cr, y + 116130 * cb
    return (np.stack(picture, axis=-1) >> 16).clip(0, 255).astype(np.uint8)


def components(name, pixels):
    """YUV 4:2:2 (H, W, 2) -> Y, Cb - 128 and Cr - 128 of every pixel, integers."""
    y, chroma = np.moveaxis(pixels if name == "YUYV" else pixels[..., ::-1], -1, 0).astype(int)
    cb, cr = (chroma[:, i::2].repeat(2, axis=1) - 128 for i in (0, 1))
    return y, cb, cr
