"""A variational autoencoder of dense layers as one writes it in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def build(widths: tuple[int, ...], activation: str, code_dim: int) -> keras.Model:
    """A VAE as one writes it in Keras: a model with its own train_step and test_step."""
    import keras
    import tensorflow as tf

    class Vae(keras.Model):
        def __init__(self):
            super().__init__()
            x = h = keras.Input((784,))
            for width in widths:
                h = keras.layers.Dense(width, activation=activation)(h)
            outputs = [keras.layers.Dense(code_dim)(h), keras.layers.Dense(code_dim)(h)]
            self.encoder = keras.Model(x, outputs)
            z = h = keras.Input((code_dim,))
            for width in reversed(widths):
                h = keras.layers.Dense(width, activation=activation)(h)
            self.decoder = keras.Model(z, keras.layers.Dense(784, activation="sigmoid")(h))
            self.loss_tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.loss_tracker]

        def negative_elbo(self, x):
            z_mean, z_log_var = self.encoder(x)
            z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))
            reconstruction_loss = 784 * tf.reduce_mean(keras.losses.binary_crossentropy(x, self.decoder(z)))
            kl_loss = 0.5 * tf.reduce_sum(z_mean**2 + tf.exp(z_log_var) - z_log_var - 1, axis=1)
            return reconstruction_loss + tf.reduce_mean(kl_loss)

        def train_step(self, data):
            with tf.GradientTape() as tape:
                loss = self.negative_elbo(data)
            weights = self.trainable_weights
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

        def test_step(self, data):
            self.loss_tracker.update_state(self.negative_elbo(data))
            return {"loss": self.loss_tracker.result()}

    return Vae()
