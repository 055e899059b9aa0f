"""What a worker does for runs. It imports Keras inside these functions, so that whoever only names them does not."""

from __future__ import annotations

from aecore import malloc
from aecore.records.training_state import Progress, TrainState
from aecore.specs import ModelSpec, TrainSpec

# Bytes of a state whose copies leave holes in the worker's memory that are worth giving back, in some milliseconds.
LARGE = 10_000_000


def run_slice(
    model_spec: ModelSpec, train_spec: TrainSpec, state: TrainState | None, n_steps: int
) -> tuple[TrainState, Progress]:
    """One slice of a run: `training.train_slice`. Whether the new state is sound travels with it."""
    from aecore import training

    state, progress = training.train_slice(model_spec, train_spec, state, n_steps)
    _ = state.sound  # looks at every weight, which is better done here than where pages wait for it
    if state.nbytes > LARGE:
        malloc.give_back()
    return state, progress


def warm_up() -> None:
    """Import TensorFlow, load the data and compile the default network before the first run needs them."""
    from aecore import training

    training.warm_up()
