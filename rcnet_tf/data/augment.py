"""Augmentation: Keras' own image layers, as a pure function of (seed, step).

The layers usually draw from a counter of their own, which a resumed run would have to restore and a
parallel pipeline would race for. Here every batch gets a generator made from the run's seed and the
number of the step, so that step 1234 looks the same whether the run was interrupted or not, on one
thread or on eight.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from rcnet_tf.data.affine import RandomAffine
from rcnet_tf.data.colour import RandomColour
from rcnet_tf.data.cutout import RandomCutout
from rcnet_tf.data.noise import RandomNoise


class StepSeed(keras.random.SeedGenerator):
    """A `SeedGenerator` without state: its draws depend on (seed, step) alone.

    Args:
        seed: the run's seed, an int.
        step: number of the batch since the start of training, int or integer tensor.
    """

    def __init__(self, seed, step):  # no super().__init__: it would make the variable
        self.seed, self.step, self.drawn = seed, step, 0

    def next(self, ordered=True):
        self.drawn += 1
        # A prime far above the number of draws a batch keeps the streams of two seeds apart.
        stream = (self.seed * 1_000_003 + self.drawn) % 2**31
        return ops.stack([ops.cast(stream, "uint32"), ops.cast(self.step, "uint32")])


def _paper():
    """Zheng et al.: both flips, brightness and contrast, cutout filled with zeros.

    Keras draws the probability of a cutout too, from 0 to `factor`: one picture in four has one.
    """
    return [
        layers.RandomFlip("horizontal_and_vertical"),
        layers.RandomBrightness(0.2, value_range=(0, 255)),
        layers.RandomContrast(0.2, value_range=(0, 255)),
        layers.RandomErasing(factor=0.5, scale=(0.02, 0.15), fill_value=0.0),
    ]


def _strong():
    """The paper's plus geometry and colour, for long runs and pre-trained networks."""
    return [
        RandomAffine(rotation=20.0, zoom=(0.6, 1.1), shift=0.1),
        layers.RandomColorDegeneration(0.5),
        layers.RandomBrightness(0.25, value_range=(0, 255)),
        layers.RandomContrast(0.25, value_range=(0, 255)),
        layers.RandomErasing(factor=0.5, scale=(0.02, 0.15), fill_value=0.0),
    ]


def _camera():
    """The strong one plus white balance and sensor noise, for what a cheap camera feeds.

    In layers of our own, at less than half of the time.
    """
    affine = RandomAffine(rotation=20.0, zoom=(0.6, 1.1), shift=0.1)
    return [affine, RandomColour(), RandomNoise(6.0), RandomCutout()]


def _crop(flip="both"):
    """What small pictures can take (pre-training)."""
    return [RandomAffine(rotation=0.0, zoom=(0.7, 1.0), shift=0.1, flip=flip)]


def _upright():
    """The same for pictures of all the world: waste lies anyhow, a bird or a house does not."""
    return _crop(flip="horizontal")


POLICIES = {
    "paper": _paper,
    "strong": _strong,
    "camera": _camera,
    "crop": _crop,
    "upright": _upright,
    "none": list,
}
"""Policy -> function that makes its layers, in the order in which they act."""


class Augment:
    """Augment batches of pictures and their one-hot labels.

    Args:
        policy: a name in `POLICIES`.
        seed: the run's seed.
        mixup: parameter of the Beta distribution of MixUp (Zhang et al., ICLR 2018); 0: off.
        cutmix: the same of CutMix (Yun et al., ICCV 2019), at most 1; one of the two at a time.

    Raises:
        ValueError: unknown policy; both ways of mixing.

    Example:
        >>> pixels, labels = ops.zeros((4, 64, 64, 3), "uint8"), ops.one_hot([0, 1, 2, 3], 6)
        >>> images, targets = Augment("camera", seed=7)(0, pixels, labels)
        >>> ops.shape(images), images.dtype.name, ops.shape(targets)
        ((4, 64, 64, 3), 'float32', (4, 6))
    """

    def __init__(self, policy="paper", seed=0, mixup=0.0, cutmix=0.0):
        if policy not in POLICIES:
            raise ValueError(f"augmentation {policy!r}: expected one of {', '.join(POLICIES)}")
        if mixup and cutmix:
            raise ValueError(f"mixup {mixup} and cutmix {cutmix}: expected one of the two")
        self.layers, self.seed, self.mix = POLICIES[policy](), seed, None
        if mixup:
            self.mix = layers.MixUp(alpha=mixup)
        elif cutmix:
            self.mix = layers.CutMix(factor=(cutmix, cutmix))

    def __call__(self, step, pixels, labels):
        """Args: step, int; pixels (B, H, W, 3), [0, 255]; labels (B, classes). Returns the latter
        two as float32, changed."""
        seed = StepSeed(self.seed, step)
        images = ops.cast(pixels, "float32")  # (B, H, W, 3)
        labels = ops.cast(labels, "float32")  # (B, classes)
        for layer in self.layers:
            drawn = layer.get_random_transformation(images, training=True, seed=seed)
            images = layer.transform_images(images, drawn)
        if self.mix:
            drawn = self.mix.get_random_transformation(
                {"images": images, "labels": labels}, training=True, seed=seed
            )
            images = self.mix.transform_images(images, drawn)
            labels = self.mix.transform_labels(labels, drawn)
        return images, labels
