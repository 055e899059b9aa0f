"""Pages with a run that has gone astray: whatever its weights and losses, each part of each page draws."""

import functools

import pytest
from streamlit.testing.v1 import AppTest

from aecore.snapshots import RunRecord
from aecore.specs import ModelSpec, TrainSpec
from tests.astray import ASTRAY, SECRET, fresh, put_on_disk
from tests.test_pages import ROOT, TIMEOUT_S

TRAIN = TrainSpec(n_train=1_000, batch_size=64, epochs=5)
RUNS = {
    "latent": (ModelSpec("vae", 2, (64,)), TRAIN),
    "basic": (ModelSpec(code_dim=16, widths=(64, 64)), TRAIN),
    "convolutional": (ModelSpec("conv", 128), TRAIN),
    "denoise_digits": (ModelSpec(code_dim=16), TrainSpec(n_train=1_000, batch_size=64, noise="gaussian")),
}
PAGES = {  # page → whose run, how the link names it, the parts of the page
    "latent": ("latent", "run", ["manifold", "between", "new", "gaussian", "own", "maths", "train"]),
    "basic": ("basic", "run", [None]),
    "convolutional": ("convolutional", "run", ["inside", "race", "shift"]),
    "denoise_digits": ("denoise_digits", "run", ["curve", "train"]),
    "convolution": ("convolutional", "net", ["slide", "channels"]),
}


@functools.cache
def fresh_run(page: str) -> RunRecord:
    return fresh(*RUNS[page])


def open_with_run(page: str, run_id: str, name: str = "run", **query: str) -> AppTest:
    """The page on a run of one's own."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.session_state["owner"] = SECRET
    for key, value in {name: run_id, **query}.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py")
    return app.run()


def texts(app: AppTest) -> str:
    return " ".join(str(e.value) for e in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error))


@pytest.mark.parametrize("kind", ASTRAY)
@pytest.mark.parametrize("page", PAGES)
def test_every_part_of_a_page_draws(page, kind):
    whose, name, parts = PAGES[page]
    run_id = put_on_disk(ASTRAY[kind](fresh_run(whose)))
    more = {"model": "run"} if page == "latent" else {}
    app = open_with_run(page, run_id, name, **more)
    for part in parts:
        if part is not None:
            app.session_state[f"{page}.section"] = part
            app.run()
        assert not app.exception, part
