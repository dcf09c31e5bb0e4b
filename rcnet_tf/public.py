"""What a program may build on: the names of `rcnet_tf` itself, these modules and these commands.

Their names, arguments and file formats change with a note in the changelog; all other modules are
how it is done today. The API reference (`make docs`) is about what is listed here.
"""

MODULES = {
    "Network": (
        "rcnet_tf.model",
        "rcnet_tf.layers",
        "rcnet_tf.layers.focus",
        "rcnet_tf.layers.simam",
        "rcnet_tf.layers.batch_norm",
        "rcnet_tf.layers.pointwise",
        "rcnet_tf.layers.classifier",
        "rcnet_tf.layers.view",
        "rcnet_tf.blocks",
        "rcnet_tf.networks",
        "rcnet_tf.complexity",
        "rcnet_tf.weights",
    ),
    "Pictures": (
        "rcnet_tf.preprocess",
        "rcnet_tf.labels",
        "rcnet_tf.shipped_pictures",
        "rcnet_tf.data.load",
        "rcnet_tf.data.sources",
        "rcnet_tf.data.splits",
        "rcnet_tf.data.decode",
        "rcnet_tf.data.cache",
        "rcnet_tf.data.augment",
        "rcnet_tf.data.stream",
    ),
    "Training": (
        "rcnet_tf.distill",
        "rcnet_tf.training.config",
        "rcnet_tf.training.recipes",
        "rcnet_tf.training.loop",
        "rcnet_tf.training.result",
    ),
    "Running and measuring": (
        "rcnet_tf.runtime",
        "rcnet_tf.evaluation.run",
        "rcnet_tf.evaluation.metrics",
        "rcnet_tf.evaluation.confidence",
        "rcnet_tf.evaluation.unknown",
        "rcnet_tf.temperature",
        "rcnet_tf.corruptions.kinds",
    ),
    "Int8 and C": (
        "rcnet_tf.quantise.calibration",
        "rcnet_tf.quantise.prepare",
        "rcnet_tf.quantise.lower",
        "rcnet_tf.quantise.ranges",
        "rcnet_tf.export.pipeline",
        "rcnet_tf.export.tflite",
        "rcnet_tf.export.inspect",
        "rcnet_tf.export.arena",
        "rcnet_tf.export.golden",
        "rcnet_tf.export.parity",
        "rcnet_tf.export.c99.package",
    ),
    "Errors": ("rcnet_tf.errors",),
}
"""Modules to import from, by subject."""

COMMANDS = (
    "rcnet_tf.train",
    "rcnet_tf.evaluate",
    "rcnet_tf.predict",
    "rcnet_tf.convert",
    "rcnet_tf.verify",
    "rcnet_tf.calibrate",
    "rcnet_tf.robustness",
    "rcnet_tf.summary",
    "rcnet_tf.compare_int8",
    "rcnet_tf.benchmark",
    "rcnet_tf.bench_mcu",
    "rcnet_tf.campaign",
    "rcnet_tf.demo",
)
"""Modules to run, as `python -m rcnet_tf.train`."""
