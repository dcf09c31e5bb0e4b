"""The input contract against exact rational arithmetic, and as C would compute it."""

import math
from fractions import Fraction

import numpy as np
import pytest

from rcnet_tf.preprocess import (
    INPUT_SCALE,
    INPUT_ZERO_POINT,
    MAX_AREA_32,
    area_weights,
    check_size,
    preprocess_input,
    quantize_input,
    resize_area,
    resize_picture,
)

SIZES = [(1, 1), (1, 5), (5, 1), (3, 2), (2, 3), (7, 3), (3, 7), (12, 7), (16, 7), (8, 8), (9, 4)]


def picture(rows, columns, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (rows, columns, channels), dtype=np.uint8)


def overlap(i, target, j, source):
    """Length that cell i of `target` cells and cell j of `source` cells share on [0, 1]."""
    begin = max(Fraction(i, target), Fraction(j, source))
    return max(min(Fraction(i + 1, target), Fraction(j + 1, source)) - begin, Fraction(0))


def exact_resize(pixels, height, width):
    """The definition: every source pixel counts with the area of it under the target pixel."""
    rows, columns, channels = pixels.shape
    result = np.zeros((height, width, channels), np.uint8)
    for y in range(height):
        for x in range(width):
            mean = np.zeros(channels, object)  # of Fractions
            for r in range(rows):
                for c in range(columns):
                    area = overlap(y, height, r, rows) * overlap(x, width, c, columns)
                    mean += area * height * width * pixels[r, c].astype(object)
            result[y, x] = [math.floor(m + Fraction(1, 2)) for m in mean]
    return result


def streamed_resize(pixels, height, width):
    """The same in C's manner: rows arrive one by one, sums are unsigned 32 bits, no division but
    the last. Returns the result and the largest number met."""
    rows, columns, channels = pixels.shape
    divisor_y, divisor_x = math.gcd(rows, height), math.gcd(columns, width)
    span_y, tick_y = rows // divisor_y, height // divisor_y
    span_x, tick_x = columns // divisor_x, width // divisor_x
    area = span_y * span_x
    result = np.zeros((height, width, channels), np.uint8)
    sums = [0] * (width * channels)
    largest, y, left = 0, 0, span_y  # target row, and what it still needs
    for row in pixels.tolist():
        line = [0] * (width * channels)
        x, missing = 0, span_x
        for pixel in row:
            ticks = tick_x
            while ticks:
                part = min(ticks, missing)
                for c in range(channels):
                    line[x * channels + c] += part * pixel[c]
                ticks, missing = ticks - part, missing - part
                if not missing:
                    x, missing = x + 1, span_x
        ticks = tick_y
        while ticks:
            part = min(ticks, left)
            sums = [s + part * v for s, v in zip(sums, line, strict=True)]
            ticks, left = ticks - part, left - part
            if not left:
                rounded = [s + area // 2 for s in sums]
                largest = max(largest, *rounded, *line)
                result[y] = np.reshape([r // area for r in rounded], (width, channels))
                sums, y, left = [0] * len(sums), y + 1, span_y
    return result, largest


@pytest.mark.parametrize("source, target", [*SIZES, (512, 224), (384, 224), (225, 224), (63, 448)])
def test_weights_of_a_target_cell_sum_to_its_length(source, target):
    cells, weights = area_weights(source, target)
    divisor = math.gcd(source, target)
    assert (weights >= 0).all() and cells.min() >= 0 and cells.max() == source - 1
    assert (weights.sum(axis=1) == source // divisor).all()
    # Every source cell is used up, no more and no less.
    used = np.zeros(source, np.int64)
    np.add.at(used, cells, weights)
    assert (used == target // divisor).all()


@pytest.mark.parametrize("source, target", [(0, 4), (4, 0), (-1, 4)])
def test_weights_of_nothing_are_refused(source, target):
    with pytest.raises(ValueError, match="at least 1"):
        area_weights(source, target)


@pytest.mark.parametrize("rows, height", SIZES)
@pytest.mark.parametrize("columns, width", [(1, 4), (5, 3), (6, 4), (3, 8)])
def test_resize_is_the_exact_area_mean(rows, height, columns, width):
    pixels = picture(rows, columns)
    np.testing.assert_array_equal(
        resize_area(pixels, height, width), exact_resize(pixels, height, width)
    )


def test_halves_are_rounded_up():
    pixels = np.array([[[0], [1]], [[254], [255]]], np.uint8)
    assert resize_area(pixels, 2, 1).ravel().tolist() == [1, 255]


def test_trashnet_to_the_default_size():
    # 384 x 512 -> 224 x 224 falls into 32 x 32 tiles of 12 x 16 -> 7 x 7.
    pixels = picture(384, 512)
    result = resize_picture(pixels)
    assert result.shape == (224, 224, 3)
    for y, x in ((0, 0), (31, 31), (13, 5)):
        tile = pixels[12 * y :, 16 * x :][:12, :16]
        np.testing.assert_array_equal(result[7 * y :, 7 * x :][:7, :7], exact_resize(tile, 7, 7))


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255])
@pytest.mark.parametrize("rows, columns", [(1, 1), (1, 300), (97, 101), (448, 448)])
def test_a_picture_of_one_colour_keeps_it(value, rows, columns):
    pixels = np.full((rows, columns, 3), value, np.uint8)
    assert (resize_picture(pixels, 64) == value).all()


def test_same_size_is_a_copy():
    pixels = picture(64, 64)
    result = resize_picture(pixels, 64)
    np.testing.assert_array_equal(result, pixels)
    result[:] = 0
    assert pixels.any()


def test_views_and_single_channels_are_taken():
    pixels = picture(20, 30)
    turned = pixels.transpose(1, 0, 2)[::-1, :, :1]
    np.testing.assert_array_equal(
        resize_area(turned, 7, 9), resize_area(np.ascontiguousarray(turned), 7, 9)
    )


@pytest.mark.parametrize("shape, dtype", [((4, 4), np.uint8), ((4, 4, 3), np.float32)])
def test_other_arrays_are_refused(shape, dtype):
    with pytest.raises(ValueError, match="expected uint8"):
        resize_picture(np.zeros(shape, dtype), 64)


@pytest.mark.parametrize("rows, columns, size", [(24, 32, 14), (19, 23, 14), (5, 3, 8), (1, 1, 64)])
def test_a_stream_of_rows_gives_the_same_bytes(rows, columns, size):
    pixels = picture(rows, columns)
    result, _ = streamed_resize(pixels, size, size)
    np.testing.assert_array_equal(result, resize_picture(pixels, size))


def test_sums_fit_32_bits_up_to_the_stated_area():
    assert 255 * MAX_AREA_32 + MAX_AREA_32 // 2 < 2**32
    assert 255 * (MAX_AREA_32 + 1) + (MAX_AREA_32 + 1) // 2 >= 2**32
    # The largest number of a stream is that of a white picture, and what the formula says.
    rows, columns, size = 19, 23, 14
    _, largest = streamed_resize(np.full((rows, columns, 1), 255, np.uint8), size, size)
    assert largest == 255 * rows * columns + rows * columns // 2


@pytest.mark.parametrize("side", [4099, 4111])  # areas on both sides of the limit
def test_huge_pictures_do_not_overflow(side):
    assert math.gcd(side, 64) == 1
    pixels = picture(side, side, 1)
    pixels[: side // 2] = 255
    rows = weight_matrix(side, 64)
    sums = rows @ pixels[..., 0].astype(np.float64) @ rows.T  # integers below 2 ** 53: exact
    expected = (2 * sums.astype(np.int64) + side**2) // (2 * side**2)
    np.testing.assert_array_equal(resize_picture(pixels, 64)[..., 0], expected)


def weight_matrix(source, target):
    """Integer area weights as a matrix (target, source)."""
    grid = np.arange(target)[:, None] * source, np.arange(source) * target
    begin = np.maximum(*grid)
    end = np.minimum(grid[0] + source, grid[1] + target)
    return np.maximum(end - begin, 0).astype(np.float64)


def test_quantised_input_is_pixel_minus_128():
    pixels = np.arange(256, dtype=np.uint8)
    quantised = quantize_input(pixels)
    assert quantised.dtype == np.int8
    assert quantised.tolist() == list(range(-128, 128))
    exact = preprocess_input(pixels) / INPUT_SCALE + INPUT_ZERO_POINT
    np.testing.assert_array_equal(exact, quantised)  # no rounding needed
    with pytest.raises(ValueError, match="uint8"):
        quantize_input(pixels.astype(np.float32))


def test_preprocess_input_keeps_floats_and_widens_integers():
    values = [0, 128, 255]
    expected = [-1.0, 0.0, 0.9921875]
    for dtype, result in (
        (np.uint8, np.float32),
        (np.int64, np.float32),
        (np.float16, np.float16),
        (np.float32, np.float32),
        (np.float64, np.float64),
    ):
        output = preprocess_input(np.array(values, dtype))
        assert output.dtype == result and output.tolist() == expected
    assert preprocess_input(values).tolist() == expected


def test_preprocess_input_takes_tensors():
    from keras import ops

    for dtype in ("uint8", "int32", "float32"):
        output = preprocess_input(ops.cast([0, 128, 255], dtype))
        assert ops.convert_to_numpy(output).tolist() == [-1.0, 0.0, 0.9921875]


@pytest.mark.parametrize("size", [64, 224, 448])
def test_sizes_that_the_network_takes(size):
    assert check_size(size) == size


@pytest.mark.parametrize("size", [0, 62, 63, 65, 223, 449, 450, -64])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=f"input size {size}: expected an even number"):
        check_size(size)
