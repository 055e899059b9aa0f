"""A run that goes astray ends within its slice, keeps what was sound, and is the same after a restart."""

from dataclasses import replace

import numpy as np
import pytest

from aecore import export, training
from aecore.figures import code_charts, distribution_charts, loss_charts, method_charts, number_format, vega
from aecore.networks import js_weights, numpy_backend
from aecore.projection import code_questions, code_sources
from aecore.projection.code_sources import Source
from aecore.records.run_snapshot import RunRecord
from aecore.records.training_state import MAX_WEIGHT, EpochRecord
from aecore.runs.registry import Runs
from aecore.runs.run import Run
from aecore.specs import RUN, CodesSpec, ModelSpec, TrainSpec, default_rate
from aecore.specs.errors import UNSOUND, UnsoundError
from pages.shared import components
from tests.aecore.runs.astray import ASTRAY, fresh, put_on_disk
from tests.marks import quick_first

VAE = ModelSpec("vae", 2, (16,))
TRAIN = TrainSpec(n_train=1_000, batch_size=64, epochs=3)
WILD = replace(TRAIN, optimizer="sgd", learning_rate=10.0)
UNSOUND_KINDS = ("weights are NaN", "weights are huge", "loss is infinite")
SOUND_KINDS = [kind for kind in ASTRAY if kind not in UNSOUND_KINDS]


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return fresh(VAE, TRAIN)


def restored(runs: Runs, record: RunRecord) -> Run:
    return runs.get(put_on_disk(record))


@quick_first("optimizer", ["sgd", "adadelta"])
def test_the_default_rate_suits_a_vaes_sum_over_the_pixels(optimizer):
    train = replace(TRAIN, n_train=2_000, epochs=2, optimizer=optimizer, learning_rate=default_rate(optimizer, "vae"))
    *_, progress = training.train(VAE, train)
    losses = [record.val_loss for record in progress.history]
    assert len(losses) == 3
    assert losses == sorted(losses, reverse=True)


def test_training_in_a_script_ends_with_the_epoch_that_diverges():
    *_, progress = training.train(VAE, WILD)
    assert progress.epoch == 1
    assert not progress.history[-1].finite


def test_a_run_that_diverges_ends_within_its_slice_and_keeps_the_last_sound_weights(hand_cranked):
    runs = Runs(hand_cranked)
    run = runs.create(VAE, WILD, "owner")
    run.start()
    number = 0
    while run.status == "training":
        hand_cranked.task(number).end()
        number += 1
        assert number < 20
    snapshot = run.snapshot()
    assert (snapshot.status, snapshot.sound, snapshot.changing) == ("diverged", True, False)
    assert snapshot.progress.epoch < 1
    assert "Training diverged in epoch 1" in snapshot.error
    assert all(np.isfinite(array).all() for array in run.weights)
    before = len(hand_cranked.tasks)
    run.start()
    run.step()
    run.proceed(5)
    assert (run.status, len(hand_cranked.tasks), snapshot.epochs) == ("diverged", before, WILD.epochs)
    # After a restart it is the same.
    assert runs.storage.flush()
    again = Runs(hand_cranked).get(run.run_id).snapshot()
    assert (again.status, again.error, again.sound) == ("diverged", snapshot.error, True)


@pytest.mark.parametrize("kind", UNSOUND_KINDS)
def test_what_servers_of_before_kept_of_such_runs_is_read_as_diverged(kind, record, hand_cranked):
    run = restored(Runs(hand_cranked), ASTRAY[kind](replace(record, status="training")))
    snapshot = run.snapshot()
    assert (snapshot.status, snapshot.sound, snapshot.error) == ("diverged", False, UNSOUND)
    assert run.weights is None
    assert len(snapshot.progress.history) == 2
    run.start()
    assert run.status == "diverged"
    assert not hand_cranked.tasks


@pytest.mark.parametrize("kind", SOUND_KINDS)
def test_what_is_sound_is_left_alone(kind, record, hand_cranked):
    run = restored(Runs(hand_cranked), ASTRAY[kind](record))
    assert (run.status, run.snapshot().sound) == ("paused", True)
    assert run.weights is not None


def test_a_single_number_makes_a_state_unsound(record):
    state = record.state
    assert state.sound
    for value in (np.nan, np.inf, -np.inf, 2 * MAX_WEIGHT, -2 * MAX_WEIGHT):
        weights = tuple(array.copy() for array in state.weights)
        weights[-1][-1] = value
        assert not replace(state, weights=weights).sound, value
    assert not replace(state, sums=(np.inf, 0.0)).sound


# What is computed and drawn of numbers that are none.


@pytest.mark.parametrize("family", ["dense", "vae"])
def test_codes_that_are_no_numbers_are_told_in_a_sentence(family):
    model = ModelSpec(family, 8)
    weights = tuple(np.full_like(array, np.nan) for array in training.initial_state(model, TRAIN).weights)
    source = Source(CodesSpec(RUN, n_codes=500), f"{family}@1", model)
    for ask in (code_questions.pca_map, code_sources.codes):
        with pytest.raises(UnsoundError, match="diverged"):
            ask(source, weights)
    with pytest.raises(UnsoundError):
        code_questions.inspect(source, bytes(784), None, weights)


def test_a_network_of_nan_draws_black_and_large_weights_stay_finite_in_the_browser():
    nothing = numpy_backend.as_image(np.array([np.nan, 0.0, 0.5, 1.0], np.float32))
    assert nothing.tolist() == [0, 0, 128, 255]
    layer = numpy_backend.Layer(np.full((2, 3), 9e5, np.float32), np.zeros(3, np.float32), "sigmoid")
    packed = js_weights.pack_decoder([layer])
    assert np.isfinite(np.frombuffer(packed[-18:], "<f2")).all()


NUMBERS = [float("nan"), float("inf"), 0.0, 1e30, 5e-324, 0.3]


def charts(losses: list[float]) -> list[dict]:
    history = [EpochRecord(i, loss, loss, loss, loss, float(i), loss, loss) for i, loss in enumerate(losses)]
    values = np.array(losses)
    plane = np.stack([values, values], axis=1)
    labels = np.zeros(len(values), int)
    return [
        loss_charts.loss_chart(history, 5, "loss", (1.5, losses[0]), None, [("PCA", losses[-1])]),
        loss_charts.elbo_chart(history, 5, (1.5, losses[0])),
        distribution_charts.density_chart(values, "z"),
        distribution_charts.bar_chart(losses, [str(i) for i in range(len(losses))], "KL"),
        code_charts.cloud_chart(plane, labels, ("a",), None, None, None),
        method_charts.race_chart([("one", list(enumerate(losses)))], "epochs"),
        method_charts.shift_chart([("one", list(enumerate(losses)))], 3),
        method_charts.psnr_chart([method_charts.Line("one", list(enumerate(losses)), "#000")], "σ"),
    ]


@pytest.mark.parametrize(
    "losses", [NUMBERS, NUMBERS[:1], NUMBERS[:2], [0.0], [1e30], [0.0, float("inf"), 0.2]], ids=str
)
def test_charts_skip_what_no_axis_shows(losses):
    for chart in charts(losses):
        assert components.sendable(chart) is chart, chart  # it is JSON as it is, without NaN and infinities
    low, high = charts(losses)[0]["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert 0 < low < high < float("inf")


def test_a_long_logarithmic_axis_has_few_ticks():
    assert 3 <= len(vega.log_ticks(1e-3, 1e30)) <= 12
    assert vega.log_ticks(0.08, 0.71) == [0.1, 0.2, 0.3, 0.5, 0.7]


def test_numbers_in_words():
    assert [number_format.number(x, 2) for x in (0.125, float("nan"), float("-inf"), 1e30)] == [
        "0.12",
        "–",
        "–",
        "1.0e+30",
    ]


def test_bars_of_a_code_leave_out_what_is_no_number():
    code = np.array([1.0, np.nan, np.inf, -1.0], np.float32)
    assert code_charts.code_span(code[None]) == (-1.0, 1.0)
    svg = code_charts.code_bars(code, 1.0, -1.0)
    assert "nan" not in svg
    assert "inf" not in svg
    assert svg.count("<title>") == 2


def test_nothing_that_is_no_number_reaches_the_browser():
    plain = {"a": [1.0, "b", None], "c": (1, 2)}
    assert components.sendable(plain) is plain
    sent = components.sendable({"reach": float("nan"), "marks": [{"z": (float("inf"), 1.0)}], "words": "nan"})
    assert sent == {"reach": None, "marks": [{"z": [None, 1.0]}], "words": "nan"}
    assert components.sendable(b"\x00") == b"\x00"


def test_the_history_is_written_as_it_is():
    nan, inf = float("nan"), float("inf")
    lines = export.history_csv((EpochRecord(1, nan, inf, 0.0, 1e30, 2.0),)).splitlines()
    assert lines[1] == "1,nan,inf,0,1e+30,2"
