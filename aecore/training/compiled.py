"""The compiled training of one architecture: built once a worker, shared by every run of that architecture.

A `Program` holds a Keras model, its optimizer and two compiled loops. Whoever trains puts a run's variables in, runs
the loop, and takes them out again. Images stay uint8 until they are gathered inside the loop.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator

import numpy as np

from aecore import datasets, models
from aecore.models import fast_layers
from aecore.models.backend import keras, tf
from aecore.networks import numpy_backend
from aecore.specs import CONVOLUTIONAL, DATASETS, SGD_MOMENTUM, ModelSpec, TrainSpec

# The longest stretch of images that one call trains on. Its size is fixed so that slices of any length share a program.
MAX_IMAGES_PER_CALL = 65_536
MAX_NOISY_IMAGES_PER_CALL = 8_192  # these are carried there, and not looked up where they are used
# Feature maps take much more memory than units: with a thousand images at a time a network of 64 filters took 700 MB.
EVALUATION_BATCH, CONVOLUTIONAL_EVALUATION_BATCH = 1_000, 200
EVALUATION_SEED = 1_000_000  # none that a run can have
PIXEL_LOSSES = {
    "binary_crossentropy": keras.losses.binary_crossentropy,
    "mse": keras.losses.mean_squared_error,
}
# What is kept of programs that nobody uses at the moment: a compiled one holds some fifteen megabytes, its weights and
# the optimizer's values come on top; a class uses a handful of architectures at a time.
KEPT_PROGRAMS, KEPT_BYTES = 16, 250_000_000
COMPILED_BYTES = 15_000_000
_building = threading.Lock()  # one at a time


@functools.cache
def image_bank() -> tf.Tensor:
    """All images of all data sets as one uint8 tensor (N, 784) on the memory of `datasets.bank()`.

    One tensor for all, because XLA compiles anew for another shape.
    """
    return tf.experimental.dlpack.from_dlpack(datasets.bank().__dlpack__())


def image_rows(dataset: str, split: str, indices: np.ndarray) -> np.ndarray:
    """Rows of the image bank for `indices` into a split of a data set; -1, which means no image, stays."""
    return np.where(indices < 0, -1, indices + datasets.bank_offset(dataset, split)).astype(np.int32)


def make_optimizer(name: str, learning_rate: float) -> keras.optimizers.Optimizer:
    """The Keras optimizer behind a name of `specs.OPTIMIZERS`."""
    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=SGD_MOMENTUM)
    return {
        "adam": keras.optimizers.Adam,
        "adadelta": keras.optimizers.Adadelta,
        "rmsprop": keras.optimizers.RMSprop,
    }[name](learning_rate)


class _Compiled:
    """A function of TensorFlow's that is compiled at its first call, while no other is being built or compiled.

    Two threads that trace at once share what Keras and TensorFlow keep of it, and can come to wait for each other.
    """

    def __init__(self, function):
        self.function = function
        self._is_compiled = False

    def __call__(self, *args):
        with contextlib.nullcontext() if self._is_compiled else _building:
            results = self.function(*args)
            self._is_compiled = True
            return results


class Program:
    """The compiled loops of one architecture, optimizer, loss and batch size.

    Settings that are mere numbers (learning rate, sparsity, β) go in with each call and never compile anew.
    From putting variables in to taking them out nobody else may use it (see `borrow`). `noisy`: whether what goes in is
    not the image itself, but a corrupted one that comes with each call. `bank`: the uint8 images (N, 784) that the rows
    of `train` count in, if they are not those of the embedded data sets.
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
        of_maps = model_spec.family in CONVOLUTIONAL
        self.evaluation_batch = CONVOLUTIONAL_EVALUATION_BATCH if of_maps else EVALUATION_BATCH
        self.variational = model_spec.family == "vae"
        self.has_code = model_spec.family != "unet"
        chain = model_spec.family == "conv"
        self._decode = functools.partial(fast_layers.run, self.model.decoder) if chain else self.model.decode
        self.optimizer = make_optimizer(optimizer, 1.0)
        self.optimizer.build(self.model.trainable_variables)
        self._fresh_optimizer = self._values(self.optimizer.variables)
        self._bank = image_bank() if bank is None else tf.constant(bank)
        self._pixel_loss = PIXEL_LOSSES[loss]
        # XLA's convolutions take several times as long as TensorFlow's own (measured).
        self._train = _Compiled(tf.function(self._train_loop, jit_compile=model_spec.family not in CONVOLUTIONAL))
        # A forward pass gains nothing from XLA (measured), and not compiling it shows a run's first picture sooner.
        self._evaluate = _Compiled(tf.function(self._evaluate_loop))
        self._probe = _Compiled(tf.function(self._encode_decode))

    @property
    def nbytes(self) -> int:
        """Bytes that it holds between its uses."""
        variables = sum(values.nbytes for values in self._fresh_optimizer)
        return COMPILED_BYTES + 4 * self.model.count_params() + 2 * variables

    # Variables in and out.

    @staticmethod
    def _values(variables) -> tuple[np.ndarray, ...]:
        return tuple(np.array(variable.numpy()) for variable in variables)

    def fresh_optimizer(self, learning_rate: float) -> tuple[np.ndarray, ...]:
        """The optimizer's variables before the first step, at `learning_rate`."""
        variables = list(self._fresh_optimizer)
        position = [v is self.optimizer.learning_rate for v in self.optimizer.variables].index(True)
        variables[position] = np.float32(learning_rate)
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

    # The equations.

    def _loss_terms(self, bank, rows, noise_seed, noisy, training):
        """rows (B,) of an image bank, -1 for none → sums over the images of the two terms, and how many they are.

        The first is the reconstruction_loss: the mean over the pixels; for a VAE their sum, in nats. The second is what
        the code costs before it is weighted: the sum of its absolute values; for a VAE the kl_loss, in nats; 0 for
        feature maps.
        `noise_seed`: two whole numbers that decide a VAE's samples. `noisy`: (B, 784) uint8, what goes in if it is not
        the images themselves, or None. `training`: whether layers do what they do while a network trains; those that
        look at a whole batch see an image in the place of none, too.
        """
        present = tf.cast(rows >= 0, tf.float32)  # (B,)
        x = _as_images(tf.gather(bank, tf.maximum(rows, 0)))  # (B, 28, 28, 1)
        x_in = x if noisy is None else _as_images(noisy)
        if self.variational:
            z_mean, z_log_var = self.model.encode_distribution(x_in, training)  # (B, code_dim) each
            epsilon = tf.random.stateless_normal(tf.shape(z_mean), noise_seed)
            z = z_mean + tf.exp(0.5 * z_log_var) * epsilon
            code_cost = 0.5 * tf.reduce_sum(tf.square(z_mean) + tf.exp(z_log_var) - z_log_var - 1.0, axis=1)  # (B,)
        else:
            z = self.model.encode(x_in, training)  # (B, code_dim)
            code_cost = tf.reduce_sum(tf.abs(z), axis=1) if self.has_code else tf.zeros_like(present)  # (B,)
        x_hat = self._decode(z, training)
        reconstruction = tf.reduce_mean(self._pixel_loss(x, x_hat), axis=(1, 2))  # (B,)
        if self.variational:
            reconstruction *= models.N_PIXELS
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

    def _encode_decode(self, x):
        z = self.model.encode(x)
        return z if self.has_code else tf.zeros((tf.shape(x)[0], 0)), self._decode(z)

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

        `noisy`: uint8 (n_steps, B, 784), what goes in, for a program that is `noisy`. The loop itself goes on adding,
        so that how an epoch is cut into calls leaves no trace in the rounding.
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
        """Means of both terms over the data set's test images; a VAE's with one sample an image, always the same.

        `rows`: other images of `image_bank()` to take instead, at most as many as the largest test set has. `noisy`:
        uint8 (N, 784), what goes in for each, for a program that is `noisy`.
        """
        if rows is None:
            rows = image_rows(dataset, "test", np.arange(len(datasets.load(dataset).x_test)))
        n = len(rows)
        most = max(len(datasets.load(name).x_test) for name in DATASETS)
        n_batches = -(-n // self.evaluation_batch)
        padded = np.full((-(-most // self.evaluation_batch), self.evaluation_batch), -1, np.int32)
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


# Those that nobody uses at the moment, the one used last at the end.
_idle: list[tuple[tuple, Program]] = []
_idle_lock = threading.Lock()


@contextlib.contextmanager
def borrow(model_spec: ModelSpec, train_spec: TrainSpec) -> Iterator[Program]:
    """A program for these specs that nobody else uses meanwhile.

    Built if there is none that is idle, so that two runs of one architecture can train at once; and kept afterwards
    while it is among those lately used.
    """
    noisy = train_spec.noise_spec is not None
    key = (model_spec.architecture, train_spec.optimizer, train_spec.loss, train_spec.batch_size, noisy)
    with _idle_lock:
        place = next((i for i in reversed(range(len(_idle))) if _idle[i][0] == key), None)
        program = None if place is None else _idle.pop(place)[1]
    if program is None:
        with _building:
            program = Program(*key)
    try:
        yield program
    finally:
        with _idle_lock:
            _idle.append((key, program))
            while len(_idle) > KEPT_PROGRAMS or (len(_idle) > 1 and sum(p.nbytes for _, p in _idle) > KEPT_BYTES):
                del _idle[_least_needed()]


def _least_needed() -> int:
    """Which of the idle programs goes first: one that there is twice, and only then the one used longest ago."""
    kept = [key for key, _ in _idle]
    return next((i for i, key in enumerate(kept) if key in kept[i + 1 :]), 0)
