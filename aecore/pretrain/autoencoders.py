"""Training an autoencoder by its recipe, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aecore import datasets, models
from aecore.imaging.augmentation import distorted_copies
from aecore.pretrain.recipes import Recipe
from aecore.pretrain.schedule import rate_share
from aecore.training.compiled import Program
from aecore.training.image_bank import image_rows

HOLD_OUT = {"mnist": 5_000, "fashion_mnist": 1_000}
RATE_STEPS = 8  # changes of the learning rate per epoch


def train(recipe: Recipe, hold_out: bool = False) -> Iterator[tuple[int, float, tuple, np.ndarray, np.ndarray]]:
    """Train by a recipe; for each epoch from 0: its number, the loss, the weights, x_hat and codes of the ten digits.

    The loss is that of the images held out, or of the test images where none are.
    """
    spec = recipe.train
    x = datasets.load(spec.dataset).x_train[..., 0]
    n_held = HOLD_OUT[spec.dataset] if hold_out else 0
    n = len(x) - n_held
    held = image_rows(spec.dataset, "train", np.arange(n, n + n_held)) if hold_out else None
    bank = x[:n]
    if recipe.distortion:
        bank = np.concatenate([bank, distorted_copies(x[:n], recipe.n_copies, recipe.distortion, spec.seed)])
    bank = bank.reshape(len(bank), -1)

    weights, optimizer = tuple(models.build(recipe.model, spec.seed).get_weights()), ()
    x_probe = datasets.load_probe(spec.dataset)
    first = round(recipe.cross_entropy_first * spec.epochs)
    stretches = [("binary_crossentropy", 0, first)] if first else []
    for loss, begin, end in [*stretches, (spec.loss, first, spec.epochs)]:
        program = Program(recipe.model, spec.optimizer, loss, spec.batch_size, bank=bank)
        weight = program.objective.code_weight(recipe.model)
        program.put(weights, optimizer or program.fresh_optimizer(spec.learning_rate))
        for epoch in range(begin, end + 1):
            if epoch > begin:
                _train_epoch(program, recipe, epoch - 1, n, weight)
            elif epoch:
                continue  # the stretch before ended with this epoch
            weights, optimizer = program.take()
            reconstruction, cost = program.evaluate(spec.dataset, held)
            codes, x_hat = program.probe(x_probe)
            yield epoch, reconstruction + (weight * cost if program.objective.variational else 0), weights, x_hat, codes


def _train_epoch(program: Program, recipe: Recipe, epoch: int, n: int, weight: float) -> None:
    spec = recipe.train
    rng = np.random.default_rng((spec.seed, epoch))
    order = rng.permutation(n)
    if recipe.distortion:
        copy = rng.integers(1, recipe.n_copies + 1, n) * rng.integers(0, 2, n)  # 0: the image itself
        order = order + copy * n
    steps = -(-n // spec.batch_size)
    rows = np.full(steps * spec.batch_size, -1, np.int32)
    rows[:n] = order
    step = epoch * steps
    for part in np.array_split(rows.reshape(steps, -1), RATE_STEPS):
        if recipe.cosine:
            share = rate_share((step + len(part) / 2) / (spec.epochs * steps))
            program.optimizer.learning_rate.assign(spec.learning_rate * share)
        program.train(part, weight, spec.seed, step, (0.0, 0.0))
        step += len(part)
