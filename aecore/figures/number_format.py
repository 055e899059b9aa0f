"""Numbers as text."""

from __future__ import annotations

import math

from aecore.tasks.denoising import Cleaned

HUGE = 1e7  # from here on a number is written in powers of ten


def number(value: float, decimals: int) -> str:
    """A number with that many decimals; a huge one in powers of ten, and a dash for NaN and infinity."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.{decimals}f}" if abs(value) < HUGE else f"{value:.1e}"


def quality(found: Cleaned) -> str:
    """'18.2 dB, SSIM 0.81'; for an image that equals the true one, that it does."""
    return f"{found.psnr:.1f} dB, SSIM {found.ssim:.2f}" if math.isfinite(found.psnr) else "the same, pixel by pixel"
