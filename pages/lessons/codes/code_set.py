"""The codes on screen: which network made them, of which images, and how many."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from aecore import checkpoints, datasets
from aecore.projection import code_sources
from aecore.projection.code_sources import Source, Weights
from aecore.runs.run import Run
from aecore.specs import DATASETS, PIXELS, RUN, TEST_IMAGES, CodesSpec
from pages.lessons.codes import selection
from pages.shared import controls
from pages.shared.app import runs, server, state
from pages.shared.controls.one_of import one_of
from pages.shared.training import run_controls

PAGES_WITH_RUNS = ("basic", "latent", "denoise_digits")
COUNTS = (500, 1_000, 2_000, 5_000, 10_000)


@dataclass(frozen=True)
class CodeSet:
    """Codes of a data set. `run`: the run whose encoder made them, None for a checkpoint or for plain pixels."""

    source: Source
    weights: Weights
    run: Run | None = None

    @property
    def spec(self) -> CodesSpec:
        return self.source.spec

    @property
    def key(self) -> tuple:
        """Identifies the code set, however far a run has trained since."""
        return (self.spec, self.run.run_id if self.run else None)

    @property
    def classes(self) -> tuple[str, ...]:
        return datasets.CLASS_NAMES[self.spec.dataset]


def choose(page: str) -> CodeSet:
    """Draw the controls for the network, the data set and the number of images; return what they select."""
    own = {f"{RUN}:{run.run_id}": run for run in _runs(page)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        option = _choose_network(page, own)
        dataset = one_of(
            "Images",
            DATASETS,
            format_func=lambda name: controls.LABELS[name],
            key=f"{page}.dataset",
            on_change=selection.clear,
            args=(page,),
            persist_state="session",
        )
        count = st.select_slider(
            "How many",
            _counts(page),
            key=f"{page}.n_codes",
            format_func=lambda n: f"{n:,}",
            on_change=selection.clear,
            args=(page,),
            persist_state="session",
            width=220,
        )
    if option in own:
        spec = CodesSpec(RUN, dataset, count)
        run = own[option]
        source = code_sources.of_run(spec, run.run_id, run.snapshot().step, run.model_spec)
        return CodeSet(source, run.weights, run)
    return CodeSet(Source(CodesSpec(option, dataset, count)), None)


def _choose_network(page: str, own: dict[str, Run]) -> str:
    options = [*own, *sorted(code_sources.names(), key=_rank), PIXELS]
    if state.get(page, "codes") not in options:  # a run that is no longer kept
        state.set(page, "codes", CodesSpec.codes)

    def title(option: str) -> str:
        if option in own:
            run = own[option]
            return f"Your run: {run_controls.describe(run.model_spec, run.train_spec)}"
        return "The pixels themselves, no code" if option == PIXELS else checkpoints.about(option).title

    def use_its_dataset() -> None:
        selection.clear(page)
        option = state.get(page, "codes")
        if option in own:
            state.set(page, "dataset", own[option].train_spec.dataset)
        elif option != PIXELS:
            state.set(page, "dataset", checkpoints.about(option).dataset)

    return st.selectbox(
        "Codes from",
        options,
        format_func=title,
        key=f"{page}.codes",
        on_change=use_its_dataset,
        persist_state="session",
        width=330,
        help="The network whose encoder makes the codes: one that comes with the app, or one you have trained.",
    )


def has_codes(run: Run | None) -> bool:
    """Whether there is such a run, it has weights, and its network has a code."""
    return run is not None and run.weights is not None and run.model_spec.family in code_sources.FAMILIES


def describe_codes(spec: CodesSpec, is_run: bool) -> str:
    """A code set in a few words."""
    name = "your run" if is_run else "the pixels" if spec.codes == PIXELS else checkpoints.about(spec.codes).title
    return f"{name}, {spec.n_codes:,} {controls.LABELS[spec.dataset]}"


def _rank(name: str) -> tuple:
    """Sort digits before clothes, and networks of one kind by the size of their code."""
    about = checkpoints.about(name)
    return about.dataset != CodesSpec.dataset, name.rstrip("0123456789"), about.model_spec.code_dim


def _counts(page: str) -> list[int]:
    n_images = TEST_IMAGES[state.get(page, "dataset")]
    state.set(page, "n_codes", min(state.get(page, "n_codes"), n_images))
    return sorted({*(count for count in COUNTS if count <= n_images), state.get(page, "n_codes")})


def _runs(page: str) -> list[Run]:
    """The visitor's current runs that have codes, and the run named by the link."""
    found = [runs.current(name) for name in PAGES_WITH_RUNS]
    found.append(server.runs().get(state.get(page, "linked_run", "")))
    usable = [
        r for r in found if r is not None and r.weights is not None and r.model_spec.family in code_sources.FAMILIES
    ]
    return list({run.run_id: run for run in usable}.values())
