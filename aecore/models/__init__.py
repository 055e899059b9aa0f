"""Networks as Keras models, and what only Keras can tell of them. Imports Keras.

May import specs, imaging and networks. Everybody else imports this package inside functions, or is training or
pretrain.
"""

from aecore.models.autoencoder import VAE, Autoencoder
from aecore.models.keras_models import IMAGE_SHAPE, N_PIXELS, build, trained
from aecore.models.saving import to_keras_file

__all__ = ["IMAGE_SHAPE", "N_PIXELS", "VAE", "Autoencoder", "build", "to_keras_file", "trained"]
