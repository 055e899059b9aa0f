"""A mark for tests of many cases, of which the ordinary suite needs one."""

from collections.abc import Iterable
from typing import Any

import pytest


def quick_first(
    names: str | tuple[str, ...], cases: Iterable[Any], keep: int = 1, **options: Any
) -> pytest.MarkDecorator:
    """`pytest.mark.parametrize`, with all but the first `keep` of the cases marked slow."""
    cases = list(cases)
    several = not isinstance(names, str) or "," in names
    slow = [pytest.param(*(case if several else (case,)), marks=pytest.mark.slow) for case in cases[keep:]]
    return pytest.mark.parametrize(names, [*cases[:keep], *slow], **options)
