"""A VAE's spec → the sections of a Keras program that build it, its loss, and use it."""

from __future__ import annotations

from aecore.export.script import Section, number
from aecore.specs import ModelSpec, TrainSpec

_CLASS = '''
class VAE(keras.Model):
    """The loss is reconstruction_loss + BETA * kl_loss, in nats per image."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, x):
        z_mean, z_log_var = self.encoder(x)
        epsilon = keras.random.normal(ops.shape(z_mean), seed=self.seed_generator)
        z = z_mean + ops.exp(0.5 * z_log_var) * epsilon
        kl_loss = 0.5 * ops.sum(z_mean**2 + ops.exp(z_log_var) - z_log_var - 1, axis=1)
        self.add_loss(BETA * ops.mean(kl_loss))
        return self.decoder(z)

'''


def network_sections(model: ModelSpec, train: TrainSpec) -> tuple[Section, ...]:
    """The sections that build the encoder, the decoder and the loss."""
    loss = {"binary_crossentropy": "binary_crossentropy", "mse": "mean_squared_error"}[train.loss]
    network = [
        "encoder_inputs = keras.Input(shape=(784,))",
        "x = encoder_inputs",
        *(f'x = Dense({width}, activation="{model.activation}")(x)' for width in model.widths),
        f'z_mean = Dense({model.code_dim}, name="z_mean")(x)',
        f'z_log_var = Dense({model.code_dim}, name="z_log_var")(x)',
        'encoder = keras.Model(encoder_inputs, [z_mean, z_log_var], name="encoder")',
        "",
        f"latent_inputs = keras.Input(shape=({model.code_dim},))",
        "x = latent_inputs",
        *(f'x = Dense({width}, activation="{model.activation}")(x)' for width in reversed(model.widths)),
        'decoder = keras.Model(latent_inputs, Dense(784, activation="sigmoid")(x), name="decoder")',
    ]
    objective = [
        f"BETA = {number(model.beta)}",
        "",
        _CLASS,
        "def reconstruction_loss(x, x_hat):",
        f"    return 784 * keras.losses.{loss}(x, x_hat)",
        "",
        "",
        "autoencoder = VAE(encoder, decoder)",
        "autoencoder(x_train[:1])  # builds the weights",
    ]
    network_explanation = (
        f"For each image the encoder gives a cloud in a latent space of {model.code_dim} dimensions: a Gaussian with "
        "the mean z_mean and the logarithm of the variance z_log_var. The decoder draws an image from a point there."
    )
    objective_explanation = (
        "In training, the decoder gets a point drawn at random from the image's cloud. The loss has two parts: how far "
        "the reconstruction is from the image, and, weighted by BETA, how far the cloud is from the unit Gaussian."
    )
    return Section("The network", network_explanation, network), Section("The loss", objective_explanation, objective)


def use_section() -> Section:
    """The section that encodes, decodes and samples."""
    explanation = (
        "The code of an image is the mean of its cloud. Points drawn from the unit Gaussian become new images."
    )
    lines = [
        "z_mean, z_log_var = encoder.predict(x_test[:10], verbose=0)",
        "codes = z_mean",
        "reconstructions = decoder.predict(z_mean, verbose=0).reshape(-1, 28, 28)",
        "new_digits = decoder.predict(np.random.normal(size=z_mean.shape), verbose=0).reshape(-1, 28, 28)",
        'print("codes:", codes.shape, "reconstructions:", reconstructions.shape, "new digits:", new_digits.shape)',
    ]
    return Section("Using it", explanation, lines)
