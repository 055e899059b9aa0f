"""The bytes in which the browser gets a decoder of dense layers."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

import numpy as np

from aecore.networks.numpy_backend import Layer


def pack_decoder(decoder: Sequence[Layer]) -> bytes:
    """A decoder as bytes: the length of the header as a little-endian uint32, the header, the weights.

    The header is JSON, `[{"n_in": …, "n_out": …, "activation": …}, …]`, padded with spaces so that the weights begin at
    a multiple of 4. The weights are each layer's kernel, row by row, and bias in little-endian half precision; values
    beyond its range are clipped to it.
    """
    header = json.dumps(
        [{"n_in": len(d.kernel), "n_out": len(d.bias), "activation": d.activation} for d in decoder]
    ).encode()
    header += b" " * (-len(header) % 4)
    limit = np.finfo("<f2").max
    arrays = [np.clip(array, -limit, limit).astype("<f2").tobytes() for d in decoder for array in (d.kernel, d.bias)]
    return b"".join([struct.pack("<I", len(header)), header, *arrays])
