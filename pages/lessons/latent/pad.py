"""The pad: the latent plane to drag over, the image decoded there in the browser, and the nearest real image."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.figures import palette
from aecore.imaging import encoding
from aecore.networks import js_weights, latent_geometry
from aecore.specs.errors import UNSOUND
from aecore.specs.grammar import with_article
from pages.lessons.latent import link, own_image, position
from pages.lessons.latent import model as models
from pages.lessons.latent.model import RUN, LatentModel
from pages.shared import components
from pages.shared.app import runs, state, worker

POLL_S = 2.0
MIN_REACH, MAX_REACH = 3.2, 5.0
NEAREST_WAIT_S = 0.4


def show(page: str) -> None:
    """Draw the pad, and poll while the run that it shows is training."""
    run = runs.current(page)
    shows_run = state.get(page, "model") == RUN
    polling = shows_run and run is not None and run.snapshot().changing
    with st.container():
        if not shows_run and (model := models.selected(page)) is not None:
            _send_model(model)
    st.fragment(_draw, run_every=POLL_S if polling else None)(page, polling)


def _draw(page: str, polling: bool) -> None:
    run = runs.current(page)
    shows_run = state.get(page, "model") == RUN
    model = models.selected(page)
    if model is None:
        _explain_absence(run)
        return
    with st.container():
        if shows_run:
            _send_model(model)
    _pad(page, model)
    if shows_run and run is not None:
        snapshot = run.snapshot()
        if snapshot.status == "diverged":
            st.warning(snapshot.error)
        st.caption(
            f"The network after {snapshot.epoch:.1f} epochs of training; the plane shows the codes of test images."
        )
    link.write_position(page, model)
    if polling and run is not None and not run.snapshot().changing:
        st.rerun()  # once more in full, so that the polling ends


def _explain_absence(run) -> None:
    if run is not None and run.snapshot().progress is not None:
        st.warning(UNSOUND)
    else:
        st.info(
            "No network has been trained on this page yet. Open **Train one live** below and press **Train**; the "
            "plane follows it as it learns."
        )


def _send_model(model: LatentModel) -> None:
    """Send the decoder and the codes to the browser, once per version and not with every answer of the pad."""
    packed = (
        js_weights.pack_decoder(model.network.decoder) if model.name == RUN else encodings.packed_decoder(model.name)
    )
    components.decoder_weights(model.name, packed, model.version)
    components.latent_points(model.name, model.z_mean[:, list(model.axes)], model.labels, model.version)


def _pad(page: str, model: LatentModel) -> None:
    z = position.current(page, model)
    plane = model.z_mean[:, list(model.axes)]
    reach = float(np.clip(np.percentile(np.abs(plane), 99.7), MIN_REACH, MAX_REACH))
    nearest = _nearest(model, z)
    components.latent_pad(
        components.Plane(
            decoder=model.name,
            points=model.name,
            axes=model.axes,
            order=model.order,
            tips=tuple(f"KL {kl:.2f} nats: {_usage(kl)}" for kl in model.kl),
            reach=round(reach, 2),
            classes=model.classes,
            colours=palette.CLASS_COLOURS,
            marks=own_image.marks(page, model),
            nearest=nearest,
        ),
        [float(value) for value in z],
        on_move=lambda value: position.go_to(page, value),
        key=f"{page}.pad.{model.name}.{model.code_dim}",
    )
    with st.container():
        if nearest is None:
            worker.wait_for(_nearest_question(model, z))


def _usage(kl: float) -> str:
    return "hardly used" if kl < 0.05 else "used a little" if kl < 0.5 else "used"


def _nearest(model: LatentModel, z: np.ndarray) -> tuple[str, str] | None:
    """The image whose code is nearest to `z`, as a data URI, and its caption; None until the worker has found it.

    It is a training image, so that one sees that the decoder does not copy; for a run, a test image.
    """
    if model.name == RUN:
        index, distance = latent_geometry.nearest(model.z_mean, z)
        x, label, kind = datasets.load_test(model.dataset)[0][index], int(model.labels[index]), "test"
    else:
        found = worker.ask(*_nearest_question(model, z), wait_s=NEAREST_WAIT_S)
        if found is None:
            return None
        (x, label, distance), kind = found, "training"
    return encoding.png_data_uri(x), f"nearest {kind} image, {with_article(model.classes[label])}, {distance:.2f} away"


def _nearest_question(model: LatentModel, z: np.ndarray) -> tuple:
    return encodings.nearest_training_image, model.name, tuple(float(value) for value in z)
