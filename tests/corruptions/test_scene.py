"""Rotation and background, on scenes whose board is known."""

import numpy as np
import pytest

from rcnet_tf.corruptions import background, rotation

HEIGHT, WIDTH = 96, 128


def scene(edge=40):
    """A light board, brighter at the left, with a blue square on it: the frame, and the square."""
    board = np.linspace(225, 190, WIDTH)[None, :, None] * np.array([1.0, 0.97, 0.92])
    frame = np.broadcast_to(board, (HEIGHT, WIDTH, 3)).copy()
    thing = np.zeros((HEIGHT, WIDTH), bool)
    thing[30 : 30 + edge, 50 : 50 + edge] = True
    frame[thing] = (30, 60, 150)
    return frame.astype(np.uint8), thing


def shrunk(mask, by=5):
    """Without what is near its border."""
    rows = [np.roll(mask, step, axis=0) for step in range(-by, by + 1)]
    mask = np.all(rows, axis=0)
    return np.all([np.roll(mask, step, axis=1) for step in range(-by, by + 1)], axis=0)


def test_board_is_all_but_the_thing():
    frame, thing = scene()
    mask = background.board(frame)
    assert mask[~thing].mean() > 0.97
    assert not mask[shrunk(thing)].any()


def test_specks_belong_to_the_board():
    frame, _ = scene(edge=5)
    assert background.board(frame).all()


def test_a_thing_that_fills_the_frame_stays_as_it_is():
    frame = np.full((HEIGHT, WIDTH, 3), (150, 105, 60), np.uint8)  # cardboard
    assert not background.board(frame).any()
    assert np.array_equal(background.lay_on(frame, "belt", np.random.default_rng(0)), frame)


@pytest.mark.parametrize("surface", background.SURFACES)
def test_only_the_board_becomes_the_surface(surface):
    frame, thing = scene()
    result = background.lay_on(frame, surface, np.random.default_rng(1))
    inside, outside = shrunk(thing), shrunk(~thing)
    np.testing.assert_allclose(result[inside], frame[inside], atol=1)
    texture = background.surface_of(surface, HEIGHT, WIDTH, np.random.default_rng(1))
    means = result[outside].mean(axis=0), texture[outside].mean(axis=0)
    np.testing.assert_allclose(*means, rtol=0.05, atol=3)


def test_shadows_stay():
    frame, thing = scene()
    shadow = np.zeros_like(thing)
    shadow[:, 100:] = True
    dim = np.where(shadow[..., None], frame * 0.7, frame).astype(np.uint8)
    lit, shaded = (
        background.lay_on(one, "concrete", np.random.default_rng(2))[10:80, 108:120].mean()
        for one in (frame, dim)
    )
    assert shaded / lit == pytest.approx(0.7, abs=0.05)


def test_surfaces_are_five_and_no_other():
    with pytest.raises(ValueError, match="expected one of white"):
        background.surface_of("marble", 8, 8, np.random.default_rng(0))


def test_a_quarter_turn_is_exact_and_goes_either_way():
    frame = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    turned = [rotation.rotate(frame, 90, np.random.default_rng(seed)) for seed in range(8)]
    left, right = np.rot90(frame), np.rot90(frame, -1)
    ways = {(np.array_equal(one, left), np.array_equal(one, right)) for one in turned}
    assert ways == {(True, False), (False, True)}


@pytest.mark.parametrize("shape", [(60, 80), (10, 90), (1, 1)])
@pytest.mark.parametrize("degrees", [10, 45, 90])
def test_corners_are_filled(shape, degrees):
    frame = np.full((*shape, 3), 200, np.uint8)
    result = rotation.rotate(frame, degrees, np.random.default_rng(0))
    assert np.array_equal(result, frame)
