"""The documents say what is true: their code runs, their commands exist, their tables and paths fit the repository."""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.house.modules import ROOT, modules

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md")
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
README = TEXTS["README.md"]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of the table that begins with this line."""
    table = text.partition(head + "\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


PYTHON = blocks(README, "python")
# Stands before a block and shortens it, so that it runs within seconds.
SET_UP = """
import numpy as np
rng = np.random.default_rng(0)
page = np.full((64, 64), 255, np.uint8)
codes, z = rng.normal(size=(500, 8)).astype(np.float32), rng.normal(size=8).astype(np.float32)
"""
SHORTER = {
    "TrainSpec(epochs=10)": "TrainSpec(epochs=1, n_train=1000)",
    "perplexity=50": "perplexity=50, iterations=250",
}


@pytest.mark.slow
def test_the_readmes_python_runs():
    code = SET_UP + "\n".join(PYTHON)
    for long, short in SHORTER.items():
        assert long in code
        code = code.replace(long, short)
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", PYTHON)
def test_the_readmes_python_imports_what_there_is(block):
    for source, names in re.findall(r"^from (\S+) import (.+)$", block, flags=re.M):
        text = modules("aecore").get(source)
        assert text is not None
        for name in names.split(", "):
            is_module = f"{source}.{name}" in modules("aecore")
            assert is_module or re.search(rf"\b{name}\b", text.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_name_what_there_is(document):
    text = TEXTS[document]
    for module in re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)*)", text):
        assert importlib.util.find_spec(module), module
    for path in re.findall(r"(?:streamlit run|-f|pip install -r|pip-audit -r) ([\w./-]+\.\w+|\S+/Dockerfile)", text):
        assert (ROOT / path).is_file(), path
    for path in re.findall(r"pytest (?:-m slow )?(tests/[\w./]+)", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_paths_lead_somewhere(document):
    folder = (ROOT / document).parent
    for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", TEXTS[document]):
        assert (folder / link).exists(), link
    for path in re.findall(r"`((?:aecore|pages|tests|docs|benchmarks|pretrained|deploy)/[\w./-]*)`", TEXTS[document]):
        if not re.search(r"[A-Z]{3}", path):  # NAME stands for any
            assert (ROOT / path).exists(), path


def test_the_models_are_those_of_the_manifest():
    told = [name for cells in rows(README, "| name | what it is |") for name in re.findall(r"`([\w-]+)`", cells[0])]
    manifest = json.loads((ROOT / "pretrained/manifest.json").read_text(encoding="utf-8"))
    assert sorted(told) == sorted(manifest["checkpoints"])
    megabytes = sum(path.stat().st_size for path in (ROOT / "pretrained").rglob("*") if path.is_file()) / 1e6
    assert f"{megabytes:.0f} MB altogether" in README


def test_the_settings_are_those_that_the_app_reads():
    told = {re.search(r"AECORE_\w+", cells[0])[0] for cells in rows(README, "| setting | what it does |")}
    sources = [path.read_text(encoding="utf-8") for path in (modules("aecore") | modules("pages")).values()]
    assert told == set(re.findall(r"\bAECORE_[A-Z_]+\b", "".join(sources)))


def test_the_benchmarks_are_those_that_there_are():
    told = {
        name
        for cells in rows(TEXTS["CONTRIBUTING.md"], "| benchmark | what it measures |")
        for name in re.findall(r"`(\w+)`", cells[0])
    }
    assert {f"benchmarks.{name}" for name in told} == {
        name
        for name, path in modules("benchmarks").items()
        if name.count(".") == 1 and "__main__" in path.read_text(encoding="utf-8")
    }


def test_the_layout_names_every_folder():
    (layout,) = blocks(README.partition("## Layout")[2].partition("\n## ")[0], "")
    told = {line.split()[0] for line in layout.splitlines()}
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {path.partition("/")[0] + "/" for path in kept.splitlines() if "/" in path and path[0] != "."}
    assert told == folders | {"app.py"}


def test_the_levels_are_those_of_the_contract():
    told, line = [], set()
    for level, names, _ in rows(TEXTS["docs/architecture.md"], "| level | package | what belongs there |"):
        if level:
            told.append(line := set())
        line |= set(re.findall(r"`(\w+)`", names))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [each for each in project["tool"]["importlinter"]["contracts"] if each["id"] == "levels"]
    assert told == [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]


def test_the_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in TEXTS["CHANGELOG.md"]


def test_every_screenshot_is_shown_and_made():
    files = {path.name for path in (ROOT / "docs").glob("*.png")}
    assert files == set(re.findall(r"\]\(docs/([\w-]+\.png)\)", README))
    script = (ROOT / "docs/screenshots.py").read_text(encoding="utf-8")
    assert files == {f"{name}.png" for name in re.findall(r"^def (\w+)\(page", script, flags=re.M)}
