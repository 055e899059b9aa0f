"""Nothing that a visitor sends is unpickled, evaluated or loaded as a model, and no name of theirs becomes a path."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config

from aecore import checkpoints, datasets
from aecore.documents import samples
from aecore.projection import stored_maps
from aecore.specs import CodesSpec, SpecError
from tests.hostile.links_and_texts import INJECTIONS, ROOT

FILES = [ROOT / "app.py", *sorted((ROOT / "aecore").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py"))]
MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml", "jsonpickle"}
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
METHODS = {
    "load_model", "model_from_json", "deserialize_keras_object", "from_config", "enable_unsafe_deserialization",
    "import_module", "run_path", "run_module", "system", "popen", "read_pickle", "unsafe_load",
}  # fmt: skip
HTML = {"unsafe_allow_html", "unsafe_allow_javascript", "allow_pickle", "shell"}  # arguments that may not be true
ALLOWED = {
    # (file, what stands there) → why
    (
        "pages/shared/app/startup.py",
        "run_path",
    ): "app.py itself, by the path of this code: no page runs without its frame",
    ("aecore/models/gradients.py", "from_config"): "a layer's own settings, as Keras has just told them: a twin of it",
}


def findings(code: str, file: str) -> Iterator[tuple[str, str]]:
    """(file, name) of everything in a file that could make code of data."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((file, alias.name) for alias in node.names if alias.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield file, node.module
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in METHODS or (isinstance(node.func, ast.Name) and name in CALLS):
                yield file, name
            given = {k.arg: k.value for k in node.keywords}
            if ast.unparse(node.func) in ("np.load", "numpy.load") and "allow_pickle" not in given:
                yield file, "np.load without allow_pickle=False"
            for argument in HTML & set(given):
                if not (isinstance(given[argument], ast.Constant) and given[argument].value is False):
                    yield file, argument


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_no_code_is_made_of_data(path):
    file = path.relative_to(ROOT).as_posix()
    assert set(findings(path.read_text(encoding="utf-8"), file)) <= set(ALLOWED)


def test_what_is_allowed_is_still_there():
    found = {
        one for path in FILES for one in findings(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    }
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from cloudpickle import loads",
        "def f():\n    import yaml",
        "eval(text)",
        "keras.saving.load_model(path)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "subprocess.run(command, shell=True)",
        "os.system(command)",
        "st.markdown(text, unsafe_allow_html=True)",
    ],
)
def test_what_would_make_code_of_data_is_found(code):
    assert list(findings(code, "x.py"))


def test_arrays_are_read_without_pickle():
    calls = [
        node
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.load"
    ]
    assert calls
    for call in calls:
        assert any(k.arg == "allow_pickle" and ast.unparse(k.value) == "False" for k in call.keywords)


def test_of_an_uploaded_file_nothing_but_its_bytes_is_looked_at():
    seen = set()
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and ast.unparse(node.value).startswith(("st.file_uploader(", "st.camera_input("))
        }
        seen |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
        }
    assert seen == {"getvalue", "file_id"}  # the latter is Streamlit's own


@pytest.mark.parametrize("name", [*INJECTIONS[:30], "../pretrained/basic-32", "basic-32.npz", "basic-32\0", "", "."])
def test_no_name_becomes_a_path(name, monkeypatch):
    checkpoints.read_manifest()

    def refuse(*_, **__):
        raise AssertionError("A file was opened.")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    for read in (checkpoints.about, checkpoints.weights, checkpoints.history, checkpoints.load):
        with pytest.raises(SpecError):
            read(name)
    with pytest.raises(ValueError, match="Data set must be one of"):
        datasets.load(name)
    with pytest.raises(KeyError):
        samples.clean_page(name)
    if name:
        with pytest.raises(SpecError):
            stored_maps.load(CodesSpec(name))


def test_the_server_keeps_its_protections():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert not {"enableXsrfProtection", "enableCORS"} & set(settings["server"])
    assert settings["server"]["maxUploadSize"] <= 50
    assert settings["client"]["showErrorDetails"] == "none"
    assert config.get_option("server.enableXsrfProtection") is True
    assert config.get_option("server.enableCORS") is True
