"""The compiled training of one architecture, shared by every run of that architecture.

A `Program` holds a Keras model, its optimizer and two compiled loops. Whoever trains puts a run's variables in, runs
the loop, and takes them out again. Images stay uint8 until they are gathered inside the loop.
"""

from __future__ import annotations

import contextlib
import threading

import numpy as np

from aecore import datasets, models
from aecore.models.backend import tf
from aecore.networks import numpy_backend
from aecore.specs import CONVOLUTIONAL, DATASETS, ModelSpec
from aecore.training.image_bank import image_bank, image_rows
from aecore.training.objective import Objective
from aecore.training.optimizers import make_optimizer

# The most images that one call trains on. The size is fixed so that slices of any length share a program.
MAX_IMAGES_PER_CALL = 65_536
MAX_NOISY_IMAGES_PER_CALL = 8_192  # these are passed in, not looked up in the image bank
# Feature maps take much more memory than units: with a thousand images at a time a network of 64 filters took 700 MB.
EVALUATION_BATCH, CONVOLUTIONAL_EVALUATION_BATCH = 1_000, 200
EVALUATION_SEED = 1_000_000  # none that a run can have
COMPILED_BYTES = 15_000_000  # measured: what a compiled program takes besides its variables
BUILDING = threading.Lock()  # held while a program is built or compiled


class _CompiledOnce:
    """A TensorFlow function that is compiled at its first call, while no other is being built or compiled.

    Two threads that trace at once share state of Keras and TensorFlow, and can deadlock.
    """

    def __init__(self, function):
        self.function = function
        self._is_compiled = False

    def __call__(self, *args):
        with contextlib.nullcontext() if self._is_compiled else BUILDING:
            results = self.function(*args)
            self._is_compiled = True
            return results


class Program:
    """The compiled loops of one architecture, optimizer, loss and batch size.

    Settings that are mere numbers (learning rate, sparsity, β) are arguments of each call and never compile anew.
    From putting variables in to taking them out nobody else may use it (see `program_cache.borrow`). `noisy`: whether
    the input is not the image itself, but a corrupted one that comes with each call. `bank`: uint8 (N, 784), the images
    to which the rows of `train` refer, if not those of the embedded data sets.
    """

    def __init__(
        self,
        model_spec: ModelSpec,
        optimizer: str,
        loss: str,
        batch_size: int,
        noisy: bool = False,
        bank: np.ndarray | None = None,
    ):
        self.batch_size = batch_size
        self.max_steps = (MAX_NOISY_IMAGES_PER_CALL if noisy else MAX_IMAGES_PER_CALL) // batch_size
        self.model = models.build(model_spec)
        convolutional = model_spec.family in CONVOLUTIONAL
        self.evaluation_batch = CONVOLUTIONAL_EVALUATION_BATCH if convolutional else EVALUATION_BATCH
        self.objective = Objective(model_spec, self.model, loss)
        self.optimizer = make_optimizer(optimizer, 1.0)
        self.optimizer.build(self.model.trainable_variables)
        self._fresh_optimizer = self._values(self.optimizer.variables)
        self._bank = image_bank() if bank is None else tf.constant(bank)
        # XLA's convolutions take several times as long as TensorFlow's own (measured).
        self._train = _CompiledOnce(tf.function(self._train_loop, jit_compile=not convolutional))
        # A forward pass gains nothing from XLA (measured), and without it a run's first images appear sooner.
        self._evaluate = _CompiledOnce(tf.function(self._evaluate_loop))
        self._probe = _CompiledOnce(tf.function(self.objective.encode_decode))

    @property
    def nbytes(self) -> int:
        """Bytes that it holds between its uses."""
        variables = sum(values.nbytes for values in self._fresh_optimizer)
        return COMPILED_BYTES + 4 * self.model.count_params() + 2 * variables

    @property
    def n_traces(self) -> tuple[int, ...]:
        """How often each of its loops has been traced: at most once, if nothing compiles anew."""
        return tuple(
            loop.function.experimental_get_tracing_count() for loop in (self._train, self._evaluate, self._probe)
        )

    # Variables in and out.

    @staticmethod
    def _values(variables) -> tuple[np.ndarray, ...]:
        return tuple(np.array(variable.numpy()) for variable in variables)

    def fresh_optimizer(self, learning_rate: float) -> tuple[np.ndarray, ...]:
        """The optimizer's variables before the first step, at `learning_rate`."""
        variables: list[np.ndarray] = list(self._fresh_optimizer)
        position = [v is self.optimizer.learning_rate for v in self.optimizer.variables].index(True)
        variables[position] = np.asarray(learning_rate, np.float32)
        return tuple(variables)

    def put(self, weights: tuple[np.ndarray, ...], optimizer: tuple[np.ndarray, ...] = ()) -> None:
        """Put a run's weights, trained or not, and if given its optimizer variables, into the model."""
        for variable, value in zip(self.model.weights, weights, strict=True):
            variable.assign(value)
        if optimizer:
            for variable, value in zip(self.optimizer.variables, optimizer, strict=True):
                variable.assign(value)

    def take(self) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
        """Copies of the weights and of the optimizer variables."""
        return self._values(self.model.weights), self._values(self.optimizer.variables)

    # The loops.

    def _loss_terms(self, bank, rows, noise_seed, noisy, training):
        """rows (B,) of an image bank, -1 for none → sums of the two terms over the images, and the number of images.

        `noise_seed`: two whole numbers that decide a VAE's samples. `noisy`: uint8 (B, 784), the input if it is not the
        images themselves, or None. `training`: whether layers behave as in training; those that look at a whole
        batch also see the images that stand in for none.
        """
        present = tf.cast(rows >= 0, tf.float32)  # (B,)
        x = _as_images(tf.gather(bank, tf.maximum(rows, 0)))  # (B, 28, 28, 1)
        x_in = x if noisy is None else _as_images(noisy)
        reconstruction, code_cost = self.objective.terms(x, x_in, noise_seed, training)
        return tf.reduce_sum(present * reconstruction), tf.reduce_sum(present * code_cost), tf.reduce_sum(present)

    def _train_loop(self, rows, n_steps, weight, seed, first_step, sum_reconstruction, sum_code_cost, noisy):
        """Train on the first `n_steps` batches of rows (max_steps, B); returns the sums with both terms added.

        `weight`: of the code's cost in the loss. `seed`, `first_step`: what the draws derive from. `noisy`: (max_steps,
        B, 784) uint8 or None.
        """
        variables = self.model.trainable_variables
        step = tf.constant(0)
        # A `while` and no `for … in tf.range`: XLA takes a range's end for a constant and compiles for each anew.
        while step < n_steps:
            with tf.GradientTape() as tape:
                reconstruction, code_cost, count = self._loss_terms(
                    self._bank,
                    rows[step],
                    tf.stack([seed, first_step + step]),
                    None if noisy is None else noisy[step],
                    training=True,
                )
                loss = (reconstruction + weight * code_cost) / count
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            sum_reconstruction += reconstruction
            sum_code_cost += code_cost
            step += 1
        return sum_reconstruction, sum_code_cost

    def _evaluate_loop(self, rows, n_batches, noisy):
        """Sums of the two terms over the first `n_batches` batches of rows (., evaluation_batch)."""
        sum_reconstruction, sum_code_cost = tf.constant(0.0), tf.constant(0.0)
        batch = tf.constant(0)
        while batch < n_batches:
            reconstruction, code_cost, _ = self._loss_terms(
                image_bank(),
                rows[batch],
                tf.stack([EVALUATION_SEED, batch]),
                None if noisy is None else noisy[batch],
                training=False,
            )
            sum_reconstruction += reconstruction
            sum_code_cost += code_cost
            batch += 1
        return sum_reconstruction, sum_code_cost

    # What training calls.

    def train(
        self,
        rows: np.ndarray,
        weight: float,
        seed: int,
        first_step: int,
        sums: tuple[float, float],
        noisy: np.ndarray | None = None,
    ) -> tuple[float, float]:
        """Train on rows (n_steps, B) of the image bank; returns `sums` with both terms of the images added.

        `noisy`: uint8 (n_steps, B, 784), the input, for a program that is `noisy`. The loop itself adds to the sums, so
        that how an epoch is cut into calls does not change the rounding.
        """
        n_steps = len(rows)
        padded = np.full((self.max_steps, self.batch_size), -1, np.int32)
        padded[:n_steps] = rows
        wholes = (tf.constant(number, tf.int32) for number in (seed, first_step))
        so_far = (tf.constant(number, tf.float32) for number in sums)
        reconstruction, code_cost = self._train(
            tf.constant(padded),
            tf.constant(n_steps),
            tf.constant(weight, tf.float32),
            *wholes,
            *so_far,
            _padded(noisy, (self.max_steps, self.batch_size, models.N_PIXELS)),
        )
        return float(reconstruction), float(code_cost)

    def evaluate(
        self, dataset: str, rows: np.ndarray | None = None, noisy: np.ndarray | None = None
    ) -> tuple[float, float]:
        """Means of both terms over the data set's test images; a VAE's with one sample per image, always the same.

        `rows`: other images of `image_bank()` to take instead, at most as many as the largest test set has. `noisy`:
        uint8 (N, 784), the input for each, for a program that is `noisy`.
        """
        if rows is None:
            rows = image_rows(dataset, "test", np.arange(len(datasets.load(dataset).x_test)))
        n = len(rows)
        max_images = max(len(datasets.load(name).x_test) for name in DATASETS)
        n_batches = -(-n // self.evaluation_batch)
        padded = np.full((-(-max_images // self.evaluation_batch), self.evaluation_batch), -1, np.int32)
        padded.flat[:n] = rows
        shape = (*padded.shape, models.N_PIXELS)
        sums = self._evaluate(tf.constant(padded), tf.constant(n_batches), _padded(noisy, shape))
        return float(sums[0]) / n, float(sums[1]) / n

    def probe(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x uint8 (B, 28, 28, 1) → codes float32 (B, code_dim) and x_hat uint8 (B, 28, 28, 1).

        The codes are (B, 0) where the network has feature maps instead.
        """
        z, x_hat = self._probe(tf.cast(x, tf.float32) / 255.0)
        return z.numpy(), numpy_backend.as_image(x_hat.numpy())


def _as_images(pixels):
    return tf.reshape(tf.cast(pixels, tf.float32) / 255.0, (-1, *models.IMAGE_SHAPE))


def _padded(noisy: np.ndarray | None, shape: tuple[int, ...]) -> tf.Tensor | None:
    """Corrupted images as a tensor of `shape`, which is the same for every call so that none compiles anew."""
    if noisy is None:
        return None
    padded = np.zeros(shape, np.uint8)
    padded.reshape(-1, shape[-1])[: noisy.size // shape[-1]] = noisy.reshape(-1, shape[-1])
    return tf.constant(padded)
