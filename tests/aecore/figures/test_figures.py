"""Figures show the numbers that they were given."""

import re

import numpy as np
import pytest

from aecore import models
from aecore.figures import (
    code_charts,
    distribution_charts,
    image_colouring,
    image_grid,
    loss_charts,
    method_charts,
    network_drawing,
)
from aecore.records.training_state import EpochRecord
from aecore.specs import ModelSpec


def history(n: int) -> list[EpochRecord]:
    losses = [None, *(0.3 / (epoch + 1) for epoch in range(1, n))]
    return [EpochRecord(e, loss, loss, 0.2 / (e + 1), 0.2 / (e + 1), float(e)) for e, loss in enumerate(losses)]


@pytest.mark.parametrize(
    "spec", [ModelSpec(), ModelSpec(code_dim=2, widths=(512, 64)), ModelSpec(widths=(1024, 2, 7, 9))]
)
def test_the_drawing_tells_the_networks_true_size(spec):
    built = models.build(spec)
    assert network_drawing.count_parameters(spec) == (built.encoder.count_params(), built.decoder.count_params())
    svg = network_drawing.network_drawing(spec, np.zeros((28, 28, 1), np.uint8), None)
    labels = re.findall(r'font-weight="600">(\d+)<', svg)
    assert labels == [str(n) for n in (784, *spec.widths, spec.code_dim, *reversed(spec.widths), 784)]
    assert f"{built.encoder.count_params():,} weights" in svg


def test_code_bars_are_as_tall_as_their_values_and_tell_them():
    svg = code_charts.code_bars(np.array([0.0, 1.0, 4.0]), top=4.0)
    heights = [float(h) for h in re.findall(r'width="0.8" height="([\d.]+)"', svg)]
    assert heights[2] == pytest.approx(24)
    assert heights[1] == pytest.approx(6)
    assert heights[0] < 0.5
    assert re.findall(r"<title>(.*?)</title>", svg) == ["z[0] = 0.00", "z[1] = 1.00", "z[2] = 4.00"]


def test_the_difference_is_clear_where_images_agree_and_tells_missing_from_surplus():
    x = np.zeros((28, 28, 1), np.uint8)
    x_hat = x.copy()
    x[0, 0], x_hat[0, 1] = 255, 255
    image = image_colouring.difference_image(x, x_hat)
    missing, surplus, agree = image[0, 0], image[0, 1], image[5, 5]
    assert missing[3] == surplus[3] == 255
    assert agree[3] == 0
    assert missing[2] > missing[0]  # blue
    assert surplus[0] > surplus[2]  # orange


def test_the_loss_chart_holds_every_point_line_and_marker():
    chart = loss_charts.loss_chart(history(4), 10, "loss", now=(3.5, 0.05), marker=2, references=[("published", 0.09)])
    curve = chart["datasets"]["losses"]
    assert [row["epoch"] for row in curve if row["of"] == "validation"] == [0, 1, 2, 3]
    assert [row["epoch"] for row in curve if row["of"] == "training"] == [1, 2, 3, 3.5]
    assert chart["datasets"]["references"] == [{"loss": 0.09, "name": "published 0.09"}]
    assert chart["datasets"]["marker"] == [{"epoch": 2}]
    low, high = chart["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low < 0.05 < 0.2 < high  # nothing lies outside


def test_the_loss_chart_changes_only_its_data_while_a_run_goes_on():
    charts = [loss_charts.loss_chart(history(n), 10, "loss", references=[("published", 0.01)]) for n in (2, 5, 9)]
    assert charts[0]["datasets"] != charts[1]["datasets"]
    assert charts[0]["layer"] == charts[1]["layer"] == charts[2]["layer"]


def test_bars_of_a_linear_code_go_both_ways_from_zero():
    svg = code_charts.code_bars(np.array([-2.0, 2.0]), top=4.0, low=-4.0)
    tops = [float(y) for y in re.findall(r'y="([\d.]+)" width="0.8"', svg)]
    assert tops == [12.0, 6.0]  # of 24: zero is in the middle


def test_a_histogram_gives_every_group_a_hundred_percent_and_marks_the_value():
    rng = np.random.default_rng(0)
    groups = [("few", rng.lognormal(size=10)), ("many", rng.lognormal(size=1_000) * 5)]
    chart = distribution_charts.histogram(groups, ("mine", 0.001), "error")
    rows = chart["layer"][0]["data"]["values"]
    for name, numbers in groups:
        mine = [row for row in rows if row["group"] == name]
        assert sum(row["share"] for row in mine) == pytest.approx(1)
        for row in mine:
            inside = ((numbers >= row["from"]) & (numbers < row["to"])).mean()
            assert row["share"] == pytest.approx(inside)
    assert chart["layer"][1]["data"]["values"] == [{"name": "mine", "value": 0.001}]
    assert rows[0]["from"] < 0.001  # the mark lies on the axis


def test_a_chart_of_series_holds_all_its_points_and_ends_at_its_ticks():
    points = [{"series": name, "x": x, "y": 1 / x, "note": "n"} for name in "ab" for x in (2, 8)]
    chart = method_charts.series_chart(points, "bytes", "error", (2, 8), (0.1, 1))
    assert chart["data"]["values"] == points
    assert chart["layer"][0]["encoding"]["y"]["scale"]["domain"] == [0.1, 1]
    assert chart["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["a", "b"]


def test_grids_have_a_cell_for_each_column():
    markup = image_grid.labelled_grid(["one", "two"], [("row", "note", ["<i>1</i>", "<i>2</i>"])])
    assert markup.count("<i>") == 2
    assert re.findall(r"<b>(\w+)</b>", markup) == ["one", "two"]
    assert image_grid.image_row(["<i>1</i>"], ["caption"]).count("caption") == 1


def test_labels_are_escaped():
    assert "<script>" not in image_grid.rows_of_ten([("<script>", "<b>", [""] * 10)])
    assert (
        '"><' not in image_grid.image_cells([np.zeros((28, 28, 1), np.uint8)], ['"><script>'])[0].split("src=")[1][30:]
    )
