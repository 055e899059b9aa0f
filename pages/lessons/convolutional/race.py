"""The convolutional network against dense ones with the same code size: loss, parameters and time, live."""

from __future__ import annotations

import dataclasses

import streamlit as st

from aecore.figures import method_charts, number_format
from aecore.networks import memory_estimate
from aecore.runs.run import Run, RunSnapshot
from aecore.specs import ModelSpec, TrainSpec
from pages.shared.app import runs, server, worker

POLL_S = 0.7
MAX_DENSE_CODE = 128
CONVOLUTIONAL = "Convolutional"
RIVALS = {"basic": ("Dense, no hidden layer", ()), "deep": ("Dense, one hidden layer of 256", (256,))}
OVER_EPOCHS, OVER_SECONDS = "Epochs", "Seconds of training"

Lanes = list[tuple[str, RunSnapshot]]


def rival_page(page: str, name: str) -> str:
    """The name under which the session keeps a rival's run."""
    return f"{page}.{name}"


def rival_pages(page: str) -> list[str]:
    """Those of all rivals."""
    return [rival_page(page, name) for name in RIVALS]


def show(page: str, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    """The button that trains the rivals, and how all three are doing."""
    run = runs.current(page)
    spec, train = (run.model_spec, run.train_spec) if run else (model_spec, train_spec)
    code_dim = min(spec.code_dim, MAX_DENSE_CODE)
    st.markdown(
        f"Two dense networks with a code of **{code_dim} numbers**, trained on the same images for the same number of "
        "epochs. A dense layer has a weight for every pair of pixel and unit; a filter reuses its few numbers at every "
        "place. So the convolutional network gets by with far fewer parameters. **Is it better?** Press and see."
    )
    if train.start:
        st.caption(
            f":material/warning: Your run starts from the trained weights of {train.start}, the dense networks from "
            "random weights. For a fair race, let yours start from random weights too."
        )
    if spec.code_dim > MAX_DENSE_CODE:
        st.caption(f"The convolutional code has {spec.code_dim} numbers; dense ones here have at most {code_dim}.")
    label = "Train the two dense networks" if run else "Train all three"
    if st.button(label, type="primary", icon=":material/play_arrow:", key=f"{page}.race"):
        if run is None:
            runs.begin(page, spec, train)
        for name, (_, widths) in RIVALS.items():
            rival = ModelSpec(code_dim=code_dim, widths=widths)
            runs.begin(rival_page(page, name), rival, dataclasses.replace(train, start=""))
        st.rerun()
    polling = any(run.snapshot().changing for _, run in _runs(page))
    st.fragment(_standings, run_every=worker.poll_s(POLL_S) if polling else None)(page, polling)


def _runs(page: str) -> list[tuple[str, Run]]:
    """The runs that exist, each with its title."""
    found = [(CONVOLUTIONAL, runs.current(page))]
    found += [(title, runs.current(rival_page(page, name))) for name, (title, _) in RIVALS.items()]
    return [(title, run) for title, run in found if run is not None]


def _standings(page: str, polling: bool) -> None:
    lanes = [(title, server.runs().snapshot(run)) for title, run in _runs(page)]
    shown = [(title, snapshot) for title, snapshot in lanes if snapshot.progress is not None]
    changing = any(snapshot.changing for _, snapshot in lanes)
    table, chart = st.container(), st.container()
    if shown:
        with table:
            rows = [_row(title, snapshot) for title, snapshot in shown]
            st.dataframe(rows, hide_index=True, alt="The networks with their parameters, losses and times")
            st.caption(_verdict(shown, changing))
            for title, snapshot in shown:
                if snapshot.status == "diverged":
                    st.warning(f"**{title}**: {snapshot.error}")
        with chart:
            _chart(page, shown)
    if polling and not changing:
        st.rerun()


def _row(title: str, snapshot: RunSnapshot) -> dict[str, str]:
    spec, last = snapshot.model_spec, snapshot.history[-1]
    done = min(int(snapshot.epoch), snapshot.epochs)
    status = "training" if snapshot.active else snapshot.status
    return {
        "Network": title,
        "Code": f"{spec.code_dim}",
        "Parameters": f"{memory_estimate.n_parameters(spec):,}",
        "Validation loss": number_format.number(last.val_reconstruction_loss, 4),
        "Training time": f"{last.seconds:.1f} s",
        "Epochs": f"{done} of {snapshot.epochs}, {status}",
    }


def _chart(page: str, shown: Lanes) -> None:
    over = st.segmented_control(
        "Over", [OVER_EPOCHS, OVER_SECONDS], default=OVER_EPOCHS, key=f"{page}.over", required=True
    )
    lines = [
        (
            title,
            [
                (record.epoch if over == OVER_EPOCHS else record.seconds, record.val_reconstruction_loss)
                for record in snapshot.history
            ],
        )
        for title, snapshot in shown
    ]
    chart = method_charts.race_chart(lines, over.lower())
    st.vega_lite_chart(spec=chart, width="stretch", alt="Validation losses of the networks over the epochs")


def _verdict(shown: Lanes, changing: bool) -> str:
    """Which of the networks shown is the best; no verdict yet while any network, shown or not, is `changing`."""
    if len(shown) < 2 or changing:
        return "Time is what the worker spent on training, without waiting for its turn."
    if any(snapshot.status == "diverged" for _, snapshot in shown):
        return "Training that diverged cannot be compared."
    if len({(s.train_spec.dataset, s.train_spec.n_train, int(s.epoch)) for _, s in shown}) > 1:
        return "These were not trained in the same way. To compare like with like, bring them all to the same epoch."
    best, _ = min(shown, key=lambda lane: lane[1].history[-1].val_reconstruction_loss)
    smallest, _ = min(shown, key=lambda lane: memory_estimate.n_parameters(lane[1].model_spec))
    verdict = f"Lowest loss: **{best}**. Fewest parameters: **{smallest}**."
    if best != CONVOLUTIONAL:
        verdict += (
            " The text that this lesson follows calls the convolutional network 'significantly better'. That stopped "
            "being true once dense networks were trained with Adam too: as a compressor, thousands of weights beat a "
            "few filters."
        )
    return verdict
