"""What is imported is named in the requirements, and what is named there is imported, installed and bounded."""

import importlib.metadata
import re
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.modules import ROOT, imports, modules

OURS = {"aecore", "pages", "benchmarks", "tests", "app"}
# What is used without being imported.
COMMANDS = {"import-linter", "pyright", "pytest-timeout", "pytest-xdist", "ruff", "scipy-stubs", "vulture"}
PLUGINS = {"pywavelets", "scikit-learn"}  # of scikit-image and openTSNE


def requirements(name: str) -> dict[str, Requirement]:
    """Canonical name → requirement of every line, of this machine or of another."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


INSTALLED = importlib.metadata.packages_distributions()
APP = requirements("requirements.txt")
DEV = requirements("requirements-dev.txt")


def distributions(*folders: str) -> set[str]:
    """What has to be installed for the imports in these folders."""
    files = [path for folder in folders for path in modules(folder).values()]
    names = {name.partition(".")[0] for path in files for name in imports(path)} - OURS - set(sys.stdlib_module_names)
    return {canonicalize_name(INSTALLED[name][0]) for name in names}


def test_what_the_app_imports_is_named():
    assert distributions("aecore", "pages") <= set(APP)


def test_what_tests_and_benchmarks_import_is_named():
    assert distributions("benchmarks", "tests") <= set(APP) | set(DEV)


def test_what_is_named_is_needed():
    assert set(APP) - distributions("aecore", "pages") - {"tensorflow", "tensorflow-cpu"} == PLUGINS
    assert set(DEV) - distributions("benchmarks", "tests") <= COMMANDS
    assert not set(APP) & set(DEV)


@pytest.mark.parametrize("requirement", [*APP.values(), *DEV.values()], ids=lambda requirement: requirement.name)
def test_a_requirement_has_a_range_that_is_tested(requirement):
    assert {specifier.operator for specifier in requirement.specifier} == {">=", "<"}
    if requirement.marker is None or requirement.marker.evaluate():
        assert importlib.metadata.version(requirement.name) in requirement.specifier


def test_one_tensorflow_goes_with_every_machine_that_the_readme_names():
    for platform, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")):
        machine_of = {"sys_platform": platform, "platform_machine": machine}
        names = ("tensorflow", "tensorflow-cpu")
        assert sum(APP[name].marker.evaluate(machine_of) for name in names) == 1, machine_of


def test_the_readme_says_which_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest, beyond = (int(minor) for minor in re.findall(r"3\.(\d+)", project["requires-python"]))
    first = [f"3.{minor}" for minor in range(lowest, beyond)]
    told = f"Python {', '.join(first[:-1])} or {first[-1]}"
    assert told in (ROOT / "README.md").read_text(encoding="utf-8")
