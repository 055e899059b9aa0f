"""What the page of codes has in hand: whose codes, the settings of t-SNE, and their map, shipped or in the making."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import checkpoints, datasets
from aecore.projection import code_questions, code_sources, stored_maps
from aecore.projection.code_questions import PcaMap
from aecore.projection.code_sources import Source, Weights
from aecore.projection.live_map import Frame, LiveMap
from aecore.runs.run import Run
from aecore.specs import AUTO_RATE, DATASETS, PIXELS, RUN, TEST_IMAGES, CodesSpec, ProjectionSpec, SpecError
from aecore.specs.errors import UNSOUND
from pages.shared import controls
from pages.shared.app import problems, runs, server, state, worker
from pages.shared.training import run_controls
from pages.shared.url import links

PAGES_WITH_RUNS = ("basic", "latent", "denoise_digits")
COUNTS = (500, 1_000, 2_000, 5_000, 10_000)
MAX_KEPT = 2  # maps of the visitor's own
INITIALISATIONS = {"pca": "Principal components", "random": "Random", "spectral": "Spectral"}
PERPLEXITIES = (2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0)
EXAGGERATIONS = (1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 50.0)
RATES = (AUTO_RATE, 10.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0)
ITERATIONS = (100, 250, 500, 750, 1_000, 1_500, 2_000)
WORDS = {field.name: field.metadata["label"] for field in dataclasses.fields(ProjectionSpec)}


@dataclass(frozen=True)
class Subject:
    """Whose codes are on screen; `run`: the run that they are of, if they are of one."""

    source: Source
    weights: Weights
    run: Run | None = None

    @property
    def spec(self) -> CodesSpec:
        return self.source.spec

    @property
    def key(self) -> tuple:
        """What tells it from other subjects, whatever a run has learned since."""
        return (self.spec, self.run.run_id if self.run else None)

    @property
    def classes(self) -> tuple[str, ...]:
        return datasets.CLASS_NAMES[self.spec.dataset]


@dataclass(frozen=True)
class Shown:
    """A subject and its maps.

    `map_id` changes whenever points have moved; `frames`: of the t-SNE map, none before it is made; `spec`: how it was
    made; `pca`: None until the worker has answered; `live`: if the visitor has made it.
    """

    subject: Subject
    map_id: str
    frames: tuple[Frame, ...]
    spec: ProjectionSpec | None
    pca: PcaMap | None
    live: LiveMap | None = None

    @property
    def dims(self) -> int:
        """Of both maps."""
        return self.spec.dims if self.spec else 2

    @property
    def in_the_making(self) -> bool:
        """Whether points are moving."""
        return self.live is not None and self.live.snapshot().active

    @property
    def xy(self) -> np.ndarray | None:
        """The newest t-SNE map, (N, dims)."""
        return self.frames[-1].xy if self.frames else None


# From the link, and back.


def restore(page: str) -> None:
    """Set whose codes, and the settings of t-SNE, from the link, or as a map asked for that was gone back to."""
    if (wanted := state.pop(page, "wanted")) is not None:
        put_settings(page, wanted)
    if state.has(page, "codes"):
        return
    query = st.query_params.to_dict()
    spec, sentences = CodesSpec.from_query(query, _base(query.get("codes", CodesSpec.codes)))
    try:
        code_sources.check(spec)
    except SpecError as error:
        sentences.append(f"{error} The default, {CodesSpec.codes}, is used instead.")
        spec = dataclasses.replace(spec, codes=CodesSpec.codes)
    chosen = spec.codes
    if spec.codes == RUN:
        run = server.runs().get(query.get("run", ""))
        if run is None or run.weights is None or run.model_spec.family not in code_sources.FAMILIES:
            words = "The run of this link is not kept here any more, or has no codes."
            if run is not None and not run.snapshot().sound:
                words = UNSOUND
            sentences.append(f"{words} Other codes are shown instead.")
            chosen = CodesSpec.codes
        else:
            state.set(page, "linked_run", run.run_id)
            chosen = f"{RUN}:{run.run_id}"
    projection_spec, more = ProjectionSpec.from_query(query)
    for sentence in (*sentences, *more):
        problems.add(page, sentence)
    state.set(page, "codes", chosen)
    state.set(page, "dataset", spec.dataset)
    state.set(page, "n_codes", spec.n_codes)
    put_settings(page, projection_spec)
    state.set(page, "point", links.whole_number(page, "point", spec.n_codes - 1, otherwise=None))
    state.set(page, "lasso", ())


def _base(name: str) -> CodesSpec:
    """The codes of a checkpoint, of the data it was trained on."""
    known = name in code_sources.names()
    return CodesSpec(dataset=checkpoints.about(name).train_spec.dataset if known else CodesSpec.dataset)


def put_in_link(page: str, subject: Subject, spec: ProjectionSpec, **more: str | None) -> None:
    """Let the link say whose codes, how they are mapped, and what is `more`."""
    query = subject.spec.to_query(_base(subject.spec.codes)) | spec.to_query()
    query |= {"run": subject.run.run_id} if subject.run else {}
    query |= {name: text for name, text in more.items() if text is not None}
    if "digit" in st.query_params:  # which test image the visitor's own is
        query["digit"] = st.query_params["digit"]
    links.write(query)


# Whose codes.


def choose(page: str) -> Subject:
    """The controls for whose codes, of which images, how many."""
    linked = {f"{RUN}:{run.run_id}": run for run in _runs(page)}
    options = [*linked, *sorted(code_sources.names(), key=_rank), PIXELS]
    if state.get(page, "codes") not in options:  # a run that is not kept any more
        state.set(page, "codes", CodesSpec.codes)

    def words(option: str) -> str:
        if option in linked:
            run = linked[option]
            return f"Your run: {run_controls.describe(run.model_spec, run.train_spec)}"
        return "The pixels themselves, no code" if option == PIXELS else checkpoints.about(option).title

    def use_its_data() -> None:
        let_go(page)
        option = state.get(page, "codes")
        if option in linked:
            state.set(page, "dataset", linked[option].train_spec.dataset)
        elif option != PIXELS:
            state.set(page, "dataset", checkpoints.about(option).train_spec.dataset)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        option = st.selectbox(
            "Whose codes",
            options,
            format_func=words,
            key=f"{page}.codes",
            on_change=use_its_data,
            persist_state="session",
            width=330,
            help="The network whose encoder makes the codes: one that is shipped, or one that you have trained.",
        )
        dataset = st.segmented_control(
            "Of which images",
            list(DATASETS),
            format_func=lambda name: controls.LABELS[name],
            key=f"{page}.dataset",
            required=True,
            on_change=let_go,
            args=(page,),
            persist_state="session",
        )
        count = st.select_slider(
            "How many",
            _counts(page),
            key=f"{page}.n_codes",
            format_func=lambda n: f"{n:,}",
            on_change=let_go,
            args=(page,),
            persist_state="session",
            width=220,
        )
    if option in linked:
        spec = CodesSpec(RUN, dataset, count)
        run = linked[option]
        step = run.snapshot().progress.step
        return Subject(code_sources.of_run(spec, run.run_id, step, run.model_spec), run.weights, run)
    return Subject(Source(CodesSpec(option, dataset, count)), None)


def _rank(name: str) -> tuple:
    """Digits before clothes; the sizes of a kind of network in the order of numbers."""
    about = checkpoints.about(name)
    return about.train_spec.dataset != CodesSpec.dataset, name.rstrip("0123456789"), about.model_spec.code_dim


def _counts(page: str) -> list[int]:
    most = TEST_IMAGES[state.get(page, "dataset")]
    state.set(page, "n_codes", min(state.get(page, "n_codes"), most))
    return sorted({*(count for count in COUNTS if count <= most), state.get(page, "n_codes")})


def _runs(page: str) -> list[Run]:
    """The runs with codes that the visitor has on the pages that train, and that of the link."""
    found = [runs.current(name) for name in PAGES_WITH_RUNS]
    found.append(server.runs().get(state.get(page, "linked_run", "")))
    usable = [
        r for r in found if r is not None and r.weights is not None and r.model_spec.family in code_sources.FAMILIES
    ]
    return list({run.run_id: run for run in usable}.values())


def let_go(page: str) -> None:
    """Nothing is picked any more."""
    problems.clear(page)
    state.set(page, "point", None)
    state.set(page, "lasso", ())


# The settings of t-SNE.


def put_settings(page: str, spec: ProjectionSpec) -> None:
    """Set the controls to these settings."""
    for field in dataclasses.fields(spec):
        state.set(page, f"tsne.{field.name}", getattr(spec, field.name))


def settings(page: str) -> ProjectionSpec:
    """The controls of t-SNE."""

    def common(name: str, **more) -> dict:
        key = f"{page}.tsne.{name}"
        return {"label": WORDS[name], "key": key, "persist_state": "session", **more}

    def marks(name: str, values: tuple, **more):
        options = sorted({*values, state.get(page, f"tsne.{name}")})
        return st.select_slider(options=options, **common(name, **more))

    left, middle, right = st.columns(3, gap="large")
    with left:
        perplexity = marks(
            "perplexity",
            PERPLEXITIES,
            format_func=lambda value: f"{value:g}",
            help="About how many neighbours each point listens to. Small: little clumps. Large: the broad picture.",
        )
        iterations = marks(
            "iterations", ITERATIONS, format_func=lambda n: f"{n:,}", help="How often every point takes a step."
        )
        dims = st.segmented_control(options=[2, 3], format_func="{}-D".format, required=True, **common("dims"))
    with middle:
        exaggeration = marks(
            "early_exaggeration",
            EXAGGERATIONS,
            format_func=lambda value: f"{value:g}×",
            help="How much stronger neighbours attract each other at first, so that clusters can pass each other.",
        )
        rate = marks(
            "learning_rate",
            RATES,
            format_func=lambda value: "automatic" if value == AUTO_RATE else f"{value:g}",
            help="How far a point moves in a step. Automatic: the number of points, over the exaggeration.",
        )
    with right:
        initialisation = st.selectbox(
            options=list(INITIALISATIONS),
            format_func=INITIALISATIONS.get,
            help="Where the points begin. Random: another seed gives another map.",
            **common("initialisation"),
        )
        seed = st.number_input(
            min_value=0, max_value=999_999, step=1, help="Decides what is left to chance.", **common("seed")
        )
    return ProjectionSpec(dims, perplexity, exaggeration, rate, iterations, initialisation, seed)


def describe(spec: ProjectionSpec) -> str:
    """Settings of t-SNE in one line."""
    rate = "automatic" if spec.learning_rate == AUTO_RATE else f"{spec.learning_rate:g}"
    return (
        f"perplexity {spec.perplexity:g}, {spec.iterations:,} iterations, exaggeration {spec.early_exaggeration:g}×, "
        f"learning rate {rate}, from {INITIALISATIONS[spec.initialisation].lower()}, seed {spec.seed}"
    )


# The map.


def shown(page: str, subject: Subject) -> Shown:
    """The visitor's own map of these codes, or the shipped one, or none yet."""
    live = _maps(page).get(subject.key)
    if live is not None:
        # A run may have learned more since: its map stays that of the codes it was made of.
        subject = Subject(live.source, live.weights, subject.run)
        frames = live.frames
        map_id = f"{live.map_id}@{frames[-1].iteration if frames else 0}"
        return Shown(subject, map_id, frames, live.spec, _pca(subject), live)
    stored = stored_maps.load(subject.spec)
    if stored is None:
        return Shown(subject, f"none-{subject.source.version}", (), None, _pca(subject))
    made, linear = stored
    frame = Frame(made.iteration, made.kl_divergence, made.xy)
    return Shown(subject, "shipped", (frame,), made.spec, linear)


def _pca(subject: Subject) -> PcaMap | None:
    stored = stored_maps.load(subject.spec)
    return stored[1] if stored else pca_question(subject).answer()


def pca_question(subject: Subject) -> worker.Question:
    """What `shown` asks the worker for where no map is shipped."""
    return worker.Question(code_questions.pca_map, (subject.source,), (subject.weights,))


def is_shipped(subject: Subject) -> bool:
    """Whether a map of these codes comes with the app."""
    return stored_maps.load(subject.spec) is not None


def _maps(page: str) -> dict[tuple, LiveMap]:
    return state.setdefault(page, "maps", {})


def _previous(page: str) -> dict[tuple, LiveMap]:
    return state.setdefault(page, "previous_maps", {})


def run(page: str, subject: Subject, spec: ProjectionSpec) -> None:
    """Begin a map of the visitor's own. All others are stopped; the one of the same codes before is a press away."""
    _show(page, subject, LiveMap(server.runs().cluster, subject.source, spec, subject.weights)).start()


def _show(page: str, subject: Subject, live: LiveMap) -> LiveMap:
    kept, previous = _maps(page), _previous(page)
    for other in kept.values():
        other.stop()
    if before := kept.pop(subject.key, None):
        previous[subject.key] = before
    kept[subject.key] = live
    while len(kept) > MAX_KEPT:
        oldest = next(iter(kept))
        kept.pop(oldest)
        previous.pop(oldest, None)
    return live


def kept_elsewhere(page: str, subject: Subject) -> str | None:
    """In words, of which other codes the visitor's newest map is; None if there is none."""
    others = [key for key in _maps(page) if key != subject.key]
    if not others:
        return None
    spec, run_id = others[-1]
    name = "your run" if run_id else "the pixels" if spec.codes == PIXELS else checkpoints.about(spec.codes).title
    return f"{name}, {spec.n_codes:,} {controls.LABELS[spec.dataset]}"


def previous(page: str, subject: Subject) -> LiveMap | None:
    """The visitor's map of these codes before the one that is shown."""
    return _previous(page).get(subject.key)


def to_previous(page: str, subject: Subject) -> None:
    """Show the map before, with its settings; the one that is shown takes its place."""
    if (live := _previous(page).pop(subject.key, None)) is not None:
        _show(page, subject, live)
        _want_settings(page, live.spec)


def discard(page: str, subject: Subject) -> None:
    """Back to the shipped map; the visitor's own becomes the one before."""
    own = _maps(page).pop(subject.key, None)
    if own is not None:
        own.stop()
        _previous(page)[subject.key] = own
        _want_settings(page, stored_maps.SPEC)


def _want_settings(page: str, spec: ProjectionSpec) -> None:
    # From inside a fragment: what that sets itself, the browser's own values would replace on the way.
    state.set(page, "wanted", spec)
    state.set(page, "moved", True)


# What the browser says was picked.


def _number(value: object, count: int) -> int | None:
    """A point's number as the browser sent it; None for what is none."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if plain and 0 <= value < count else None


def pick(page: str, value: object, count: int) -> None:
    """Take a point as picked, if it is one, or none."""
    number = _number(value, count)
    state.set(page, "point", number)
    if number is not None:
        state.set(page, "section", "point")
    state.set(page, "moved", True)


def take_lasso(page: str, value: object, count: int) -> None:
    """Take points as chosen by the lasso, as far as they are some."""
    found = {_number(v, count) for v in value[:count]} if isinstance(value, list) else set()
    chosen = tuple(sorted(number for number in found if number is not None))
    state.set(page, "lasso", chosen)
    if chosen:
        state.set(page, "section", "group")
    state.set(page, "moved", True)
