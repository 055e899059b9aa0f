"""Controls for specs: their ranges come from the specs, their values live in the session and in the link.

May import pages.shared.app, pages.shared.url and, of the core, specs and checkpoints.
"""

from pages.shared.controls.fields import choice, model, number, put, put_and_rerun, scale, slider, value
from pages.shared.controls.labels import LABELS, NOISE_LABELS
from pages.shared.controls.link import restore, sync_url
from pages.shared.controls.network import convolutional_code, filters, widths
from pages.shared.controls.starting_weights import start, start_afresh
from pages.shared.controls.training import LEARNING_RATES, SPARSITIES, dataset, learning, n_train, noise, optimizer

__all__ = [
    "LABELS",
    "LEARNING_RATES",
    "NOISE_LABELS",
    "SPARSITIES",
    "choice",
    "convolutional_code",
    "dataset",
    "filters",
    "learning",
    "model",
    "n_train",
    "noise",
    "number",
    "optimizer",
    "put",
    "put_and_rerun",
    "restore",
    "scale",
    "slider",
    "start",
    "start_afresh",
    "sync_url",
    "value",
    "widths",
]
