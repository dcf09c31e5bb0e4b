"""Keras 3 layers of Focus-RCNet: each one idea, each on any backend (`keras.ops` alone)."""

from rcnet_tf.layers.batch_norm import BatchNorm, BoundedGain
from rcnet_tf.layers.classifier import Classifier
from rcnet_tf.layers.focus import Focus
from rcnet_tf.layers.pointwise import Pointwise
from rcnet_tf.layers.simam import SimAM
from rcnet_tf.layers.view import View

__all__ = ["BatchNorm", "BoundedGain", "Classifier", "Focus", "Pointwise", "SimAM", "View"]
