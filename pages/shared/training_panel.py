"""The live part of every page that trains: buttons, progress, the ten digits, the loss, and the way back in time."""

from __future__ import annotations

import functools

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import datasets, export, figures, projection, references
from aecore.runs import MAX_EPOCHS, Frame, Run, RunSnapshot
from aecore.specs import ModelSpec, TrainSpec
from pages.shared import components, controls, session

POLL_S = 0.5
MORE_EPOCHS = 10
NEWEST = "newest"
EXAMPLE_CLASS = 2  # the one of the ten images that the drawing of the network shows
DIGITS_WIDTH, CHART_WIDTH = 640, 440  # pixels
LOSS_NAMES = {"binary_crossentropy": "binary cross-entropy a pixel", "mse": "squared error a pixel"}
STATUS_WORDS = {"paused": "Paused", "finished": "Finished", "stopped": "Stopped", "failed": "Failed"}


def show(page: str, model_spec: ModelSpec, train_spec: TrainSpec, drawing: DeltaGenerator) -> None:
    """Draw the panel for the page's run, or the invitation to start one with the controls' settings.

    `drawing`: the container outside the panel in which the network is drawn, with what the run makes of an image.
    """
    run = session.current_run(page)
    snapshot = session.runs().snapshot(run) if run else None
    interval = POLL_S if snapshot is not None and _changing(snapshot) else None
    st.fragment(_panel, run_every=interval)(page, model_spec, train_spec, drawing, interval is not None)


def _panel(page: str, model_spec: ModelSpec, train_spec: TrainSpec, drawing: DeltaGenerator, polling: bool) -> None:
    run = session.current_run(page)
    snapshot = session.runs().snapshot(run) if run else None
    _network(page, drawing, model_spec, train_spec.dataset, snapshot)
    _buttons(page, run, snapshot, model_spec, train_spec)
    if snapshot is None:
        st.caption("Nothing is trained yet. Training starts only when you press **Train**.")
        return
    _state_line(snapshot, model_spec, train_spec)
    if snapshot.progress is not None:
        # Side by side where there is room, one below the other on a tablet.
        with st.container(horizontal=True, gap="medium"):
            with st.container(width=DIGITS_WIDTH):
                frame = _choose_epoch(page, snapshot)
                components.figure(_digits(snapshot, frame), key=f"{page}.digits")
            with st.container(width=CHART_WIDTH):
                _numbers(snapshot, frame)
                _loss(snapshot, frame)
        _downloads(run, snapshot)
    if polling and not _changing(snapshot):
        st.rerun()  # once more in full, so that the polling ends


def _changing(snapshot: RunSnapshot) -> bool:
    """Whether there will be something new to draw without anybody doing anything."""
    return snapshot.active or _baseline(snapshot) is None


def _network(
    page: str, place: DeltaGenerator, model_spec: ModelSpec, dataset: str, snapshot: RunSnapshot | None
) -> None:
    x, x_hat = datasets.load_probe(dataset)[EXAMPLE_CLASS], None
    same = snapshot is not None and (snapshot.model_spec, snapshot.train_spec.dataset) == (model_spec, dataset)
    if same and snapshot.progress is not None:
        x_hat = snapshot.progress.x_hat[EXAMPLE_CLASS]
    with place:
        components.figure(figures.network_drawing(model_spec, x, x_hat), key=f"{page}.network")


# Steering.


def _buttons(
    page: str, run: Run | None, snapshot: RunSnapshot | None, model_spec: ModelSpec, train_spec: TrainSpec
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "Start from new, random weights with the settings above."
        if st.button("Train", type="primary", icon=":material/play_arrow:", help=words, key=f"{page}.train"):
            session.begin_run(page, model_spec, train_spec)
            st.rerun()
        if run is None:
            return
        if not session.is_mine(run):
            st.caption("You are watching somebody else's run. Only they can steer it.")
            words = "Set the controls to this run's settings, for a run of your own."
            if st.button("Copy its settings", icon=":material/content_copy:", help=words, key=f"{page}.copy"):
                controls.put(page, run.model_spec, run.train_spec)
                session.open_run(page, None)
                st.rerun()
            return

        if snapshot.active:
            label, icon, action, words = "Pause", "pause", run.pause, "Hold here; nothing is lost."
        elif snapshot.at_end:
            label, icon, words = f"Continue, {MORE_EPOCHS} epochs", "resume", "Train this very network further."
            action = functools.partial(run.proceed, MORE_EPOCHS)
        else:
            label, icon, action, words = "Continue", "resume", run.start, "Go on to the last epoch."
        failed, finished = snapshot.status == "failed", snapshot.epochs >= MAX_EPOCHS and snapshot.at_end
        if st.button(label, icon=f":material/{icon}:", help=words, key=f"{page}.steer", disabled=failed or finished):
            action()
            st.rerun()
        words, off = "Train to the end of the epoch, then pause.", snapshot.active or failed or finished
        if st.button("Step one epoch", icon=":material/skip_next:", help=words, key=f"{page}.step", disabled=off):
            run.step()
            st.rerun()
        words, off = "End this run and free its place.", snapshot.status not in ("training", "paused")
        if st.button("Stop", icon=":material/stop:", help=words, key=f"{page}.stop", disabled=off):
            run.stop()
            st.rerun()


def _state_line(snapshot: RunSnapshot, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    done = snapshot.progress.epoch if snapshot.progress else 0.0
    if snapshot.status == "training":
        if snapshot.progress is None:
            words = "Preparing the network …"
        else:
            words = f"Training: epoch {min(int(done) + 1, snapshot.epochs)} of {snapshot.epochs}"
        if snapshot.position:
            runs = "run is" if snapshot.position == 1 else "runs are"
            words += f" · {snapshot.position} other {runs} before yours in this round"
        elif snapshot.eta_s is not None:
            words += f" · {_duration(snapshot.eta_s)} left"
    else:
        words = f"{STATUS_WORDS[snapshot.status]} at epoch {done:.4g} of {snapshot.epochs}"
    st.progress(min(done / snapshot.epochs, 1.0), text=words)
    if snapshot.error:
        st.error(snapshot.error)
    if snapshot.notice:
        st.info(snapshot.notice)
    if (model_spec, train_spec) != (snapshot.model_spec, snapshot.train_spec):
        st.caption(
            f"Below is the run of **{_describe(snapshot.model_spec, snapshot.train_spec)}**. The settings above have "
            "changed since: **Train** starts a new run with them."
        )


def _describe(model: ModelSpec, train: TrainSpec) -> str:
    units = [784, *model.widths, model.code_dim, *reversed(model.widths), 784]
    sparse = f", sparsity {model.activity_l1:g}" if model.activity_l1 else ""
    return (
        f"{'-'.join(map(str, units))}{sparse}, {train.n_train:,} {controls.LABELS[train.dataset]}, "
        f"{controls.LABELS[train.optimizer]} {train.learning_rate:g}, batch {train.batch_size}, seed {train.seed}"
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


# The way back in time.


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
    if epoch == NEWEST or epoch >= newest.epoch:
        return newest
    return max((frame for frame in snapshot.frames if frame.epoch <= epoch), key=lambda frame: frame.epoch)


# What the network does.


def _baseline(snapshot: RunSnapshot) -> projection.PcaBaseline | None:
    train = snapshot.train_spec
    return session.ask(projection.pca_baseline, train.dataset, train.n_train, snapshot.model_spec.code_dim)


def _digits(snapshot: RunSnapshot, frame: Frame) -> str:
    x = snapshot.progress.x_probe
    names = datasets.CLASS_NAMES[snapshot.train_spec.dataset]

    def errors(x_hat):
        return [float(e) for e in (((x_hat / 255.0) - (x / 255.0)) ** 2).mean(axis=(1, 2, 3))]

    mse = errors(frame.x_hat)
    top = max(float(frame.code_probe.max()), 1e-6)
    rows = [
        ("image", "x", figures.image_cells(x, [f"{n}: the image" for n in names])),
        (
            "redrawn",
            f"x̂, epoch {frame.epoch}",
            figures.image_cells(
                frame.x_hat, [f"{n}: redrawn, squared error {e:.4f}" for n, e in zip(names, mse, strict=True)]
            ),
        ),
        (
            "error",
            "too little, too much ink",
            figures.image_cells(
                [figures.difference_image(a, b) for a, b in zip(x, frame.x_hat, strict=True)],
                [f"{n}: blue where ink is missing, orange where there is too much" for n in names],
            ),
        ),
        ("code", f"z, 0 to {top:.3g}", [figures.code_bars(code, top) for code in frame.code_probe]),
    ]
    pca = _baseline(snapshot)
    if pca is not None:
        titles = [f"{n}: PCA, squared error {e:.4f}" for n, e in zip(names, errors(pca.x_hat), strict=True)]
        rows.append((f"PCA, {pca.n_components}", "for comparison", figures.image_cells(pca.x_hat, titles)))
    return figures.digit_grid(rows)


def _pca_loss(snapshot: RunSnapshot) -> float | None:
    pca = _baseline(snapshot)
    return getattr(pca, snapshot.train_spec.loss) if pca else None


def _numbers(snapshot: RunSnapshot, frame: Frame) -> None:
    newest = snapshot.progress.history[-1]
    shown = next((r for r in snapshot.progress.history if r.epoch == frame.epoch), newest)
    pca = _pca_loss(snapshot)
    columns = st.columns(3, gap="small")
    columns[0].metric(
        "Validation loss",
        f"{shown.val_reconstruction_loss:.4f}",
        help="Mean over the test images, which the network is never trained on. Lower is better.",
    )
    columns[1].metric(
        f"PCA, {snapshot.model_spec.code_dim} numbers",
        f"{pca:.4f}" if pca else "…",
        help="The same loss of the best linear compression into as many numbers, fitted on the same images.",
    )
    columns[2].metric(
        "Images a second",
        f"{snapshot.samples_per_s:,.0f}" if snapshot.samples_per_s else "–",
        help="Over the last seconds, waiting for other visitors' turns included.",
    )


def _loss(snapshot: RunSnapshot, frame: Frame) -> None:
    train = snapshot.train_spec
    lines = []
    pca = _pca_loss(snapshot)
    if pca is not None:
        lines.append((f"PCA, {snapshot.model_spec.code_dim} numbers", pca))
    reference = references.published(snapshot.model_spec, train)
    if reference:
        lines.append((reference.name, reference.loss))
    progress = snapshot.progress
    now = (progress.epoch, progress.reconstruction_loss) if progress.reconstruction_loss else None
    following = frame.epoch == int(progress.epoch)
    chart = figures.loss_chart(
        progress.history, snapshot.epochs, LOSS_NAMES[train.loss], now, None if following else frame.epoch, lines
    )
    st.vega_lite_chart(spec=chart, width="stretch", alt="Training and validation loss over the epochs")
    notes = []
    if reference:
        notes.append(reference.caveat)
    if snapshot.model_spec.activity_l1:
        last = progress.history[-1]
        notes.append(
            f"The curves show the reconstruction's part; the sparsity penalty adds "
            f"{last.val_loss - last.val_reconstruction_loss:.4f} to what is minimised."
        )
    if notes:
        st.caption(" ".join(notes))


def _downloads(run: Run, snapshot: RunSnapshot) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Model (.keras)",
            data=lambda: session.keras_file(run),
            file_name=f"autoencoder-{snapshot.model_spec.code_dim}.keras",
            icon=":material/download:",
            on_click="ignore",
            help="Opens with keras.saving.load_model; its layers 'encoder' and 'decoder' are the two halves.",
        )
        st.download_button(
            "History (.csv)",
            data=export.history_csv(snapshot.progress.history),
            file_name="history.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
