"""How the shipped denoisers are made: recipes, and training on one batch of (noisy, clean) after the other.

Half of the arithmetic is bfloat16, which machines that have it in hardware do two to three times as fast; the weights
stay float32, and so does every computation with them afterwards.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from aecore import corruption, datasets, models
from aecore.documents import synthetic_pairs
from aecore.imaging.arrays import to_float
from aecore.models.backend import keras, tf
from aecore.pretrain.schedule import rate_share
from aecore.specs import NOISES, ModelSpec, TrainSpec

REPORT_STEPS = 500
PREPARED = 8  # batches that wait to be trained on
CLIP_NORM = 1.0
# Nearly half of the images get the lesson's noise, the rest any of the others, and a few none at all.
GAUSSIAN_SHARE, CLEAN_SHARE = 0.45, 0.05


@dataclass(frozen=True)
class DigitRecipe:
    """How a denoiser of digits is made. It is trained on every kind of noise and judged by that of the `train` spec."""

    title: str
    model: ModelSpec
    train: TrainSpec


@dataclass(frozen=True)
class Course:
    """A stretch of the training of a denoiser of pages: `steps` batches from `n_pages` pages.

    `tone`: how strongly the greys of a tile change each time. `plain`: whether every second page has one large kind
    of stain or crease and is otherwise in good order, as scans in an office are.
    """

    steps: int
    learning_rate: float
    tone: float
    plain: bool
    n_pages: int = 2_400


@dataclass(frozen=True)
class PageRecipe:
    """How a denoiser of pages is made: in courses, from batches of square tiles cut at random from pages."""

    title: str
    model: ModelSpec
    courses: tuple[Course, ...]
    batch_size: int = 8
    tile: int = 192
    seed: int = 0
    train: None = None


RECIPES = {
    "denoise-digits": DigitRecipe(
        "Denoiser of digits, every kind of noise",
        ModelSpec("unet", widths=(16, 64, 96)),
        TrainSpec(n_train=55_000, epochs=30, batch_size=128, learning_rate=0.002, noise="gaussian", noise_amount=0.5),
    ),
    "denoise-documents": PageRecipe(
        "Denoiser of scanned pages",
        ModelSpec("unet", widths=(16, 32, 64, 96)),
        # First all kinds of damage, then, more gently, what most pages have.
        (Course(18_000, 0.002, 0.2, plain=False), Course(8_000, 0.0007, 0.03, plain=True)),
    ),
}


@contextlib.contextmanager
def _half_precision() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def fit(
    model_spec: ModelSpec, batches: Iterator[tuple[np.ndarray, np.ndarray]], n_steps: int, learning_rate: float,
    seed: int, report_every: int, weights: tuple[np.ndarray, ...] = (),
) -> Iterator[tuple[int, float, tuple[np.ndarray, ...]]]:  # fmt: skip
    """Train on batches of (noisy, clean), float32 (B, H, W, 1) both, with the cross-entropy, the mean per pixel.

    `weights`: what to start from, by default random ones. Yields after each `report_every` steps, and before the first:
    the step, the mean loss since the last, the weights.
    """
    with _half_precision():
        model = models.build(model_spec, seed)
    if weights:
        model.set_weights(list(weights))
    optimizer = keras.optimizers.Adam(learning_rate, clipnorm=CLIP_NORM)
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(x_noisy, x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.binary_crossentropy(x, model.reconstruct(x_noisy)))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    yield 0, math.nan, _weights(model)
    losses = []
    for done, (x_noisy, x) in enumerate(_ahead(batches, n_steps)):
        optimizer.learning_rate.assign(learning_rate * rate_share((done + 0.5) / n_steps))
        losses.append(float(step(x_noisy, x)))
        if (done + 1) % report_every == 0 or done + 1 == n_steps:
            yield done + 1, float(np.mean(losses)), _weights(model)
            losses = []


def _weights(model) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray(array, np.float32) for array in model.get_weights())


def _ahead(batches: Iterator, n_steps: int) -> Iterator:
    """The first `n_steps` batches, prepared by a thread while earlier ones are trained on."""
    ready: queue.Queue = queue.Queue(PREPARED)

    def prepare() -> None:
        for _ in range(n_steps):
            ready.put(next(batches))

    threading.Thread(target=prepare, daemon=True).start()
    for _ in range(n_steps):
        yield ready.get()


def train(recipe: DigitRecipe | PageRecipe) -> Iterator[tuple[int, int, float, tuple[np.ndarray, ...]]]:
    """Train by a recipe; yields now and then the step, the number of steps, the mean loss since, and the weights."""
    if isinstance(recipe, PageRecipe):
        yield from _train_on_pages(recipe)
        return
    spec = recipe.train
    often = spec.n_train // spec.batch_size  # steps per epoch
    n_steps = often * spec.epochs
    for step, loss, weights in fit(recipe.model, digit_batches(spec), n_steps, spec.learning_rate, spec.seed, often):
        yield step, n_steps, loss, weights


def _train_on_pages(recipe: PageRecipe) -> Iterator[tuple[int, int, float, tuple[np.ndarray, ...]]]:
    n_steps, before, weights = sum(course.steps for course in recipe.courses), 0, ()
    for number, course in enumerate(recipe.courses):
        batches = page_batches(recipe, number)
        rate = course.learning_rate
        for step, loss, weights in fit(  # noqa: B020  (each course goes on from the last weights of the one before)
            recipe.model, batches, course.steps, rate, recipe.seed, REPORT_STEPS, weights
        ):
            yield before + step, n_steps, loss, weights
        before += course.steps


def page_batches(recipe: PageRecipe, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless batches of tiles for a course: cut at random from pages, a little brighter or darker each time."""
    course = recipe.courses[number]
    first = (recipe.seed * len(recipe.courses) + number) * 1_000_000
    seeds = range(first, first + course.n_pages)
    kinds = [synthetic_pairs.LARGE_KINDS[i // 2 % 4] if course.plain and i % 2 else None for i in range(len(seeds))]
    # Not forked: this process has TensorFlow's threads in it.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        made = pool.map(synthetic_pairs.synthetic_pair, seeds, [False] * len(seeds), kinds, chunksize=20)
        pages = np.array(list(made))  # (N, 2, H, W)
    height, width = pages.shape[2:]
    side, rng = recipe.tile, np.random.default_rng((recipe.seed, number))
    while True:
        tiles = np.empty((recipe.batch_size, 2, side, side), np.float32)
        for tile in tiles:
            top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
            tile[:] = pages[rng.integers(len(pages)), :, top : top + side, left : left + side] / np.float32(255)
            bend = np.exp(course.tone * rng.uniform(-0.9, 0.9, 2) * (1, 0.25))
            tile[0] = np.clip(tile[0] ** bend[0] * bend[1], 0, 1)
        yield tiles[:, 0, ..., None], tiles[:, 1, ..., None]


def digit_batches(spec: TrainSpec) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless batches of training images, each image with a noise of its own."""
    n = spec.n_train
    x_train = datasets.load(spec.dataset).x_train[:n]
    kinds = np.array(list(NOISES))
    largest = np.array([noise.max_trained for noise in NOISES.values()])
    shares = np.full(len(kinds), (1 - GAUSSIAN_SHARE) / (len(kinds) - 1))
    shares[kinds == "gaussian"] = GAUSSIAN_SHARE
    epoch = 0
    while True:
        rng = np.random.default_rng((spec.seed, epoch))
        order = rng.permutation(n)
        for start in range(0, n - spec.batch_size + 1, spec.batch_size):
            x = to_float(x_train[order[start : start + spec.batch_size]])
            which = rng.choice(len(kinds), len(x), p=shares)
            amounts = largest[which] * rng.random(len(x)) * (rng.random(len(x)) >= CLEAN_SHARE)
            yield corruption.corrupt_variously(x, kinds[which], amounts, rng), x
        epoch += 1
