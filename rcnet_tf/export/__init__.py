"""From a Keras model to a `.tflite`, a C array and a report; and what measures these."""
