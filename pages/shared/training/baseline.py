"""PCA with as many numbers as a run's code: what the network has to beat."""

from __future__ import annotations

from aecore.records.run_snapshot import RunSnapshot
from aecore.tasks import pca_baseline
from pages.shared.app import worker


def is_vae(snapshot: RunSnapshot) -> bool:
    """Whether the run trains a variational autoencoder, which has other losses and no baseline."""
    return snapshot.model_spec.family == "vae"


def has_baseline(snapshot: RunSnapshot) -> bool:
    """Whether PCA is the run's equal: not of a VAE, nor of a network whose input is noisy."""
    return not is_vae(snapshot) and snapshot.train_spec.noise_spec is None


def of_run(snapshot: RunSnapshot) -> pca_baseline.PcaBaseline | None:
    """The run's baseline, if it has one and the worker has computed it."""
    return _question(snapshot).answer() if has_baseline(snapshot) else None


def loss(snapshot: RunSnapshot) -> float | None:
    """The baseline's loss, in the measure that the run is trained with."""
    found = of_run(snapshot)
    return getattr(found, snapshot.train_spec.loss) if found else None


def is_pending(snapshot: RunSnapshot) -> bool:
    """Whether the baseline is still being computed."""
    return has_baseline(snapshot) and of_run(snapshot) is None and worker.failure(_question(snapshot)) is None


def _question(snapshot: RunSnapshot) -> worker.Question:
    train = snapshot.train_spec
    return worker.Question(pca_baseline.measure, (train.dataset, train.n_train, snapshot.model_spec.code_dim))
