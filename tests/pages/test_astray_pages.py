"""Pages with a run that has gone astray: whatever its weights and losses, each part of each page draws."""

import dataclasses
import functools
import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from aecore.records.run_snapshot import RunRecord
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.errors import UNSOUND
from pages.shared.app import worker
from tests.aecore.runs.astray import ASTRAY, SECRET, fresh, put_on_disk
from tests.conftest import until
from tests.pages.helpers import ROOT, TIMEOUT_S, open_app, press, widget

TRAIN = TrainSpec(n_train=1_000, batch_size=64, epochs=5)
RUNS = {
    "latent": (ModelSpec("vae", 2, (64,)), TRAIN),
    "basic": (ModelSpec(code_dim=16, widths=(64, 64)), TRAIN),
    "convolutional": (ModelSpec("conv", 128), TRAIN),
    "denoise_digits": (ModelSpec(code_dim=16), TrainSpec(n_train=1_000, batch_size=64, noise="gaussian")),
}
LATENT = ["manifold", "between", "new", "gaussian", "own", "maths", "train"]
PAGES = {  # page → whose run, how the link names it, the parts of the page, and what is wrong with the run
    "latent": ("latent", "run", LATENT, list(ASTRAY)),
    "basic": ("basic", "run", [None], list(ASTRAY)),
    "convolutional": ("convolutional", "run", ["inside", "race", "shift"], ["weights are NaN", "weights are large"]),
    "denoise_digits": ("denoise_digits", "run", ["curve", "train"], ["weights are NaN", "loss is infinite"]),
    "convolution": ("convolutional", "net", ["slide", "channels"], ["weights are NaN", "weights are large"]),
}
LOSS_FORMULA = re.compile(r"= ([\d.]+) \+ 4 \\cdot ([\d.]+) = ([\d.]+)")


@functools.cache
def fresh_run(page: str) -> RunRecord:
    return fresh(*RUNS[page])


def open_with_run(page: str, run_id: str, name: str = "run", **query: str) -> AppTest:
    """The page on a run of one's own."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.session_state["visitor.owner"] = SECRET
    for key, value in {name: run_id, **query}.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py")
    return app.run()


def texts(app: AppTest) -> str:
    return " ".join(str(e.value) for e in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error))


def assert_browsers_can_read(app: AppTest) -> None:
    """JSON has no notation for NaN and infinity, but Python writes them anyway."""
    sent = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    sent += [component.proto.json for component in app.get("bidi_component") if component.proto.json]
    assert sent
    for text in sent:
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is sent to the browser"))


@pytest.mark.parametrize(("page", "kind"), [(page, kind) for page, (*_, kinds) in PAGES.items() for kind in kinds])
def test_every_part_of_a_page_draws(page, kind):
    whose, name, parts, _ = PAGES[page]
    run_id = put_on_disk(ASTRAY[kind](fresh_run(whose)))
    app = open_with_run(page, run_id, name, **({"model": "run"} if page == "latent" else {}))
    for part in parts:
        if part is not None:
            app.session_state[f"{page}.section"] = part
            app.run()
        assert not app.exception, part
        assert_browsers_can_read(app)
        if kind == "weights are NaN" and part in ("manifold", "inside", "shift", None):
            assert UNSOUND in texts(app), part


def test_what_diverged_goes_on_no_more_and_a_press_sets_a_rate_that_works():
    _, train = RUNS["latent"]
    wild = dataclasses.replace(train, optimizer="sgd", learning_rate=10.0)
    record = dataclasses.replace(fresh_run("latent"), train_spec=wild, status="diverged", error="It diverged.")
    app = open_with_run("latent", put_on_disk(record), section="train")
    assert "It diverged." in texts(app)
    assert not app.exception
    for label in ("Continue", "Step one epoch", "Stop"):
        assert widget(app, "button", label).disabled, label
    assert "Diverged at epoch 1 of 5" in [progress.text for progress in app.get("progress")]
    press(app, "Set the learning rate to 0.001")
    assert widget(app, "select_slider", "Learning rate").value == 0.001
    assert "SGD(0.001, momentum=0.9)" in app.code[0].value
    assert not [button for button in app.button if button.label.startswith("Set the learning rate")]


@pytest.mark.slow
def test_codes_that_are_no_numbers_are_a_sentence_and_not_asked_for_again():
    deep = ModelSpec(code_dim=4, widths=(64,) * 4)
    run_id = put_on_disk(ASTRAY["weights are large"](fresh(deep, TRAIN)))  # each of which is finite; the codes are not
    app = open_with_run("codes", run_id, codes="run", n_codes="500")
    until(lambda: UNSOUND in texts(app.run()))
    assert not app.exception
    kept = dict(worker.answers_kept())
    failed = [key for key, answer in kept.items() if isinstance(answer, worker.Failed)]
    assert failed
    for part in ("believe", "own", "point"):
        app.session_state["codes.section"] = part
        app.run()
        assert not app.exception, part
    assert all(worker.answers_kept()[key] is kept[key] for key in failed)
    assert [button.label for button in app.button].count("Try again") >= 1


def test_a_link_to_the_codes_of_such_a_run_says_why_others_are_shown():
    app = open_with_run("codes", put_on_disk(ASTRAY["weights are NaN"](fresh_run("latent"))), codes="run")
    assert UNSOUND in texts(app)
    assert widget(app, "selectbox", "Codes from").value == "deep-32"


def test_a_file_of_weights_that_are_no_numbers_is_not_offered():
    app = open_with_run("basic", put_on_disk(ASTRAY["weights are NaN"](fresh_run("basic"))))
    assert [button.disabled for button in app.get("download_button") if "keras" in button.label] == [True]


def test_the_race_tells_who_diverged():
    dense = fresh_run("denoise_digits")
    train = dataclasses.replace(TRAIN, n_train=1_000)
    rival = dataclasses.replace(dense, train_spec=train, status="diverged", error="It diverged.")
    rival_id = put_on_disk(ASTRAY["loss is infinite"](rival))
    app = open_with_run("convolutional", put_on_disk(fresh_run("convolutional")), section="race")
    app.session_state["convolutional.basic.run"] = rival_id
    app.run()
    assert not app.exception
    assert_browsers_can_read(app)
    assert "cannot be compared" in texts(app)
    assert "**Dense, no hidden layer**" in texts(app)


def test_choosing_sgd_sets_a_rate_that_suits_the_objective():
    for page, rate, query in (("latent", 0.001, {"section": "train"}), ("basic", 0.1, {})):
        app = open_app(page, **query)
        widget(app, "selectbox", "Optimizer").set_value("sgd").run()
        assert widget(app, "select_slider", "Learning rate").value == rate
        linked = open_app(page, optimizer="sgd", **query)
        assert widget(linked, "select_slider", "Learning rate").value == rate


def test_the_maths_has_the_runs_beta():
    record = fresh_run("latent")
    record = dataclasses.replace(record, model_spec=dataclasses.replace(record.model_spec, beta=4.0))
    app = open_with_run("latent", put_on_disk(record), model="run", section="maths")
    assert "β = 4" in texts(app)
    reconstruction, kl, loss = map(float, LOSS_FORMULA.search(app.latex[-1].value).groups())
    assert loss == pytest.approx(reconstruction + 4 * kl, abs=0.05)
    assert "β = 4" not in texts(open_app("latent", section="maths"))
