"""Reading `.tflite` files, which may be damaged: parsed, checked, operators named."""
