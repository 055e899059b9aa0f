"""What the tests of hostile input share: what the pages read from a link, and texts that nobody means well with."""

from __future__ import annotations

import ast
import functools
import string
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from hypothesis import strategies as st

from aecore import specs
from aecore.documents.degradation import KINDS
from pages.lessons.convolution import settings
from pages.lessons.convolutional import shift
from tests.house.modules import imports, modules

PAGES = modules("pages")
ROOT = Path(__file__).resolve().parents[2]
MARK = "qzjx"  # in every text that would do harm; nowhere in what the pages say of themselves
READERS = {"choice", "whole_number"}  # of pages.shared.url.links: (page, name, …)
ASKING = {"get", "get_all", "pop"}  # methods of the link's parameters: (name, …)
WHOLE = {"to_dict", "from_dict", "clear"}  # those that name none

# Names that stand in a variable where they are read: (file, variable) → what it may be.
SLOTS = ("digit", "clothes", "a", "b")
NAMED_ELSEWHERE = {
    ("pages/shared/url/links.py", "name"): (),  # its callers' names
    ("pages/shared/pickers/digit_source.py", "slot"): SLOTS,
    ("pages/lessons/denoise_documents/link.py", "kind"): tuple(KINDS),
    ("pages/lessons/convolution/link.py", "name"): tuple(n for each in settings.SETTINGS.values() for n in each),
    ("pages/lessons/convolutional/shift.py", "name"): tuple(shift.NAMES),
    ("pages/lessons/latent/link.py", "name"): ("z", "model", "section"),
}


class UnknownNameError(Exception):
    """A page reads a parameter whose name these tests do not know."""


def names_read(page: str) -> tuple[str, ...]:
    """The parameters of a link that a page reads, by what its code says and that of all it shares."""
    seen, left = set(), [page]
    while left:
        module = left.pop()
        if module in seen or module not in PAGES:
            continue
        seen.add(module)
        left += [name if name in PAGES else name.rpartition(".")[0] for name in imports(PAGES[module])]
    return tuple(sorted({name for module in seen for name in _names_in(PAGES[module])} | {"run"}))


@functools.cache
def _names_in(path: Path) -> frozenset[str]:
    return frozenset(names_in(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()))


def names_in(code: str, file: str) -> Iterator[str]:
    """The parameters that a file reads. Raises UnknownNameError for a use of the link that gives no name away."""
    tree = ast.parse(code)
    # What holds the link's parameters: `st.query_params`, `….to_dict()` of it, and names that either is given to.
    held = {"st.query_params", "st.query_params.to_dict()"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in held and isinstance(node.targets[0], ast.Name):
            held.add(node.targets[0].id)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in held:
            yield from _resolved(node.slice, file)
        elif isinstance(node, ast.Compare) and any(ast.unparse(other) in held for other in node.comparators):
            if isinstance(node.ops[0], ast.In | ast.NotIn):
                yield from _resolved(node.left, file)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of, method = ast.unparse(node.func.value), node.func.attr
            if of in held and method in ASKING:
                yield from _resolved(node.args[0], file)
            elif of == "st.query_params" and method not in WHOLE:
                raise UnknownNameError(f"{file}:{node.lineno}: {ast.unparse(node)}")
            elif of == "links" and method in READERS:
                yield from _resolved(node.args[1], file)
            elif method == "from_query":
                spec = [specs.ModelSpec, specs.TrainSpec] if of == "spec" else [getattr(specs, of)]
                yield from (field.name for cls in spec for field in fields(cls))


def _resolved(node: ast.expr, file: str) -> tuple[str, ...]:
    if isinstance(node, ast.Constant):
        return (node.value,)
    try:
        return NAMED_ELSEWHERE[file, ast.unparse(node)]
    except KeyError:
        raise UnknownNameError(f"{file}:{node.lineno}: what is {ast.unparse(node)}?") from None


# Texts.

INJECTIONS = (
    f"<script>{MARK}</script>",
    f"{MARK}<img src=x onerror=alert(1)>",
    f'"><svg onload={MARK}>',
    f"![{MARK}](http://example.invalid/x.png)",
    f"[{MARK}](javascript:alert(1))",
    f"http://{MARK}.invalid/",
    f"www.{MARK}.invalid",
    f"<http://{MARK}.invalid>",
    f"$\\href{{javascript:{MARK}}}$",
    f"$${MARK}^2$$",
    f":material/{MARK}: :smile: :red[{MARK}]",
    f":material/home: {MARK}",
    f"`{MARK}` ``![{MARK}](x)",
    f"```{MARK}",
    f"\n\n# {MARK}\n\n| a |\n| - |",
    f"\r\nSet-Cookie: {MARK}=1",
    f"**{MARK}** ~~a~~ _b_ \\",
    f"&lt;{MARK}&gt; &#58;",
    f"../../../../etc/{MARK}",
    f"..\\..\\{MARK}",
    f"/proc/self/environ?{MARK}",
    f"file:///{MARK}",
    f"{MARK}\0.npz",
    f"{{{{{MARK}}}}} {{{MARK}.__class__}} %s %n",
    f"__import__('os').system('{MARK}')",
    f"cos\nsystem\n(S'{MARK}'\ntR.",
    f'{{"{MARK}": [1, null, {{"__class__": 1}}]}}',
    f"'; DROP TABLE {MARK}; --",
    f"\u202e{MARK}\u2066",
    f"{MARK}\u0301\u0301\u0301\u200b\u2028\u2029",
    f"שלום {MARK} مرحبا",
    MARK * 5_000,
)
NUMBERS = (
    "", "0", "-0", "-1", "1", "2", "3", "nan", "-nan", "inf", "-inf", "1e999", "-1e999", "1e-999", "0x10", "1_0", "+3",
    " 7 ", "٣", "１２", "²", "½", "1,5", "1e5", "0.1", "1e308", "9" * 400, "9" * 5_000, "-" * 500, "0" * 9_000 + "1",
    "None", "True", "null", "[]", "{}", "NaN", "64-", "-64", "64--32", "64-32-16-8-4", "9" * 5_000 + "-1", "3-5", "1,2",
    "0" * 5_000 + "1," + "0" * 5_000, "0,0", "1,2;3,4", "1e400,0;0,1", ",".join(["1"] * 128), "1," * 3_000,
)  # fmt: skip


@functools.cache
def usual_values() -> list[str]:
    """Values that some setting or part of some page takes: to be meant well, or nearly."""
    found = {"run", "conv-128", "untrained", "vae-2", "vae-16", "fashion-vae-2", "basic-32", "deep-32", "unit", "page"}
    for cls in (specs.ModelSpec, specs.TrainSpec, specs.NoiseSpec, specs.CodesSpec, specs.ProjectionSpec):
        for field in fields(cls):
            domain = field.metadata["domain"]
            found.add(specs.format_value(field.default))
            found |= {specs.format_value(v) for v in getattr(domain, "values", ())}
            found |= {specs.format_value(v) for v in (getattr(domain, "low", 0), getattr(domain, "high", 0))}
    for path in PAGES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):  # of sections, networks, sources …
                found |= {k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
    return sorted(text for text in found if text.isascii())


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """A text with a few characters taken out, put in, doubled or turned."""
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        what = draw(st.sampled_from(("", "-", ".", "٣", "\0", "<", "`", " ", "9" * 50, "/../")))
        text = draw(st.sampled_from((text[:at] + what + text[at:], text[:at] + what + text[at + 1 :], text.swapcase())))
    return text


@functools.cache
def texts() -> st.SearchStrategy[str]:
    """What a link may say; a URL carries no lone surrogates."""
    return st.one_of(
        st.sampled_from(INJECTIONS),
        st.sampled_from(NUMBERS),
        st.sampled_from(usual_values()).flatmap(damaged),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(lambda text: MARK + text),
        st.text(string.printable, max_size=60),
    )
