"""Pictures on disk -> checked splits -> uint8 arrays -> tf.data."""
