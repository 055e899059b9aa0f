"""Advice names the cause that the numbers point to, and healthy training gets none."""

from dataclasses import replace

import numpy as np
import pytest

from aecore import training
from aecore.records.run_snapshot import RunSnapshot
from aecore.records.training_state import EpochRecord, Progress
from aecore.runs import advice
from aecore.specs import BATCH_SIZES, FAMILIES, OPTIMIZERS, ModelSpec, TrainSpec, default_rate
from tests.marks import quick_first

TRAIN = TrainSpec(n_train=10_000, batch_size=64)
VAE = ModelSpec("vae", 2, (64,))
IMAGES = np.zeros((10, 28, 28, 1), np.uint8)


def snapshot(model: ModelSpec, train: TrainSpec, progress: Progress, sound: bool = True) -> RunSnapshot:
    return RunSnapshot(
        "a" * 16, model, train, "finished", train.epochs, progress, (), 0, 0.0, None, None, None, sound=sound
    )


def after(losses: tuple[float, ...], code: float = 1.0, kl: float | None = None, per_epoch: int = 100) -> Progress:
    """A run with these test losses, the first before training, whose codes are all this number."""
    history = tuple(EpochRecord(i, loss, loss, loss, loss, float(i), kl, kl) for i, loss in enumerate(losses))
    epochs = len(losses) - 1
    codes = np.full((10, 4), code, np.float32)
    return Progress(epochs * per_epoch, float(epochs), history, IMAGES, IMAGES, codes, None, 1.0)


def notes(progress: Progress, model: ModelSpec | None = None, train: TrainSpec = TRAIN, **settings) -> str:
    return " ".join(advice.notes(snapshot(model or ModelSpec(), replace(train, **settings), progress)))


def trained(model: ModelSpec, train: TrainSpec) -> str:
    *_, progress = training.train(model, train)
    return notes(progress, model, train)


def test_an_emptied_code_blames_the_penalty_where_that_is_strong_and_the_rate_where_that_is_high():
    empty = after((0.69, 0.26), code=0.0)
    by_penalty = notes(empty, ModelSpec(activity_l1=0.01))
    assert "penalty of 0.01" in by_penalty
    assert "learning rate" not in by_penalty
    by_rate = notes(empty, learning_rate=0.3)
    assert "learning rate of 0.3" in by_rate
    assert "penalty" not in by_rate
    # A weak penalty beside a high rate is not to blame.
    assert "penalty" not in notes(empty, ModelSpec(activity_l1=1e-4), learning_rate=0.3)
    neither = notes(empty)
    assert "another seed" in neither
    assert notes(after((0.69, 0.26))) == ""


def test_codes_that_are_empty_for_most_images_are_dead_and_for_a_few_are_not():
    progress = after((0.69, 0.25))
    some = replace(progress, code_probe=progress.code_probe * (np.arange(10) == 1)[:, np.newaxis])
    assert "0 for 9 of these 10 images" in notes(some, learning_rate=0.3)
    few = replace(progress, code_probe=progress.code_probe * (np.arange(10) > 1)[:, np.newaxis])
    assert notes(few, learning_rate=0.3) == ""


def test_a_rate_is_proposed_only_where_the_rate_is_to_blame():
    def proposed(progress: Progress, model: ModelSpec | None = None, **settings) -> float | None:
        return advice.rate_to_try(snapshot(model or ModelSpec(), replace(TRAIN, **settings), progress))

    empty = after((0.69, 0.26), code=0.0)
    assert proposed(empty, learning_rate=0.3) == 0.001
    assert proposed(empty) is None
    assert proposed(empty, ModelSpec(activity_l1=0.01), learning_rate=0.3) is None
    assert proposed(after((0.69, 0.69)), optimizer="adadelta", learning_rate=0.001) == 1.0
    assert proposed(after((0.69, 0.26)), learning_rate=0.3) is None


def test_a_collapsed_vae_is_told_from_one_at_its_beginning():
    collapsed = notes(after((540.0, 206.0), kl=0.01), replace(VAE, beta=10.0))
    assert "posterior collapse" in collapsed
    assert "smaller β" in collapsed
    assert "learning rate" in notes(after((540.0, 206.0), kl=0.01), VAE, learning_rate=0.05)
    assert notes(after((540.0, 520.0), kl=0.01), VAE) == ""
    assert notes(after((540.0, 206.0), kl=3.0), VAE) == ""


def test_tiny_steps_are_told_and_adadelta_says_where_its_rate_comes_from():
    stuck = after((0.6935, 0.6932))
    words = notes(stuck, optimizer="adadelta", learning_rate=0.001)
    assert "Adadelta" in words
    assert "Set it to 1" in words
    assert "Try 0.001" in notes(stuck, learning_rate=1e-6)
    assert notes(stuck) == ""  # at the default rate, the steps are not to blame
    assert notes(after((0.6935, 0.3)), optimizer="adadelta", learning_rate=0.1) == ""
    # Trained weights have not much to fall, and a few steps tell nothing.
    assert notes(stuck, learning_rate=1e-6, start="basic-32") == ""
    assert notes(after((0.6935, 0.6932), per_epoch=10), learning_rate=1e-6) == ""


def test_nothing_is_said_before_training_nor_of_what_has_diverged():
    assert notes(replace(after((0.69,), code=0.0), step=0)) == ""
    assert advice.notes(snapshot(ModelSpec(), TRAIN, after((0.69, 0.69), code=0.0), sound=False)) == []


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_smaller_rate_is_the_default_or_a_tenth(optimizer, family):
    default = default_rate(optimizer, family)
    for rate, expected in ((10.0, default), (default, default / 10), (1e-6, 1e-6)):
        train = TrainSpec(optimizer=optimizer, learning_rate=rate)
        assert advice.smaller_rate(ModelSpec(family), train) == pytest.approx(expected, rel=1e-3)


def test_what_diverged_says_when_and_what_is_kept():
    train = TrainSpec(n_train=1_000, batch_size=BATCH_SIZES[0], learning_rate=10.0)  # 32 steps an epoch
    assert "in epoch 2: at a learning rate of 10" in advice.diverged(train, 40, 1.25)
    assert "weights of epoch 1.2, the last sound ones, are kept" in advice.diverged(train, 40, 1.25)
    assert "from before training are kept" in advice.diverged(train, 8, 0.0)
    assert "kept" not in advice.diverged(train, 8, None)


@quick_first("model", [ModelSpec(), ModelSpec(activity_l1=1e-4), VAE, replace(VAE, beta=4.0)])
def test_healthy_training_gets_no_advice(model):
    assert trained(model, replace(TRAIN, epochs=1)) == ""


@pytest.mark.parametrize(
    ("model", "train", "words"),
    [
        (ModelSpec(activity_l1=0.01), replace(TRAIN, epochs=1), "penalty of 0.01"),
        (ModelSpec(), replace(TRAIN, epochs=1, learning_rate=1.0), "learning rate of 1 "),
        (ModelSpec(), replace(TRAIN, epochs=1, optimizer="adadelta", learning_rate=0.001), "Set it to 1"),
    ],
    ids=["penalty", "rate", "adadelta"],
)
def test_real_training_that_fails_is_told_why(model, train, words):
    assert words in trained(model, train)
