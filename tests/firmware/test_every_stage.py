"""Every value of every layer equals that of TensorFlow Lite Micro."""

import inputs
import numpy as np
import pytest
from harness import ORACLE, SANITISED, layers, needs_sanitisers, oracle, outputs

from rcnet_tf.export.engines import engine

# The way of multiplying that Cortex-M take, and the one that every other core takes.
WAYS = {"packed": ("-DRCNET_PACKED",), "plain": ()}


def expected(network, pictures):
    """The same as `harness.layers`, from the oracle."""
    interpreter = oracle(network.content, keep=True)
    for picture in pictures:
        interpreter.run(picture)
        yield [
            interpreter.tensor(tensor).reshape(shape)
            for tensor, shape in zip(network.tensors, network.shapes, strict=True)
        ]


def assert_equal(network, found, wanted):
    # See harness.ORACLE; softmax follows the logits.
    compared = network.layers if ORACLE == "tflm" else network.layers[:-2]
    for picture, (ours, theirs) in enumerate(zip(found, wanted, strict=True)):
        for name, a, b in zip(compared, ours, theirs, strict=False):
            np.testing.assert_array_equal(a, b, f"{name} of picture {picture}")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size, width", [(8, 0.25), (64, 0.25), (70, 0.3), (100, 0.4), (96, 0.5)])
def test_narrow_networks(networks, executables, size, width, way):
    """Odd maps, maps narrower than a block of pixels, depths that are no multiple of 4."""
    network = networks(size, width)
    program = executables("shown.c", size, width, flags=(*SANITISED, *WAYS[way]))
    pictures = inputs.extreme(size) + inputs.demo(size, 2)
    assert_equal(network, layers(program, network, pictures), expected(network, pictures))


@pytest.mark.parametrize("size", [96, 128, 160])
def test_full_width(networks, executables, size):
    network = networks(size)
    program = executables("shown.c", size, 1.0, flags=WAYS["packed"])
    pictures = [*inputs.extreme(size)[3:], *inputs.demo(size, 2)]
    assert_equal(network, layers(program, network, pictures), expected(network, pictures))


def test_full_size(networks, executables):
    """The shipped network as it is, row by row from a callback, in memory cut in three."""
    network = networks(224)
    program = executables("shown.c", 224, 1.0, flags=("-O2", *WAYS["packed"]))
    pictures = [inputs.extreme(224)[2], *inputs.demo(224, 2)]
    found = layers(program, network, pictures, "rows", 3)
    assert_equal(network, found, expected(network, pictures))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compilers(networks, executables, compiler):
    needs_sanitisers(compiler)
    network = networks(64, 0.25)
    program = executables("shown.c", 64, 0.25, compiler, (*SANITISED, "-O2"))
    pictures = inputs.extreme(64)
    assert_equal(network, layers(program, network, pictures), expected(network, pictures))


@pytest.mark.parametrize("mode", ["image", "rows"])
@pytest.mark.parametrize("chunks", [1, 2, 3, 8])
def test_memory_in_pieces(networks, executables, mode, chunks):
    network = networks(100, 0.4)
    program = executables("shown.c", 100, 0.4, flags=SANITISED)
    pictures = inputs.demo(100, 2)
    whole = outputs(program, network, pictures)
    np.testing.assert_array_equal(outputs(program, network, pictures, mode, chunks), whole)


@pytest.mark.skipif(ORACLE != "tflm", reason="tflite-micro is not installed")
def test_reference_kernels_of_litert(networks, executables):
    """They agree up to the last layer but three: the average."""
    network = networks(96, 0.5)
    program = executables("shown.c", 96, 0.5, flags=(*SANITISED, *WAYS["packed"]))
    pictures = inputs.extreme(96) + inputs.demo(96, 4)
    reference = engine("reference", network.content, keep=True)
    for picture, found in zip(pictures, layers(program, network, pictures), strict=True):
        reference.run(picture)
        for tensor, ours in list(zip(network.tensors, found, strict=True))[:-2]:
            np.testing.assert_array_equal(reference.tensor(tensor).reshape(ours.shape), ours)
