"""The numbers that kernels work with, against the reference kernels and their definitions."""

import numpy as np
from harness import HERE, SANITISED, STRICT, needs, run

from rcnet_tf.export.c99 import package
from rcnet_tf.export.c99.fixed import Rescale, average, divide, high_mul, rescale
from rcnet_tf.export.c99.numbers import by_unsigned, literal
from rcnet_tf.export.c99.softmax import exponentials


def test_one_sum_is_the_two_roundings(tmp_path):
    needs("gcc")
    engine = package.source_folder("engine")
    program = tmp_path / "arithmetic"
    sources = HERE / "arithmetic.c", engine / "fixed.c"
    run("gcc", *STRICT, *SANITISED, "-O2", f"-I{engine}", *sources, "-o", program)
    run(program)


def test_rescale():
    assert rescale(0.5) == Rescale(2**30, 0)
    assert rescale(1.0) == Rescale(2**30, 1)
    assert rescale(0.75 / 256) == Rescale(3 * 2**29, -8)
    assert rescale(1.0 - 2.0**-40) == Rescale(2**30, 1)  # rounds up to the next power
    assert rescale(2.0**-40) == Rescale(0, 0)


def test_average_is_that_of_reals():
    for count in (1, 4, 49, 196, 3136):
        for factor in (0.9, 0.01, 3.0):
            by = average(rescale(factor), count)
            assert np.isclose(by.multiplier * 2.0 ** (by.shift - 31), factor / count, rtol=1e-8)


def test_roundings():
    assert [divide(x, 1) for x in (-3, -1, 1, 3)] == [-2, -1, 1, 2]  # halves away from zero
    assert [divide(x, 0) for x in (-3, 3)] == [-3, 3]
    assert high_mul(1 << 30, 1) == 1  # halves up
    assert high_mul(-(1 << 30), 1) == 0
    assert high_mul(-(2**31), -(2**31)) == 2**31 - 1


def test_exponentials_are_exponentials():
    for scale in (0.003, 0.043, 0.4):
        found = np.array(exponentials(scale, 1.0)) / 2.0**31
        np.testing.assert_allclose(found, np.exp(-scale * np.arange(256)), atol=1e-6)


def test_literals_are_c():
    assert literal(-(2**31)) == "(-2147483647 - 1)"
    assert literal(5) == "5"


def test_tables_are_turned_to_unsigned_indices():
    table = np.arange(-128, 128)
    assert by_unsigned(table)[np.uint8(200)] == 200 - 256
