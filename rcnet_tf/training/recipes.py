"""Named recipes: settings to start from. docs/training.md has what they gave.

Example:
    >>> import dataclasses
    >>> short = dataclasses.replace(RECIPES["finetune"], input_size=96, epochs=5)
    >>> short.check()
"""

from __future__ import annotations

from rcnet_tf.training.config import TrainConfig

RECIPES = {
    # Zheng et al. 2023, from random weights.
    "paper": TrainConfig(),
    # Initial weights from many small pictures of everything; --data is the folder or .zip of these.
    # Geometry alone, since 100,000 pictures are seen only a few times each.
    "pretrain": TrainConfig(
        input_size=64,
        epochs=8,
        batch=64,
        learning_rate=0.1,
        weight_decay=5e-6,
        warmup_epochs=0.25,
        augment="crop",
        dropout=0.0,
        validate_every=4,
    ),
    # From pre-trained weights (--init-from) to the shipped ones.
    "finetune": TrainConfig(
        epochs=60,
        batch=16,
        learning_rate=0.02,
        weight_decay=1e-4,
        warmup_epochs=2.0,
        augment="strong",
        mixup=0.1,
        label_smoothing=0.1,
        ema=0.998,
    ),
    # A teacher, or any network of keras.applications, from ImageNet weights (--model, --init-from).
    "teacher": TrainConfig(
        model="MobileNetV2",
        epochs=20,
        batch=32,
        optimizer="adamw",
        learning_rate=2e-4,
        weight_decay=0.02,
        clip_norm=5.0,
        warmup_epochs=1.0,
        augment="strong",
        mixup=0.2,
        label_smoothing=0.1,
        ema=0.99,
        validate_every=2,
    ),
    # Quantisation-aware, from a trained network (--init-from) that is also its own teacher
    # (--teacher, the same file): the int8 network learns to say what the float one says.
    "qat": TrainConfig(
        qat="keras",
        epochs=6,
        batch=16,
        learning_rate=0.001,
        weight_decay=1e-4,
        augment="strong",
        mixup=0.1,
        label_smoothing=0.1,
        ema=0.99,
        alpha=1.0,
        temperature=2.0,
    ),
}
"""Name -> settings to start from."""
