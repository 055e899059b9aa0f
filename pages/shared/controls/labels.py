"""What a value of a setting is called on screen."""

from __future__ import annotations

LABELS = {
    "mnist": "Digits (MNIST)",
    "fashion_mnist": "Clothes (Fashion-MNIST)",
    "adam": "Adam",
    "adadelta": "Adadelta",
    "rmsprop": "RMSprop",
    "sgd": "SGD with momentum",
    "binary_crossentropy": "Binary cross-entropy",
    "mse": "Squared error",
    "relu": "ReLU",
    "gelu": "GELU",
    "tanh": "tanh",
    "linear": "none (linear)",
    "max_pooling": "Max pooling",
    "strides": "Strides of 2",
    "upsampling": "Upsampling",
    "transposed": "Transposed convolutions",
}


NOISE_LABELS = {
    "gaussian": "Gaussian",
    "salt_and_pepper": "Salt and pepper",
    "speckle": "Speckle",
    "masking": "Missing pixels",
    "square": "Missing square",
    "blur": "Blur",
}
