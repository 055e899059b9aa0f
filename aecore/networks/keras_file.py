"""Which versions of Keras open a downloaded .keras file, and what to leave out of the file for them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, cast

from aecore.specs import ModelSpec

# Arguments that newer versions of Keras write into every file and older ones refuse. None is their default: a layer
# without them is the same layer.
NEWER_ARGUMENTS = ("quantization_config", "input_axes", "output_axes")  # since 3.13, 3.15 and 3.15
OLDEST = "3.5"
# The first version in which an argument makes a transposed convolution give an odd side.
OLDEST_WITH_OUTPUT_PADDING = "3.11"


def oldest_keras(model: ModelSpec) -> str:
    """The oldest version of Keras, such as "3.5", that opens the file of this network."""
    odd = model.upsampling == "transposed" and any(side % 2 for side in model.sides[:-1])
    return OLDEST_WITH_OUTPUT_PADDING if model.family == "conv" and odd else OLDEST


def for_older_keras(archive: bytes) -> bytes:
    """A .keras file as the installed Keras writes it → the same, without arguments that only newer versions know.

    Arguments with a value other than None stay, and with them the need for a newer Keras.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(sink, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "config.json":
                content = json.dumps(_without_newer(json.loads(content))).encode()
            target.writestr(member, content)
    return sink.getvalue()


def _without_newer(node: Any) -> Any:
    if isinstance(node, dict):
        items = cast("dict[str, Any]", node).items()
        return {key: _without_newer(value) for key, value in items if not (key in NEWER_ARGUMENTS and value is None)}
    return [_without_newer(item) for item in cast("list[Any]", node)] if isinstance(node, list) else node
