"""The table of limits is what holds everywhere, and how large a run will be is known before it begins."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from aecore import training
from aecore.networks import memory_estimate
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LIMITS

ROOT = Path(__file__).resolve().parents[3]
NETWORKS = [
    ModelSpec(),
    ModelSpec(code_dim=7, widths=(30, 11)),
    ModelSpec("vae", 3, (20,)),
    ModelSpec("vae", 3),
    ModelSpec("conv", 128),
    ModelSpec("conv", 10, (3, 4, 5), upsampling="transposed"),
    ModelSpec("unet", widths=(4, 6)),
]


@pytest.mark.parametrize("spec", NETWORKS, ids=str)
@pytest.mark.parametrize("optimizer", memory_estimate.SLOTS)
def test_the_size_of_a_state_is_known_from_the_settings(spec, optimizer):
    train = TrainSpec(optimizer=optimizer)
    state = training.initial_state(spec, train)
    assert sum(array.size for array in state.weights) == memory_estimate.n_parameters(spec)
    # The optimizer has a counter and its rate besides.
    assert 0 <= state.nbytes - memory_estimate.state_bytes(spec, train) <= 16


def test_the_widest_dense_network_may_be_trained():
    widest = ModelSpec(code_dim=128, widths=(1024,) * 4)
    assert memory_estimate.state_bytes(widest, TrainSpec()) <= LIMITS.state_bytes <= LIMITS.training_bytes


def test_what_the_pages_begin_with_may_be_trained_beside_others():
    for spec in (ModelSpec(), ModelSpec(widths=(128, 64)), ModelSpec("conv", 128), ModelSpec("vae", 2, (256,))):
        assert memory_estimate.worker_bytes(spec, TrainSpec()) <= LIMITS.shared_worker_bytes


def test_the_widest_networks_may_be_trained_in_the_usual_batches():
    for spec in (ModelSpec(code_dim=128, widths=(1024,) * 4), ModelSpec("conv", 128, (64, 64, 64)), ModelSpec("unet")):
        assert memory_estimate.worker_bytes(spec, TrainSpec(batch_size=128)) <= LIMITS.worker_bytes


def test_streamlit_lets_in_what_the_table_lets_in():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert 1_000_000 * config["server"]["maxUploadSize"] == LIMITS.scan_bytes


def test_the_table_is_not_to_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIMITS.epochs = 10
