"""What training minimises: reconstruction_loss + weight · code cost; for a VAE the negative ELBO."""

from __future__ import annotations

import functools

from aecore.models import N_PIXELS, Autoencoder, fast_layers
from aecore.models.backend import keras, tf
from aecore.specs import ModelSpec

PIXEL_LOSSES = {
    "binary_crossentropy": keras.losses.binary_crossentropy,
    "mse": keras.losses.mean_squared_error,
}


class Objective:
    """The two terms of the loss of a network, each per image.

    reconstruction_loss: the mean over the pixels; for a VAE their sum, in nats. Code cost: the sum of the absolute
    values of the code; for a VAE the kl_loss, in nats; 0 for a network without a code.
    """

    def __init__(self, model_spec: ModelSpec, model: Autoencoder, loss: str):
        self.variational = model_spec.family == "vae"
        self.has_code = model_spec.family != "unet"
        self._model = model
        self._pixel_loss = PIXEL_LOSSES[loss]
        is_chain = model_spec.family == "conv"
        self._decode = functools.partial(fast_layers.run, model.decoder) if is_chain else model.decode

    def code_weight(self, model_spec: ModelSpec) -> float:
        """The weight of the code cost in the loss: β of a VAE, otherwise that of the L1 penalty."""
        return model_spec.beta if self.variational else model_spec.activity_l1

    def terms(
        self, x: tf.Tensor, x_in: tf.Tensor, noise_seed: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Images x and the input x_in, (B, 28, 28, 1) each → reconstruction_loss (B,), code cost (B,).

        `noise_seed`: two whole numbers that decide a VAE's samples. `training`: whether layers behave as in training.
        """
        if self.variational:
            z_mean, z_log_var = self._model.encode_distribution(x_in, training)  # (B, code_dim) each
            epsilon = tf.random.stateless_normal(tf.shape(z_mean), noise_seed)
            z = z_mean + tf.exp(0.5 * z_log_var) * epsilon
            code_cost = 0.5 * tf.reduce_sum(tf.square(z_mean) + tf.exp(z_log_var) - z_log_var - 1.0, axis=1)  # KL, (B,)
        else:
            z = self._model.encode(x_in, training)  # (B, code_dim)
            code_cost = tf.reduce_sum(tf.abs(z), axis=1) if self.has_code else tf.zeros(tf.shape(x)[:1])  # (B,)
        x_hat = self._decode(z, training)
        reconstruction = tf.reduce_mean(self._pixel_loss(x, x_hat), axis=(1, 2))  # (B,)
        if self.variational:
            reconstruction *= N_PIXELS
        return reconstruction, code_cost

    def encode_decode(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """x (B, 28, 28, 1) → z (B, code_dim), or (B, 0) for a network without a code, and x_hat (B, 28, 28, 1)."""
        z = self._model.encode(x)
        return z if self.has_code else tf.zeros((tf.shape(x)[0], 0)), self._decode(z)
