"""The settings of the page on convolution: their options and defaults, and where the session keeps them."""

from __future__ import annotations

from typing import Any

from pages.shared.app import state

IMAGES = {
    "mouse": "The lesson's drawing",
    "digit": "A digit",
    "photo": "A photograph",
    "upload": "Your own image",
}
OWN, NET = "own", "net"  # options for the filter: numbers typed by the visitor, or those of a trained network
HAND = "hand"  # the option, in place of a network, for two layers designed by hand
FIELD = "field"  # the section on receptive fields
STRIDES, DILATIONS, FACTORS = (1, 2, 3), (1, 2, 3), (2, 3, 4)
PADDINGS = {"valid": "none", "same": "same"}
KINDS = {"max": "Max", "average": "Average"}
SIZES = (2, 3, 4)
POOLED = {"picture": "The image", "map": "Its feature map"}
WAYS = {"upsampling": "Upsampling", "transposed": "Transposed convolution"}
MAX_PLACES = 200  # rows or columns of places that a link may name
# Settings of each section: name in the link → (options, default). In the session they are `page.name`.
SETTINGS: dict[str, dict[str, tuple[Any, Any]]] = {
    "slide": {"stride": (STRIDES, 1), "padding": (PADDINGS, "valid"), "dilation": (DILATIONS, 1)},
    "channels": {},
    "pool": {"of": (POOLED, "picture"), "kind": (KINDS, "max"), "size": (SIZES, 2), "step": ((0, 1, *SIZES), 0),
             "edges": (PADDINGS, "same")},
    "back": {"way": (WAYS, "transposed"), "stamp": (("ones", "smooth", OWN), "ones"), "factor": (FACTORS, 2)},
}  # fmt: skip
NUMERIC = {name for section in SETTINGS.values() for name, (_, default) in section.items() if isinstance(default, int)}


def put(page: str, **values: Any) -> None:
    """Set settings."""
    for name, value in values.items():
        state.set(page, name, value)
