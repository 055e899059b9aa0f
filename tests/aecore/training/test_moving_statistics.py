"""A network with variables that no gradient moves trains, travels and is judged as Keras means it."""

import io
from collections.abc import Iterator

import numpy as np
import pytest

from aecore import datasets, models, training
from aecore.models import keras_models
from aecore.models.backend import keras
from aecore.records import run_file
from aecore.records.run_snapshot import RunRecord
from aecore.specs import ModelSpec, TrainSpec
from aecore.training import batches, slices
from aecore.training.program_cache import ProgramCache

TRAIN = TrainSpec(n_train=1_000, batch_size=128, epochs=2)
SPECS = (ModelSpec(code_dim=4), ModelSpec("conv", 4))
layers = keras.layers


@pytest.fixture(scope="module", params=SPECS, ids=lambda spec: spec.family)
def spec(request) -> Iterator[ModelSpec]:
    """A spec whose networks have layers of batch normalisation, in the encoder and in the decoder."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (models, keras_models):
            patch.setattr(module, "build", _with_moving_statistics)
        patch.setattr(slices, "borrow", ProgramCache().borrow)
        yield request.param


def _with_moving_statistics(spec: ModelSpec, seed: int = 0) -> models.Autoencoder:
    keras.utils.set_random_seed(seed)
    x = keras.Input(models.IMAGE_SHAPE)
    h = layers.BatchNormalization(name="of_codes")(layers.Dense(spec.code_dim)(layers.Flatten()(x)))
    z = g = keras.Input((spec.code_dim,))
    if spec.family == "conv":
        g = layers.Reshape((14, 14, 1))(layers.Dense(196)(g))
        g = layers.UpSampling2D(2)(layers.BatchNormalization()(g))
        g = layers.Conv2D(1, 3, padding="same")(g)
    else:
        g = layers.Reshape(models.IMAGE_SHAPE)(layers.Dense(784)(layers.BatchNormalization()(g)))
    halves = keras.Model(x, h), keras.Model(z, layers.Activation("sigmoid")(g))
    model = models.Autoencoder(*halves)
    model.build((None, *models.IMAGE_SHAPE))
    return model


def end(spec: ModelSpec, n_steps: int):
    state, progress = training.train_slice(spec, TRAIN, None, 0)
    while progress.epoch < TRAIN.epochs:
        state, progress = training.train_slice(spec, TRAIN, state, n_steps)
    return state, progress


def test_moving_means_travel_however_slices_are_cut(spec):
    (whole, progress), (cut, _) = end(spec, 100), end(spec, 3)
    for a, b in zip(whole.weights, cut.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5)
    fresh = training.initial_state(spec, TRAIN)
    names = [v.path.rpartition("/")[2] for v in _with_moving_statistics(spec).weights]
    moved = {name for name, a, b in zip(names, fresh.weights, whole.weights, strict=True) if not np.array_equal(a, b)}
    assert {"moving_mean", "moving_variance", "kernel", "gamma"} <= moved
    # What is shown and judged is what the moving statistics make of it, as in a network that is used.
    used = models.trained(spec, whole.weights)
    x = datasets.load_probe(TRAIN.dataset)
    np.testing.assert_allclose(progress.code_probe, np.asarray(used.encode(x.astype(np.float32) / 255)), atol=1e-4)
    assert progress.history[-1].val_loss < progress.history[0].val_loss


def test_a_step_of_training_looks_at_the_batch(spec):
    fresh = training.initial_state(spec, TRAIN)
    stepped, _ = training.train_slice(spec, TRAIN, fresh, 1)
    rows = batches.batches(TRAIN, 0, 0, 1)[0]
    x = datasets.load(TRAIN.dataset).x_train[rows].reshape(len(rows), -1).astype(np.float32) / 255
    kernel, bias = fresh.weights[:2]
    paths = [v.path for v in models.build(spec).weights]
    place = next(i for i, path in enumerate(paths) if path.endswith("of_codes/moving_mean"))
    expected = 0.01 * (x @ kernel + bias).mean(axis=0)  # Keras' momentum is 0.99
    np.testing.assert_allclose(stepped.weights[place], expected, atol=1e-5)


def test_a_run_of_such_a_network_comes_back_from_its_file(spec):
    state, progress = training.train_slice(spec, TRAIN, None, 1)
    file = io.BytesIO()
    run_file.write(file, RunRecord("r", "s", spec, TRAIN, "paused", TRAIN.epochs, None, state, progress, ()))
    file.seek(0)
    back = run_file.read(file).state
    on, _ = training.train_slice(spec, TRAIN, back, 2)
    straight, _ = training.train_slice(spec, TRAIN, state, 2)
    assert all(np.array_equal(a, b) for a, b in zip(on.weights, straight.weights, strict=True))
