"""Who may import whom: app → pages → pages/shared → aecore, and Keras only in the rooms that compute with it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"aecore", "pages", "pages.shared"}  # what names modules in `from … import …`
_WITH_KERAS = "backend fast_layers models program sensitivity training pretrain pretrain_denoising"
KERAS_ROOMS = {f"aecore.{room}" for room in _WITH_KERAS.split()}
# Rooms that know the settings alone, besides what stands here.
LEAVES = {
    "errors": set(),
    "limits": {"aecore.specs.errors"},
    "specs": {"aecore.specs.errors", "aecore.specs.limits"},
    "datasets": {"aecore.specs"},
    "corruption": {"aecore.specs"},
    "latent": {"aecore.specs"},
    "convolution": {"aecore.specs"},
    "filters": {"aecore.specs"},
    "metrics": {"aecore.specs"},
    "figures": {"aecore.specs", "aecore.records.training_state"},
    "digits": {
        "aecore.digits.photos",
        "aecore.specs.limits",
        "aecore.image_files.errors",
        "aecore.image_files.reading",
    },
    "digit_photos": {"aecore.image_files.errors", "aecore.digits.ruling"},
    "ruling": set(),
    "picture_errors": {"aecore.specs.errors"},
    "jpeg": {"aecore.image_files.errors"},
    "png": {"aecore.image_files.errors"},
    "tiff": {"aecore.image_files.errors"},
    "webp": set(),
    "child": set(),
    "sandbox": {"aecore.child_process", "aecore.image_files.errors"},
    "pdf": {"aecore.specs.limits", "aecore.image_files.errors", "aecore.image_files.sandbox"},
    "heif": {"aecore.specs.limits", "aecore.image_files.errors", "aecore.image_files.sandbox"},
    "schedule": set(),
    "dirt": set(),
    "typesetting": set(),
    "classical": set(),
    "distortion": set(),
}


def modules(folder: str) -> dict[str, Path]:
    """Name → file of every module in and under a folder."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


CORE = modules("aecore")
PAGES = modules("pages")
LIGHT = sorted(set(CORE) - KERAS_ROOMS)


def imports(path: Path, inside_functions: bool = True) -> set[str]:
    """What a file imports when it runs, by full name; what is under `if TYPE_CHECKING` never runs."""
    return set(_imports(ast.parse(path.read_text(encoding="utf-8")), path, inside_functions))


def _imports(node: ast.AST, path: Path, inside_functions: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            source = child.module
            if child.level:
                package = path.relative_to(ROOT).parent.parts
                source = ".".join([*package[: len(package) + 1 - child.level], *filter(None, [child.module])])
            yield from (f"{source}.{alias.name}" if source in PACKAGES else source for alias in child.names)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from _imports(other, path, inside_functions)
        elif inside_functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(child, path, inside_functions)


def top(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_imports_are_seen_wherever_they_stand(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "pages").mkdir()
    path = tmp_path / "pages" / "lesson.py"
    path.write_text(
        "import keras.ops as k\n"
        "from aecore import models, specs\n"
        "from aecore.specs import ModelSpec\n"
        "from . import other\n"
        "from .shared import session\n"
        "if TYPE_CHECKING:\n    import pandas\n"
        "class A:\n    import altair\n    def f(self):\n        import tensorflow\n"
    )
    outside = {"keras.ops", "aecore.models", "aecore.specs", "pages.other", "pages.shared.app.session", "altair"}
    assert imports(path, inside_functions=False) == outside
    assert imports(path) == outside | {"tensorflow"}


@pytest.mark.parametrize("module", CORE)
def test_the_core_knows_no_streamlit_and_no_page(module):
    assert not top(imports(CORE[module])) & {"streamlit", "pages", "app"}


@pytest.mark.parametrize("module", LIGHT)
def test_keras_is_imported_only_by_the_rooms_that_compute_with_it(module):
    assert not top(imports(CORE[module])) & {"keras", "tensorflow"}
    assert not imports(CORE[module], inside_functions=False) & KERAS_ROOMS


@pytest.mark.parametrize("room", [room for room in LEAVES if f"aecore.{room}" in CORE])
def test_rooms_of_plain_arithmetic_stand_alone(room):
    siblings = {name for name in imports(CORE[f"aecore.{room}"]) if name.startswith("aecore")}
    assert siblings <= LEAVES[room]


@pytest.mark.parametrize("module", [*PAGES, "app"])
def test_pages_name_the_work_and_never_do_it(module):
    names = imports(PAGES.get(module, ROOT / "app.py"))
    assert not top(names) & {"keras", "tensorflow"}
    assert not names & KERAS_ROOMS


@pytest.mark.parametrize("module", PAGES)
def test_pages_share_what_is_in_shared_and_do_not_know_each_other(module):
    ours = {name for name in imports(PAGES[module]) if top({name}) == {"pages"}}
    assert all(name.startswith("pages.shared.") for name in ours)
    assert "app" not in top(imports(PAGES[module]))


def test_the_app_is_only_the_table_of_contents():
    assert top(imports(ROOT / "app.py")) <= {"streamlit", "pages"}


def test_the_light_rooms_leave_keras_out_of_the_process():
    script = (
        f"import importlib, sys\nfor name in {LIGHT}: importlib.import_module(name)\n"
        "print(sorted({'keras', 'tensorflow', 'streamlit'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


HARMFUL = {"eval", "exec", "compile", "loads", "load_model", "model_from_json", "Unpickler"}
HARMLESS = {"json.loads"}


@pytest.mark.parametrize("module", [*CORE, *PAGES, "app"])
def test_nothing_that_comes_from_outside_can_be_executed(module):
    path = CORE.get(module) or PAGES.get(module, ROOT / "app.py")
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        name = ast.unparse(call.func)
        if name.rpartition(".")[2] in HARMFUL and not name.startswith("re."):
            assert name in HARMLESS, f"line {call.lineno}: {name}"
        if name in ("np.load", "numpy.load"):
            keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert keywords.get("allow_pickle") == "False", f"line {call.lineno}"
    assert not top(imports(path)) & {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
