"""Settings declared once: each knows its domain and its label, is validated, and goes to a URL and back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from aecore.specs.errors import SpecError, quote

MAX_LAYERS = 4
WIDTH_RANGE = (2, 1024)


@dataclass(frozen=True)
class Range:
    """The numbers a setting may take, both ends included."""

    low: float
    high: float

    def check(self, label: str, value: Any) -> None:
        """Raise SpecError unless the value is a number in the range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise SpecError(f"{label} must be {self}; got {quote(value)}.")

    def __str__(self) -> str:
        return f"a number from {self.low:,g} to {self.high:,g}"


@dataclass(frozen=True)
class Choice:
    """The values a setting may take, named one by one."""

    values: tuple[Any, ...]

    def check(self, label: str, value: Any) -> None:
        """Raise SpecError unless the value is one of them."""
        if value not in self.values:
            expected = ", ".join(str(v) for v in self.values)
            raise SpecError(f"{label} must be one of {expected}; got {quote(value)}.")


@dataclass(frozen=True)
class Widths:
    """The widths of the hidden layers, or the filters, as a tuple of whole numbers; written '128-64' in a URL.

    `example`: one that a sentence can quote. `label`: for the setting, where it is not the field's.
    """

    high: int = WIDTH_RANGE[1]
    example: str = "128-64"
    label: str = ""

    def check(self, label: str, value: Any) -> None:
        """Raise SpecError unless the value is a tuple of at most four whole numbers in the range."""
        low = WIDTH_RANGE[0]
        widths = _whole_numbers(value)
        if widths is None or len(widths) > MAX_LAYERS or not all(low <= w <= self.high for w in widths):
            shown = value if widths is None else "-".join(quote(w) for w in widths[: MAX_LAYERS + 1])
            given = quote(f"{shown}-…" if widths and len(widths) > MAX_LAYERS + 1 else shown)
            raise SpecError(
                f"{self.label or label} must be at most {MAX_LAYERS} whole numbers from {low} to {self.high:,} "
                f"with a hyphen between them, such as {self.example}; got {given}."
            )


def _whole_numbers(value: Any) -> list[int] | None:
    """The numbers in a tuple of whole numbers; None for anything else."""
    if not isinstance(value, tuple):
        return None
    items: list[Any] = [*value]
    return items if all(isinstance(w, int) and not isinstance(w, bool) for w in items) else None


@dataclass(frozen=True)
class Name:
    """The name of something that is kept elsewhere, or nothing."""

    def check(self, label: str, value: Any) -> None:
        """Raise SpecError unless the value is made of up to 40 lower-case letters, digits and hyphens."""
        if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9-]{0,40}", value):
            raise SpecError(
                f"{label} must be a name of lower-case letters and digits, such as basic-32; got {quote(value)}."
            )


Domain = Range | Choice | Widths | Name


def setting(default: Any, domain: Domain, label: str) -> Any:
    """A dataclass field that knows its domain and the label under which a visitor knows it."""
    return dataclasses.field(default=default, metadata={"domain": domain, "label": label})


@dataclass(frozen=True)
class Spec:
    """What all specs share: validation at construction, and the way to a URL and back."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            self.domain(field).check(field.metadata["label"], value)
            if type(field.default) is int and not isinstance(value, int):
                raise SpecError(f"{field.metadata['label']} must be a whole number; got {quote(value)}.")

    def domain(self, field: dataclasses.Field[Any]) -> Domain:
        """The values that a field may take, given those of the fields declared before it."""
        return field.metadata["domain"]

    def to_query(self, base: Self | None = None) -> dict[str, str]:
        """The settings that differ from those of `base`, by default from the defaults, as URL parameters."""
        base = base or type(self)()
        return {
            field.name: format_value(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != getattr(base, field.name) or field.name in self.always_in_query()
        }

    def always_in_query(self) -> tuple[str, ...]:
        """The settings that belong in a URL even where they are those of the base."""
        return ()

    @classmethod
    def with_implied(cls, params: Mapping[str, str]) -> Mapping[str, str]:
        """URL parameters with those that they imply."""
        return params

    @classmethod
    def from_query(cls, params: Mapping[str, str], base: Self | None = None) -> tuple[Self, list[str]]:
        """The spec that URL parameters describe, and a sentence for each parameter that had to be left as in `base`.

        Parameters that are not settings of this spec are ignored. `base`: the defaults, if not given.
        """
        params, spec = cls.with_implied(params), base or cls()
        problems: list[str] = []
        for field in dataclasses.fields(cls):  # in order, since the domain of a setting may depend on those before it
            if field.name not in params:
                continue
            try:
                value = parse_value(field, params[field.name], spec.domain(field))
                spec = dataclasses.replace(spec, **{field.name: value})
            except SpecError as error:
                usual = format_value(getattr(spec, field.name)) or "none"
                problems.append(f"{error} The default, {usual}, is used instead.")
        return spec, problems


def parse_value(field: dataclasses.Field[Any], text: str, domain: Domain | None = None) -> Any:
    """The value that the text in a URL gives a setting. Raises SpecError for text that gives none.

    `domain`: of the setting, if it is not the one that the field declares.
    """
    label = field.metadata["label"]
    try:
        if isinstance(field.default, tuple):
            return parse_widths(text)
        return type(field.default)(text)
    except ValueError:
        expected: Domain = domain or field.metadata["domain"]
        if isinstance(expected, Range):
            raise SpecError(f"{label} must be {expected}; got {quote(text)}.") from None
        expected.check(label, text)
        raise


def format_value(value: Any) -> str:
    """A setting's value as text for a URL: the shortest from which `parse_value` makes the same value."""
    if isinstance(value, tuple):
        return format_widths(cast(tuple[int, ...], value))
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def parse_widths(text: str) -> tuple[int, ...]:
    """'128-64' → (128, 64); '' → (). Raises ValueError for anything else."""
    return tuple(int(part) for part in text.replace(",", "-").split("-")) if text.strip() else ()


def format_widths(widths: tuple[int, ...]) -> str:
    """(128, 64) → '128-64'."""
    return "-".join(str(w) for w in widths)
