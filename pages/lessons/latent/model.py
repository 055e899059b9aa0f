"""The VAE that the latent page has in hand, a checkpoint or a run, and the pad over its latent plane."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings
from aecore.figures import palette
from aecore.imaging import encoding
from aecore.networks import js_weights, latent_geometry, numpy_backend
from aecore.runs.run import Run
from aecore.specs.grammar import with_article
from pages.shared import components
from pages.shared.app import state, worker

RUN = "run"  # stands for the run trained on the page, where otherwise a checkpoint's name stands
PLAIN = {"mnist": "deep-{}", "fashion_mnist": "fashion-deep-{}"}  # plain autoencoders, by the size of their code
N_CODES, N_RUN_CODES = 10_000, 1_500
FARTHEST = 6.0  # standard deviations beyond which nobody is let
LEAST_REACH, MOST_REACH = 3.2, 5.0
NEAREST_WAIT_S = 0.4


@dataclass(frozen=True)
class LatentModel:
    """A VAE: its NumPy network, and what its encoder makes of the test images.

    `name`: a checkpoint's, or RUN; `version` changes with its weights. `beta`: what its KL counted for in training.
    `z_mean`, `z_log_var`: (N, code_dim);
    `labels`: (N,), classes of those test images.
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
        """KL per latent number over the test images, in nats."""
        with np.errstate(over="ignore", invalid="ignore"):  # of a run that is about to diverge
            return latent_geometry.kl_per_dimension(self.z_mean, self.z_log_var)

    @property
    def sound(self) -> bool:
        """Whether the codes and their KL are finite numbers."""
        return bool(np.isfinite(self.z_mean).all() and np.isfinite(self.kl).all())

    @property
    def order(self) -> tuple[int, ...]:
        """The latent numbers as the sliders stand: those that matter most first, where there are more than two."""
        return (0, 1) if self.code_dim == 2 else tuple(int(i) for i in np.argsort(-self.kl))

    @property
    def axes(self) -> tuple[int, int]:
        """The two that the plane shows."""
        first, second = sorted(self.order[:2])
        return first, second

    @property
    def plain(self) -> str | None:
        """The checkpoint of a plain autoencoder with as large a code, if there is one."""
        name = PLAIN[self.dataset].format(self.code_dim)
        return name if name in checkpoints.names() else None

    @property
    def classes(self) -> tuple[str, ...]:
        return datasets.CLASS_NAMES[self.dataset]


# Visitors who come at once wait for one computation; functools' cache would let each of them do it again.
@st.cache_resource(show_spinner=False, max_entries=4)
def of_checkpoint(name: str) -> LatentModel:
    """A shipped VAE."""
    about = checkpoints.about(name)
    dataset, beta = about.train_spec.dataset, about.model_spec.beta
    _, labels = datasets.load_test(dataset)
    z_mean, z_log_var = encodings.test_distribution(name, N_CODES)
    return LatentModel(name, "1", dataset, beta, encodings.dense_network(name), z_mean, z_log_var, labels[:N_CODES])


def of_run(run: Run) -> LatentModel | None:
    """A VAE that is being trained, as it is now; None before its first weights, and if it has diverged."""
    weights, snapshot = run.weights, run.snapshot()
    if weights is None or snapshot.progress is None:
        return None
    dataset = run.train_spec.dataset
    x, labels = datasets.load_test(dataset)
    network = numpy_backend.network(run.model_spec, weights)
    z_mean, z_log_var = network.encode_distribution(x[:N_RUN_CODES])
    version = f"{run.run_id}-{snapshot.progress.step}"
    beta, labels = run.model_spec.beta, labels[:N_RUN_CODES]
    model = LatentModel(RUN, version, dataset, beta, network, z_mean, z_log_var, labels)
    return model if model.sound else None


# Where the visitor stands.


def position(page: str, model: LatentModel) -> np.ndarray:
    """The point of the latent space (code_dim,) where the visitor stands: the middle, to begin with."""
    z = state.get(page, "z", None)
    if z is None or len(z) != model.code_dim:
        z = [0.0] * model.code_dim
    return np.array(z, np.float32)


def go_to(page: str, z: Any) -> bool:
    """Stand at `z` from now on, if it is a list of numbers not too far out; whether it is."""
    try:
        values = [float(value) for value in z]
    except (TypeError, ValueError, OverflowError):
        return False
    if not 2 <= len(values) <= 128 or not all(math.isfinite(value) for value in values):
        return False
    state.set(page, "z", [round(min(max(value, -FARTHEST), FARTHEST), 3) for value in values])
    return True


def parse_position(text: str) -> list[float] | None:
    """'0.5,-1.2' → [0.5, -1.2]; None for a text that is no list of finite numbers."""
    if len(text) > 2_000:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return values if 2 <= len(values) <= 128 and all(math.isfinite(value) for value in values) else None


# The pad.


def carry(model: LatentModel) -> None:
    """Bring the decoder and the codes into the browser. Once is enough: apart from the pad, which answers each move."""
    own = js_weights.pack_decoder(model.network.decoder) if model.name == RUN else encodings.packed_decoder(model.name)
    components.decoder_weights(model.name, own, model.version)
    components.latent_points(model.name, model.z_mean[:, list(model.axes)], model.labels, model.version)


def pad(page: str, model: LatentModel, marks: tuple = ()) -> None:
    """The plane with the test images' codes, the sliders and the digit, decoded in the browser."""
    z = position(page, model)
    plane = model.z_mean[:, list(model.axes)]
    reach = float(np.clip(np.percentile(np.abs(plane), 99.7), LEAST_REACH, MOST_REACH))
    found = _nearest(model, z)
    components.latent_pad(
        components.Plane(
            decoder=model.name,
            points=model.name,
            axes=model.axes,
            order=model.order,
            tips=tuple(f"KL {kl:.2f} nats: {_weight(kl)}" for kl in model.kl),
            reach=round(reach, 2),
            classes=model.classes,
            colours=palette.CLASS_COLOURS,
            marks=marks,
            nearest=found,
        ),
        [float(value) for value in z],
        on_move=lambda value: go_to(page, value),
        key=f"{page}.pad.{model.name}.{model.code_dim}",
    )
    with st.container():
        if found is None:
            worker.wait_for(_question(model, z))


def _weight(kl: float) -> str:
    return "hardly used" if kl < 0.05 else "used a little" if kl < 0.5 else "used"


def _nearest(model: LatentModel, z: np.ndarray) -> tuple[str, str] | None:
    """The image nearest to `z` in code space, as a data URI, and words about it; None while the worker looks for it.

    Of the training images, so that one sees that what is drawn is none of them; of a run's, among test images.
    """
    if model.name == RUN:
        index, distance = latent_geometry.nearest(model.z_mean, z)
        x, label, kind = datasets.load_test(model.dataset)[0][index], int(model.labels[index]), "test"
    else:
        found = worker.ask(*_question(model, z), wait_s=NEAREST_WAIT_S)
        if found is None:
            return None
        (x, label, distance), kind = found, "training"
    return encoding.png_data_uri(x), f"nearest {kind} image, {with_article(model.classes[label])}, {distance:.2f} away"


def _question(model: LatentModel, z: np.ndarray) -> tuple:
    return encodings.nearest_training_image, model.name, tuple(float(value) for value in z)
