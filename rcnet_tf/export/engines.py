"""The interpreters that run a strict int8 `.tflite`, behind one interface.

    reference   LiteRT's reference kernels, which equal TensorFlow Lite Micro bit for bit, if the
                scales of products are as `rcnet_tf.export.multipliers` leaves them, and but for
                the dense layer's rounding, see `dense`
    optimised   LiteRT as it comes, which phones and PCs run; some values differ by a little
    tflm        TensorFlow Lite Micro itself, from the `tflite-micro` package

They are C++ and end the process on what they do not like: `rcnet_tf.export.workers` runs them in
processes of their own.
"""

from __future__ import annotations

import importlib.util
from typing import Protocol

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.export import arena
from rcnet_tf.tflite_file import chatter, flatbuffer
from rcnet_tf.tflite_file.graph import DTYPES, tensor_shape

ENGINES = ("reference", "optimised", "tflm")


class Engine(Protocol):
    """An int8 classifier of one picture at a time."""

    def run(self, pixels: np.ndarray) -> np.ndarray:
        """int8 (S, S, 3) -> int8 (classes,)."""

    def tensor(self, index: int) -> np.ndarray:
        """Value of a tensor after `run`, if the engine was made with `keep`."""


def engine(name: str, content: bytes, keep: bool = False) -> Engine:
    """Load a model into an interpreter.

    Args:
        name: of `ENGINES`.
        content: a `.tflite` that `check.check_int8` accepts.
        keep: hold every tensor until the next picture. Not with "optimised", where many tensors
            are never made.

    Raises:
        UserError: the engine is not installed, or cannot run the model.
    """
    check_installed(name)
    if name == "tflm":
        return _TFLM(content, keep)
    return _LiteRT(content, name == "reference", keep)


def is_installed(name: str) -> bool:
    """Whether an engine of `ENGINES` can be used here."""
    return name != "tflm" or importlib.util.find_spec("tflite_micro") is not None


def check_installed(name: str) -> None:
    """Raise a `UserError` where it is not."""
    if not is_installed(name):
        raise UserError(
            "the engine tflm needs the package tflite-micro, which exists for Linux on x86-64 "
            "alone; there: pip install 'rcnet_tf[tflm]'; elsewhere use the engine reference, "
            "which gives the same golden values"
        )


class _LiteRT:
    def __init__(self, content: bytes, reference: bool, keep: bool):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        if keep and not reference:
            raise ValueError("optimised kernels keep no tensors")
        resolver = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
        with chatter.held_back():
            try:
                self._interpreter = Interpreter(
                    model_content=content,
                    experimental_op_resolver_type=resolver,
                    experimental_preserve_all_tensors=keep,
                    num_threads=1,
                )
                self._interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                raise _unusable("LiteRT", error) from None
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def run(self, pixels: np.ndarray) -> np.ndarray:
        self._interpreter.set_tensor(self._input, pixels[None])
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise _unusable("LiteRT", error) from None
        return self._interpreter.get_tensor(self._output)[0]

    def tensor(self, index: int) -> np.ndarray:
        return self._interpreter.get_tensor(index)


class _TFLM:
    def __init__(self, content: bytes, keep: bool):
        from tflite_micro import runtime

        config = runtime.InterpreterConfig
        self._tensors = flatbuffer.parse(content).subgraphs[0].tensors
        # The default arena is ten times the model, which is too much at 64 pixels and too little
        # at 448.
        size = 2 * arena.estimate(content).total + 2**16
        if keep:
            size += sum(map(_bytes, self._tensors))
        with chatter.held_back():
            try:
                self._interpreter = runtime.Interpreter.from_bytes(
                    content,
                    arena_size=size,
                    intrepreter_config=(
                        config.kPreserveAllTensors if keep else config.kAllocationRecording
                    ),
                )
            except (ValueError, RuntimeError) as error:
                raise _unusable("TensorFlow Lite Micro", error) from None

    def run(self, pixels: np.ndarray) -> np.ndarray:
        self._interpreter.set_input(pixels[None], 0)
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise _unusable("TensorFlow Lite Micro", error) from None
        return self._interpreter.get_output(0)[0].copy()

    def tensor(self, index: int) -> np.ndarray:
        return self._interpreter.GetTensor(index, 0)["tensor_data"]


def _bytes(tensor: schema.TensorT) -> int:
    """Memory of a tensor, alignment included."""
    return int(np.prod(tensor_shape(tensor))) * DTYPES[tensor.type].itemsize + 64


def _unusable(who: str, error: Exception) -> UserError:
    first = (str(error).strip().splitlines() or ["no reason given"])[0][:200]
    return UserError(f"{who} cannot run the model: {first}; convert it again")
