"""The int8 network as a Keras model: folded, with fake quantisation where int8 kernels round."""
