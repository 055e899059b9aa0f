"""What a question takes of the worker is known before, has a bound, and large questions wait for one another."""

from __future__ import annotations

import dataclasses
import itertools
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from aecore import datasets
from aecore.compute import questions
from aecore.networks import convolutional, memory_estimate
from aecore.networks.batches import in_batches
from aecore.projection import code_questions, magnitudes, neighbourhood_quality
from aecore.projection.code_sources import Source
from aecore.specs import CONVOLUTIONAL, MAX_FILTERS, MAX_MAPS, PIXELS, RUN, CodesSpec, ModelSpec
from aecore.specs.limits import LIMITS, LimitError
from aecore.tasks import denoising, shifts, top_activations
from pages.shared.app import server, worker

WIDE = ModelSpec("conv", 128, (64,))
LARGEST = [
    *(ModelSpec("conv", 128, (64,) * n, downsampling=d, upsampling=u)
      for n, (d, u) in itertools.product(range(1, 5), (("max_pooling", "upsampling"), ("strides", "transposed")))),
    ModelSpec("conv", MAX_MAPS, (64, 32)),
    ModelSpec("conv", MAX_MAPS - 1, (64, 64, 64, 64)),
    *(ModelSpec("unet", widths=(128,) * n) for n in range(1, 4)),
    ModelSpec("dense", 128, (1024,) * 4),
    ModelSpec("vae", 128, (1024,) * 4),
]  # fmt: skip


def asked_of(spec: ModelSpec) -> list[tuple[Callable, tuple]]:
    """All that pages ask about a network of this spec."""
    source = Source(CodesSpec(RUN, "mnist", 10_000), "1", spec)
    found: list = [(denoising.curve, ("mnist", "gaussian", "1", spec))]
    if spec.family != "unet":
        found += [(shifts.curve, (spec, "mnist", "1"))]
        found += [
            (ask, (source,))
            for ask in (code_questions.pca_map, code_questions.measure, code_questions.inspect, code_questions.place)
        ]
        found += [(ask, (source,)) for ask in (code_questions.place_on_pca, code_questions.decoded_mean)]
    if spec.family == "conv":
        found += [(top_activations.find, (spec, layer.name, "mnist", 9, "1")) for layer in convolutional.layers(spec)]
    return found


@pytest.mark.parametrize("spec", LARGEST, ids=str)
def test_no_network_that_may_be_is_too_large_to_ask_about(spec):
    assert all(width <= MAX_FILTERS[spec.family] for width in spec.widths if spec.family in CONVOLUTIONAL)
    for function, args in asked_of(spec):
        assert 0 < questions.memory_bytes(function, args) <= LIMITS.question_bytes, function.__name__


def test_a_question_that_takes_too_much_is_a_sentence_and_not_computed(monkeypatch):
    monkeypatch.setattr(questions, "LIMITS", dataclasses.replace(LIMITS, question_bytes=1_000))
    begun = []
    ask = questions.takes(lambda n: 100 * n)(lambda n: begun.append(n) or n)
    assert ask(10) == 10
    with pytest.raises(LimitError, match="smaller network"):
        ask(11)
    assert begun == [10]


def test_what_excites_a_filter_takes_no_more_than_was_estimated_however_it_is_cut(monkeypatch):
    x, y = datasets.load_test("mnist")
    monkeypatch.setattr(datasets, "load_test", lambda name: (x[:300], y[:300]))
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(3, 3, 1, 64)).astype("f4"), rng.normal(size=64).astype("f4")]
    args = (WIDE, "encoder_1", "mnist", 9, "1")
    found, peak = _peak(lambda: top_activations.find(*args, *weights))
    assert peak < questions.memory_bytes(top_activations.find, args) < LIMITS.question_bytes
    values = convolutional.layers(WIDE, weights)[0](x[:300].astype(np.float32) / 255).reshape(300, -1, 64)
    for k in range(64):
        assert found.indices[k].tolist() == np.argsort(-values[:, :, k].max(axis=1), kind="stable")[:9].tolist()
    monkeypatch.setattr(top_activations, "BATCH_BYTES", 1)  # one image at a time
    one_by_one = top_activations.find(*args, *weights)
    assert (one_by_one.indices == found.indices).all()
    assert (one_by_one.places == found.places).all()


def test_comparing_codes_takes_no_more_than_one_copy_of_them_and_a_bound():
    rng = np.random.default_rng(0)
    z, xy = rng.normal(size=(2_000, MAX_MAPS)).astype("f4"), rng.normal(size=(2_000, 2)).astype("f4")
    for compare in (
        lambda: neighbourhood_quality.measure(z, xy, np.zeros(2_000, int)),
        lambda: neighbourhood_quality.nearest_to(z, z[0], 8),
    ):
        assert _peak(compare)[1] < z.nbytes + neighbourhood_quality.MAX_BYTES


@pytest.mark.parametrize("spec", LARGEST, ids=str)
def test_images_go_through_a_network_a_few_at_a_time(spec):
    n = memory_estimate.images_at_once(spec)
    assert n >= 1
    assert (
        n == 1
        or memory_estimate.answer_bytes(spec, 10**9) - memory_estimate.answer_bytes(spec, 0)
        <= memory_estimate.BATCH_BYTES
    )


def test_batches_are_as_large_as_they_may_be_and_lose_nothing():
    x, seen = np.arange(23.0).reshape(23, 1), []
    out = in_batches(lambda part: seen.append(len(part)) or 2 * part, x, 5)
    assert (out == 2 * x).all()
    assert seen == [5, 5, 5, 5, 3]


def test_of_large_questions_one_is_asked_at_a_time_and_small_ones_wait_for_none(monkeypatch):
    asked = []

    def submit(function, *args, large=False):
        asked.append(args[0])
        return SimpleNamespace(status="pending", key="large-1" if large else "small-1", result=lambda timeout: args[0])

    monkeypatch.setattr(server, "runs", lambda: SimpleNamespace(cluster=SimpleNamespace(ready=True, submit=submit)))
    worker.forget()
    large = questions.takes(lambda n: LIMITS.small_question_bytes + 1)(_same)
    for n in (1, 2, 3):
        assert worker.ask(large, n) is None
    assert asked == [1]
    assert worker.ask(_other, 4) is None
    assert asked == [1, 4]
    next(iter(worker.answers_kept().values())).status = "finished"
    assert worker.ask(large, 2) is None
    assert asked == [1, 4, 2]
    assert worker.ask(large, 1) == 1
    worker.forget()


def _same(n: int) -> int:
    return n


def _other(n: int) -> int:
    return n


def test_pixels_and_checkpoints_are_asked_about_within_bounds():
    for source in (Source(CodesSpec(PIXELS, "mnist", 10_000)), Source(CodesSpec("deep-32", "mnist", 10_000))):
        assert source.nbytes == 4 * 10_000 * (784 if source.spec.codes == PIXELS else 32)
        assert questions.memory_bytes(code_questions.measure, (source,)) < LIMITS.question_bytes


def test_points_of_any_magnitude_get_units_and_ordinary_ones_are_left_alone():
    z = np.random.default_rng(0).normal(size=(50, 3)).astype("f4")
    assert magnitudes.units(z)(z) is z
    for scale in (1e-40, 1e-12, 1e19, 1e37):
        scaled = (z.astype(float) * scale).astype("f4")
        units = magnitudes.units(scaled)(scaled)
        assert np.abs(units).max() == pytest.approx(1)
        if scale > 1e-38:  # below, a float32 has few digits
            centred = z - z.mean(axis=0, dtype=float)
            np.testing.assert_allclose(units, centred / np.abs(centred).max(), atol=1e-5)
    assert not magnitudes.units(np.zeros((3, 2)))(np.zeros((3, 2))).any()
    assert not magnitudes.units(np.full((3, 2), 1e30))(np.full((3, 2), 1e30)).any()


def _peak(function: Callable) -> tuple:
    tracemalloc.start()
    try:
        return function(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
