"""The page on codes without a browser: its link, its settings, its maps, and whatever a browser may send."""

import csv
import io
import math

import numpy as np
import pytest

from aecore import datasets, export
from aecore.projection import stored_maps
from aecore.specs import CodesSpec, ProjectionSpec
from pages.lessons.codes import selection
from tests.conftest import until
from tests.pages.helpers import link, open_app, open_section, press, run_to_the_end, settle, texts, widget

TSNE = ProjectionSpec(perplexity=10, iterations=100)


@pytest.mark.parametrize(
    ("name", "kind", "label", "value", "said"),
    [
        ("perplexity", "select_slider", "Perplexity", 50.0, "50"),
        ("iterations", "select_slider", "Iterations", 250, "250"),
        ("early_exaggeration", "select_slider", "Early exaggeration", 4.0, "4"),
        ("learning_rate", "select_slider", "Learning rate", 200.0, "200"),
        ("initialisation", "selectbox", "Initialisation", "spectral", "spectral"),
        ("seed", "number_input", "Seed", 7, "7"),
    ],
)
def test_a_changed_setting_is_in_the_link_and_said_not_to_have_been_run(name, kind, label, value, said):
    app = open_app("codes")
    widget(app, kind, label).set_value(value).run()
    assert link(app, name) == said
    assert "The settings above have not been run" in texts(app)
    again = open_app("codes", **{name: said})
    assert widget(again, kind, label).value == value


def test_the_dimensions_are_in_the_link():
    app = open_app("codes")
    widget(app, "button_group", "Dimensions").set_value(3).run()
    assert link(app, "dims") == "3"


@pytest.mark.parametrize("codes", ["conv-128", "pixels", "vae-2", "fashion-32"])
def test_every_network_has_its_shipped_map(codes):
    app = open_app("codes")
    widget(app, "selectbox", "Codes from").set_value(codes).run()
    assert not app.exception
    assert link(app, "codes") == codes
    assert "There is no map of these codes yet" not in texts(app)


def test_codes_without_a_shipped_map_say_so():
    app = open_app("codes", n_codes="1000")
    assert "There is no map of these codes yet" in texts(app)
    open_section(app, "believe")
    assert "There is no t-SNE map of these codes yet" in texts(app)


def test_a_map_is_made_paused_continued_and_discarded():
    app = open_app("codes", codes="fashion-deep-2", iterations="100", perplexity="10")
    press(app, "Run t-SNE")
    press(app, "Pause")
    until(lambda: any(b.label == "Continue" and not b.disabled for b in app.run().button))
    press(app, "Step")
    until(lambda: any(b.label == "Continue" for b in app.run().button))
    press(app, "Continue")
    until(lambda: not app.run().get("progress"))
    assert "The settings above have not been run" not in texts(app)
    press(app, "Back to the shipped map")
    assert widget(app, "select_slider", "Perplexity").value == stored_maps.SPEC.perplexity
    assert "Back to the shipped map" not in [b.label for b in app.button]
    press(app, "Previous map")
    assert widget(app, "select_slider", "Perplexity").value == 10
    assert "The settings above have not been run" not in texts(app)


def test_the_previous_map_can_be_brought_back():
    app = open_app("codes", n_codes="500", iterations="100", perplexity="5")
    for perplexity in (5.0, 20.0):
        widget(app, "select_slider", "Perplexity").set_value(perplexity).run()
        press(app, "Run t-SNE")
        until(lambda: not app.run().get("progress"))
    for perplexity in (5.0, 20.0, 5.0):
        press(app, "Previous map")
        assert widget(app, "select_slider", "Perplexity").value == perplexity
        assert "The settings above have not been run" not in texts(app)


@pytest.mark.slow
def test_a_run_of_the_visitors_own_has_codes():
    app = open_app("basic", n_train="1000", epochs="1", code_dim="8")
    press(app, "Train")
    run_to_the_end(app)
    run_id = link(app, "run")
    app.switch_page("pages/codes.py").run()
    chosen = widget(app, "selectbox", "Codes from")
    assert any(option.startswith("Your run: 784-8-784") for option in chosen.options)
    chosen.set_value(f"run:{run_id}").run()
    assert link(app, "run") == run_id
    again = open_app("codes", codes="run", run=run_id)
    assert not again.exception
    assert widget(again, "selectbox", "Codes from").value == f"run:{run_id}"


def test_a_picked_point_is_explained():
    app = open_app("codes", point="3")
    settle(app, "How faithful the map is here")
    assert "test image 3" not in texts(app)  # that stands in the image's own caption
    assert "trustworthiness is" in texts(app)
    press(app, "Show them on the maps")
    assert len(app.session_state["codes.lasso"]) == 8
    assert 3 not in app.session_state["codes.lasso"]


def test_a_group_is_summarised():
    app = open_app("codes", section="group")
    assert "draw around a group" in texts(app)
    labels = datasets.load_test("mnist")[1][:5_000]
    app.session_state["codes.lasso"] = tuple(int(i) for i in np.flatnonzero(labels == 4)[:30])
    settle(app, "**30 images**, 100% of class 4")


def test_an_image_of_the_visitors_own_is_classified_by_its_neighbours():
    app = open_app("codes", section="own", digit="9000")
    settle(app, "nearest codes, **5 are of class 7**")


def test_the_map_as_a_whole_is_judged():
    app = open_app("codes", section="believe", codes="fashion-deep-2")
    settle(app, "Trustworthiness")
    assert {m.label for m in app.metric} >= {"5-NN accuracy, codes", "5-NN accuracy, map", "Neighbours kept"}
    assert len(app.dataframe[0].value) == 10


@pytest.mark.slow
def test_an_experiment_shows_what_a_map_cannot_tell():
    app = open_app("codes", section="read")
    assert "The size of a cluster says nothing" not in texts(app), "nothing starts uninvited"
    app.button(key="codes.run.spreads").click().run()
    settle(app, "The size of a cluster says nothing")
    assert "In truth the wide cloud is 9.7 times as wide" in texts(app)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"codes": "nobody"}, "Codes must be one of"),
        ({"codes": "run"}, "The run of this link is no longer kept here"),
        ({"n_codes": "7"}, "How many codes must be a number from 500 to 10,000"),
        ({"perplexity": "a lot"}, "Perplexity must be a number from 2 to 100"),
        ({"iterations": "1e9"}, "Iterations must be a number from 100 to 2,000"),
        ({"dims": "4"}, "Dimensions must be one of 2, 3"),
        ({"point": "99999"}, "The link's point must be a number from 0 to 4,999"),
        ({"section": "secret"}, "The link's section must be one of"),
        ({"dataset": "faces"}, "Data set must be one of"),
    ],
)
def test_a_bad_link_gets_a_sentence_and_the_page_draws(query, sentence):
    app = open_app("codes", **query)
    assert not app.exception
    assert sentence in texts(app)
    assert app.session_state["codes.point"] is None


def test_the_downloaded_coordinates_are_those_of_the_maps():
    made, linear = stored_maps.load(CodesSpec("vae-2"))
    text = export.coordinates_csv(made.labels, made.xy, linear.xyz)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 5_000
    assert list(rows[0]) == ["test_image", "label", "tsne_x", "tsne_y", "pca_1", "pca_2", "pca_3"]
    assert [int(row["label"]) for row in rows[:5]] == [7, 2, 1, 0, 4]
    assert float(rows[9]["tsne_y"]) == pytest.approx(made.xy[9, 1], rel=1e-4)
    assert float(rows[9]["pca_2"]) == pytest.approx(linear.xyz[9, 1], rel=1e-4)


@pytest.mark.parametrize("sent", [-1, 500, math.nan, math.inf, "3", None, True, [3], {"value": 3}, 10**400])
def test_a_point_that_does_not_exist_is_not_picked(sent, monkeypatch):
    state = {}
    monkeypatch.setattr("streamlit.session_state", state)
    selection.pick("codes", sent, 500)
    assert state["codes.point"] is None
    assert "codes.section" not in state


@pytest.mark.parametrize("sent", [None, "12", {"a": 1}, [-1, math.nan, "x", None, 500], 7])
def test_points_that_do_not_exist_are_not_in_the_group(sent, monkeypatch):
    state = {}
    monkeypatch.setattr("streamlit.session_state", state)
    selection.lasso("codes", sent, 500)
    assert state["codes.lasso"] == ()
    selection.lasso("codes", [4, 2.0, 4, 900], 500)
    assert state["codes.lasso"] == (2, 4)
    assert state["codes.section"] == "group"
