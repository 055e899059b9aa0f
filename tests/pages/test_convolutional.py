"""The page on the convolutional network without a browser: its link, its controls, its runs, its rivals."""

import pytest
import streamlit as st

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings
from aecore.networks import convolutional, memory_estimate
from aecore.specs import ModelSpec
from aecore.tasks.initial_weights import initial_weights
from pages.lessons.convolutional import race, shift
from pages.shared.inspector import unit_selection
from tests.pages.helpers import (
    link,
    open_app,
    open_section,
    press,
    run_to_the_end,
    script_of,
    settle,
    texts,
    widget,
)

PAGE = "convolutional"
QUICK = {"widths": "2-2", "code_dim": "98", "n_train": "1000", "epochs": "1"}
LESSONS = ModelSpec("conv", 128)


@pytest.mark.parametrize(
    ("kind", "label", "value", "line", "said"),
    [
        ("text_input", "Filters", "4-6", "Conv2D(4, (3, 3)", ("widths", "4-6")),
        ("selectbox", "Halving by", "strides", "Conv2D(16, (3, 3), strides=2", ("downsampling", "strides")),
        ("selectbox", "Doubling by", "transposed", "Conv2DTranspose(8", ("upsampling", "transposed")),
        ("selectbox", "Activation", "gelu", 'activation="gelu"', ("activation", "gelu")),
        ("select_slider", "Sparsity (L1 on the code)", 1e-4, "L1(0.0001)", ("activity_l1", "0.0001")),
        ("selectbox", "Optimizer", "adadelta", "Adadelta(1)", ("optimizer", "adadelta")),
        ("slider", "Epochs", 7, "epochs=7", ("epochs", "7")),
    ],
)
def test_every_control_reaches_the_script_and_the_link(kind, label, value, line, said):
    app = open_app(PAGE)
    assert line not in script_of(app)
    widget(app, kind, label).set_value(value).run()
    assert line in script_of(app)
    assert link(app, said[0]) == said[1]
    again = open_app(PAGE, **{said[0]: said[1]})
    assert line in script_of(again)
    assert not again.exception


def test_the_code_is_the_last_maps_unless_a_dense_layer_is_chosen():
    app = open_app(PAGE)
    assert "(4, 4, 8)" in script_of(app)
    assert "Dense" not in script_of(app)
    widget(app, "text_input", "Filters").set_value("4-6").run()
    assert "(7, 7, 6)" in script_of(app)
    assert "Dense" not in script_of(app)
    widget(app, "button_group", "The code is").set_value("dense").run()
    assert 'encoded = Dense(32, activation="relu")' in script_of(app)
    widget(app, "slider", "Code size").set_value(10).run()
    widget(app, "text_input", "Filters").set_value("4-4-4").run()
    assert 'encoded = Dense(10, activation="relu")' in script_of(app)
    widget(app, "button_group", "The code is").set_value("maps").run()
    assert "(4, 4, 4)" in script_of(app)
    assert "Dense" not in script_of(app)


def test_a_preset_sets_the_network():
    app = open_app(PAGE)
    widget(app, "button_group", "Network").set_value("A code of 32 numbers").run()
    assert "Dense(32" in script_of(app)
    assert link(app, "code_dim") == "32"
    widget(app, "button_group", "Network").set_value("The lesson's").run()
    assert "Dense" not in script_of(app)
    assert "code_dim" not in app.query_params


@pytest.mark.parametrize("text", ["99", "4-4-4-4-4", "many"])
def test_invalid_filters_get_a_sentence_and_the_lessons_network(text):
    app = open_app(PAGE)
    widget(app, "text_input", "Filters").set_value(text).run()
    assert "The network is built with 16-8-8 filters" in app.warning[0].value
    assert "Conv2D(16" in script_of(app)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"look": "everything"}, "The link's look must be one of run, conv-128, untrained"),
        ({"layer": "../encoder_1"}, "The link's layer must be the name of a layer"),
        ({"index": "-1"}, "The link's index must be a number from 0"),
        ({"unit": "3"}, "The link's unit must be a row and a column"),
        ({"section": "cellar"}, "The link's section must be one of"),
        ({"downsampling": "shrink"}, "Halving by must be one of max_pooling, strides"),
        ({"widths": "16-8-900"}, "Filters must be at most 4 whole numbers from 2 to 64"),
        ({"run": "nobodys"}, "The run of this link is no longer kept here"),
    ],
)
def test_a_bad_link_gets_one_sentence_and_the_page_draws(query, sentence):
    app = open_app(PAGE, **query)
    assert not app.exception
    assert len(app.warning) == 1
    assert sentence in app.warning[0].value


@pytest.mark.parametrize("query", [{"layer": "code"}, {"layer": "pool_4"}, {"index": "9999"}, {"unit": "999-999"}])
def test_a_link_to_a_missing_layer_or_unit_gets_a_sentence(query):
    app = open_app(PAGE, **query)
    assert not app.exception
    assert f"This network has no such {next(iter(query))}" in app.warning[0].value
    assert "is **" in texts(app)


def test_a_link_opens_its_unit():
    app = open_app(PAGE, layer="pool_3", index="5", unit="0-3")
    settle(app, "Measured by the gradient")
    assert app.subheader[0].value == "Max pooling 3, map 6"
    maps = convolutional.feature_maps(encodings.convolutional_layers("conv-128"), datasets.load_test("mnist")[0][:1])[
        "pool_3"
    ]
    assert f"row 1, column 4, is **{maps[0, 0, 3, 5]:.3f}**" in texts(app)
    assert (
        "**22 × 22** pixels, of which 15 × 11 are in the image. Measured by the gradient, it is 15 × 11: the same"
        in texts(app)
    )


def test_whatever_the_browser_sends_picks_a_map_or_nothing(monkeypatch):
    state: dict = {}
    monkeypatch.setattr(st, "session_state", state)
    network = encodings.convolutional_layers("conv-128")
    for came in (
        None,
        "encoder_1",
        ["encoder_1"],
        ["encoder_1", 16, 1],
        ["encoder_1", -1, 1],
        ["cellar", 0, 1],
        [1, 1],
    ):
        unit_selection.pick("p", came, network)
        assert not state
    unit_selection.pick("p", ["encoder_1", 15, 1], network)
    assert (state["p.picked"], state["p.unit"]) == (("encoder_1", 15), None)
    for came in (None, [1], [-1, 0, 1], ["a", "b", 1], [1_000, 0, 1], [0.5, 1, 1]):
        unit_selection.pick_unit("p", came)
        assert state["p.unit"] is None
    unit_selection.pick_unit("p", [3, 4, 1])
    assert state["p.unit"] == (4, 3)


@pytest.mark.slow
def test_a_finished_run_is_opened_and_compared_with_dense_networks():
    app = open_app(PAGE, **QUICK)
    press(app, "Train")
    run_to_the_end(app)
    assert widget(app, "button_group", "Look into").value == "run"
    settle(app, "Measured by the gradient")
    assert "What each layer of your run, epoch 1 makes of" in texts(app)
    assert "2-2 filters" not in texts(app)
    open_section(app, "race")
    press(app, "Train the two dense networks")
    settle(app, "Lowest loss:")
    rows = app.dataframe[0].value
    assert list(rows["Network"]) == ["Convolutional", *(title for title, _ in race.RIVALS.values())]
    assert list(rows["Code"]) == ["98"] * 3
    expected = [memory_estimate.n_parameters(ModelSpec("conv", 98, (2, 2))), 784 * 98 * 2 + 98 + 784]
    assert [int(n.replace(",", "")) for n in rows["Parameters"]][:2] == expected
    open_section(app, "shift")
    settle(app, "The mean over 250 test images")
    assert "your dense network" in app_figures(app)
    before = app_figures(app)
    widget(app, "slider", "To the right, pixels").set_value(6).run()
    assert app_figures(app) != before
    assert not app.exception


def app_figures(app) -> str:
    """What the components on the page were given to show."""
    return " ".join(str(e.proto) for e in app.get("component_instance") or app.get("bidi_component"))


def test_the_link_to_the_arithmetic_names_the_filter_the_image_and_the_place():
    app = open_app(PAGE, layer="encoder_2", index="5", unit="4-9", digit="17")
    way = app.get("page_link")[0].proto
    assert not way.disabled
    assert "convolution" in way.page
    assert way.query_string == "net=conv-128&layer=encoder_2&index=5&digit=17&at=4%2C9"


def test_the_shift_is_in_the_link():
    app = open_app(PAGE, section="shift", right="-2", down="99")
    assert not app.exception
    assert "The link's down must be a number from -8 to 8" in app.warning[0].value
    assert [widget(app, "slider", label).value for label in shift.NAMES.values()] == [-2, 0]
    widget(app, "slider", "Down, pixels").set_value(4).run()
    assert (link(app, "right"), link(app, "down")) == ("-2", "4")


@pytest.mark.slow
def test_training_continues_from_the_shipped_network():
    app = open_app(PAGE, start="conv-128", n_train="1000", epochs="1", learning_rate="1e-05")
    press(app, "Train")
    run_to_the_end(app)
    loss = next(m for m in app.metric if m.label == "Validation loss").value
    assert float(loss) == pytest.approx(checkpoints.about("conv-128").metrics["bce"], abs=5e-4)


def test_a_link_that_names_no_layer_is_not_blamed_for_one():
    app = open_app(PAGE, look="untrained", widths="4", seed="6")
    settle(app, "is **")
    assert not app.warning
    assert "is **0.000**" not in texts(app)


def test_before_training_the_weights_are_those_of_the_seed():
    app = open_app(PAGE, look="untrained", seed="3", layer="encoder_1", index="0", unit="0-0")
    settle(app, "is **")
    bias = initial_weights(LESSONS, 3)[1][0]
    assert f"The bias is {bias:.3f}" in texts(app)
    assert "random weights" in texts(app)
    assert app.get("page_link")[0].proto.disabled


@pytest.mark.parametrize("text", ["16", "64", "64-64"])
def test_maps_too_large_for_a_code_get_a_sentence_and_a_dense_code(text):
    app = open_app(PAGE)
    widget(app, "text_input", "Filters").set_value(text).run()
    assert not app.exception
    (sentence,) = (warning.value for warning in app.warning)
    assert "numbers, and a code may have at most 1,568" in sentence
    assert widget(app, "text_input", "Filters").value == text
    assert "Dense(32" in script_of(app)
    widget(app, "text_input", "Filters").set_value("16-8-8").run()
    assert not app.exception
    assert not app.warning
    assert "Dense" not in script_of(app)
