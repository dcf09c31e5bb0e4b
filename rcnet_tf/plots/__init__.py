"""Pictures that explain: data, network, training, int8. Every function returns an image file.

    from rcnet_tf.plots.gallery import gallery

    Path("six.jpg").write_bytes(gallery(pixels, captions, "Six kinds of waste"))

In a notebook, `IPython.display.Image(gallery(...))` shows one. What an evaluation or a conversion
draws for its report lies with it, in `rcnet_tf.evaluation` and `rcnet_tf.export`.
"""
