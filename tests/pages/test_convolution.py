"""The page on convolution without a browser: its links, its settings, and whatever a browser may send."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore import checkpoints, datasets
from aecore.imaging import convolution, kernels
from aecore.imaging.arrays import to_float
from aecore.imaging.kernels import FILTERS
from aecore.networks import convolutional
from aecore.specs import ModelSpec, TrainSpec
from pages.lessons.convolution import edits, model, source_image
from pages.lessons.convolution import link as page_link
from pages.shared.app import server
from pages.shared.components.labs import EditableFilter
from tests.conftest import until
from tests.pages.helpers import open_app, open_section, widget

PAGE = "convolution"


def problems(app: AppTest) -> list[str]:
    return [line for warning in app.warning for line in warning.value.splitlines() if line.strip()]


def query(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def setting(app: AppTest, name: str):
    return app.session_state[f"{PAGE}.{name}"]


def test_the_page_opens_on_the_lessons_example_with_an_empty_link():
    app = open_app(PAGE)
    assert not app.exception
    assert query(app) == {}
    assert (setting(app, "picture"), setting(app, "filter"), setting(app, "padding")) == ("mouse", "curve", "valid")


LINKS = [
    {"filter": "sobel", "stride": "2", "padding": "same"},
    {"picture": "photo", "filter": "emboss", "dilation": "3", "at": "40,12"},
    {"filter": "own", "numbers": "-1,0,1;-2.5,0,2;-1,0,1", "bias": "-0.25", "relu": "1"},
    {"digit": "17", "filter": "blur-5"},
    {"picture": "digit", "filter": "outline"},
    {"net": "conv-128", "layer": "encoder_1", "index": "7", "digit": "17", "at": "3,4"},
    {"net": "conv-128", "layer": "encoder_1", "index": "0", "relu": "0", "padding": "valid", "stride": "3"},
    {"net": "conv-128", "layer": "encoder_2", "index": "5", "digit": "17", "at": "3,4"},
    {"net": "conv-128", "layer": "logits", "index": "0"},
    {"section": "channels", "digit": "4"},
    {"section": "pool", "kind": "average", "size": "3", "step": "1", "edges": "valid", "at": "0,20"},
    {"section": "pool", "of": "map", "filter": "sharpen", "picture": "photo"},
    {"section": "pool", "of": "map", "net": "conv-128", "layer": "encoder_1", "index": "3", "stride": "2"},
    {"section": "back", "way": "upsampling", "factor": "4"},
    {"section": "back", "stamp": "smooth", "picture": "photo", "at": "9,9"},
    {"section": "back", "stamp": "own", "numbers": "1,2;3,4", "factor": "3"},
    {"section": "field"},
    {"section": "field", "layer": "pool_3", "index": "2", "unit": "0-3", "digit": "17"},
]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: ",".join(link))
def test_a_link_restores_the_page_and_is_written_back_unchanged(link):
    app = open_app(PAGE, **link)
    assert not app.exception
    assert problems(app) == []
    said = query(app)
    assert said == link


@pytest.mark.parametrize(
    ("link", "section"),
    [
        ({"net": "conv-128"}, "slide"),
        ({"layer": "encoder_1"}, "slide"),
        ({"layer": "encoder_2"}, "channels"),
        ({"net": "conv-128", "layer": "decoder_3", "index": "15"}, "channels"),
        ({"net": "conv-128", "layer": "encoder_2", "section": "slide"}, "channels"),
        ({"net": "conv-128", "layer": "encoder_2", "section": "pool"}, "pool"),
        ({"section": "back"}, "back"),
    ],
)
def test_a_link_to_a_trained_filter_opens_its_section(link, section):
    app = open_app(PAGE, **link)
    assert not app.exception
    assert setting(app, "section") == section
    assert setting(app, "picture") == ("mouse" if section == "back" else "digit")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"section": "nowhere"}, "section must be one of"),
        ({"picture": "cat"}, "picture must be one of"),
        ({"filter": "magic"}, "filter must be one of"),
        ({"filter": "own"}, "has no numbers"),
        ({"filter": "own", "numbers": "1,2,3"}, "as many rows as columns"),
        ({"filter": "own", "numbers": "a"}, "must be numbers such as"),
        ({"section": "back", "stamp": "own", "numbers": "nan"}, "between -1000 and 1000"),
        ({"bias": "much"}, "bias must be a number"),
        ({"bias": "nan"}, "bias must be a number"),
        ({"relu": "yes"}, "relu must be one of"),
        ({"stride": "9"}, "stride must be one of"),
        ({"padding": "full"}, "padding must be one of"),
        ({"dilation": "0"}, "dilation must be one of"),
        ({"at": "1"}, "at must be a row and a column"),
        ({"at": "-1,2"}, "at must be a row and a column"),
        ({"at": "9999999999,2"}, "at must be a row and a column"),
        ({"net": "vgg"}, "net must be conv-128 or a convolutional run"),
        ({"net": "conv-128", "layer": "encoder_9"}, "layer must be one of"),
        ({"net": "conv-128", "layer": "encoder_2", "index": "8"}, "index must be a number from 0 to 7"),
        ({"section": "pool", "size": "1"}, "size must be one of"),
        ({"section": "pool", "kind": "min"}, "kind must be one of"),
        ({"section": "back", "factor": "99"}, "factor must be one of"),
    ],
    ids=str,
)
def test_a_bad_link_gets_one_sentence_and_a_default(session, monkeypatch, link, said):
    session.clear()
    params = Params(link)
    monkeypatch.setattr("streamlit.query_params", params)
    page_link.restore(PAGE, ("slide", "channels", "pool", "back"))
    assert len(session[f"{PAGE}.problems"]) == 1
    assert said in session[f"{PAGE}.problems"][0]
    assert session[f"{PAGE}.numbers"] == FILTERS["curve"].numbers


class Params(dict):
    """A link's parameters as Streamlit holds them."""

    to_dict = dict.copy


@pytest.mark.parametrize("link", [{"digit": "123456"}, {"stride": "9"}])
def test_a_problem_is_shown_once(link):
    app = open_app(PAGE, **link)
    assert not app.exception
    assert len(problems(app)) == 1
    assert next(iter(link)) in problems(app)[0]


def test_a_place_outside_the_image_is_moved_inside():
    app = open_app(PAGE, at="199,199")
    assert not app.exception
    assert problems(app) == []


def test_a_later_link_is_obeyed_and_settings_survive_a_visit_to_another_page():
    app = open_app(PAGE, filter="blur")
    widget(app, "selectbox", "Filter").set_value("emboss").run()
    assert query(app) == {"filter": "emboss"}
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page(f"pages/{PAGE}.py").run()
    assert query(app) == {"filter": "emboss"}
    app.query_params.clear()
    for name, value in {"net": "conv-128", "layer": "encoder_3", "index": "2", "digit": "8"}.items():
        app.query_params[name] = value
    app.run()
    assert setting(app, "section") == "channels"
    assert (setting(app, "layer"), setting(app, "which"), setting(app, "index")) == ("encoder_3", 2, 8)


def test_every_setting_is_in_the_link():
    app = open_app(PAGE)
    widget(app, "selectbox", "Filter").set_value("vertical").run()
    for label, value in (("Stride", 2), ("Padding", "same"), ("Dilation", 3), ("Image", "photo")):
        widget(app, "button_group", label).set_value(value).run()
    expected = {"filter": "vertical", "stride": "2", "padding": "same", "dilation": "3", "picture": "photo"}
    assert query(app) == expected
    open_section(app, "pool")
    for label, value in (("Keep", "average"), ("Of", "map"), ("Window", 4), ("Stride", 2), ("Padding", "valid")):
        widget(app, "button_group", label).set_value(value).run()
    pooled = {"section": "pool", "kind": "average", "of": "map", "size": "4", "step": "2", "edges": "valid"}
    assert query(app) == expected | pooled  # what is pooled is the map of the first part
    open_section(app, "back")
    widget(app, "selectbox", "Stamp").set_value("smooth").run()
    widget(app, "button_group", "Enlarge by").set_value(3).run()
    assert query(app) == {"section": "back", "stamp": "smooth", "factor": "3", "picture": "photo"}
    assert not app.exception


def test_going_back_to_an_empty_link_restores_the_defaults(monkeypatch):
    app = open_app(PAGE)
    widget(app, "button_group", "Padding").set_value("same").run()
    monkeypatch.setattr(page_link, "ECHO_S", 0.0)  # as some seconds later
    del app.query_params["padding"]
    app.run()
    assert widget(app, "button_group", "Padding").value == "valid"
    widget(app, "button_group", "Padding").set_value("same").run()
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/convolution.py").run()
    assert widget(app, "button_group", "Padding").value == "same"  # another page was between


def test_a_trained_filter_can_be_chosen():
    app = open_app(PAGE)
    widget(app, "selectbox", "Filter").set_value("net").run()
    widget(app, "selectbox", "Filter number").set_value(3).run()
    assert query(app) == {"net": "conv-128", "layer": "encoder_1", "index": "3"}
    open_section(app, "channels")
    widget(app, "selectbox", "Network").set_value("conv-128").run()
    widget(app, "selectbox", "Layer").set_value("decoder_3").run()
    widget(app, "selectbox", "Filter number").set_value(15).run()
    widget(app, "selectbox", "Layer").set_value("encoder_3").run()
    assert not app.exception
    assert query(app) == {"net": "conv-128", "layer": "encoder_3", "index": "7"}


@pytest.mark.slow
def test_the_filters_of_a_run_are_shown_like_those_of_the_shipped_network():
    runs = server.runs()
    spec = ModelSpec("conv", 98, (3, 2), downsampling="strides", activation="tanh")
    run = runs.create(spec, TrainSpec(n_train=1_000, epochs=1), "somebody")
    assert not model.is_known(run.run_id)  # it has learned nothing yet
    run.start()
    until(lambda: run.status == "finished")
    link = {"net": run.run_id, "layer": "encoder_2", "index": "1", "digit": "17"}
    app = open_app(PAGE, **link)
    assert not app.exception
    assert problems(app) == []
    assert query(app) == link
    assert "filter 2 of 2 of Encoder: Convolution 2" in " ".join(caption.value for caption in app.caption)
    first = {"net": run.run_id, "layer": "encoder_1", "index": "2"}
    app = open_app(PAGE, **first)
    assert query(app) == first  # that it goes in steps of 2 and has no ReLU goes without saying
    assert [widget(app, "button_group", name).value for name in ("Stride", "Padding")] == [2, "same"]
    found = model.trained(run.run_id, "encoder_2", 1, datasets.load_test("mnist")[0][17])
    expected = convolutional.feature_maps(
        convolutional.layers(spec, run.weights), datasets.load_test("mnist")[0][17:18]
    )
    out = convolved(found, stride=2)
    np.testing.assert_allclose(np.maximum(out[0, ..., 0], 0), expected["encoder_2"][0, ..., 1], atol=1e-5)


def test_a_filter_larger_than_the_image_gets_a_sentence():
    app = open_app(PAGE, section="slide", dilation="3", picture="mouse")
    assert not app.warning  # 19 pixels fit into 28
    raw = io.BytesIO()
    Image.linear_gradient("L").resize((16, 12)).save(raw, "PNG")
    widget(app, "button_group", "Image").set_value("upload").run()
    app.file_uploader[0].upload("small.png", raw.getvalue(), "image/png").run()
    assert not app.exception
    assert len(app.warning) == 1
    assert "The filter covers 19 × 19 pixels" in app.warning[0].value


def test_a_file_that_is_not_an_image_gets_a_sentence():
    app = open_app(PAGE, picture="upload")
    app.file_uploader[0].upload("cat.png", b"no picture", "image/png").run()
    assert not app.exception
    assert len(app.warning) == 1
    assert app.warning[0].value.endswith("this file is of another kind.")


# What the browser sends.


@pytest.fixture
def session(monkeypatch) -> dict:
    """The session state of the page, without the page."""
    state = {f"{PAGE}.{name}": value for name, value in {"at": {}, "filter": "curve", "preset": "curve"}.items()}
    monkeypatch.setattr("streamlit.session_state", state)
    return state


@pytest.mark.parametrize(
    ("value", "place"),
    [([3, 4], (3, 4)), ([3], None), (None, None), ("ab", None), ([1e9, 2], None), ([-1, 0], None), ([1e999, 1], None)],
)
def test_a_place_is_kept_if_it_is_valid(session, value, place):
    edits.move(PAGE, "slide", value)
    assert session[f"{PAGE}.at"] == ({"slide": place} if place else {})


NOW = EditableFilter(FILTERS["curve"].numbers)
SENT = NOW.sent()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (SENT, "curve"),
        (SENT | {"relu": True}, "curve"),
        (SENT | {"bias": 3}, "curve"),
        (SENT | {"numbers": [list(row) for row in FILTERS["sobel"].numbers]}, "sobel"),
        (SENT | {"numbers": [[1, 2], [3, 4]]}, "own"),
    ],
)
def test_an_edited_filter_is_kept_and_named(session, value, name):
    edits.edit_filter(PAGE, NOW, NOW, value)
    assert session[f"{PAGE}.filter"] == name
    assert session[f"{PAGE}.bias"] == value["bias"]
    assert session[f"{PAGE}.relu"] is value["relu"]


@pytest.mark.parametrize(
    "value",
    [None, 3, [], {}, {"numbers": [[1]]}, SENT | {"bias": "x"}, SENT | {"bias": 1e6}, SENT | {"numbers": [[1, 2]]},
     SENT | {"bias": float("nan")}, SENT | {"numbers": [["1e999"]]}],
    ids=str,
)  # fmt: skip
def test_invalid_edits_are_ignored(session, value):
    before = dict(session)
    edits.edit_filter(PAGE, NOW, NOW, value)
    assert session == before


# Networks.


def convolved(found: model.LayerFilter, **window) -> np.ndarray:
    """The feature map of a filter, (1, H, W, 1)."""
    return convolution.convolve(found.maps[None], found.kernel[..., None], np.array([found.bias]), **window)


@pytest.mark.parametrize("layer", model.layers("conv-128"))
def test_a_trained_filter_gives_what_the_network_computes(layer):
    """Filter by filter, the network's own maps: the last one is the image that Keras would draw."""
    digit = datasets.load_test("mnist")[0][3]
    made = [model.trained("conv-128", layer, index, digit) for index in range(model.n_filters("conv-128", layer))]
    maps = made[0].maps
    assert all(np.array_equal(each.maps, maps) for each in made)
    kernel = np.stack([each.kernel for each in made], axis=-1)
    bias = np.array([each.bias for each in made], np.float32)
    out = convolution.convolve(maps[None], kernel, bias, padding=model.padding("conv-128", layer))
    names = model.layers("conv-128")
    if layer != "logits":
        after = model.trained("conv-128", names[names.index(layer) + 1], 0, digit).maps
        step = convolution.pool if layer.startswith("encoder") else convolution.upsample
        np.testing.assert_allclose(step(np.maximum(out, 0))[0], after, atol=1e-5)
    else:
        keras_model = checkpoints.load("conv-128")
        x_hat = np.asarray(keras_model.reconstruct(to_float(digit[None])))
        np.testing.assert_allclose(1 / (1 + np.exp(-out)), x_hat, atol=1e-4)


def test_the_filter_designed_by_hand_finds_a_corner():
    x = np.zeros((28, 28, 1), np.float32)
    x[8:10, 8:20] = x[8:20, 18:20] = 1  # a seven with right angles
    out = np.maximum(convolved(model.by_hand(x)), 0)[0, ..., 0]
    assert out.max() > 0
    row, column = np.unravel_index(out.argmax(), out.shape)
    assert (out > 0).mean() < 0.2
    assert abs(row - 4) <= 1
    assert column in (3, 4, 8, 9, 10)


def test_the_focus_is_on_an_edge():
    x = np.zeros((20, 30), np.float32)
    x[3:6, 21:25] = 1
    row, column = source_image.focus_of(x)
    assert 2 <= row <= 6
    assert 20 <= column <= 25
    assert source_image.focus_of(np.ones((9, 9), np.float32)) == (4, 4)
    assert kernels.mouse()[source_image.MOUSE_FOCUS] > 0


def test_an_edited_trained_filter_can_be_restored(session):
    now = EditableFilter(((0.5,),), 0.25, relu=True)
    session |= {f"{PAGE}.filter": "net", f"{PAGE}.preset": "net"}
    edited = EditableFilter(((0.75,),), 0.25, relu=True)
    edits.edit_filter(PAGE, now, now, edited.sent())
    assert session[f"{PAGE}.filter"] == "own"
    edits.edit_filter(PAGE, edited, now, now.sent())
    assert session[f"{PAGE}.filter"] == "net"
    edits.edit_filter(PAGE, now, now, EditableFilter(now.numbers, 0.25, relu=False).sent())
    assert session[f"{PAGE}.filter"] == "net"
