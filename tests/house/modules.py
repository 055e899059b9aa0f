"""The repository's modules, found in the tree and read as syntax, so that no test of them keeps a list by hand."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(folder: str, root: Path = ROOT) -> dict[str, Path]:
    """Name → file of every module in and under a folder."""
    found = {}
    for path in sorted((root / folder).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def within(names: set[str], packages: set[str]) -> set[str]:
    """Those of the names that are one of the packages, or in one."""
    return {name for name in names if any(f"{name}.".startswith(f"{package}.") for package in packages)}


def imports(path: Path, inside_functions: bool = True, root: Path = ROOT) -> set[str]:
    """What a file imports when it runs, by full name; what is under `if TYPE_CHECKING` never runs."""
    return set(_imports(syntax(path), path.relative_to(root).parent.parts, inside_functions))


def _imports(node: ast.AST, package: tuple[str, ...], inside_functions: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            source = child.module
            if child.level:
                source = ".".join([*package[: len(package) + 1 - child.level], *filter(None, [child.module])])
            # `from PACKAGE import NAME` may import a module or a name of the package: both are told.
            yield from (source, *(f"{source}.{alias.name}" for alias in child.names))
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from _imports(other, package, inside_functions)
        elif inside_functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(child, package, inside_functions)
