"""The run that a page shows: which one it is, which one it was before, and what its owner does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aecore import export
from aecore.runs import ownership
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LimitError
from pages.shared.app import problems, server, state, visitor

if TYPE_CHECKING:
    from aecore.runs.registry import Action, Run

KERAS_FILE_TIMEOUT_S = 60


def open_linked(page: str, run_id: str | None, families: tuple[str, ...], noisy: bool = False) -> Run | None:
    """Let the page, which trains networks of `families`, with noise if `noisy`, show the run of a link, or none.

    An unknown id, and a run that belongs on another page, become problems of the page.
    """
    run = server.runs().get(run_id) if run_id else None
    fits = run is None or (run.model_spec.family in families and (run.train_spec.noise_spec is not None) == noisy)
    if not fits:
        problems.add(page, "The run of this link is of another kind of network, which this page does not train.")
        run = run_id = None
    show(page, run)
    if run_id and run is None:
        problems.add(
            page,
            "The run of this link is no longer kept here, or never was. Its settings, if the link has them, "
            "are set below: press Train to run them again.",
        )
    return run


def show(page: str, run: Run | None) -> None:
    """Let the page show this run, or none; the one before it becomes the previous one."""
    before, now = state.get(page, "run", None), run.run_id if run else None
    if before and before != now:
        state.set(page, "previous", before)
    state.set(page, "run", now)


def previous(page: str) -> Run | None:
    """The run that the page showed before the present one, if it is still kept."""
    return server.runs().get(state.get(page, "previous", None) or "")


def current(page: str) -> Run | None:
    """The run that the page shows: the one of the link it was opened with, or the one started on it since."""
    run = server.runs().get(state.get(page, "run", None) or "")
    if run is not None and is_mine(run):
        server.runs().adopt(run, visitor.visit())
    return run


def begin(page: str, model_spec: ModelSpec, train_spec: TrainSpec) -> Run | None:
    """Start a run for this visitor; the one that they had on this page is stopped to make way for it.

    Returns None if they have as many runs as they may have; the page's problems say so.
    """
    before = current(page)
    if before is not None and is_mine(before):
        before.stop()
    try:
        run = server.runs().begin(model_spec, train_spec, visitor.owner())
    except LimitError as error:
        problems.add(_visible_page(page), str(error))
        return None
    server.runs().adopt(run, visitor.visit())
    show(page, run)
    return run


def control(page: str, run: Run, action: Action, *args: int) -> None:
    """Pause, continue, step or stop this visitor's run; if they may not, the page's problems say why."""
    problems.clear(_visible_page(page))
    try:
        server.runs().control(run, visitor.owner(), action, *args)
    except LimitError as error:
        problems.add(_visible_page(page), str(error))


def is_mine(run: Run) -> bool:
    """Whether this visitor started the run and so controls it."""
    return ownership.is_owner(visitor.owner(), run.owner_hash)


def keras_file(run: Run) -> bytes:
    """The run's network as a .keras file, written on the worker; waits for it."""
    task = server.runs().cluster.submit(export.to_keras_file, run.model_spec, run.weights)
    return task.result(timeout=KERAS_FILE_TIMEOUT_S)


def _visible_page(page: str) -> str:
    """The page that a visitor sees: "convolutional" for "convolutional.rival", a second run on that page."""
    return page.partition(".")[0]
