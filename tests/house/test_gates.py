"""The gates: each is one command, which CONTRIBUTING.md names and this runs."""

import graphlib
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.house.modules import ROOT

COMMANDS = {
    "ruff check": "ruff check .",
    "ruff format": "ruff format --check .",
    "import-linter": "lint-imports",
    "vulture": "vulture",
    "pyright": "pyright",
}


@pytest.mark.parametrize(
    "gate", [pytest.param(gate, marks=pytest.mark.slow if gate == "pyright" else ()) for gate in COMMANDS]
)
def test_gate(gate):
    command, *arguments = COMMANDS[gate].split()
    program = Path(sys.executable).with_name(command)
    if gate == "pyright":  # which would take the first Python of the path
        arguments += ["--pythonpath", sys.executable]
    ended = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("gate", COMMANDS)
def test_contributors_are_told_of_each_gate(gate):
    assert COMMANDS[gate] in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_no_module_needs_itself_in_the_end():
    """No import cycle, be the import in a function or for types only."""
    graph = grimp.build_graph("aecore", "pages", "benchmarks", cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        graphlib.TopologicalSorter(imported).prepare()
    except graphlib.CycleError as error:
        pytest.fail("A cycle: " + " ← ".join(error.args[1]))
