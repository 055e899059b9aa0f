"""HTML and SVG of our own making, which `st.html` would strip of its SVG."""

from __future__ import annotations

from pages.shared.components.mount import mount


def figure(markup: str, key: str) -> None:
    """Draw HTML or SVG of our own making (`aecore.figures`).

    The markup is trusted: whatever came from a visitor must have been escaped in it. It is replaced in place, so a
    figure that is drawn anew twice a second does not flicker.
    """
    mount("figure", {"markup": markup}, key=key)


def flipbook(name: str, frames: list[str], labels: list[str], start: int, key: str) -> None:
    """Frames of HTML (trusted, as for `figure`) to drag or play through, in the browser alone, from frame `start`."""
    mount("flipbook", {"name": name, "frames": frames, "labels": labels, "start": start}, key=key)
