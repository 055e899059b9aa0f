"""The VAE on screen: one that comes with the app, or the run trained on the page."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings
from aecore.networks import latent_geometry, numpy_backend
from aecore.runs.run import Run
from pages.shared.app import runs, state

RUN = "run"  # the option, in place of a checkpoint's name, for the run trained on the page
CHOICES = {
    "vae-2": "Digits, 2 numbers",
    "vae-16": "Digits, 16 numbers",
    "fashion-vae-2": "Clothes, 2 numbers",
    RUN: "Your own, trained below",
}
PLAIN = {"mnist": "deep-{}", "fashion_mnist": "fashion-deep-{}"}  # plain autoencoders, by the size of their code
N_CODES, N_RUN_CODES = 10_000, 1_500


@dataclass(frozen=True)
class LatentModel:
    """A VAE: its NumPy network, and how its encoder distributes the test images.

    `name`: a checkpoint's, or RUN; `version` changes with its weights. `beta`: the weight of the KL in training.
    `z_mean`, `z_log_var`: (N, code_dim). `labels`: (N,), classes of those test images.
    """

    name: str
    version: str
    dataset: str
    beta: float
    network: numpy_backend.Network
    z_mean: np.ndarray
    z_log_var: np.ndarray
    labels: np.ndarray

    @property
    def code_dim(self) -> int:
        return self.network.code_dim

    @functools.cached_property
    def kl(self) -> np.ndarray:
        """Mean KL of each latent number over the test images, in nats: (code_dim,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # of a run that is about to diverge
            return latent_geometry.kl_per_dimension(self.z_mean, self.z_log_var)

    @property
    def sound(self) -> bool:
        """Whether the codes and their KL are finite."""
        return bool(np.isfinite(self.z_mean).all() and np.isfinite(self.kl).all())

    @property
    def order(self) -> tuple[int, ...]:
        """The latent numbers in the order of the sliders: the most informative first if there are more than two."""
        return (0, 1) if self.code_dim == 2 else tuple(int(i) for i in np.argsort(-self.kl))

    @property
    def axes(self) -> tuple[int, int]:
        """The two latent numbers that span the plane."""
        first, second = sorted(self.order[:2])
        return first, second

    @property
    def plain(self) -> str | None:
        """The checkpoint of a plain autoencoder with the same code size, if there is one."""
        name = PLAIN[self.dataset].format(self.code_dim)
        return name if name in checkpoints.names() else None

    @property
    def classes(self) -> tuple[str, ...]:
        return datasets.CLASS_NAMES[self.dataset]


def selected(page: str) -> LatentModel | None:
    """The model that the page shows; None if it is a run without usable weights."""
    name = state.get(page, "model")
    if name != RUN:
        return of_checkpoint(name)
    run = runs.current(page)
    return of_run(run) if run is not None else None


# Visitors who arrive together wait for one computation; with functools' cache each of them would repeat it.
@st.cache_resource(show_spinner=False, max_entries=4)
def of_checkpoint(name: str) -> LatentModel:
    """A VAE that comes with the app."""
    about = checkpoints.about(name)
    dataset, beta = about.dataset, about.model_spec.beta
    _, labels = datasets.load_test(dataset)
    z_mean, z_log_var = encodings.test_distribution(name, N_CODES)
    return LatentModel(name, "1", dataset, beta, encodings.dense_network(name), z_mean, z_log_var, labels[:N_CODES])


def of_run(run: Run) -> LatentModel | None:
    """The VAE of a run as it is now; None before its first weights and after it has diverged."""
    weights, snapshot = run.weights, run.snapshot()
    if weights is None or snapshot.progress is None:
        return None
    dataset = run.train_spec.dataset
    x, labels = datasets.load_test(dataset)
    network = numpy_backend.network(run.model_spec, weights)
    z_mean, z_log_var = network.encode_distribution(x[:N_RUN_CODES])
    version = f"{run.run_id}-{snapshot.step}"
    beta, labels = run.model_spec.beta, labels[:N_RUN_CODES]
    model = LatentModel(RUN, version, dataset, beta, network, z_mean, z_log_var, labels)
    return model if model.sound else None


def follow_new_run(page: str) -> None:
    """Switch to the page's run once a new one has begun."""
    run = runs.current(page)
    if run is not None and state.get(page, "followed", None) != run.run_id:
        state.set(page, "followed", run.run_id)
        state.set(page, "model", RUN)
