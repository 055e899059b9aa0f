"""The t-SNE map of a code set and, linked to it, the map of its principal components."""

from __future__ import annotations

import functools

import streamlit as st

from aecore import datasets
from aecore.figures import palette
from aecore.imaging import encoding
from aecore.networks import latent_geometry
from aecore.projection import code_questions
from aecore.projection.live_map import Frame
from aecore.specs import ProjectionSpec
from pages.lessons.codes import map_controls, selection, tsne_settings, visitor_maps
from pages.lessons.codes.code_set import CodeSet
from pages.lessons.codes.visitor_maps import Maps
from pages.shared.app import state, worker
from pages.shared.app.streamlit_internals import media_address
from pages.shared.components import maps as map_components
from pages.shared.components.maps import CodeMaps, MapFrame, MapMark, MapPanel
from pages.shared.pickers.digit_source import Digit

POLL_S = 0.3
NEW_FRAMES = 6  # sent per poll while t-SNE runs
ATLAS_COLUMNS = 100
ANSWER_S = 0.3


def show(page: str, code_set: CodeSet, spec: ProjectionSpec, digit: Digit | None) -> None:
    """Draw the maps, and poll while t-SNE runs. `digit`: an image of the visitor's own to place on them."""
    maps = visitor_maps.current(page, code_set)
    active = maps.moving
    # Not in the fragment: a press while the page is being drawn for the first time would find no fragment yet.
    st.button(
        "Run t-SNE",
        type="primary",
        icon=":material/play_arrow:",
        key=f"{page}.run",
        on_click=visitor_maps.make,
        args=(page, code_set, spec),
        help="Make a map with the settings above, and watch the points find their places.",
    )
    st.fragment(_draw, run_every=worker.poll_s(POLL_S) if active else None)(page, code_set, spec, digit, active)
    with st.container():
        if not active:  # a fragment would send the points again at each rerun; sent from here, the browser keeps them
            _send_frames(maps, whole=True)


def _draw(page: str, code_set: CodeSet, spec: ProjectionSpec, digit: Digit | None, polling: bool) -> None:
    maps = visitor_maps.current(page, code_set)
    snapshot = maps.live.snapshot() if maps.live else None
    map_controls.buttons(page, maps, snapshot)
    with st.container():
        map_controls.status(page, maps, snapshot, spec)
    marks, waiting = _marks(maps, digit) if digit and not polling else ((), ())
    _maps(page, maps, marks, polling)
    with st.container():
        if polling:
            _send_frames(maps, whole=False)
    with st.container():
        if maps.pca is None and not polling:
            waiting = (*waiting, visitor_maps.pca_question(maps.code_set))
        if waiting:
            worker.wait_for(*waiting)
    moved = state.pop(page, "moved", False)
    if moved or polling != maps.moving:
        st.rerun()  # in full: the sections below depend on the map, and polling begins or ends


def _maps(page: str, maps: Maps, marks: tuple[MapMark, ...], polling: bool) -> None:
    code_set = maps.code_set
    _, labels = code_set.source.images
    count = len(labels)
    map_components.code_map(
        CodeMaps(
            panels=(
                MapPanel("tsne", "t-SNE", _tsne_caption(maps)),
                MapPanel("pca", "PCA, a linear projection", _pca_caption(maps)),
            ),
            labels=labels,
            classes=code_set.classes,
            colours=palette.CLASS_COLOURS,
            atlas=media_address(_atlas(code_set.spec.dataset, count), "image/png", f"{page}.atlas"),
            atlas_columns=ATLAS_COLUMNS,
            picked=state.get(page, "point"),
            lassoed=state.get(page, "lasso"),
            marks=marks,
            live=polling,
            file_stem=f"codes-{code_set.spec.codes}",
        ),
        key=f"{page}.map",
        on_pick=lambda value: selection.pick(page, value, count),
        on_lasso=lambda value: selection.lasso(page, value, count),
    )


def _send_frames(maps: Maps, whole: bool) -> None:
    """Send the points to the browser: all frames if `whole`, else the newest ones."""
    frames = maps.frames if whole else maps.frames[-NEW_FRAMES:]
    codes_id, map_name = _codes_id(maps.code_set), maps.map_id.partition("@")[0]
    map_components.map_frames("tsne", [_map_frame(frame) for frame in frames], f"{codes_id}-{map_name}", whole)
    linear = [] if maps.pca is None else [MapFrame(0, None, maps.pca.xyz[:, : maps.dims])]
    map_components.map_frames("pca", linear, f"{codes_id}-{maps.dims}", whole=True)


def _codes_id(code_set: CodeSet) -> str:
    spec = code_set.spec
    return f"{spec.codes}-{spec.dataset}-{spec.n_codes}-{code_set.source.version}"


def _map_frame(frame: Frame) -> MapFrame:
    return MapFrame(frame.iteration, frame.kl_divergence, frame.xy)


@functools.lru_cache(maxsize=3)
def _atlas(dataset: str, count: int) -> bytes:
    """One PNG with the first `count` test images, row by row."""
    return encoding.png(latent_geometry.mosaic(datasets.load_test(dataset)[0][:count], ATLAS_COLUMNS))


def _tsne_caption(maps: Maps) -> str:
    *_, newest = (None, *maps.frames)
    if newest is None or maps.spec is None:
        return "No map of these codes yet." if maps.live is None else "The first positions will appear in a moment."
    maker = "made by you" if maps.live else "shipped with the app"
    caption = f"{maker}: {tsne_settings.describe(maps.spec)}"
    if newest.iteration < maps.spec.iterations:
        caption += f"; so far {newest.iteration:,}"
    # With several frames, the browser shows the KL divergence of the one on screen.
    return caption if len(maps.frames) > 1 else f"{caption}; KL divergence {newest.kl_divergence:.3f}"


def _pca_caption(maps: Maps) -> str:
    if maps.pca is None:
        failed = worker.failure(visitor_maps.pca_question(maps.code_set))
        return "Not available." if failed else "Computing …"
    explained = maps.pca.explained[: maps.dims]
    return (
        f"The {maps.dims} directions in which the codes vary most explain "
        f"{' + '.join(f'{share:.1%}' for share in explained)} = {explained.sum():.1%} of their variance."
    )


def _marks(maps: Maps, digit: Digit) -> tuple[tuple[MapMark, ...], tuple[worker.Question, ...]]:
    """The digit's place on each map as far as the worker has answered, and the questions still open."""
    code_set = maps.code_set
    uri = encoding.png_data_uri(digit.x)
    marks, waiting = [], []
    questions = {1: worker.Question(code_questions.place_on_pca, (code_set.source, digit.image), (code_set.weights,))}
    if maps.xy is not None:
        payload = (maps.xy, code_set.weights)
        questions[0] = worker.Question(code_questions.place, (code_set.source, digit.image, maps.map_id), payload)
    for panel, question in questions.items():
        at = question.answer(wait_s=ANSWER_S)
        if at is None:
            waiting.append(question)
        else:
            marks.append(MapMark(panel, tuple(float(v) for v in at[: maps.dims]), uri, digit.name))
    return tuple(marks), tuple(waiting)
