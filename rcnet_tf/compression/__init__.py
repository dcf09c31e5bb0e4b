"""Quantisation-aware training, pruning and clustering by tensorflow-model-optimization.

tfmot works with tf_keras alone, and its import switches `tf.keras` for the whole process: all of it
happens in a process of its own (`worker`), on a twin of the network (`twin`), whose weights come
back into the Keras 3 network they are from.
"""

from rcnet_tf.compression.launch import train

__all__ = ["train"]
