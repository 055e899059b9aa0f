"""The maps of a code set: the one that comes with the app, and those that the visitor has made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.projection import code_questions, stored_maps
from aecore.projection.code_questions import PcaMap
from aecore.projection.live_map import Frame, LiveMap
from aecore.specs import ProjectionSpec
from pages.lessons.codes import tsne_settings
from pages.lessons.codes.code_set import CodeSet, describe_codes
from pages.shared.app import server, state, worker

MAX_KEPT = 2  # of the visitor's own maps


@dataclass(frozen=True)
class Maps:
    """A code set and its maps as they are now.

    `map_id` changes whenever points have moved. `frames`: of the t-SNE map, empty before it is made; `spec`: its
    settings. `pca`: None until the worker has answered. `live`: the t-SNE map if the visitor has made it.
    """

    code_set: CodeSet
    map_id: str
    frames: tuple[Frame, ...]
    spec: ProjectionSpec | None
    pca: PcaMap | None
    live: LiveMap | None = None

    @property
    def dims(self) -> int:
        """Dimensions of both maps."""
        return self.spec.dims if self.spec else 2

    @property
    def moving(self) -> bool:
        """Whether t-SNE is running."""
        return self.live is not None and self.live.snapshot().active

    @property
    def xy(self) -> np.ndarray | None:
        """The newest t-SNE map, (N, dims)."""
        return self.frames[-1].xy if self.frames else None


def current(page: str, code_set: CodeSet) -> Maps:
    """The maps to show: the visitor's own t-SNE map of these codes, else the shipped one, else none."""
    live = _own(page).get(code_set.key)
    if live is not None:
        # A run may have learned more since: its map stays that of the codes it was made from.
        code_set = CodeSet(live.source, live.weights, code_set.run)
        frames = live.frames
        map_id = f"{live.map_id}@{frames[-1].iteration if frames else 0}"
        return Maps(code_set, map_id, frames, live.spec, _pca(code_set), live)
    stored = stored_maps.load(code_set.spec)
    if stored is None:
        return Maps(code_set, f"none-{code_set.source.version}", (), None, _pca(code_set))
    made, linear = stored
    frame = Frame(made.iteration, made.kl_divergence, made.xy)
    return Maps(code_set, "shipped", (frame,), made.spec, linear)


def _pca(code_set: CodeSet) -> PcaMap | None:
    stored = stored_maps.load(code_set.spec)
    return stored[1] if stored else pca_question(code_set).answer()


def pca_question(code_set: CodeSet) -> worker.Question:
    """The question to the worker for the PCA map, where none is shipped."""
    return worker.Question(code_questions.pca_map, (code_set.source,), (code_set.weights,))


def is_shipped(code_set: CodeSet) -> bool:
    """Whether a map of these codes comes with the app."""
    return stored_maps.load(code_set.spec) is not None


def _own(page: str) -> dict[tuple, LiveMap]:
    return state.setdefault(page, "maps", {})


def _previous(page: str) -> dict[tuple, LiveMap]:
    return state.setdefault(page, "previous_maps", {})


def make(page: str, code_set: CodeSet, spec: ProjectionSpec) -> None:
    """Start a new map. All others stop; the previous one of the same codes can be brought back."""
    live = LiveMap(server.runs().cluster, code_set.source, spec, code_set.weights)
    _show(page, code_set, live)
    live.start()


def _show(page: str, code_set: CodeSet, live: LiveMap) -> None:
    own, previous_maps = _own(page), _previous(page)
    for other in own.values():
        other.stop()
    if before := own.pop(code_set.key, None):
        previous_maps[code_set.key] = before
    own[code_set.key] = live
    while len(own) > MAX_KEPT:
        oldest = next(iter(own))
        own.pop(oldest)
        previous_maps.pop(oldest, None)


def kept_elsewhere(page: str, shown: CodeSet) -> str | None:
    """Describe the other code set of which the visitor's newest map is kept; None if there is none."""
    others = [key for key in _own(page) if key != shown.key]
    if not others:
        return None
    spec, run_id = others[-1]
    return describe_codes(spec, is_run=run_id is not None)


def previous(page: str, code_set: CodeSet) -> LiveMap | None:
    """The visitor's map of these codes before the one shown."""
    return _previous(page).get(code_set.key)


def show_previous(page: str, code_set: CodeSet) -> None:
    """Show the previous map with its settings; the one shown now becomes the previous one."""
    if (live := _previous(page).pop(code_set.key, None)) is not None:
        _show(page, code_set, live)
        tsne_settings.request(page, live.spec)


def discard(page: str, code_set: CodeSet) -> None:
    """Go back to the shipped map; the visitor's own becomes the previous one."""
    own = _own(page).pop(code_set.key, None)
    if own is not None:
        own.stop()
        _previous(page)[code_set.key] = own
        tsne_settings.request(page, stored_maps.SPEC)
