"""Train what is in `pretrained/`, from the embedded data and a seed.

    python -m aecore.pretrain NAME… | --all          trains on all training images and writes the checkpoints
    python -m aecore.pretrain NAME… --hold-out       the same without the last images, and the metrics on those alone

Every setting below was chosen by the second: the test images are looked at once a checkpoint is done, to say how good
it is. A recipe is the specs, which the app can run as well, and three things more that only patience buys: a learning
rate that falls along a cosine, slightly distorted copies of the training images, and, for a squared error, a first
stretch with the cross-entropy (from random weights the squared error of a sigmoid gets stuck at a black picture).
The denoisers have recipes of their own, in `pretrain_denoising`; the pages that one of them learns from are set in the
fonts of the machine at hand (which of Debian's packages the shipped one had: README.md).
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib.metadata
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore import checkpoints, datasets, models
from aecore.documents import synthetic_pairs
from aecore.imaging.augmentation import distorted_copies
from aecore.pretrain import denoisers, evaluation
from aecore.pretrain.schedule import rate_share
from aecore.projection import stored_maps
from aecore.specs import ModelSpec, NoiseSpec, TrainSpec
from aecore.tasks import denoising
from aecore.training import compiled as program

HOLD_OUT = {"mnist": 5_000, "fashion_mnist": 1_000}
HISTORY_LENGTH = 12
HELD_OUT_PAGES = 12
# No checkpoints, but what is computed from them: how good the denoisers of digits are, and maps of the codes.
DENOISING, MAPS = "denoising", "maps"
RATE_STEPS = 8  # changes of the learning rate an epoch
LIBRARIES = ("keras", "tensorflow-cpu", "tensorflow", "numpy")


DEEP = (128, 64)


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is made.

    `cosine`: whether the learning rate falls to 0 along a cosine. `distortion`: strength in pixels of the distorted
    copies, of which each epoch draws half of its images. `cross_entropy_first`: the fraction of the epochs in which
    the cross-entropy stands in for another loss.
    """

    title: str
    model: ModelSpec
    train: TrainSpec
    cosine: bool = True
    distortion: float = 0.0
    n_copies: int = 8
    cross_entropy_first: float = 0.0


def _lesson(title: str, model: ModelSpec, epochs: int) -> Recipe:
    return Recipe(title, model, TrainSpec(epochs=epochs))


def _deep(code_dim: int) -> Recipe:
    return Recipe(
        f"Deep, {code_dim} numbers",
        ModelSpec(code_dim=code_dim, widths=DEEP),
        TrainSpec(epochs=100, batch_size=128, learning_rate=0.002),
    )


def _vae(
    title: str, code_dim: int, widths: tuple[int, ...], epochs: int, dataset: str = "mnist", distortion: float = 0.5
) -> Recipe:
    model = ModelSpec("vae", code_dim, widths, activation="gelu")
    return Recipe(title, model, TrainSpec(dataset, epochs=epochs), distortion=distortion)


RECIPES = {
    "basic-32": _lesson("Basic, 32 numbers", ModelSpec(), 50),
    "sparse-32": _lesson("Sparse, 32 numbers", ModelSpec(activity_l1=1e-4), 100),
    "deep-2": _deep(2),
    "deep-8": _deep(8),
    "deep-16": _deep(16),
    "deep-32": _deep(32),
    "deep-64": _deep(64),
    "conv-128": Recipe(
        "Convolutional, 4 × 4 × 8 numbers",
        ModelSpec("conv", 128),
        TrainSpec(epochs=40, batch_size=128, learning_rate=0.004),
    ),
    # As many numbers as the convolutional one, and trained like it, to stand beside it.
    "basic-128": Recipe(
        "Basic, 128 numbers",
        ModelSpec(code_dim=128),
        TrainSpec(epochs=40, batch_size=128, learning_rate=0.004),
    ),
    "best-32": Recipe(
        "The best, 32 numbers",
        ModelSpec(widths=(1024, 768, 384), activation="gelu", code_activation="linear"),
        TrainSpec(epochs=180, loss="mse"),
        distortion=0.5,
        cross_entropy_first=0.15,
    ),
    "vae-2": _vae("VAE, 2 numbers", 2, (512, 512, 256), 200),
    "vae-16": _vae("VAE, 16 numbers", 16, (768, 384), 120),
    "fashion-32": Recipe(
        "Clothes, 32 numbers",
        ModelSpec(widths=(512, 256), activation="gelu", code_activation="linear"),
        TrainSpec("fashion_mnist", epochs=150),
        distortion=0.3,
    ),
    "fashion-deep-2": Recipe(
        "Clothes, deep, 2 numbers", ModelSpec(code_dim=2, widths=DEEP), TrainSpec("fashion_mnist", epochs=100)
    ),
    "fashion-vae-2": _vae("VAE of clothes, 2 numbers", 2, (512, 256), 200, "fashion_mnist", distortion=0.3),
}


def train(recipe: Recipe, hold_out: bool = False) -> Iterator[tuple[int, float, tuple, np.ndarray, np.ndarray]]:
    """Train by a recipe; for each epoch from 0: its number, the loss, the weights, x_hat and codes of the ten digits.

    The loss is the one on the images held out, or on the test images when nothing is.
    """
    spec = recipe.train
    x = datasets.load(spec.dataset).x_train[..., 0]
    n_held = HOLD_OUT[spec.dataset] if hold_out else 0
    n = len(x) - n_held
    held = program.image_rows(spec.dataset, "train", np.arange(n, n + n_held)) if hold_out else None
    bank = x[:n]
    if recipe.distortion:
        bank = np.concatenate([bank, distorted_copies(x[:n], recipe.n_copies, recipe.distortion, spec.seed)])
    bank = bank.reshape(len(bank), -1)

    weights, optimizer = tuple(models.build(recipe.model, spec.seed).get_weights()), ()
    x_probe = datasets.load_probe(spec.dataset)
    first = round(recipe.cross_entropy_first * spec.epochs)
    stretches = [("binary_crossentropy", 0, first)] if first else []
    for loss, begin, end in [*stretches, (spec.loss, first, spec.epochs)]:
        compiled = program.Program(recipe.model, spec.optimizer, loss, spec.batch_size, bank=bank)
        weight = recipe.model.beta if compiled.variational else recipe.model.activity_l1
        compiled.put(weights, optimizer or compiled.fresh_optimizer(spec.learning_rate))
        for epoch in range(begin, end + 1):
            if epoch > begin:
                _train_epoch(compiled, recipe, epoch - 1, n, weight)
            elif epoch:
                continue  # the stretch before ended with this epoch
            weights, optimizer = compiled.take()
            reconstruction, cost = compiled.evaluate(spec.dataset, held)
            codes, x_hat = compiled.probe(x_probe)
            yield epoch, reconstruction + (weight * cost if compiled.variational else 0), weights, x_hat, codes


def _train_epoch(compiled: program.Program, recipe: Recipe, epoch: int, n: int, weight: float) -> None:
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
            compiled.optimizer.learning_rate.assign(spec.learning_rate * share)
        compiled.train(part, weight, spec.seed, step, (0.0, 0.0))
        step += len(part)


def pretrain(name: str, hold_out: bool = False) -> dict[str, float]:
    """Train the checkpoint `name`, store it unless images are held out, and return its metrics."""
    if name in denoisers.RECIPES:
        return pretrain_denoiser(name)
    recipe = RECIPES[name]
    wanted = history_epochs(recipe.train.epochs)
    moments, last = [], ()
    begin = time.perf_counter()
    for epoch, loss, weights, x_hat, codes in train(recipe, hold_out):
        last = weights
        if epoch in wanted:
            moments.append((epoch, loss, x_hat, codes))
        if epoch % 10 == 0 or epoch == recipe.train.epochs:
            print(f"{name}: epoch {epoch}, loss {loss:.5f}, {time.perf_counter() - begin:.0f} s", flush=True)
    seconds = time.perf_counter() - begin
    model = models.build(recipe.model)
    model.set_weights([array.astype(checkpoints.STORED).astype(np.float32) for array in last])  # as it is stored
    data = datasets.load(recipe.train.dataset)
    x = data.x_train[-HOLD_OUT[data.name] :] if hold_out else data.x_test
    found = evaluation.measure_on(model, x)
    print(f"{name}{' on the images held out' if hold_out else ''}:", found, flush=True)
    if not hold_out:
        seen = checkpoints.History(*(np.array(column) for column in zip(*moments, strict=True)))
        checkpoints.save(name, last, seen, _entry(recipe, model, seconds, found))
    return found


def pretrain_denoiser(name: str) -> dict[str, float]:
    """Train and store a denoiser, and return its metrics."""
    recipe = denoisers.RECIPES[name]
    begin, last = time.perf_counter(), ()
    for step, n_steps, loss, weights in denoisers.train(recipe):
        last = weights
        print(f"{name}: step {step} of {n_steps}, loss {loss:.5f}, {time.perf_counter() - begin:.0f} s", flush=True)
    return store_denoiser(name, last, time.perf_counter() - begin)


def store_denoiser(name: str, weights: tuple[np.ndarray, ...], seconds: float) -> dict[str, float]:
    """Measure and store a trained denoiser, and return its metrics."""
    recipe = denoisers.RECIPES[name]
    model = models.build(recipe.model)
    checkpoints.save(name, weights, None, _entry(recipe, model, seconds, {}))
    if recipe.train is None:
        found = {
            f"rmse_{kind or 'any'}": evaluation.measure_cleaning(("network",), HELD_OUT_PAGES, kind)["network"]
            for kind in (None, *synthetic_pairs.LARGE_KINDS)
        }
    else:
        x = datasets.load_test(recipe.train.dataset)[0]
        noise = NoiseSpec(recipe.train.noise, recipe.train.noise_amount)
        found = evaluation.measure_denoising(checkpoints.load(name), x, noise)
    print(f"{name}:", found, flush=True)
    checkpoints.save(name, weights, None, _entry(recipe, model, seconds, found))
    return found


def _entry(
    recipe: Recipe | denoisers.DigitRecipe | denoisers.PageRecipe,
    model: models.Autoencoder,
    seconds: float,
    found: dict[str, float],
) -> dict[str, Any]:
    """What the manifest will tell of a checkpoint; `found` are its metrics."""
    made_by = dataclasses.asdict(recipe)
    return {
        "title": recipe.title,
        "model_spec": made_by["model"],
        "train_spec": made_by["train"],
        "recipe": {key: value for key, value in made_by.items() if key not in ("title", "model", "train")},
        "data_sha256": data_hash(recipe.train.dataset) if recipe.train else None,
        "versions": versions(),
        "seconds": round(seconds, 1),
        "n_parameters": [model.encoder.count_params(), model.decoder.count_params()],
        "metrics": {key: float(f"{value:.6g}") for key, value in found.items()},
    }


def history_epochs(epochs: int) -> list[int]:
    """Epoch 0 and a dozen more up to the last, closer together where more happens."""
    spread = np.unique(np.rint(np.geomspace(1, epochs, HISTORY_LENGTH)).astype(int))
    return [0, *(int(epoch) for epoch in spread)]


def data_hash(dataset: str) -> str:
    """SHA-256 of the training images and labels."""
    data = datasets.load(dataset)
    return hashlib.sha256(data.x_train.tobytes() + data.y_train.tobytes()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of what computed."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = (*RECIPES, *denoisers.RECIPES, DENOISING, MAPS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(known)}")
    parser.add_argument("--all", action="store_true", help="every checkpoint there is")
    parser.add_argument("--hold-out", action="store_true", help="judge a recipe by training images held out")
    arguments = parser.parse_args()
    names = list(known) if arguments.all else arguments.names
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        parser.error(f"expected --all or any of {', '.join(known)}, but {' '.join(unknown) or 'nothing'} came.")
    without = [name for name in names if name not in RECIPES]
    if arguments.hold_out and without:
        parser.error(f"--hold-out judges the recipes of autoencoders alone, but {' '.join(without)} came.")
    for name in names:
        if name == DENOISING:
            denoising.make_table()
        elif name == MAPS:
            stored_maps.make_all()
        else:
            pretrain(name, arguments.hold_out)
