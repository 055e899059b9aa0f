"""Training networks live: `train`, and `train_slice` for whoever wants to pause, watch or move a run. Imports Keras.

May import models, checkpoints and what is below them.
"""

from aecore.training.slices import initial_state, train, train_slice, warm_up

__all__ = ["initial_state", "train", "train_slice", "warm_up"]
