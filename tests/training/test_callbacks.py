import csv

import keras
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.training.callbacks import EndOfEpoch, averaged_weights

X = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)


def small_model(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile(optimizer, "mse", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


def values(variables):
    return [np.array(variable) for variable in variables]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "loss scaled"])
def test_average_is_put_in_place_and_taken_back(wrapped):
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.75)
    inner = optimizer
    if wrapped:  # as mixed float16 does
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=2.0)
    model = small_model(optimizer)
    average = None
    for _ in range(4):
        model.train_on_batch(X, X[:, :3])
        raw = values(model.trainable_variables)
        # Keras' average starts from the first step's weights.
        average = (
            raw
            if average is None
            else [0.75 * a + 0.25 * r for a, r in zip(average, raw, strict=True)]
        )
        with averaged_weights(model):
            for mean, inside in zip(average, values(model.trainable_variables), strict=True):
                np.testing.assert_allclose(inside, mean, rtol=1e-5, atol=1e-7)
            model.evaluate(X, X[:, :3], verbose=0)
        assert same(values(model.trainable_variables), raw)
    kept = values(inner._model_variables_moving_average)
    for mean, a in zip(average, kept, strict=True):
        np.testing.assert_allclose(a, mean, rtol=1e-5, atol=1e-7)


def test_without_average_nothing_moves():
    model = small_model(keras.optimizers.SGD(0.1))
    model.train_on_batch(X, X[:, :3])
    raw = values(model.trainable_variables)
    with averaged_weights(model):
        assert same(values(model.trainable_variables), raw)


def fit(folder, accuracies, validate_every=1, target=X[:, :3]):
    """Fit for as many epochs as there are accuracies; return when the best model was saved."""
    model = small_model(keras.optimizers.SGD(0.01))
    history, saved, told = [], [], iter(accuracies)

    def validation():
        return {"val_loss": 1.0, "val_accuracy": next(told)}

    epochs = validate_every * len(accuracies)
    callback = EndOfEpoch(
        folder,
        [*model.variables, *model.optimizer.variables],
        validation,
        lambda: saved.append(len(history) + 1),
        epochs,
        validate_every,
        history,
        "pictures",
    )
    model.fit(X, target, epochs=epochs, callbacks=[callback], verbose=0)
    return saved, history


def test_best_is_saved_where_the_accuracy_rises(tmp_path):
    saved, history = fit(tmp_path, [0.5, 0.5, 0.7, 0.6, 0.8])
    assert saved == [1, 3, 5]
    assert [row["val_accuracy"] for row in history] == [0.5, 0.5, 0.7, 0.6, 0.8]
    with open(tmp_path / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    np.testing.assert_allclose([float(r["loss"]) for r in rows], [r["loss"] for r in history], 1e-5)
    assert (tmp_path / "checkpoint.h5").is_file()


def test_epochs_between_validations(tmp_path):
    saved, history = fit(tmp_path, [0.2, 0.3], validate_every=2)
    assert saved == [2, 4]
    assert ["val_accuracy" in row for row in history] == [False, True, False, True]


def test_who_has_no_folder_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved, history = fit(None, [0.2, 0.3])
    assert saved == [] and len(history) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_is_no_number_ends_the_run_before_the_checkpoint(tmp_path):
    with pytest.raises(UserError, match="the loss of epoch 1 is nan: training diverged"):
        fit(tmp_path, [0.5], target=np.full((8, 3), np.nan, np.float32))
    assert not (tmp_path / "checkpoint.h5").exists()
