"""Training as a fold of pure slices over a state: `state, progress = train_slice(model_spec, train_spec, state, n)`.

A state is plain arrays, so whoever holds it can pause, resume, save or move the run. The same specs give the same
losses however slices are cut and however other runs interleave: every draw derives from the seed and the step.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from aecore import checkpoints, corruption, datasets, models
from aecore.records.training_state import EpochRecord, Progress, TrainState
from aecore.specs import ModelSpec, TrainSpec
from aecore.training import batches
from aecore.training.compiled import Program
from aecore.training.image_bank import image_rows
from aecore.training.program_cache import borrow

MAX_CODE_SHOWN = 128  # numbers; larger codes are feature maps, which nobody reads as bars


def initial_state(model_spec: ModelSpec, train_spec: TrainSpec) -> TrainState:
    """The state before the first step: weights from the seed or a checkpoint, a fresh optimizer, no history.

    Raises SpecError if the checkpoint does not exist or has another architecture.
    """
    if train_spec.start:
        weights = checkpoints.weights_for(train_spec.start, model_spec)
    else:
        weights = tuple(models.build(model_spec, train_spec.seed).get_weights())
    with borrow(model_spec, train_spec) as program:
        return TrainState(0, weights, program.fresh_optimizer(train_spec.learning_rate))


def train_slice(
    model_spec: ModelSpec, train_spec: TrainSpec, state: TrainState | None, n_steps: int
) -> tuple[TrainState, Progress]:
    """Train `n_steps` further steps, or fewer: a slice ends with its epoch. `state` None begins a run.

    An epoch's end is evaluated on the whole test set. Zero steps evaluate a fresh run (its epoch 0).
    """
    state = state or initial_state(model_spec, train_spec)
    per_epoch = train_spec.steps_per_epoch
    epoch, first = divmod(state.step, per_epoch)

    with borrow(model_spec, train_spec) as program:
        n_steps = min(n_steps, per_epoch - first, program.max_steps)
        weight = program.objective.code_weight(model_spec)
        program.put(state.weights, state.optimizer)
        history, sums, seconds = state.history, state.sums, state.seconds
        if not history:
            history = (_record(program, train_spec, weight, 0, None, 0.0),)
        n_images, slice_seconds = 0, 0.0
        if n_steps:
            image_indices = batches.batches(train_spec, epoch, first, n_steps)
            n_images = int((image_indices >= 0).sum())
            start = time.perf_counter()
            rows = image_rows(train_spec.dataset, "train", image_indices)
            noisy = batches.noisy_batches(train_spec, image_indices, state.step)
            sums = program.train(rows, weight, train_spec.seed, state.step, sums, noisy)
            slice_seconds = time.perf_counter() - start
            seconds += slice_seconds
        step = state.step + n_steps
        if n_steps and step % per_epoch == 0:
            means = (sums[0] / train_spec.n_train, sums[1] / train_spec.n_train)
            history = (*history, _record(program, train_spec, weight, step // per_epoch, means, seconds))
            sums = (0.0, 0.0)
        weights, optimizer = program.take()
        x_probe = datasets.load_probe(train_spec.dataset)
        code_probe, x_hat = program.probe(corruption.fixed(x_probe, train_spec.noise_spec))
        if code_probe.shape[1] > MAX_CODE_SHOWN:
            code_probe = code_probe[:, :0]

    progress = Progress(
        step=step,
        epoch=step / per_epoch,
        history=history,
        x_probe=x_probe,
        x_hat=x_hat,
        code_probe=code_probe,
        reconstruction_loss=sums[0] / ((step % per_epoch) * train_spec.batch_size) if step % per_epoch else None,
        samples_per_s=n_images / slice_seconds if n_steps else 0.0,
    )
    return replace(
        state, step=step, weights=weights, optimizer=optimizer, sums=sums, seconds=seconds, history=history
    ), progress


def train(model_spec: ModelSpec, train_spec: TrainSpec) -> Iterator[Progress]:
    """Train to the end, in slices of an epoch: `for progress in train(model_spec, train_spec): ...`.

    Training that diverges ends with the epoch in which it does.
    """
    state, progress = train_slice(model_spec, train_spec, None, 0)
    yield progress
    while progress.epoch < train_spec.epochs and state.sound:
        state, progress = train_slice(model_spec, train_spec, state, train_spec.steps_per_epoch)
        yield progress


def warm_up() -> None:
    """Load the data and compile the default network, so that the first run does not wait for it."""
    train_slice(ModelSpec(), TrainSpec(), None, 1)


def _record(
    program: Program,
    train_spec: TrainSpec,
    weight: float,
    epoch: int,
    means: tuple[float, float] | None,
    seconds: float,
) -> EpochRecord:
    """The record of an epoch's end. `means`: of both terms of the loss over the epoch; None before any training."""
    noise = train_spec.noise_spec
    noisy = None if noise is None else batches.noisy_test_images(train_spec.dataset, noise)
    val_reconstruction, val_cost = program.evaluate(train_spec.dataset, noisy=noisy)
    return EpochRecord(
        epoch=epoch,
        loss=means[0] + weight * means[1] if means else None,
        reconstruction_loss=means[0] if means else None,
        val_loss=val_reconstruction + weight * val_cost,
        val_reconstruction_loss=val_reconstruction,
        seconds=seconds,
        kl_loss=means[1] if means and program.objective.variational else None,
        val_kl_loss=val_cost if program.objective.variational else None,
    )
