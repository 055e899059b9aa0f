"""What import-linter cannot tell (its contracts are in pyproject.toml): where Keras is imported, and that nothing which
comes from outside can be executed."""

import ast
import subprocess
import sys

from tests.house.modules import ROOT, imports, modules, syntax, within

CORE = modules("aecore")
PAGES = modules("pages")
APP = {"app": ROOT / "app.py"}
KERAS = {"keras", "tensorflow"}
KERAS_PACKAGES = {"aecore.models", "aecore.training", "aecore.pretrain"}  # they import Keras as they are imported
LIGHT = sorted(set(CORE) - within(set(CORE), KERAS_PACKAGES))


def some(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """What was found, without those of whom nothing was."""
    return {name: names for name, names in found.items() if names}


def test_imports_are_seen_wherever_they_stand(tmp_path):
    (tmp_path / "pages").mkdir()
    path = tmp_path / "pages" / "lesson.py"
    path.write_text(
        "import keras.ops as k\n"
        "from aecore import models\n"
        "from . import other\n"
        "from .shared import session\n"
        "if TYPE_CHECKING:\n    import pandas\n"
        "class A:\n    import altair\n    def f(self):\n        import tensorflow\n"
    )
    outside = {"keras.ops", "aecore", "aecore.models", "altair"}
    outside |= {"pages", "pages.other", "pages.shared", "pages.shared.session"}
    assert imports(path, inside_functions=False, root=tmp_path) == outside
    assert imports(path, root=tmp_path) == outside | {"tensorflow"}
    assert within(outside, {"keras", "aecore.models"}) == {"keras.ops", "aecore.models"}


def test_keras_is_imported_only_by_the_packages_that_compute_with_it():
    directly = {name: within(imports(CORE[name]), KERAS) for name in LIGHT}
    on_import = {name: within(imports(CORE[name], inside_functions=False), KERAS_PACKAGES) for name in LIGHT}
    assert some(directly) == {}
    assert some(on_import) == {}


def test_pages_name_the_work_and_never_do_it():
    found = {name: within(imports(path), KERAS | KERAS_PACKAGES) for name, path in (PAGES | APP).items()}
    assert some(found) == {}


def test_a_page_knows_no_lesson_but_its_own():
    for page in (path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__"):
        lessons = within(imports(PAGES[f"pages.{page}"]), {"pages.lessons"}) - {"pages.lessons"}
        assert lessons == within(lessons, {f"pages.lessons.{page}"}), page


def test_the_app_is_only_the_table_of_contents():
    assert {name.partition(".")[0] for name in imports(APP["app"])} <= {"streamlit", "pages"}


def test_the_light_packages_leave_keras_out_of_the_process():
    script = (
        f"import importlib, sys\nfor name in {LIGHT}: importlib.import_module(name)\n"
        "print(sorted({'keras', 'tensorflow', 'streamlit'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


HARMFUL = {"eval", "exec", "compile", "loads", "load_model", "model_from_json", "Unpickler"}
HARMLESS = {"json.loads"}


def test_nothing_that_comes_from_outside_can_be_executed():
    for module, path in (CORE | PAGES | APP).items():
        for call in (node for node in ast.walk(syntax(path)) if isinstance(node, ast.Call)):
            name, where = ast.unparse(call.func), f"{module}, line {call.lineno}"
            if name.rpartition(".")[2] in HARMFUL and not name.startswith("re."):
                assert name in HARMLESS, f"{where}: {name}"
            if name in ("np.load", "numpy.load"):
                keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert keywords.get("allow_pickle") == "False", where
        assert not within(imports(path), {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}), module
