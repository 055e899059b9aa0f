"""Training is Keras' own arithmetic, and a fold of pure slices: neither its cuts nor its neighbours change it."""

import dataclasses
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aecore import checkpoints, datasets, models, training
from aecore.records.training_state import EpochRecord, Progress, TrainState
from aecore.specs import LOSSES, OPTIMIZERS, ModelSpec, SpecError, TrainSpec
from aecore.training import batches, optimizers
from aecore.training.program_cache import ProgramCache, borrow
from tests.marks import quick_first

ROOT = Path(__file__).resolve().parents[3]
MODEL = ModelSpec(code_dim=16)
# 15 whole batches and one of 40 images.
TRAIN = TrainSpec(n_train=1_000, batch_size=64, epochs=2)


def slices(model: ModelSpec, train: TrainSpec, n_steps: int) -> Iterator[tuple[TrainState, Progress]]:
    """Train to the end in slices of `n_steps`."""
    state, progress = training.train_slice(model, train, None, 0)
    while progress.epoch < train.epochs:
        state, progress = training.train_slice(model, train, state, n_steps)
        yield state, progress


def last(model: ModelSpec, train: TrainSpec, n_steps: int = 1_000) -> tuple[TrainState, Progress]:
    *_, end = slices(model, train, n_steps)
    return end


def losses(history: tuple[EpochRecord, ...]) -> list[tuple]:
    """What a history says, except for how long it took."""
    return [dataclasses.astuple(replace(record, seconds=0.0)) for record in history]


def images(split: str, n: int | None = None) -> np.ndarray:
    return getattr(datasets.load("mnist"), f"x_{split}")[:n].astype("float32") / 255


def same(first: TrainState, second: TrainState) -> bool:
    """Whether two states train on alike, to the last bit."""
    arrays = zip((*first.weights, *first.optimizer), (*second.weights, *second.optimizer), strict=True)
    return first.step == second.step and all(np.array_equal(a, b) for a, b in arrays)


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    first, again = last(MODEL, TRAIN), last(MODEL, TRAIN)
    assert same(first[0], again[0])
    assert losses(first[1].history) == losses(again[1].history)
    assert not same(first[0], last(MODEL, replace(TRAIN, seed=1))[0])


@pytest.mark.parametrize("n_steps", [1, 7, 50])
def test_how_a_run_is_cut_changes_nothing(n_steps):
    whole, cut = last(MODEL, TRAIN), last(MODEL, TRAIN, n_steps)
    assert same(whole[0], cut[0])
    assert losses(whole[1].history) == losses(cut[1].history)
    assert np.array_equal(whole[1].x_hat, cut[1].x_hat)


@quick_first("other", [MODEL, ModelSpec(code_dim=16, widths=(64,))], ids=["same network", "another"])
def test_runs_that_take_turns_do_not_touch_each_other(other):
    alone = last(MODEL, TRAIN, 5)
    turns = zip(slices(MODEL, TRAIN, 5), slices(other, replace(TRAIN, seed=1, learning_rate=0.01), 5), strict=True)
    *_, (beside, _) = turns
    assert same(alone[0], beside[0])
    assert losses(alone[1].history) == losses(beside[1].history)


@quick_first("optimizer", OPTIMIZERS)
def test_a_slice_leaves_the_state_it_was_given_as_it_was(optimizer):
    train = replace(TRAIN, optimizer=optimizer, learning_rate=OPTIMIZERS[optimizer])
    state, _ = training.train_slice(MODEL, train, None, 3)
    # Memory that TensorFlow could use as it is, without a copy, is what it could also write to.
    state = replace(state, weights=aligned(state.weights), optimizer=aligned(state.optimizer))
    before = [array.copy() for array in (*state.weights, *state.optimizer)]
    first, again = training.train_slice(MODEL, train, state, 5), training.train_slice(MODEL, train, state, 5)
    assert all(np.array_equal(a, b) for a, b in zip(before, (*state.weights, *state.optimizer), strict=True))
    assert first[0].step == 8
    assert same(first[0], again[0])
    assert not same(first[0], replace(state, step=8))


def aligned(arrays: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Copies that begin at multiples of 64 bytes."""
    copies = []
    for array in arrays:
        memory = np.empty(array.nbytes + 64, np.uint8)
        start = -memory.ctypes.data % 64
        copies.append(memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape))
        copies[-1][...] = array
    return tuple(copies)


@pytest.mark.parametrize("loss", LOSSES)
@quick_first("optimizer", OPTIMIZERS)
def test_every_optimizer_lowers_every_loss(optimizer, loss):
    train = TrainSpec(
        n_train=2_000, batch_size=64, epochs=2, optimizer=optimizer, learning_rate=OPTIMIZERS[optimizer], loss=loss
    )
    _, progress = last(MODEL, train)
    assert [record.epoch for record in progress.history] == [0, 1, 2]
    values = [record.val_loss for record in progress.history]
    assert values == sorted(values, reverse=True)
    assert progress.history[2].loss < progress.history[1].loss


@pytest.mark.parametrize("sparsity", [0.0, 1e-3])
@quick_first(
    ("model", "optimizer"),
    [*((MODEL, optimizer) for optimizer in OPTIMIZERS), (ModelSpec("conv", 128), "adam")],
    ids=[*OPTIMIZERS, "conv"],
)
def test_an_epoch_is_what_keras_trains_on_the_same_batches(model, optimizer, sparsity):
    model_spec = replace(model, activity_l1=sparsity)
    train = replace(TRAIN, epochs=1, optimizer=optimizer, learning_rate=OPTIMIZERS[optimizer], seed=3)
    state, progress = last(model_spec, train)

    plain = models.build(model_spec, seed=3)
    plain.compile(optimizer=optimizers.make_optimizer(optimizer, train.learning_rate), loss=train.loss)
    x_train, x_test = images("train", train.n_train), images("test")
    sum_of_losses = 0.0
    for batch in batches.batches(train, 0, 0, train.steps_per_epoch):
        x = x_train[batch[batch >= 0]]
        sum_of_losses += float(plain.train_on_batch(x, x)) * len(x)
    for ours, keras_own in zip(state.weights, plain.get_weights(), strict=True):
        assert np.allclose(ours, keras_own, atol=1e-4)
    record = progress.history[-1]
    assert record.loss == pytest.approx(sum_of_losses / train.n_train, abs=1e-5)
    assert record.val_loss == pytest.approx(plain.evaluate(x_test, x_test, batch_size=1_000, verbose=0), abs=1e-4)


def test_each_image_is_seen_once_an_epoch_in_an_order_of_its_own():
    first, second = (batches.batches(TRAIN, epoch, 0, 16) for epoch in (0, 1))
    for indices in (first, second):
        assert indices.shape == (16, 64)
        assert sorted(indices[indices >= 0]) == list(range(1_000))
        assert (indices[-1] >= 0).sum() == 40
    assert not np.array_equal(first, second)


def test_the_penalty_is_the_codes_mean_l1_norm_times_the_sparsity():
    model_spec = replace(MODEL, activity_l1=1e-3)
    state, progress = last(model_spec, replace(TRAIN, epochs=1))
    built = models.build(model_spec)
    built.set_weights(state.weights)
    norm = np.abs(built.encoder.predict(images("test"), verbose=0)).sum(axis=1).mean()
    record = progress.history[-1]
    assert record.val_loss - record.val_reconstruction_loss == pytest.approx(1e-3 * norm, rel=1e-4)
    assert record.loss > record.reconstruction_loss


def test_the_probe_is_what_the_network_makes_of_the_ten_images_now():
    state, progress = last(MODEL, TRAIN)
    built = models.build(MODEL)
    built.set_weights(state.weights)
    x = progress.x_probe.astype("float32") / 255
    assert np.array_equal(progress.x_probe, datasets.load_probe("mnist"))
    assert np.allclose(progress.code_probe, built.encode(x), atol=1e-4)
    assert np.allclose(progress.x_hat / 255, built.reconstruct(x), atol=1 / 255)


def test_progress_in_mid_epoch_tells_the_mean_loss_so_far():
    *_, (state, progress) = (training.train_slice(MODEL, TRAIN, None, n) for n in (1, 7))
    assert progress.epoch == 7 / 16
    assert progress.reconstruction_loss == pytest.approx(state.sums[0] / (7 * 64))
    assert training.train_slice(MODEL, TRAIN, state, 1_000)[1].reconstruction_loss is None


def test_train_yields_each_epoch_beginning_before_the_first_step():
    epochs = [progress.epoch for progress in training.train(MODEL, TRAIN)]
    assert epochs == [0, 1, 2]


# In a process of its own, because XLA reads its flags once. XLA writes a file for each program that it compiles.
COMPILATIONS = """
import pathlib, sys
from dataclasses import replace
from aecore import training
from aecore.specs import ModelSpec, TrainSpec
from aecore.training.program_cache import borrow

def compiled():
    return len(list(pathlib.Path(sys.argv[1]).glob("*train_loop*.before_optimizations.txt")))

model, train = ModelSpec(), TrainSpec(n_train=1_000)
training.train_slice(model, train, None, 1)
assert compiled() == 1, compiled()
for n_steps in (2, 3):
    training.train_slice(model, train, None, n_steps)
training.train_slice(model, replace(train, learning_rate=0.1), None, 3)
training.train_slice(replace(model, activity_l1=1e-3), train, None, 3)
training.train_slice(model, replace(train, dataset="fashion_mnist", n_train=3_000, seed=5, epochs=9), None, 9)
assert compiled() == 1, compiled()
with borrow(model, train) as shared:
    assert shared.n_traces == (1, 1, 1)
training.train_slice(replace(model, code_dim=8), train, None, 3)
assert compiled() == 2, compiled()
"""


@pytest.mark.slow
def test_only_another_network_is_compiled_anew(tmp_path):
    env = os.environ | {"XLA_FLAGS": f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text"}
    ended = subprocess.run(
        [sys.executable, "-c", COMPILATIONS, str(tmp_path)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr[-2_000:]


def test_programs_that_have_not_been_used_for_long_make_room():
    programs = ProgramCache(max_programs=3)
    with programs.borrow(MODEL, TRAIN) as oldest:
        pass
    for units in range(3):
        with programs.borrow(ModelSpec(code_dim=2, widths=(units + 2,)), TRAIN):
            pass
    assert len(programs.idle) == 3
    with programs.borrow(MODEL, TRAIN) as another:
        assert another is not oldest


def test_of_programs_that_there_are_twice_one_goes_before_any_other():
    programs = ProgramCache()
    other = ModelSpec(code_dim=2, widths=(2,))
    with programs.borrow(other, TRAIN) as single, programs.borrow(MODEL, TRAIN), programs.borrow(MODEL, TRAIN):
        pass
    assert len(programs.idle) == 3
    programs.max_programs = 2
    with programs.borrow(MODEL, TRAIN) as used:
        pass
    assert programs.idle == [single, used]


def test_programs_of_many_bytes_make_room_sooner():
    programs = ProgramCache()
    wide = ModelSpec(code_dim=2, widths=(64,))
    with programs.borrow(wide, TRAIN) as first:
        pass
    programs.max_bytes = first.nbytes + 1
    with programs.borrow(MODEL, TRAIN) as second:
        pass
    assert programs.idle == [second]


def test_two_runs_of_one_architecture_train_at_once_and_come_to_what_each_comes_to_alone():
    trains = [replace(TRAIN, seed=seed) for seed in (3, 4)]
    alone = [last(MODEL, train) for train in trains]
    with ThreadPoolExecutor(2) as pool:
        beside = list(pool.map(functools.partial(last, MODEL), trains, (7, 9)))
    with borrow(MODEL, TRAIN) as one, borrow(MODEL, TRAIN) as other:
        assert one is not other
    for (state, _), (state_alone, _) in zip(beside, alone, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(state.weights, state_alone.weights, strict=True))


FAMILIES = [ModelSpec("conv", 128), ModelSpec("vae", 2, (32,), beta=2.0)]


@pytest.mark.parametrize("model", FAMILIES, ids=["conv", "vae"])
def test_the_other_families_are_folds_of_pure_slices_too(model):
    whole, cut = last(model, TRAIN), last(model, TRAIN, 7)
    # Convolutions on two threads add in any order; XLA's loops do not.
    close = {"rtol": 1e-3, "atol": 1e-4} if model.family == "conv" else {"rtol": 0, "atol": 0}
    assert all(np.allclose(a, b, **close) for a, b in zip(whole[0].weights, cut[0].weights, strict=True))
    values = [record.val_loss for record in whole[1].history]
    assert values == sorted(values, reverse=True)


def test_a_vaes_loss_is_the_negative_elbo_in_nats_an_image():
    model_spec, train = ModelSpec("vae", 2, (32,), beta=3.0), replace(TRAIN, epochs=1)
    _, progress = training.train_slice(model_spec, train, None, 0)
    [record] = progress.history
    # The same by hand: with the untrained weights, the mean over many samples.
    model = models.build(model_spec, train.seed)
    x = images("test")
    z_mean, z_log_var = (np.asarray(part, np.float64) for part in model.encode_distribution(x))
    kl = 0.5 * (z_mean**2 + np.exp(z_log_var) - z_log_var - 1).sum(axis=1).mean()
    z = z_mean + np.exp(z_log_var / 2) * np.random.default_rng(0).standard_normal(z_mean.shape)
    p = np.clip(np.asarray(model.decode(z.astype("float32")), np.float64), 1e-7, 1 - 1e-7)
    reconstruction = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=(1, 2, 3)).mean()
    assert record.val_kl_loss == pytest.approx(kl, rel=1e-4)
    assert record.val_reconstruction_loss == pytest.approx(reconstruction, rel=2e-3)
    assert record.val_loss == pytest.approx(record.val_reconstruction_loss + 3 * record.val_kl_loss)


@pytest.mark.slow
def test_a_larger_beta_makes_the_code_say_less():
    train = TrainSpec(n_train=5_000, epochs=4)
    kl = [last(ModelSpec("vae", 2, (64,), beta=beta), train)[1].history[-1].val_kl_loss for beta in (0.1, 1.0, 10.0)]
    assert kl == sorted(kl, reverse=True)
    assert kl[0] > 2 * kl[2]


def test_a_run_can_start_from_a_checkpoint_and_goes_on_learning_from_there():
    train = TrainSpec(n_train=5_000, epochs=1, start="basic-32")
    history = last(ModelSpec(), train)[1].history
    assert history[0].val_loss == pytest.approx(checkpoints.about("basic-32").metrics["bce"], abs=2e-4)
    assert history[1].val_loss < 0.1
    sparse = training.initial_state(ModelSpec(activity_l1=1e-5), train)
    assert all(np.array_equal(a, b) for a, b in zip(sparse.weights, checkpoints.weights("basic-32"), strict=True))


@pytest.mark.parametrize(("start", "words"), [("no-such", "must be one of"), ("deep-32", "another architecture")])
def test_a_start_that_does_not_fit_is_refused_in_a_sentence(start, words):
    with pytest.raises(SpecError, match=words):
        training.initial_state(ModelSpec(), TrainSpec(start=start))


NOISY = TrainSpec(n_train=1_000, epochs=2, batch_size=128, noise="gaussian", noise_amount=0.5)


@quick_first("model", [ModelSpec(code_dim=16), ModelSpec("conv", 7 * 7 * 4, (4, 4)), ModelSpec("unet", widths=(4, 8))])
def test_a_denoiser_learns_and_cutting_it_into_slices_leaves_no_trace(model):
    whole = list(training.train(model, NOISY))[-1]
    state, _ = training.train_slice(model, NOISY, None, 3)
    while state.step < NOISY.epochs * NOISY.steps_per_epoch:
        state, progress = training.train_slice(model, NOISY, state, 3)
    assert progress.history[-1].val_loss == pytest.approx(whole.history[-1].val_loss, rel=1e-4)
    assert whole.history[-1].val_loss < whole.history[0].val_loss
    assert progress.x_hat.shape == (10, 28, 28, 1)
    # Codes that are whole feature maps are not carried around.
    assert progress.code_probe.shape == (10, 16 if model.family == "dense" else 0)


def test_what_goes_in_is_noisy_and_what_has_to_come_out_is_not():
    plain, noisy = (
        list(training.train(ModelSpec(code_dim=16), dataclasses.replace(NOISY, noise=noise)))[-1].history[0]
        for noise in ("none", "gaussian")
    )
    assert noisy.val_loss != plain.val_loss  # the same untrained network on other inputs
    # With all pixels missing there is one picture that a network can give, whatever should have come out.
    blind = dataclasses.replace(NOISY, noise="masking", noise_amount=1.0)
    x_hat = list(training.train(ModelSpec(code_dim=16), blind))[-1].x_hat
    assert (x_hat == x_hat[0]).all()


def test_every_step_has_a_noise_of_its_own_and_every_run_the_same():
    indices = np.zeros((2, 4), int)  # the same image again and again
    noisy = batches.noisy_batches(NOISY, indices, 5)
    assert noisy.shape == (2, 4, 784)
    assert len({row.tobytes() for row in noisy.reshape(8, -1)}) == 8
    assert (batches.noisy_batches(NOISY, indices[:1], 6) == noisy[1:]).all()
