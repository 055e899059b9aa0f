"""The buttons that control a run, and the line that tells its state."""

from __future__ import annotations

import dataclasses
import functools

import streamlit as st

from aecore.records.run_snapshot import ENDED_FOR_GOOD, RunSnapshot
from aecore.runs import advice
from aecore.runs.run import MAX_EPOCHS, Run
from aecore.specs import CONVOLUTIONAL, ModelSpec, TrainSpec, format_widths
from pages.shared import controls
from pages.shared.app import problems, runs, worker

MORE_EPOCHS = 10
STATUS_LABELS = {
    "paused": "Paused",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
    "diverged": "Diverged",
}


def buttons(
    page: str, run: Run | None, snapshot: RunSnapshot | None, model_spec: ModelSpec, train_spec: TrainSpec
) -> None:
    """Draw Train and, for the run's owner, Pause or Continue, Step and Stop; for others, how to get their own run."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Train", type="primary", icon=":material/play_arrow:", key=f"{page}.train"):
            problems.clear(page)
            runs.begin(page, model_spec, train_spec)
            st.rerun()
        if run is not None and snapshot is not None and runs.is_mine(run):
            _owners_buttons(page, run, snapshot)
        elif run is not None:
            _watchers_buttons(page, run, model_spec, train_spec)
        previous = runs.previous(page)
        if previous is not None:
            help_text = "Go back to the run that was here before."
            if st.button("Previous run", icon=":material/undo:", help=help_text, key=f"{page}.to_previous"):
                runs.show(page, previous)
                controls.put_and_rerun(page, previous.model_spec, previous.train_spec)


def _owners_buttons(page: str, run: Run, snapshot: RunSnapshot) -> None:
    if snapshot.active:
        label, icon, help_text = "Pause", "pause", "Pause here; nothing is lost."
        control = functools.partial(runs.control, page, run, "pause")
    elif snapshot.at_end:
        label, icon, help_text = f"Continue, {MORE_EPOCHS} epochs", "resume", "Train this network further."
        control = functools.partial(runs.control, page, run, "proceed", MORE_EPOCHS)
    else:
        label, icon, help_text = "Continue", "resume", "Go on to the last epoch."
        control = functools.partial(runs.control, page, run, "start")
    failed, exhausted = snapshot.status in ENDED_FOR_GOOD, snapshot.epochs >= MAX_EPOCHS and snapshot.at_end
    if st.button(label, icon=f":material/{icon}:", help=help_text, key=f"{page}.control", disabled=failed or exhausted):
        control()
        st.rerun()
    help_text, off = "Train to the end of the epoch, then pause.", snapshot.active or failed or exhausted
    if st.button("Step one epoch", icon=":material/skip_next:", help=help_text, key=f"{page}.step", disabled=off):
        runs.control(page, run, "step")
        st.rerun()
    help_text = "End this run. What it has learned stays on the page."
    off = snapshot.status not in ("training", "paused")
    if st.button("Stop", icon=":material/stop:", help=help_text, key=f"{page}.stop", disabled=off):
        runs.control(page, run, "stop")
        st.rerun()


def _watchers_buttons(page: str, run: Run, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    st.caption("You are watching somebody else's run, which only they can control. **Train** starts one of your own.")
    if not same_settings(run, model_spec, train_spec):
        help_text = "Set the controls above as in this run."
        if st.button("Copy its settings", icon=":material/content_copy:", help=help_text, key=f"{page}.copy"):
            controls.put_and_rerun(page, run.model_spec, run.train_spec)


def state_line(page: str, snapshot: RunSnapshot, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    """Progress, time left and place in the queue; what went wrong; whether the controls have moved on since."""
    done = snapshot.progress.epoch if snapshot.progress else 0.0
    st.progress(min(done / snapshot.epochs, 1.0), text=_progress_text(snapshot, done))
    if snapshot.error:
        st.error(snapshot.error)
    for note in advice.notes(snapshot):
        st.warning(note)
    rate = advice.rate_to_try(snapshot)
    if rate is not None:
        _rate_button(page, snapshot, rate, model_spec, train_spec)
    if snapshot.notice:
        st.info(snapshot.notice)
    if not same_settings(snapshot, model_spec, train_spec):
        st.caption(
            f"Below is the run of **{describe(snapshot.model_spec, snapshot.train_spec)}**. The settings above differ: "
            "**Train** starts a new run with them."
        )


def _progress_text(snapshot: RunSnapshot, done: float) -> str:
    """What the run is doing; `done`: epochs so far."""
    if snapshot.ahead is not None:
        before = "yours is next" if not snapshot.ahead else f"{_runs(snapshot.ahead)} before yours"
        text = f"Waiting: {before}; training begins when one ends"
        text += f", from epoch {done:.1f} of {snapshot.epochs}" if done else ""
    elif snapshot.active and snapshot.progress is None:
        text = "Waiting for the training worker …" if worker.starting_message() else "Preparing the network …"
    elif snapshot.active:
        text = f"Training: epoch {min(int(done) + 1, snapshot.epochs)} of {snapshot.epochs}"
    else:
        where = f"at epoch {int(done)}" if done == int(done) else f"in epoch {int(done) + 1}"
        text = f"{STATUS_LABELS[snapshot.status]} {where} of {snapshot.epochs}"
    more = snapshot.epochs - snapshot.train_spec.epochs
    if more:
        text += f" ({more} more than set)"
    if snapshot.active and snapshot.position:
        others = "run has its" if snapshot.position == 1 else "runs have their"
        text += f" · {snapshot.position} other {others} turn before yours"
    if snapshot.active and snapshot.eta_s is not None:
        text += f" · {_duration(snapshot.eta_s)} left"
    return text


def _rate_button(page: str, snapshot: RunSnapshot, rate: float, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    """Set the controls as in this run, but for this learning rate."""
    better = dataclasses.replace(snapshot.train_spec, learning_rate=rate)
    if (model_spec, train_spec) != (snapshot.model_spec, better):
        help_text = "Sets the controls above as in this run, with this learning rate. Then press Train."
        label = f"Set the learning rate to {rate:g}"
        if st.button(label, icon=":material/speed:", help=help_text, key=f"{page}.rate"):
            controls.put_and_rerun(page, snapshot.model_spec, better)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def same_settings(run: Run | RunSnapshot, model_spec: ModelSpec, train_spec: TrainSpec) -> bool:
    """Whether a run was started with these settings."""
    return (run.model_spec, run.train_spec) == (model_spec, train_spec)


def describe(model: ModelSpec, train: TrainSpec) -> str:
    """A network and its training in one line."""
    units = "-".join(map(str, [784, *model.widths, model.code_dim, *reversed(model.widths), 784]))
    if model.family in CONVOLUTIONAL:
        kind = "a convolutional network" if model.family == "conv" else "a U-shaped network"
        units = f"{kind} of {format_widths(model.widths)} filters"
    more = f", β {model.beta:g}" if model.family == "vae" else ""
    more += f", sparsity {model.activity_l1:g}" if model.activity_l1 else ""
    if train.noise_spec is not None:
        more += f", {controls.NOISE_LABELS[train.noise].lower()} noise of {train.noise_amount:g}"
    more += f", from {train.start}" if train.start else ""
    return (
        f"{units}{more}, {train.n_train:,} {controls.LABELS[train.dataset]}, "
        f"{train.epochs} epochs, {controls.LABELS[train.optimizer]} {train.learning_rate:g}, "
        f"batch {train.batch_size}, seed {train.seed}"
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
