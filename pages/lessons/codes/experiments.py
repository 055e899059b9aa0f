"""How not to read a map: four small data sets with a known structure, and what t-SNE makes of them, live."""

from __future__ import annotations

import streamlit as st

from aecore.figures import small_maps
from aecore.projection import toy_datasets, toy_experiment
from aecore.projection.toy_datasets import TOY_DATASETS, ToyDataset
from aecore.projection.toy_experiment import PERPLEXITIES, Experiment
from pages.lessons.codes.visitor_maps import Maps
from pages.shared import components
from pages.shared.app import server, state, worker

POLL_S = 0.3


def show(page: str, maps: Maps) -> None:
    """The four experiments, each with a button, its maps side by side, and what they cannot tell."""
    st.markdown(
        "Nobody can check a map of ten thousand codes by eye, but these data sets are simple enough. **The first panel "
        "shows the truth**, or two of its dimensions; the others are maps at perplexities "
        f"{', '.join(map(str, PERPLEXITIES))}."
    )
    for name, (title, _) in TOY_DATASETS.items():
        with st.container(border=True):
            _experiment(page, name, title)


def _experiment(page: str, name: str, title: str) -> None:
    experiments = state.setdefault(page, "experiments", {})
    experiment = experiments.get(name)
    active = experiment is not None and experiment.snapshot().active
    st.fragment(_draw, run_every=worker.poll_s(POLL_S) if active else None)(page, name, title, active)


def _draw(page: str, name: str, title: str, polling: bool) -> None:
    experiment: Experiment | None = state.get(page, "experiments").get(name)
    snapshot = experiment.snapshot() if experiment else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**")
        if experiment is not None and snapshot is not None and snapshot.active:
            st.button("Stop", icon=":material/stop:", key=f"{page}.stop.{name}", on_click=experiment.stop)
        elif experiment is not None and snapshot is not None and snapshot.status == "stopped":
            st.button("Continue", icon=":material/resume:", key=f"{page}.go_on.{name}", on_click=experiment.start)
        else:
            label = "Run" if snapshot is None else "Run again"
            st.button(label, icon=":material/play_arrow:", key=f"{page}.run.{name}", on_click=_run, args=(page, name))
        if snapshot is not None and snapshot.status != "finished":
            text = worker.starting_message() or f"Iteration {snapshot.done * toy_experiment.ITERATIONS_PER_SLICE}"
            st.progress(snapshot.done / snapshot.total, text=text, width=240)
    if snapshot is not None and snapshot.error:
        st.error(snapshot.error)
    known = toy_datasets.toy_dataset(name)
    maps = experiment.maps if experiment else (None,) * len(PERPLEXITIES)
    components.figure(small_maps.side_by_side(known, maps), key=f"{page}.maps.{name}")
    done = snapshot is not None and snapshot.status == "finished"
    st.markdown(_conclusion(known, maps) if done else "&nbsp;")
    if polling != (snapshot is not None and snapshot.active):
        st.rerun()


def _run(page: str, name: str) -> None:
    experiment = Experiment(server.runs().cluster, name)
    state.get(page, "experiments")[name] = experiment
    experiment.start()


def _conclusion(known: ToyDataset, maps: tuple) -> str:
    truth = known.ratio_text.format(known.ratio(known.points[:, :2]))
    found = ", ".join(known.ratio_format.format(known.ratio(xy)) for xy in maps)
    return f"In truth {truth}; on the maps: {found}. {known.moral}"
