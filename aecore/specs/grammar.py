"""English grammar that depends on sound: the article that a word or a number takes."""

from __future__ import annotations

import re

# Letters whose names begin with a vowel: an F, an X, but a U.
_SPOKEN_WITH_A_VOWEL = "AEFHILMNORSX"
_BY_LETTERS = re.compile(r"[A-Z]{2}|[A-Za-z](?![A-Za-z])")  # MNIST, SGD, RMSprop; T-shirt, x, U-Net
_BEGINS_WITH_A_VOWEL = re.compile(r"[aeiou]|hour|honest|honou?r|heir", re.IGNORECASE)
_BUT_NOT_SPOKEN = re.compile(r"uni(?!m|n)|us[aeu]|util|eu|ubiq|one\b|once\b", re.IGNORECASE)


def with_article(phrase: str) -> str:
    """'boot' → 'a boot', 'ankle boot' → 'an ankle boot', '8' → 'an 8', 'U-Net' → 'a U-Net': by its sound."""
    return f"{'an' if _sounds_like_a_vowel(phrase) else 'a'} {phrase}"


def _sounds_like_a_vowel(phrase: str) -> bool:
    if number := re.match(r"\d[\d,]*", phrase):
        digits = number[0].replace(",", "")
        spoken_first = digits[: len(digits) % 3 or 3]  # 'eighteen' of 18,000
        return spoken_first.startswith("8") or spoken_first in ("11", "18")
    if _BY_LETTERS.match(phrase):
        return phrase[0].upper() in _SPOKEN_WITH_A_VOWEL
    return bool(_BEGINS_WITH_A_VOWEL.match(phrase)) and not _BUT_NOT_SPOKEN.match(phrase)
