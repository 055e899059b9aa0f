"""The map of the codes and the buttons that make it: t-SNE, and beside it, linked, the principal components."""

from __future__ import annotations

import functools

import streamlit as st

from aecore import datasets
from aecore.compute.computation import ComputationSnapshot
from aecore.figures import palette
from aecore.imaging import encoding
from aecore.imaging.arrays import from_bytes
from aecore.networks import latent_geometry
from aecore.projection import code_questions
from aecore.projection.live_map import Frame, LiveMap
from aecore.specs import ProjectionSpec
from pages.lessons.codes import model
from pages.lessons.codes.model import Shown, Subject
from pages.shared.app import state, worker
from pages.shared.app.streamlit_internals import media_address
from pages.shared.components import maps

POLL_S = 0.3
NEW_FRAMES = 6  # of a map in the making, sent at each look
ATLAS_COLUMNS = 100
ANSWER_S = 0.3


def show(page: str, subject: Subject, spec: ProjectionSpec, digit: tuple[bytes, str] | None) -> None:
    """The map, polled while it is in the making. `digit`: one of the visitor's own to place on it, and words for it."""
    shown = model.shown(page, subject)
    active = shown.in_the_making
    # Not in the fragment: a press while a page is still being drawn for the first time would find no fragment yet.
    st.button(
        "Run t-SNE",
        type="primary",
        icon=":material/play_arrow:",
        key=f"{page}.run",
        on_click=model.run,
        args=(page, subject, spec),
        help="Make a map with the settings above, and watch the points find their places.",
    )
    st.fragment(_draw, run_every=worker.poll_s(POLL_S) if active else None)(page, subject, spec, digit, active)
    with st.container():
        if not active:  # what a fragment sends, it sends again each time; this, the browser keeps
            _carry(shown, whole=True)


def _draw(page: str, subject: Subject, spec: ProjectionSpec, digit: tuple[bytes, str] | None, polling: bool) -> None:
    shown = model.shown(page, subject)
    snapshot = shown.live.snapshot() if shown.live else None
    _buttons(page, shown, snapshot)
    with st.container():
        _state_line(page, shown, snapshot, spec)
    marks, waiting = _marks(shown, digit) if digit and not polling else ((), ())
    _maps(page, shown, marks, polling)
    with st.container():
        if polling:
            _carry(shown, whole=False)
    with st.container():
        if shown.pca is None and not polling:
            waiting = (*waiting, model.pca_question(shown.subject))
        if waiting:
            worker.wait_for(*waiting)
    moved = state.pop(page, "moved", False)
    if moved or polling != shown.in_the_making:
        st.rerun()  # in full: what follows the map draws itself anew, or the polling begins or ends


def _buttons(page: str, shown: Shown, snapshot: ComputationSnapshot | None) -> None:
    live, subject = shown.live, shown.subject
    with st.container(horizontal=True, vertical_alignment="center"):
        if live is not None:
            _steering(page, live, snapshot)
            words = "Back to the shipped map" if model.is_shipped(subject) else "Remove this map"
            off = {"on_click": model.discard, "args": (page, subject)}
            st.button(words, icon=":material/first_page:", key=f"{page}.discard", **off)
        if (before := model.previous(page, subject)) is not None:
            st.button(
                "Previous map",
                icon=":material/undo:",
                key=f"{page}.to_previous",
                on_click=model.to_previous,
                args=(page, subject),
                help=f"The one you made before: {model.describe(before.spec)}.",
            )


def _steering(page: str, live: LiveMap, snapshot: ComputationSnapshot) -> None:
    ended = snapshot.status in ("finished", "failed")
    if snapshot.active:
        words = "Hold here; nothing is lost."
        st.button("Pause", icon=":material/pause:", key=f"{page}.pause", on_click=live.pause, help=words)
    else:
        off = {"on_click": live.start, "disabled": ended, "help": "Go on to the last iteration."}
        st.button("Continue", icon=":material/resume:", key=f"{page}.continue", **off)
    off = {"on_click": live.step, "disabled": ended or snapshot.active, "help": "A few iterations, then pause."}
    st.button("Step", icon=":material/skip_next:", key=f"{page}.step", **off)
    words = "End here. The map stays as it is; Continue would go on from it."
    off = {"on_click": live.stop, "disabled": not snapshot.active, "help": words}
    st.button("Stop", icon=":material/stop:", key=f"{page}.stop", **off)


def _state_line(page: str, shown: Shown, snapshot: ComputationSnapshot | None, spec: ProjectionSpec) -> None:
    if snapshot is not None and snapshot.error:
        st.error(snapshot.error)
        return
    if snapshot is not None and snapshot.status != "finished":
        st.progress(_done(shown), text=_progress_words(shown, snapshot))
    elsewhere = model.kept_elsewhere(page, shown.subject)
    if elsewhere and snapshot is None:
        st.caption(f"Your own map of **{elsewhere}** is kept: choose these again to go back to it.")
    if shown.spec is None:
        if snapshot is None:
            st.caption("Of these codes there is no map yet. **Run t-SNE** makes one.")
    elif shown.spec != spec:
        st.caption(
            f"The map below was made with {model.describe(shown.spec)}. **These settings have not been run**: "
            "Run t-SNE to see what they make of it."
        )


def _done(shown: Shown) -> float:
    return shown.frames[-1].iteration / shown.spec.iterations if shown.frames else 0.0


def _progress_words(shown: Shown, snapshot: ComputationSnapshot) -> str:
    if not shown.frames:
        if not snapshot.active:
            return "Stopped before the first step"
        return worker.starting_message() or "Comparing all codes …"
    frame = shown.frames[-1]
    words = f"Iteration {frame.iteration:,} of {shown.spec.iterations:,} · KL divergence {frame.kl_divergence:.3f}"
    if frame.iteration <= shown.spec.early_iterations and shown.spec.early_exaggeration > 1:
        words += " · exaggerated, so that clusters can pass each other"
    if not snapshot.active:
        return f"{words} · paused"
    return words + (f" · {snapshot.eta_s:.0f} s left" if snapshot.eta_s is not None else "")


def _maps(page: str, shown: Shown, marks: tuple[maps.MapMark, ...], polling: bool) -> None:
    subject = shown.subject
    _, labels = subject.source.images
    count = len(labels)
    maps.code_map(
        maps.CodeMaps(
            panels=(
                maps.MapPanel("tsne", "t-SNE", _tsne_caption(shown)),
                maps.MapPanel("pca", "PCA, the straight way", _pca_caption(shown)),
            ),
            labels=labels,
            classes=subject.classes,
            colours=palette.CLASS_COLOURS,
            atlas=media_address(_atlas(subject.spec.dataset, count), "image/png", f"{page}.atlas"),
            atlas_columns=ATLAS_COLUMNS,
            picked=state.get(page, "point"),
            lassoed=state.get(page, "lasso"),
            marks=marks,
            live=polling,
            file_stem=f"codes-{subject.spec.codes}",
        ),
        key=f"{page}.map",
        on_pick=lambda value: model.pick(page, value, count),
        on_lasso=lambda value: model.take_lasso(page, value, count),
    )


def _carry(shown: Shown, whole: bool) -> None:
    """Bring the points into the browser: all frames there are, or of a map in the making the newest."""
    frames = shown.frames if whole else shown.frames[-NEW_FRAMES:]
    subject, map_name = _name(shown.subject), shown.map_id.partition("@")[0]
    maps.map_frames("tsne", [_map_frame(frame) for frame in frames], f"{subject}-{map_name}", whole)
    linear = [] if shown.pca is None else [maps.MapFrame(0, None, shown.pca.xyz[:, : shown.dims])]
    maps.map_frames("pca", linear, f"{subject}-{shown.dims}", whole=True)


def _name(subject: Subject) -> str:
    return f"{subject.spec.codes}-{subject.spec.dataset}-{subject.spec.n_codes}-{subject.source.version}"


def _map_frame(frame: Frame) -> maps.MapFrame:
    return maps.MapFrame(frame.iteration, frame.kl_divergence, frame.xy)


@functools.lru_cache(maxsize=3)
def _atlas(dataset: str, count: int) -> bytes:
    """One PNG with the first `count` test images, row by row."""
    return encoding.png(latent_geometry.mosaic(datasets.load_test(dataset)[0][:count], ATLAS_COLUMNS))


def _tsne_caption(shown: Shown) -> str:
    if not shown.frames:
        return "No map of these codes yet." if shown.live is None else "The first positions come in a moment."
    who = "made by you" if shown.live else "shipped with the app"
    words = f"{who}: {model.describe(shown.spec)}"
    if shown.frames[-1].iteration < shown.spec.iterations:
        words += f"; this far: {shown.frames[-1].iteration:,}"
    # Of several frames each has its own, which the browser tells.
    return words if len(shown.frames) > 1 else f"{words}; KL divergence {shown.frames[-1].kl_divergence:.3f}"


def _pca_caption(shown: Shown) -> str:
    if shown.pca is None:
        failed = worker.failure(model.pca_question(shown.subject))
        return "There is none." if failed else "Being computed …"
    explained = shown.pca.explained[: shown.dims]
    return (
        f"The {shown.dims} directions in which the codes vary most explain "
        f"{' + '.join(f'{share:.1%}' for share in explained)} = {explained.sum():.1%} of their variance."
    )


# The visitor's own digit.


def _marks(shown: Shown, digit: tuple[bytes, str]) -> tuple[tuple[maps.MapMark, ...], tuple]:
    """Where the digit belongs on each map, as far as the worker has answered, and what it is still asked."""
    image, words = digit
    subject = shown.subject
    uri = encoding.png_data_uri(from_bytes(image))
    marks, waiting = [], []
    questions = {1: worker.Question(code_questions.place_on_pca, (subject.source, image), (subject.weights,))}
    if shown.xy is not None:
        payload = (shown.xy, subject.weights)
        questions[0] = worker.Question(code_questions.place, (subject.source, image, shown.map_id), payload)
    for panel, question in questions.items():
        at = question.answer(wait_s=ANSWER_S)
        if at is None:
            waiting.append(question)
        else:
            marks.append(maps.MapMark(panel, tuple(float(v) for v in at[: shown.dims]), uri, words))
    return tuple(marks), tuple(waiting)
