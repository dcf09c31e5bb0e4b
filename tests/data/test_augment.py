import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.data.affine import RandomAffine, warp
from rcnet_tf.data.augment import POLICIES, Augment, StepSeed
from rcnet_tf.data.colour import RandomColour
from rcnet_tf.data.cutout import RandomCutout
from rcnet_tf.data.noise import RandomNoise

CHANGING = [policy for policy in POLICIES if policy != "none"]
SIDE = 24


def pictures(count=64, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)
    return pixels, np.eye(4, dtype=np.float32)[np.arange(count) % 4]


def augmented(policy, step=3, seed=1, given=None, **mix):
    images, labels = Augment(policy, seed, **mix)(step, *(given or pictures()))
    return ops.convert_to_numpy(images), ops.convert_to_numpy(labels)


def test_nothing_changes_without_augmentation():
    pixels, labels = pictures()
    images, targets = augmented("none")
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, pixels)
    np.testing.assert_array_equal(targets, labels)


@pytest.mark.parametrize("policy", CHANGING)
@pytest.mark.parametrize("mix", [{}, {"mixup": 0.4}, {"cutmix": 1.0}], ids=str)
def test_a_pure_function_of_seed_and_step(policy, mix):
    first = augmented(policy, **mix)
    keras.utils.set_random_seed(99)  # whatever state Keras keeps
    again = augmented(policy, **mix)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], augmented(policy, step=4, **mix)[0])
    assert not np.array_equal(first[0], augmented(policy, seed=2, **mix)[0])


@pytest.mark.parametrize("policy", CHANGING)
def test_same_in_a_compiled_function_with_the_step_as_a_tensor(policy):
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        compiled = tf.function(Augment(policy, 1, 0.3))
    else:
        import jax

        compiled = jax.jit(Augment(policy, 1, 0.3))
    step = ops.convert_to_tensor(3, "int32")
    images, labels = compiled(step, *pictures())
    expected, targets = augmented(policy, mixup=0.3)
    np.testing.assert_allclose(ops.convert_to_numpy(images), expected, atol=2e-2)
    np.testing.assert_allclose(ops.convert_to_numpy(labels), targets, atol=1e-6)


@pytest.mark.parametrize("policy", CHANGING)
def test_values_stay_pixels_and_labels_stay(policy):
    images, targets = augmented(policy)
    assert images.shape == (64, SIDE, SIDE, 3)
    assert images.min() >= 0 and images.max() <= 255
    np.testing.assert_array_equal(targets, pictures()[1])
    changed = [not np.array_equal(a, b) for a, b in zip(images, pictures()[0], strict=True)]
    assert np.mean(changed) > 0.9


def test_every_picture_is_changed_in_its_own_way():
    one = np.repeat(pictures(1)[0], 64, axis=0)
    images, _ = augmented("strong", given=(one, np.eye(64, dtype=np.float32)))
    assert len({image.tobytes() for image in images}) > 60


def test_mixed_pictures_have_mixed_labels():
    # Picture i is all of grey i: what it was mixed with, and how much, can be read from it.
    count = 32
    greys = np.arange(count, dtype=np.uint8)[:, None, None, None]
    pixels = np.broadcast_to(greys * 8, (count, SIDE, SIDE, 3))
    images, targets = augmented("none", mixup=0.8, given=(pixels, np.eye(count, dtype=np.float32)))
    np.testing.assert_allclose(targets.sum(-1), 1, rtol=1e-5)
    assert ((targets > 0.01).sum(-1) == 2).sum() > count / 2, "hardly anything was mixed"
    np.testing.assert_allclose(images[:, 0, 0, 0], targets @ np.arange(count) * 8, atol=1e-3)


def test_cut_pictures_have_labels_by_area():
    count, side = 32, 64
    greys = np.arange(count, dtype=np.uint8)[:, None, None, None]
    pixels = np.broadcast_to(greys * 8, (count, side, side, 3))
    images, targets = augmented("none", cutmix=1.0, given=(pixels, np.eye(count, dtype=np.float32)))
    np.testing.assert_allclose(targets.sum(-1), 1, rtol=1e-5)
    assert ((targets > 0.05).sum(-1) == 2).sum() > count / 2, "hardly anything was mixed"
    # Every pixel is of one of two pictures; edges lie within a pixel of where they were drawn.
    assert set(np.unique(images)) <= set(range(0, 8 * count, 8))
    areas = np.stack([(images[..., 0] == 8 * i).mean((1, 2)) for i in range(count)], axis=-1)
    np.testing.assert_allclose(areas, targets, atol=2.5 / side)
    # One rectangle: the other picture's pixels fill the box that bounds them.
    for image, i in zip(images[..., 0], range(count), strict=True):
        rows, columns = np.nonzero(image != 8 * i)
        if len(rows):
            assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)


def test_both_ways_of_mixing():
    with pytest.raises(ValueError, match="expected one of the two"):
        Augment("none", mixup=0.2, cutmix=1.0)


def test_cutout_is_black():
    white = np.full((256, SIDE, SIDE, 3), 255, np.uint8)
    images, _ = augmented("paper", given=(white, np.ones((256, 1), np.float32)))
    black = (images == 0).all(-1).mean((1, 2))
    assert 0.2 < (black > 0).mean() < 0.33  # one picture in four
    assert black[black > 0].min() >= 0.005 and black.max() <= 0.16


def test_unknown_policy():
    with pytest.raises(ValueError, match="expected one of paper, strong"):
        Augment("weak")


def affine(layer, pixels, step=0):
    drawn = layer.get_random_transformation(pixels, seed=StepSeed(0, step))
    return np.asarray(layer.transform_images(pixels, drawn)), np.asarray(drawn)


def test_pure_flips():
    pixels = pictures()[0].astype(np.float32)
    images, _ = affine(RandomAffine(), pixels)
    kinds = [0, 0, 0, 0]
    for before, after in zip(pixels, images, strict=True):
        candidates = (before, before[:, ::-1], before[::-1], before[::-1, ::-1])
        distances = [np.abs(after - candidate).max() for candidate in candidates]
        assert min(distances) < 0.02
        kinds[int(np.argmin(distances))] += 1
    assert min(kinds) > 6, "64 pictures, four ways"


def test_upright_pictures_stay_upright():
    pixels = pictures()[0].astype(np.float32)
    images, _ = affine(RandomAffine(flip="horizontal"), pixels)
    mirrored = [
        np.abs(after - before[:, ::-1]).max() for before, after in zip(pixels, images, strict=True)
    ]
    same = [np.abs(after - before).max() for before, after in zip(pixels, images, strict=True)]
    assert np.minimum(mirrored, same).max() < 0.02
    assert 16 < np.sum(np.less(mirrored, same)) < 48, "64 pictures, two ways"


def test_without_anything_to_do_the_picture_stays():
    pixels = pictures()[0].astype(np.float32)
    images, _ = affine(RandomAffine(flip="none"), pixels)
    np.testing.assert_allclose(images, pixels, atol=0.02)


def test_shift_by_whole_pixels():
    pixels = pictures(3)[0].astype(np.float32)
    layer = RandomAffine(flip="none")
    for right, down in ((3, 0), (0, -5), (-2, 4)):
        matrix = np.tile(np.float32([1, 0, right, 0, 1, down, 0, 0]), (3, 1))
        images = np.asarray(layer.transform_images(pixels, matrix))
        # Output (y, x) shows input (y + down, x + right), mirrored at the edges.
        padded = np.pad(pixels, ((0, 0), (8, 8), (8, 8), (0, 0)), mode="symmetric")
        expected = padded[:, 8 + down : 8 + down + SIDE, 8 + right : 8 + right + SIDE]
        np.testing.assert_allclose(images, expected, atol=0.02)


def test_own_warp_is_that_of_keras():
    pixels = np.random.default_rng(1).uniform(0, 255, (32, SIDE, 2 * SIDE, 3)).astype(np.float32)
    layer = RandomAffine(rotation=90.0, zoom=(0.3, 2.5), shift=0.9)
    matrices = layer.get_random_transformation(pixels, seed=StepSeed(0, 0))
    theirs = ops.image.affine_transform(pixels, matrices, "bilinear", fill_mode="reflect")
    np.testing.assert_allclose(
        ops.convert_to_numpy(warp(pixels, matrices)), ops.convert_to_numpy(theirs), atol=0.02
    )


def test_geometry_keeps_the_middle_on_average():
    # Where the centre of the output comes from: the centre of the input, give or take the shift.
    pixels = np.zeros((2000, SIDE, SIDE, 3), np.float32)
    layer = RandomAffine(rotation=20.0, zoom=(0.6, 1.1), shift=0.1)
    a0, a1, a2, b0, b1, b2, *_ = np.asarray(
        layer.get_random_transformation(pixels, seed=StepSeed(0, 0))
    ).T
    middle = (SIDE - 1) / 2
    x, y = a0 * middle + a1 * middle + a2, b0 * middle + b1 * middle + b2
    for position in (x, y):
        assert abs(position.mean() - middle) < 0.15
        assert np.abs(position - middle).max() <= 0.1 * SIDE + 1e-3
        assert position.std() == pytest.approx(0.2 * SIDE / np.sqrt(12), rel=0.1)
    # Area shown: the two zooms; a right angle stays one.
    zoom = np.abs(a0 * b1 - a1 * b0)
    assert zoom.min() >= 0.6**2 - 1e-3 and zoom.max() <= 1.1**2 + 1e-3
    assert zoom.mean() == pytest.approx(0.85**2, rel=0.05)
    np.testing.assert_allclose(a0 * a1 + b0 * b1, 0, atol=1e-5)
    # Both ways of either flip, equally often.
    assert np.mean(a0 < 0) == pytest.approx(0.5, abs=0.05)
    assert np.mean(b1 < 0) == pytest.approx(0.5, abs=0.05)


def test_colour_is_the_four_steps_one_after_the_other():
    pixels = pictures(5)[0].astype(np.float32)
    layer = RandomColour(fade=0.5, balance=0.1, brightness=0.25, contrast=0.25)
    drawn = layer.get_random_transformation(pixels, seed=StepSeed(1, 1))
    images = ops.convert_to_numpy(layer.transform_images(pixels, drawn))
    for before, after, fade, gains, shift, contrast in zip(
        pixels, images, *(np.asarray(one) for one in drawn), strict=True
    ):
        grey = before @ np.float32([0.299, 0.587, 0.114])  # (H, W)
        expected = gains * (before + fade * (grey[..., None] - before))
        expected = contrast * (expected - grey.mean()) + grey.mean() + shift
        np.testing.assert_allclose(after, expected.clip(0, 255), atol=1e-3)


def test_colour_draws_what_it_is_asked():
    layer = RandomColour(fade=0.5, balance=0.1, brightness=0.25, contrast=0.2)
    drawn = layer.get_random_transformation(np.zeros((500, 2, 2, 3)), seed=StepSeed(1, 1))
    for values, low, high in zip(drawn, (0, 0.9, -63.75, 0.8), (0.5, 1.1, 63.75, 1.2), strict=True):
        values, width = np.asarray(values), high - low
        assert low <= values.min() < low + 0.02 * width
        assert high - 0.02 * width < values.max() <= high
    assert np.ptp(drawn[1], axis=-1).max() > 0.15, "channels by themselves"


def test_cutout_of_a_quarter_of_the_pictures():
    white = np.full((2000, 32, 32, 3), 255.0, np.float32)
    layer = RandomCutout(share=0.25, scale=(0.04, 0.16))
    drawn = layer.get_random_transformation(white, seed=StepSeed(1, 1))
    black = ops.convert_to_numpy(layer.transform_images(white, drawn)) == 0  # (B, H, W, C)
    assert (black[..., 0] == black[..., 2]).all()
    cut = black[black.any(axis=(1, 2, 3)), :, :, 0]  # (n, H, W)
    assert len(cut) == pytest.approx(500, abs=60)
    rows, columns = cut.any(axis=2), cut.any(axis=1)
    np.testing.assert_array_equal(cut, rows[:, :, None] & columns[:, None, :])
    for side in (rows.sum(axis=1), columns.sum(axis=1)):
        # From 0.2 to 0.4 of 32 pixels, less at an edge.
        assert side.max() in (12, 13) and np.median(side) in (8, 9, 10)
        assert np.mean(side < 6) < 0.25
    assert rows.mean(axis=0).min() > 0.1, "anywhere"


def test_noise_of_half_of_the_pictures_up_to_the_deviation_asked():
    grey = np.full((400, 16, 16, 3), 128.0, np.float32)
    layer = RandomNoise(6.0)
    drawn = layer.get_random_transformation(grey, seed=StepSeed(1, 1))
    noisy = ops.convert_to_numpy(layer.transform_images(grey, drawn))
    deviations = noisy.std(axis=(1, 2, 3))
    assert 0.4 < np.mean(deviations == 0) < 0.6
    some = deviations[deviations > 0]
    assert 2.5 < some.mean() < 3.5 and 5.0 < some.max() < 6.6
    assert abs(noisy.mean() - 128.0) < 0.1
    white = ops.convert_to_numpy(layer.transform_images(np.full_like(grey, 255.0), drawn))
    assert white.max() == 255.0
