"""Small browser components: a Python function each, with its JavaScript and CSS in files beside it.

May import pages.shared.app.state and, of the core, nothing.
"""

from pages.shared.components.decoder import code_editor, decoder_weights
from pages.shared.components.html import figure, flipbook
from pages.shared.components.image_input import camera_note, crop_box, draw_pad
from pages.shared.components.image_views import clickable_image, swipe
from pages.shared.components.latent_plane import Plane, latent_pad, latent_points
from pages.shared.components.mount import sendable
from pages.shared.components.whole_page import bear_translation, cookie, forced_colours, mend_address

__all__ = [
    "Plane",
    "bear_translation",
    "camera_note",
    "clickable_image",
    "code_editor",
    "cookie",
    "crop_box",
    "decoder_weights",
    "draw_pad",
    "figure",
    "flipbook",
    "forced_colours",
    "latent_pad",
    "latent_points",
    "mend_address",
    "sendable",
    "swipe",
]
