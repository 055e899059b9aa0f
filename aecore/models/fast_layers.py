"""A chain of Keras layers, computed the way that is fastest on a CPU: the same equations, the layers' own weights.

A 3×3 convolution after nearest-neighbour upsampling sees each small pixel up to four times. Instead of enlarging the
image first, the small image is convolved with four times as many filters, one for each of the four pixels that a small
one becomes; their kernels add up the weights that fall on the same small pixel (Shi et al. 2016). The arithmetic is no
more, on tensors of a quarter of the size: the lesson's last layer and its gradients take a third of the time.
"""

from __future__ import annotations

import collections
import functools
from typing import cast

import numpy as np

from aecore.models.backend import keras, tf

layers = keras.layers


def run(model: keras.Model, h: tf.Tensor, training: bool = False) -> tf.Tensor:
    """What `model(h, training=training)` gives, for a model whose layers form a chain."""
    chain = collections.deque(model.layers[1:])  # without the input
    while chain:
        layer = chain.popleft()
        fused = chain and can_fuse(layer, chain[0])
        h = convolve_upsampled(h, chain.popleft()) if fused else layer(h, training=training)
    return h


def can_fuse(layer: keras.Layer, following: keras.Layer) -> bool:
    """Whether the layers double the sides and then apply a plain 3×3 convolution."""
    return (
        isinstance(layer, layers.UpSampling2D)
        and (layer.size, layer.interpolation) == ((2, 2), "nearest")
        and type(following) is layers.Conv2D
        and (following.kernel_size, following.strides, following.dilation_rate) == ((3, 3), (1, 1), (1, 1))
        and following.groups == 1
        and following.use_bias
    )


def convolve_upsampled(h: tf.Tensor, conv: keras.layers.Conv2D) -> tf.Tensor:
    """`conv` of h (B, H, W, C) at twice its size: (B, 2H, 2W, filters), 2 less per side without padding."""
    sums = _kernel_sums(conv.padding)  # (n, n, 4, 9)
    n, (channels, filters) = sums.shape[0], conv.kernel.shape[2:]
    kernels = tf.matmul(sums.reshape(-1, 9), tf.reshape(conv.kernel, (9, channels * filters)))
    kernels = tf.transpose(tf.reshape(kernels, (n, n, 4, channels, filters)), (0, 1, 3, 2, 4))
    kernels = tf.reshape(kernels, (n, n, channels, 4 * filters))
    h = tf.nn.bias_add(tf.nn.conv2d(h, kernels, 1, conv.padding.upper()), tf.tile(conv.bias, [4]))
    h = conv.activation(h)  # here, where TensorFlow fuses it with the convolution
    height, width = cast(tuple[int, int], tuple(h.shape[1:3]))
    h = tf.transpose(tf.reshape(h, (-1, height, width, 2, 2, filters)), (0, 1, 3, 2, 4, 5))  # (B, H, 2, W, 2, filters)
    return tf.reshape(h, (-1, 2 * height, 2 * width, filters))


@functools.cache
def _kernel_sums(padding: str) -> np.ndarray:
    """(n, n, 4, 9) of 0 and 1: which weights of a 3×3 kernel fall on n × n small pixels, for each of four large ones.

    Through its row r, the large row 2m + a sees the large row 2m + a + r, or with padding the one above, which is a
    copy of the small row m + (a + r) // 2, or with padding m - 1 + (a + r + 1) // 2. Columns likewise.
    """
    shift = 1 if padding == "same" else 0
    rows = np.zeros((2, 2 + shift, 3), np.float32)  # a of the large image, of the small one, r of the kernel
    for a in range(2):
        for r in range(3):
            rows[a, (a + r + shift) // 2, r] = 1
    sums = np.einsum("aur,bvs->uvabrs", rows, rows)
    return sums.reshape(2 + shift, 2 + shift, 4, 9)
