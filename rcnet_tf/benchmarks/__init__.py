"""What `python -m rcnet_tf.benchmark` compares, and how it takes the time."""
