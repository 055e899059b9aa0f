"""How large a module, a package and a function may be."""

import ast

from tests.house.modules import ROOT, modules, syntax

MODULES = modules("aecore") | modules("pages") | modules("benchmarks") | {"app": ROOT / "app.py"}
PACKAGES = [name for name, path in MODULES.items() if path.stem == "__init__"]
MAX_LINES = 250
MAX_MODULES = 12
MAX_FUNCTION_LINES = 60
# What is larger, and why it had better not be cut.
EXCUSED: dict[str, str] = {}


def functions() -> dict[str, int]:
    """Module and name of every function → its lines."""
    return {
        f"{module}.{node.name}": node.end_lineno - node.lineno + 1
        for module, path in MODULES.items()
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def too_large(sizes: dict[str, int], most: int) -> dict[str, int]:
    return {name: size for name, size in sizes.items() if size > most and name not in EXCUSED}


def test_a_module_is_one_idea():
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert too_large(lines, MAX_LINES) == {}


def test_a_package_can_be_taken_in_at_a_glance():
    inside = {package: [name for name in MODULES if name.rpartition(".")[0] == package] for package in PACKAGES}
    assert too_large({name: len(set(names) - set(PACKAGES)) for name, names in inside.items()}, MAX_MODULES) == {}


def test_a_function_fits_on_a_screen():
    assert too_large(functions(), MAX_FUNCTION_LINES) == {}


def test_a_package_says_what_belongs_in_it():
    assert [package for package in PACKAGES if not ast.get_docstring(syntax(MODULES[package]))] == []


def test_what_is_excused_is_still_there():
    assert set(EXCUSED) <= set(MODULES) | set(functions())
