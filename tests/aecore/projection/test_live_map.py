"""A map in the making: frames as it goes, pause, step and stop; and the experiments on sets whose truth is known."""

import numpy as np
import pytest

from aecore import projection
from aecore.projection import code_sources, live_map, toy_datasets
from aecore.projection.code_sources import Source
from aecore.projection.live_map import LiveMap
from aecore.projection.toy_experiment import PERPLEXITIES, Experiment
from aecore.specs import CodesSpec, ModelSpec, ProjectionSpec
from tests.conftest import until

SOURCE = Source(CodesSpec("deep-2", n_codes=500))
SPEC = ProjectionSpec(perplexity=10, iterations=230)


def test_a_map_made_on_the_cluster_is_the_one_made_in_a_script(cluster):
    live = LiveMap(cluster, SOURCE, SPEC)
    assert not live.frames, "nothing starts uninvited"
    live.start()
    until(lambda: live.snapshot().status == "finished")
    assert [frame.iteration for frame in live.frames] == [5, 55, 105, 155, 205, 230]
    made = projection.project(code_sources.codes(SOURCE), SPEC)
    assert np.allclose(live.frames[-1].xy, made.xy, atol=1e-3)
    assert live.frames[-1].kl_divergence == pytest.approx(made.kl_divergence, rel=1e-5)


def test_pause_step_stop_continue(cluster):
    live = LiveMap(cluster, SOURCE, SPEC)
    live.step()
    until(lambda: live.snapshot().status == "stopped")
    assert [frame.iteration for frame in live.frames] == [5]
    live.start()
    live.pause()
    until(lambda: live.snapshot().status == "stopped")
    paused = len(live.frames)
    assert 1 <= paused < 6
    live.start()
    live.stop()
    assert live.snapshot().status in ("stopped", "finished")
    live.start()
    until(lambda: live.snapshot().status == "finished")
    assert live.frames[-1].iteration == 230


def test_the_codes_of_a_run_are_mapped(cluster):
    from aecore import models

    spec = ModelSpec(code_dim=6)
    weights = tuple(models.build(spec, seed=0).get_weights())
    live = LiveMap(
        cluster, Source(CodesSpec("run", n_codes=500), "abc@1", spec), ProjectionSpec(iterations=100), weights
    )
    live.start()
    until(lambda: live.snapshot().status == "finished")
    assert live.frames[-1].xy.shape == (500, 2)


def test_codes_without_a_spread_fail_with_a_sentence(cluster):
    from aecore import models

    spec = ModelSpec(code_dim=6)
    weights = tuple(np.zeros_like(w) for w in models.build(spec, seed=0).get_weights())
    live = LiveMap(cluster, Source(CodesSpec("run", n_codes=500), "zero@1", spec), SPEC, weights)
    live.start()
    until(lambda: live.snapshot().status == "failed")
    assert live.snapshot().error == "Expected codes that differ; all are the same, so there is nothing to map."


def test_old_frames_are_thinned_and_the_newest_kept(monkeypatch):
    monkeypatch.setattr(live_map, "MAX_FRAMES", 8)
    frames = []
    for iteration in range(1, 30):
        frames = live_map.thinned([*frames, live_map.Frame(iteration, 1.0, np.zeros((500, 2)))])
    shown = [frame.iteration for frame in frames]
    assert len(shown) <= 8
    assert shown == sorted(shown)
    assert (shown[0], shown[-1]) == (1, 29)


# Known sets.


@pytest.fixture(scope="module", params=list(toy_datasets.TOY_DATASETS))
def experiment(request, cluster):
    experiment = Experiment(cluster, request.param)
    assert experiment.maps == (None,) * len(PERPLEXITIES)
    experiment.start()
    until(lambda: experiment.snapshot().status in ("finished", "failed"))
    return experiment


@pytest.mark.slow
def test_what_is_said_of_the_maps_holds(experiment):
    assert experiment.snapshot().status == "finished"
    known = toy_datasets.toy_dataset(experiment.name)
    truth, found = known.ratio(known.points[:, :2]), [known.ratio(xy) for xy in experiment.maps]
    holds = {
        "spreads": truth > 8 and max(found) < 2,  # ten times as wide, and on the maps about the same
        "distances": truth > 4 and max(found) < 2,
        "noise": found[0] < 0.8 and min(found[1:]) > found[0] + 0.1,  # clumps at the lowest perplexity
        "line": truth > 0.95 and min(found) < 0.6,
    }
    assert holds[experiment.name], (truth, found)


@pytest.mark.parametrize("name", toy_datasets.TOY_DATASETS)
def test_every_figure_has_its_place_in_the_sentence(name):
    known = toy_datasets.toy_dataset(name)
    assert known.ratio_text.format(1.0)
    assert known.ratio_format.format(0.5) in known.ratio_text.format(0.5)
    assert len(known.labels) == len(known.points) == toy_datasets.N
