"""The live part of every page that trains: what the network makes of ten images, and how its loss falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from aecore import corruption, datasets, export
from aecore.checkpoints import published_results
from aecore.figures import code_charts, image_colouring, image_grid, loss_charts, network_drawing, number_format
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.networks import keras_file
from aecore.records.run_snapshot import Frame, RunSnapshot
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from aecore.tasks import pca_baseline
from pages.shared import components
from pages.shared.app import following, runs, server, worker
from pages.shared.training import run_controls

POLL_S = 0.5
# How often the network is drawn: more rarely, and not at the same moments. Where two fragments are asked for at once,
# Streamlit may lose what the first has to show.
NETWORK_POLL_S, OFF_BEAT = 1.0, 1.1
NEWEST = "newest"
EXAMPLE_CLASS = 2  # the one of the ten images that the drawing of the network shows
DIGITS_WIDTH, CHART_WIDTH = 640, 440  # pixels
LOSS_NAMES = {"binary_crossentropy": "binary cross-entropy a pixel", "mse": "squared error a pixel"}
DRAWINGS_KEPT = 100  # some 60 kB each
KERAS_FILE_OF_VAE = " The encoder gives `z_mean` and `z_log_var`; the whole network decodes `z_mean`."


def show(page: str, model_spec: ModelSpec, train_spec: TrainSpec, beside: Sequence[str] = ()) -> None:
    """Draw the panel for the page's run, or the invitation to start one with the controls' settings.

    `beside`: under which names the session keeps other runs that the page shows, to be followed while they rest.
    """
    run = runs.current(page)
    marks = following.resting(page, *beside)
    snapshot = server.runs().snapshot(run) if run else None
    poll_s = _poll_s(snapshot) if snapshot and _changing(snapshot) else None
    following.follow(marks)
    begun = snapshot is not None and snapshot.progress is not None
    st.fragment(_panel, run_every=poll_s)(page, model_spec, train_spec, poll_s, begun)
    # Not part of what is drawn twice a second: a download in that would be replaced under the visitor's finger.
    with st.container():
        if begun:
            _downloads(run)


def _poll_s(snapshot: RunSnapshot) -> float:
    """How often to look for something new; whoever has seen nothing yet is kept waiting half as long."""
    poll_s = worker.poll_s(POLL_S)
    return poll_s if snapshot.progress else max(poll_s / 2, POLL_S)


def _out_of_step(poll_s: float, snapshot: RunSnapshot) -> bool:
    """Whether so many runs have come or gone that the page should look more rarely, or much more often."""
    return not poll_s / 3 < _poll_s(snapshot) < 1.5 * poll_s


def show_network(page: str, model_spec: ModelSpec, dataset: str) -> None:
    """Draw the network of the controls, with what the page's run, if it has this network, makes of an image now.

    A fragment of its own: one that writes into a container outside of it can meet a page that is just being drawn
    anew, and Streamlit's front end does not survive that.
    """
    run = runs.current(page)
    changing = run is not None and run.snapshot().changing
    poll_s = OFF_BEAT * worker.poll_s(NETWORK_POLL_S) if changing else None
    st.fragment(_network, run_every=poll_s)(page, model_spec, dataset)


def _network(page: str, model_spec: ModelSpec, dataset: str) -> None:
    run = runs.current(page)
    x_hat, of_run = None, None
    if run is not None and (run.model_spec, run.train_spec.dataset) == (model_spec, dataset):
        progress = run.snapshot().progress
        if progress is not None:
            x_hat, of_run = progress.x_hat[EXAMPLE_CLASS], (run.run_id, progress.step)
    components.figure(_network_drawing(model_spec, dataset, of_run, x_hat), key=f"{page}.network")


@st.cache_resource(show_spinner=False, max_entries=DRAWINGS_KEPT)
def _network_drawing(model_spec: ModelSpec, dataset: str, of_run: tuple[str, int] | None, _x_hat) -> str:
    """The drawing, made once for each of a run's slices: there are more polls than slices when a class trains."""
    return network_drawing.network_drawing(model_spec, datasets.load_probe(dataset)[EXAMPLE_CLASS], _x_hat)


def _panel(page: str, model_spec: ModelSpec, train_spec: TrainSpec, poll_s: float | None, begun: bool) -> None:
    run = runs.current(page)
    snapshot = server.runs().snapshot(run) if run else None
    # Three places that are always there. Were a sentence to push a container along, a slow connection, on which
    # Streamlit merges the messages of successive runs by their place, could be sent a page that cannot be put together.
    buttons, state, body = st.container(), st.container(), st.container()
    with buttons:
        run_controls.buttons(page, run, snapshot, model_spec, train_spec)
    with state:
        if snapshot is None:
            weights = f"the weights of {train_spec.start}" if train_spec.start else "random weights"
            st.caption(f"Nothing is trained yet. Training starts only when you press **Train**, with {weights}.")
            return
        run_controls.state_line(page, snapshot, model_spec, train_spec)
    if snapshot.progress is not None:
        # Side by side where there is room, one below the other on a tablet.
        with body, st.container(horizontal=True, gap="medium"):
            with st.container(width=DIGITS_WIDTH):
                frame = _choose_epoch(page, snapshot)
                shows = (snapshot.run_id, snapshot.progress.step, frame.epoch, _baseline(snapshot) is not None)
                components.figure(_digits(shows, snapshot, frame), key=f"{page}.digits")
            with st.container(width=CHART_WIDTH):
                _numbers(snapshot, frame)
                _loss(snapshot, frame)
    first = snapshot.progress is not None and not begun
    if poll_s and (first or not _changing(snapshot) or _out_of_step(poll_s, snapshot)):
        st.rerun()  # once more in full: there is something to download, the polling ends or goes on at another pace


def _changing(snapshot: RunSnapshot) -> bool:
    """Whether there will be something new to draw without anybody doing anything."""
    return snapshot.changing or (
        _has_baseline(snapshot) and _baseline(snapshot) is None and worker.failure(_baseline_question(snapshot)) is None
    )


def _is_vae(snapshot: RunSnapshot) -> bool:
    return snapshot.model_spec.family == "vae"


def _has_baseline(snapshot: RunSnapshot) -> bool:
    """Whether PCA with as many numbers is its equal: not of a VAE, nor of what is fed with noise."""
    return not _is_vae(snapshot) and snapshot.train_spec.noise_spec is None


def _choose_epoch(page: str, snapshot: RunSnapshot) -> Frame:
    """The frame to draw: the newest, or the one of the epoch that the visitor went back to.

    The slider's right end means "newest". So it never has to be moved by the program, which would get in the way of a
    hand that drags it while the run goes on.
    """
    newest = Frame(int(snapshot.progress.epoch), snapshot.progress.x_hat, snapshot.progress.code_probe)
    epoch = st.select_slider(
        "Epoch shown",
        [*range(snapshot.epochs), NEWEST],
        value=NEWEST,
        key=f"{page}.epoch.{snapshot.run_id}",
        help="Drag left to go back in time. Epoch 0 is the network before any training: random weights.",
    )
    if epoch == NEWEST or epoch == newest.epoch:
        return newest
    if epoch > newest.epoch:
        st.caption(f"Epoch {epoch} is still to come. This is epoch {newest.epoch}.")
        return newest
    return max(
        (frame for frame in snapshot.frames if frame.epoch <= epoch), key=lambda frame: frame.epoch, default=newest
    )


def _baseline(snapshot: RunSnapshot) -> pca_baseline.PcaBaseline | None:
    """The run's baseline, if it has one and the worker has computed it."""
    return _baseline_question(snapshot).answer() if _has_baseline(snapshot) else None


def _baseline_question(snapshot: RunSnapshot) -> worker.Question:
    train = snapshot.train_spec
    return worker.Question(pca_baseline.measure, (train.dataset, train.n_train, snapshot.model_spec.code_dim))


@st.cache_resource(show_spinner=False, max_entries=DRAWINGS_KEPT)
def _digits(shows: tuple, _snapshot: RunSnapshot, _frame: Frame) -> str:
    """The ten images, drawn once for each of a run's slices; `shows` tells one drawing from another."""
    snapshot, frame = _snapshot, _frame
    x = snapshot.progress.x_probe
    names = datasets.CLASS_NAMES[snapshot.train_spec.dataset]

    def redrawn(x_hat, by: str) -> list[str]:
        errors = metrics.mse_per_image(x, x_hat)
        titles = [f"{name}: {by}, squared error {error:.4f}" for name, error in zip(names, errors, strict=True)]
        return image_grid.image_cells(x_hat, titles)

    noise = snapshot.train_spec.noise_spec
    differences = [image_colouring.difference_image(a, b) for a, b in zip(x, frame.x_hat, strict=True)]
    meanings = [f"{name}: blue where ink is missing, orange where there is too much" for name in names]
    rows = [
        ("image", "x", image_grid.image_cells(x, [f"{name}: the image" for name in names])),
        ("redrawn", f"x̂, epoch {frame.epoch}", redrawn(frame.x_hat, "redrawn")),
        ("error", image_colouring.difference_key(), image_grid.image_cells(differences, meanings)),
    ]
    if noise is not None:
        goes_in = image_grid.image_cells(corruption.fixed(x, noise), [f"{name}: what goes in" for name in names])
        rows.insert(1, ("noisy", "x_noisy", goes_in))
    if frame.code_probe.shape[1]:
        low, top = code_charts.code_span(frame.code_probe)
        bars = [code_charts.code_bars(code, top, low) for code in frame.code_probe]
        rows.append((f"code of {frame.code_probe.shape[1]}", f"bars: {low:.3g} to {top:.3g}", bars))
    baseline = _baseline(snapshot)
    if baseline is not None:
        rows.append(("PCA", "without a network", redrawn(baseline.x_hat, "PCA")))
    return image_grid.rows_of_ten(rows)


def _pca_loss(snapshot: RunSnapshot) -> float | None:
    baseline = _baseline(snapshot)
    return getattr(baseline, snapshot.train_spec.loss) if baseline else None


def _numbers(snapshot: RunSnapshot, frame: Frame) -> None:
    newest = snapshot.progress.history[-1]
    shown = next((record for record in snapshot.progress.history if record.epoch == frame.epoch), newest)
    columns = st.columns(3, gap="small")
    if _is_vae(snapshot):
        for column, (label, value, words) in zip(
            columns,
            (
                (
                    "Validation loss",
                    shown.val_loss,
                    "Reconstruction plus β times KL, in nats an image; at β = 1, −ELBO.",
                ),
                ("Reconstruction", shown.val_reconstruction_loss, "How surprised the decoder is at the test images."),
                ("KL", shown.val_kl_loss, "How far the images' clouds are from N(0, 1): what the code tells."),
            ),
            strict=True,
        ):
            column.metric(label, number_format.number(value, 1), help=words)
        return
    pca_loss = _pca_loss(snapshot)
    columns[0].metric(
        "Validation loss",
        number_format.number(shown.val_reconstruction_loss, 4),
        help="How far the redrawn test images are from the real ones. The network is never trained on these images. "
        "Lower is better.",
    )
    if snapshot.train_spec.noise_spec is not None:
        x = snapshot.progress.x_probe
        psnr = metrics.psnr(to_float(x, np.float64), to_float(frame.x_hat, np.float64)).mean()
        columns[1].metric(
            "PSNR",
            f"{number_format.number(psnr, 1)} dB",
            help="Of the ten images above, redrawn against true. 6 dB more is half the error.",
        )
    else:
        columns[1].metric(
            f"PCA, {snapshot.model_spec.code_dim} numbers",
            f"{pca_loss:.4f}" if pca_loss else "…",
            help="The same loss of PCA, the classic recipe for squeezing data into a few numbers, which needs no "
            "network: the best that straight lines can do. Can yours beat it?",
        )
    rate = snapshot.samples_per_s
    if not rate and not snapshot.active and newest.seconds:
        rate = newest.epoch * snapshot.train_spec.n_train / newest.seconds
    columns[2].metric(
        "Images a second",
        f"{rate:,.0f}" if rate else "–",
        help="How fast it is training, waiting for other visitors' turns included; of a run that rests, how fast it "
        "trained while it had its turn.",
    )


def _packed(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart with its data as tables, which go to the browser as they are; Streamlit's own way is by pandas."""
    tables = {name: pa.Table.from_pylist(rows) for name, rows in chart["datasets"].items()}
    return chart | {"datasets": tables}


def _loss(snapshot: RunSnapshot, frame: Frame) -> None:
    train, progress = snapshot.train_spec, snapshot.progress
    if _is_vae(snapshot):
        now = (progress.epoch, progress.reconstruction_loss) if progress.reconstruction_loss else None
        marker = None if frame.epoch == int(progress.epoch) else frame.epoch
        chart = loss_charts.elbo_chart(progress.history, snapshot.epochs, now, marker)
        st.vega_lite_chart(spec=_packed(chart), width="stretch", alt="Reconstruction loss and KL over the epochs")
        return
    lines = []
    pca_loss = _pca_loss(snapshot)
    if pca_loss is not None:
        lines.append((f"PCA, {snapshot.model_spec.code_dim} numbers", pca_loss))
    reference = published_results.published(snapshot.model_spec, train)
    if reference:
        lines.append((reference.name, reference.loss))
    now = (progress.epoch, progress.reconstruction_loss) if progress.reconstruction_loss else None
    marker = None if frame.epoch == int(progress.epoch) else frame.epoch
    chart = loss_charts.loss_chart(progress.history, snapshot.epochs, LOSS_NAMES[train.loss], now, marker, lines)
    st.vega_lite_chart(spec=_packed(chart), width="stretch", alt="Training and validation loss over the epochs")
    notes = []
    if reference:
        notes.append(reference.caveat)
    if snapshot.model_spec.activity_l1:
        last = progress.history[-1]
        notes.append(
            f"The curves show the reconstruction's part; the sparsity penalty adds "
            f"{number_format.number(last.val_loss - last.val_reconstruction_loss, 4)} to what is minimised."
        )
    if notes:
        st.caption(" ".join(notes))


def _downloads(run: Run) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Model (.keras)",
            data=lambda: runs.keras_file(run),
            file_name=f"autoencoder-{run.model_spec.code_dim}.keras",
            icon=":material/download:",
            on_click="ignore",
            disabled=not run.snapshot().sound,
            help=f"Opens in Keras {keras_file.oldest_keras(run.model_spec)} or newer with "
            "`keras.saving.load_model`, without any code of this app. Its layers `encoder` and `decoder` are the two "
            "halves." + KERAS_FILE_OF_VAE * (run.model_spec.family == "vae"),
        )
        st.download_button(
            "History (.csv)",
            data=lambda: export.history_csv(run.snapshot().progress.history),
            file_name="history.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The losses of every epoch so far.",
        )
