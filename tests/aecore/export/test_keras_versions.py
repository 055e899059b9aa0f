"""What visitors download works in the versions of Keras that it names, on JAX; each in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aecore import checkpoints, datasets, models
from aecore.export import network_script
from aecore.export.denoiser import denoiser_script
from aecore.networks.keras_file import oldest_keras
from aecore.specs import ModelSpec, TrainSpec

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # it downloads JAX

DATA = Path(datasets.__file__).parent / "data"
TRANSPOSED = ModelSpec("conv", 20, (4, 4, 4), activity_l1=1e-4, downsampling="strides", upsampling="transposed")
NETWORKS = {
    "dense": ModelSpec(activity_l1=1e-4, widths=(64,), activation="gelu"),
    "conv": ModelSpec("conv", 128),
    "transposed": TRANSPOSED,
    "vae": ModelSpec("vae", 2, (32,)),
    "unet": ModelSpec("unet", widths=(4, 8)),
}
FEW = {"epochs": 1, "n_train": 1_000}
NOISY = {"noise": "square", "noise_amount": 0.1}
SCRIPTS = {
    "dense": network_script(NETWORKS["dense"], TrainSpec(**FEW, learning_rate=0.00012345)),
    "conv": network_script(NETWORKS["conv"], TrainSpec(**FEW, start="conv-128")),
    "transposed": network_script(TRANSPOSED, TrainSpec(**FEW, optimizer="sgd", learning_rate=0.1)),
    "vae": network_script(NETWORKS["vae"], TrainSpec("fashion_mnist", **FEW)),
    "unet": denoiser_script(NETWORKS["unet"], TrainSpec(**FEW, **NOISY)),
    "dense-denoiser": denoiser_script(ModelSpec(), TrainSpec(**FEW, **NOISY, start="basic-32")),
    "conv-denoiser": denoiser_script(TRANSPOSED, TrainSpec(**FEW, **NOISY)),
}
OPEN = """
import pathlib, sys
import keras, numpy as np
folder = pathlib.Path(sys.argv[1])
for name in sys.argv[2:]:
    loaded = keras.saving.load_model(folder / f"{name}.keras")
    z = loaded.get_layer("encoder").predict(np.load(folder / "x.npy"), verbose=0)
    z = z[0] if name == "vae" else z
    np.savez(folder / f"{name}.npz", loaded.predict(np.load(folder / "x.npy"), verbose=0),
             loaded.get_layer("decoder").predict(z, verbose=0))
print(keras.__version__, keras.backend.backend())
"""
RUN = """
import runpy, sys
import keras, numpy as np

def loader(name):
    with np.load(f"{sys.argv[1]}/{name}.npz") as d:
        return (d["x_train"], d["y_train"]), (d["x_test"][:500], d["y_test"][:500])

keras.datasets.mnist.load_data = lambda: loader("mnist")
keras.datasets.fashion_mnist.load_data = lambda: loader("fashion_mnist")
found = runpy.run_path(sys.argv[2])
loss = found["history"].history["loss"][-1]
assert np.isfinite(loss) and found["reconstructions"].shape == (10, 28, 28)
print(keras.__version__, keras.backend.backend(), loss)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Callable[..., str]:
    """Runs Python code with a version of Keras, such as "3.11", on JAX, in a folder; returns what it prints last."""
    home = tmp_path_factory.mktemp("keras")
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    executable = home / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # What the versions of Keras need is the same; only they themselves are installed one beside the other.
    subprocess.run(
        [*pip, "jax==0.10.*", "absl-py", "rich", "namex", "h5py", "optree", "ml-dtypes", "packaging"], check=True
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("KERAS_", "PYTHON"))}

    def run(version: str, code: str, *arguments: object, cwd: Path | None = None) -> str:
        packages = home / version
        if not packages.exists():
            subprocess.run([*pip, "--no-deps", "--target", packages, f"keras=={version}.*"], check=True)
        environment = clean | {"KERAS_BACKEND": "jax", "KERAS_HOME": str(home), "PYTHONPATH": str(packages)}
        command = [executable, "-c", code, *map(str, arguments)]
        ended = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr[-3000:]
        said = ended.stdout.splitlines()[-1]
        assert said.startswith(version + ".")
        assert "jax" in said
        return said

    return run


@pytest.mark.parametrize("version", ["3.5", "3.8", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_files_open_in_the_versions_that_they_name_and_compute_the_same(version, python, tmp_path):
    x = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    np.save(tmp_path / "x.npy", x)
    expected = {}
    for name, spec in NETWORKS.items():
        if _number(oldest_keras(spec)) <= _number(version):
            model = models.build(spec, seed=3)
            (tmp_path / f"{name}.keras").write_bytes(models.to_keras_file(spec, tuple(model.get_weights())))
            expected[name] = np.asarray(model(x))
    assert len(expected) == (5 if _number(version) >= (3, 11) else 4)
    python(version, OPEN, tmp_path, *expected)
    for name, x_hat in expected.items():
        with np.load(tmp_path / f"{name}.npz") as found:
            for file in found.files:
                assert np.allclose(found[file], x_hat, atol=1e-5), name


@pytest.mark.parametrize("version", ["3.11", "3.15"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_run_on_jax_in_the_versions_that_they_name(script, version, python, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(SCRIPTS[script].python(), encoding="utf-8")
    assert "Keras 3.11 or newer" in SCRIPTS[script].requirements
    python(version, RUN, DATA, path, cwd=checkpoints.FOLDER)  # where the weights are to start from


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
