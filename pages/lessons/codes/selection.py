"""The point and the group of points that the visitor has selected on a map."""

from __future__ import annotations

from pages.shared.app import problems, state


def clear(page: str) -> None:
    """Select nothing."""
    problems.clear(page)
    state.set(page, "point", None)
    state.set(page, "lasso", ())


def pick(page: str, value: object, count: int) -> None:
    """Select the point that the browser sent, or none if `value` is not a point's number below `count`."""
    number = _point_number(value, count)
    state.set(page, "point", number)
    if number is not None:
        state.set(page, "section", "point")
    state.set(page, "moved", True)


def lasso(page: str, value: object, count: int) -> None:
    """Select the points in a lasso that the browser sent; whatever is not a point's number below `count` is ignored."""
    found = {_point_number(v, count) for v in value[:count]} if isinstance(value, list) else set()
    chosen = tuple(sorted(number for number in found if number is not None))
    state.set(page, "lasso", chosen)
    if chosen:
        state.set(page, "section", "group")
    state.set(page, "moved", True)


def _point_number(value: object, count: int) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if 0 <= value < count else None
