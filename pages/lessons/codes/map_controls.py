"""The buttons and the progress line of a map that the visitor makes."""

from __future__ import annotations

import streamlit as st

from aecore.compute.computation import ComputationSnapshot
from aecore.projection.live_map import LiveMap
from aecore.specs import ProjectionSpec
from pages.lessons.codes import tsne_settings, visitor_maps
from pages.lessons.codes.visitor_maps import Maps
from pages.shared.app import worker


def buttons(page: str, maps: Maps, snapshot: ComputationSnapshot | None) -> None:
    """Pause, step and stop the map on screen; remove it; bring back the previous one."""
    code_set = maps.code_set
    with st.container(horizontal=True, vertical_alignment="center"):
        if maps.live is not None and snapshot is not None:
            _run_buttons(page, maps.live, snapshot)
            st.button(
                "Back to the shipped map" if visitor_maps.is_shipped(code_set) else "Remove this map",
                icon=":material/first_page:",
                key=f"{page}.discard",
                on_click=visitor_maps.discard,
                args=(page, code_set),
            )
        if (before := visitor_maps.previous(page, code_set)) is not None:
            st.button(
                "Previous map",
                icon=":material/undo:",
                key=f"{page}.to_previous",
                on_click=visitor_maps.show_previous,
                args=(page, code_set),
                help=f"The one you made before: {tsne_settings.describe(before.spec)}.",
            )


def _run_buttons(page: str, live: LiveMap, snapshot: ComputationSnapshot) -> None:
    ended = snapshot.status in ("finished", "failed")
    if snapshot.active:
        st.button(
            "Pause",
            icon=":material/pause:",
            key=f"{page}.pause",
            on_click=live.pause,
            help="Pause here; nothing is lost.",
        )
    else:
        st.button(
            "Continue",
            icon=":material/resume:",
            key=f"{page}.continue",
            on_click=live.start,
            disabled=ended,
            help="Go on to the last iteration.",
        )
    st.button(
        "Step",
        icon=":material/skip_next:",
        key=f"{page}.step",
        on_click=live.step,
        disabled=ended or snapshot.active,
        help="Run a few iterations, then pause.",
    )
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"{page}.stop",
        on_click=live.stop,
        disabled=not snapshot.active,
        help="End here. The map stays as it is; Continue would go on from it.",
    )


def status(page: str, maps: Maps, snapshot: ComputationSnapshot | None, spec: ProjectionSpec) -> None:
    """How far the map is, and whether the settings `spec` of the controls are those it was made with."""
    if snapshot is not None and snapshot.error:
        st.error(snapshot.error)
        return
    if snapshot is not None and snapshot.status != "finished":
        done = maps.frames[-1].iteration / maps.spec.iterations if maps.frames and maps.spec else 0.0
        st.progress(done, text=_progress_text(maps, snapshot))
    elsewhere = visitor_maps.kept_elsewhere(page, maps.code_set)
    if elsewhere and snapshot is None:
        st.caption(f"Your own map of **{elsewhere}** is kept: select these codes again to return to it.")
    if maps.spec is None:
        if snapshot is None:
            st.caption("There is no map of these codes yet. **Run t-SNE** makes one.")
    elif maps.spec != spec:
        st.caption(
            f"The map below was made with {tsne_settings.describe(maps.spec)}. **The settings above have not been "
            "run**: press Run t-SNE to see what they give."
        )


def _progress_text(maps: Maps, snapshot: ComputationSnapshot) -> str:
    if not maps.frames or maps.spec is None:
        if not snapshot.active:
            return "Stopped before the first step"
        return worker.starting_message() or "Comparing all codes …"
    frame = maps.frames[-1]
    text = f"Iteration {frame.iteration:,} of {maps.spec.iterations:,} · KL divergence {frame.kl_divergence:.3f}"
    if frame.iteration <= maps.spec.early_iterations and maps.spec.early_exaggeration > 1:
        text += " · exaggerated, so that clusters can move past each other"
    if not snapshot.active:
        return f"{text} · paused"
    return text + (f" · {snapshot.eta_s:.0f} s left" if snapshot.eta_s is not None else "")
