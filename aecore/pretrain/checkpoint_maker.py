"""Train a checkpoint by its recipe, measure it and store it."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from typing import Any

import numpy as np

from aecore import checkpoints, datasets, models
from aecore.documents import synthetic_pairs
from aecore.pretrain import autoencoders, denoisers, evaluation
from aecore.pretrain.recipes import RECIPES, Recipe
from aecore.specs import NoiseSpec
from aecore.versions import PYTHON, installed

HISTORY_LENGTH = 12
HELD_OUT_PAGES = 12
LIBRARIES = ("keras", "tensorflow-cpu", "tensorflow", "numpy")


def pretrain(name: str, hold_out: bool = False) -> dict[str, float]:
    """Train the checkpoint `name`, store it unless images are held out, and return its metrics."""
    if name in denoisers.RECIPES:
        return pretrain_denoiser(name)
    recipe = RECIPES[name]
    wanted = history_epochs(recipe.train.epochs)
    moments, last = [], ()
    begin = time.perf_counter()
    for epoch, loss, weights, x_hat, codes in autoencoders.train(recipe, hold_out):
        last = weights
        if epoch in wanted:
            moments.append((epoch, loss, x_hat, codes))
        if epoch % 10 == 0 or epoch == recipe.train.epochs:
            print(f"{name}: epoch {epoch}, loss {loss:.5f}, {time.perf_counter() - begin:.0f} s", flush=True)
    seconds = time.perf_counter() - begin
    model = models.build(recipe.model)
    model.set_weights([array.astype(checkpoints.STORED).astype(np.float32) for array in last])  # as it is stored
    data = datasets.load(recipe.train.dataset)
    x = data.x_train[-autoencoders.HOLD_OUT[data.name] :] if hold_out else data.x_test
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
    """The entry of a checkpoint in the manifest; `found` are its metrics."""
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
    """Epoch 0 and a dozen more up to the last, closer together at the beginning, where more happens."""
    spread = np.unique(np.rint(np.geomspace(1, epochs, HISTORY_LENGTH)).astype(int))
    return [0, *(int(epoch) for epoch in spread)]


def data_hash(dataset: str) -> str:
    """SHA-256 of the training images and labels."""
    data = datasets.load(dataset)
    return hashlib.sha256(data.x_train.tobytes() + data.y_train.tobytes()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that compute."""
    return {"python": PYTHON} | installed(LIBRARIES)
