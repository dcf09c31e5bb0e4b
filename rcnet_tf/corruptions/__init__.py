"""What a camera away from the training pictures does to them: light, optics, sensor, scene.

Every function maps a frame, uint8 (H, W, 3), and a severity to a frame of the same size.
"""
