"""One interface for both kinds of model file: uint8 pictures in, class probabilities out.

    classifier = load("runs/train/best.keras")  # or "tflite/focus_rcnet_224_int8.tflite"
    probabilities = classifier.predict(pixels)  # uint8 (N, S, S, 3) -> float32 (N, classes)

A `.tflite` needs no TensorFlow here, and a `.keras` file no LiteRT.
"""

from __future__ import annotations

import abc
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import preprocess_input

BATCH = 32
"""Pictures at a time through Keras."""


class Classifier(abc.ABC):
    """A model behind the input contract (`rcnet_tf.preprocess`).

    Attributes:
        path: the file.
        kind: "keras" or "tflite".
        input_size: S, the side of the pictures it takes.
        class_names: names of its outputs, in order.
    """

    kind: str

    def __init__(self, path: Path, input_size: int, class_names: tuple[str, ...]):
        self.path = path
        self.input_size = input_size
        self.class_names = tuple(class_names)

    def predict(
        self, pixels: np.ndarray, progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        """Class probabilities of pictures that are already at the network's size.

        Args:
            pixels: uint8 (N, S, S, 3), RGB, resized by `rcnet_tf.preprocess.resize_picture`.
            progress: called with the number of pictures done since its last call, such as
                `rcnet_tf.progress.Progress.advance`.

        Returns:
            float32 (N, classes); of an int8 model the output times its scale, so that rows sum to
            1 only within a few 1/256.

        Raises:
            ValueError: `pixels` has another type or shape.
        """
        size = self.input_size
        pixels = np.asarray(pixels)
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (size, size, 3):
            raise ValueError(
                f"expected uint8 (N, {size}, {size}, 3), got {pixels.dtype} {pixels.shape}"
            )
        result = np.empty((len(pixels), len(self.class_names)), np.float32)
        for start in range(0, len(pixels), self._batch):
            stop = min(start + self._batch, len(pixels))
            result[start:stop] = self._probabilities(pixels[start:stop])
            if progress:
                progress(stop - start)
        return result

    def describe(self) -> str:
        """One line: file, kind, input, classes."""
        size, classes = self.input_size, len(self.class_names)
        return f"{self.path.name}: {self._sort()}, {size} x {size} pixels, {classes} classes"

    _batch: int

    @abc.abstractmethod
    def _probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Of at most `_batch` pictures."""

    @abc.abstractmethod
    def _sort(self) -> str:
        """For `describe`: what kind of model, and how large."""


def check_file(path: Path, *suffixes: str) -> None:
    """Refuse a path that is no file; of a folder, name the file in it that may be meant.

    Args:
        path: as it was given.
        suffixes: of the kinds of model that will do, the likeliest first.

    Raises:
        UserError: there is a folder, or nothing.
    """
    kinds = " or ".join(suffixes)
    if os.path.isdir(path):  # Path's own raise where a folder above is not readable
        best = path / f"best{suffixes[0]}"  # as rcnet_tf.train leaves it
        there = [one for suffix in suffixes for one in sorted(path.glob(f"*{suffix}"))]
        likely = best if best in there or not there else there[0]
        raise UserError(f"{path} is a folder; expected a {kinds} file, such as {likely}")
    if not os.path.isfile(path):
        raise UserError(f"no such file: {path}; expected a {kinds} model")


def is_tflite(start: bytes) -> bool:
    """Whether a file that begins so, with 8 bytes at least, is a `.tflite`."""
    return start[4:8] == b"TFL3"


def load(path: str | os.PathLike, reference: bool = False, threads: int = 1) -> Classifier:
    """Open a `.keras` or `.tflite` file.

    Args:
        path: the file; its content, not its name, decides what it is.
        reference: for `.tflite`: run LiteRT's reference kernels, which equal TensorFlow Lite Micro
            bit for bit, in place of the optimised ones of phones and PCs; about 50 times slower.
        threads: for `.tflite`: threads of the interpreter.

    Raises:
        UserError: no such file, a folder, of neither kind, damaged, or no classifier of pictures.

    Example:
        >>> classifier = load("tflite/focus_rcnet_224_int8.tflite")
        >>> classifier.input_size, classifier.class_names[:3]
        (224, ('cardboard', 'glass', 'metal'))
        >>> classifier.predict(np.zeros((2, 224, 224, 3), np.uint8)).shape
        (2, 6)
    """
    path = Path(path)
    check_file(path, ".keras", ".tflite")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    if is_tflite(start):
        return TFLiteClassifier(path, path.read_bytes(), reference, threads)
    if start[:2] == b"PK":
        from rcnet_tf import keras_files

        return KerasClassifier(path, keras_files.load_model(path))
    raise UserError(
        f"{path} is neither a .keras nor a .tflite file; expected one as rcnet_tf.train or "
        "rcnet_tf.convert writes it"
    )


class KerasClassifier(Classifier):
    """A Keras model, run on its backend; the model itself is in `.model`, `path` is its file.

    Raises:
        UserError: it is not a classifier of pictures.
    """

    kind = "keras"
    _batch = BATCH

    def __init__(self, path: Path, model):
        from rcnet_tf import keras_files

        self.model = model
        size = keras_files.check_contract(model, str(path))
        super().__init__(path, size, keras_files.class_names(model))

    def _probabilities(self, pixels: np.ndarray) -> np.ndarray:
        count = len(pixels)
        # Every new shape is compiled anew: powers of two are few, and one picture stays one.
        missing = (1 << (count - 1).bit_length()) - count
        pixels = np.concatenate([pixels, np.zeros_like(pixels[:1]).repeat(missing, 0)])
        return np.asarray(self.model.predict_on_batch(preprocess_input(pixels)))[:count]

    def _sort(self) -> str:
        from rcnet_tf.complexity import trainable_parameters

        return f"Keras, {trainable_parameters(self.model):,} trainable parameters"


class TFLiteClassifier(Classifier):
    """The content of a `.tflite` file, run by LiteRT's interpreter, which is in `.interpreter`.

    Arguments and errors: see `load`; `path` is where the content is from, for messages.
    """

    kind = "tflite"
    _batch = 1

    def __init__(self, path: Path, content: bytes, reference: bool = False, threads: int = 1):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        from rcnet_tf.tflite_file import chatter, consistency, flatbuffer, trial

        model = flatbuffer.parse(content, str(path))
        size, classes = flatbuffer.check_contract(model, str(path))
        names = flatbuffer.labels(content)
        if names is None or len(names) != classes:
            names = tuple(f"class_{index}" for index in range(classes))
        super().__init__(path, size, names)
        if reference and not consistency.runs_on_reference(model):
            raise UserError(
                f"{path} gives nearly the same logits for every picture, which reference kernels "
                "cannot handle; train the network before it is converted"
            )
        if not consistency.is_checked(model):
            trial.try_out(content, str(path), reference)
        resolver = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
        with chatter.held_back():
            try:
                self.interpreter = Interpreter(
                    model_content=content,
                    experimental_op_resolver_type=resolver,
                    num_threads=threads,
                )
                self.interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                raise self._unusable(error) from None
        self._input = self.interpreter.get_input_details()[0]
        self._output = self.interpreter.get_output_details()[0]
        shapes = [tuple(end["shape"]) for end in (self._input, self._output)]
        if shapes != [(1, size, size, 3), (1, classes)]:
            raise self._unusable(ValueError(f"it maps {shapes[0]} to {shapes[1]} when it runs"))
        self.file_size = len(content)

    def raw(self, pixels: np.ndarray) -> np.ndarray:
        """The output as it leaves the model: uint8 (N, S, S, 3) -> int8 or float32 (N, classes)."""
        return np.concatenate([self._run(picture[None]) for picture in pixels])

    def _unusable(self, error: Exception) -> UserError:
        first = (str(error).strip().splitlines() or ["no reason given"])[0][:200]
        return UserError(f"LiteRT cannot run {self.path}: {first}; convert it again")

    def _run(self, picture: np.ndarray) -> np.ndarray:
        self.interpreter.set_tensor(self._input["index"], self._encoded(picture))
        try:
            self.interpreter.invoke()
        except RuntimeError as error:
            raise self._unusable(error) from None
        return self.interpreter.get_tensor(self._output["index"])

    def _encoded(self, picture: np.ndarray) -> np.ndarray:
        value = preprocess_input(picture)
        dtype = np.dtype(self._input["dtype"])
        if dtype == np.float32:
            return value
        scale, zero = self._input["quantization"]
        limits = np.iinfo(dtype)
        return np.clip(np.rint(value / scale) + zero, limits.min, limits.max).astype(dtype)

    def _probabilities(self, pixels: np.ndarray) -> np.ndarray:
        output = self._run(pixels)
        if output.dtype == np.float32:
            return output
        scale, zero = self._output["quantization"]
        return (output.astype(np.float32) - zero) * np.float32(scale)

    def _sort(self) -> str:
        sort = "float32" if self._input["dtype"] is np.float32 else "int8"
        return f"TFLite, {sort} input, {math.ceil(self.file_size / 1024):,} KiB"
