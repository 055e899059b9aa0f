"""The convolutional network beside dense ones with as many code numbers: loss, parameters, time, live."""

from __future__ import annotations

import dataclasses

import streamlit as st

from aecore.figures import method_charts, network_drawing, number_format
from aecore.networks import convolutional
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from pages.shared.app import runs, server, worker

POLL_S = 0.7
MAX_DENSE_CODE = 128
TABLE_WIDTH, CHART_WIDTH = 520, 560  # pixels; side by side where there is room
RIVALS = {"basic": ("Dense, no hidden layer", ()), "deep": ("Dense, one hidden layer of 256", (256,))}
OVER_EPOCHS, OVER_SECONDS = "Epochs", "Seconds of training"


def rival_page(page: str, name: str) -> str:
    """Under which name the session keeps a rival's run."""
    return f"{page}.{name}"


def show(page: str, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    """The button that trains the rivals, and how all three are doing."""
    run = runs.current(page)
    spec, train = (run.model_spec, run.train_spec) if run else (model_spec, train_spec)
    code_dim = min(spec.code_dim, MAX_DENSE_CODE)
    st.markdown(
        f"Two dense networks with a code of **{code_dim} numbers**, trained on the same images for as long. A dense "
        "layer has a weight for every pair of pixel and unit; a filter uses its few numbers again at every place. "
        "So the convolutional network gets by with far fewer parameters. **Is it better?** Press and see."
    )
    if train.start:
        st.caption(
            f":material/warning: Your run begins with the trained weights of {train.start}, the dense ones with random "
            "weights. For a fair race let it start from random weights, too."
        )
    if spec.code_dim > MAX_DENSE_CODE:
        st.caption(f"The convolutional code has {spec.code_dim} numbers; dense ones here have at most {code_dim}.")
    specs = {name: ModelSpec(code_dim=code_dim, widths=widths) for name, (_, widths) in RIVALS.items()}
    words = "Train the two dense networks" if run else "Train all three"
    if st.button(words, type="primary", icon=":material/play_arrow:", key=f"{page}.race"):
        if run is None:
            runs.begin(page, spec, train)
        for name, rival in specs.items():
            runs.begin(rival_page(page, name), rival, dataclasses.replace(train, start=""))
        st.rerun()
    lanes = _lanes(page)
    polling = any(run.snapshot().changing for _, run in lanes)
    st.fragment(_table, run_every=worker.poll_s(POLL_S) if polling else None)(page, polling)


def _lanes(page: str) -> list[tuple[str, Run]]:
    """The runs that there are, by name."""
    found = [("Convolutional", runs.current(page))]
    found += [(title, runs.current(rival_page(page, name))) for name, (title, _) in RIVALS.items()]
    return [(title, run) for title, run in found if run is not None]


def _table(page: str, polling: bool) -> None:
    lanes = [(title, server.runs().snapshot(run)) for title, run in _lanes(page)]
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
            over = st.segmented_control(
                "Over", [OVER_EPOCHS, OVER_SECONDS], default=OVER_EPOCHS, key=f"{page}.over", required=True
            )
            lines = [
                (
                    title,
                    [
                        (record.epoch if over == OVER_EPOCHS else record.seconds, record.val_reconstruction_loss)
                        for record in snapshot.progress.history
                    ],
                )
                for title, snapshot in shown
            ]
            st.vega_lite_chart(
                spec=method_charts.race_chart(lines, over.lower()),
                width="stretch",
                alt="Validation losses of the networks over the epochs",
            )
    if polling and not changing:
        st.rerun()


def _row(title: str, snapshot) -> dict[str, str]:
    spec, last = snapshot.model_spec, snapshot.progress.history[-1]
    count = parameters(spec)
    done = min(int(snapshot.progress.epoch), snapshot.epochs)
    state = "training" if snapshot.active else snapshot.status
    return {
        "Network": title,
        "Code": f"{spec.code_dim}",
        "Parameters": f"{count:,}",
        "Validation loss": number_format.number(last.val_reconstruction_loss, 4),
        "Training time": f"{last.seconds:.1f} s",
        "Epochs": f"{done} of {snapshot.epochs}, {state}",
    }


def parameters(spec: ModelSpec) -> int:
    """How many numbers a network learns."""
    if spec.family == "conv":
        return sum(layer.n_parameters for layer in convolutional.layers(spec))
    return sum(network_drawing.count_parameters(spec))


def _verdict(shown: list, changing: bool) -> str:
    """Which network is the best of those shown; nothing yet while any of them, shown or not, is `changing`."""
    if len(shown) < 2 or changing:
        return "Time is what the worker trained, without waiting for its turn."
    if any(s.status == "diverged" for _, s in shown):
        return "Training that diverged cannot be compared."
    if len({(s.train_spec.dataset, s.train_spec.n_train, int(s.progress.epoch)) for _, s in shown}) > 1:
        return "These were not trained alike. To compare like with like, let each come to the same epoch."
    best = min(shown, key=lambda lane: lane[1].progress.history[-1].val_reconstruction_loss)
    small = min(shown, key=lambda lane: parameters(lane[1].model_spec))
    words = f"Lowest loss: **{best[0]}**. Fewest parameters: **{small[0]}**."
    if best[0] != "Convolutional":
        words += (
            " The lesson's source calls the convolutional one 'significantly better'. That stopped being true when "
            "dense networks, too, were trained with Adam: as a compressor, thousands of weights beat a few filters."
        )
    return words
