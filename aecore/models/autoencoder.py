"""What a network is to the rest of the core: an encoder and a decoder, each a Keras model of its own."""

from __future__ import annotations

from aecore.models.backend import keras


class Autoencoder(keras.Model):
    """x → encoder → z → decoder → x_hat. `encoder` and `decoder` are models of their own that share its layers.

    x, x_hat: float32 (B, 28, 28, 1) in [0, 1]; z: float32 (B, code_dim). A 'unet' takes images of any size whose sides
    are multiples of 2 to the power of its poolings; its z is the list of feature maps that its decoder needs, the
    finest scale first: (B, H / 2^i, W / 2^i, filters).
    """

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder

    def call(self, x):
        return self.decoder(self.encoder(x))

    def encode(self, x, training=False):
        """x → z. `training`: whether layers that behave differently in training do so."""
        return self.encoder(x, training=training)

    def decode(self, z, training=False):
        """z → x_hat."""
        return self.decoder(z, training=training)

    def reconstruct(self, x):
        """x → x_hat."""
        return self.decode(self.encode(x))


class VAE(Autoencoder):
    """An autoencoder whose encoder gives each image a Gaussian in the latent space; its code is the mean of that.

    z_mean, z_log_var: float32 (B, code_dim).
    """

    def call(self, x):
        return self.decoder(self.encode(x))

    def encode(self, x, training=False):
        """x → z_mean."""
        return self.encoder(x, training=training)[0]

    def encode_distribution(self, x, training=False):
        """x → z_mean, z_log_var."""
        return self.encoder(x, training=training)
