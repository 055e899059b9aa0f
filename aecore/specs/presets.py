"""The networks and settings of the lesson: what the pages start with and what the checkpoints are trained from."""

from aecore.specs.model import ModelSpec
from aecore.specs.training import TrainSpec

BASIC = ModelSpec()
SPARSE = ModelSpec(activity_l1=1e-4)
DEEP = ModelSpec(widths=(128, 64))
CONVOLUTIONAL = ModelSpec("conv", 128)
DENOISER = ModelSpec("conv", 7 * 7 * 32, (32, 32))
VARIATIONAL = ModelSpec("vae", 2, (64,))

# A minute or so of live training.
LIVE_CONVOLUTIONAL = TrainSpec(n_train=10_000, epochs=20, batch_size=128, learning_rate=0.003)
LIVE_DENOISER = TrainSpec(n_train=10_000, epochs=10, batch_size=128, noise="gaussian")
