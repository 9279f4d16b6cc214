"""Texts by their letters and digits, for comparisons."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MAX_LENGTH = 1_000
_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return the letters and digits of a text, without case and accents.

    >>> fold("The Hafen-Küste!")
    'thehafenkuste'
    """
    if text.isascii():
        return _NOT_WORD.sub("", text[:_MAX_LENGTH].lower())
    decomposed = unicodedata.normalize("NFKD", text[:_MAX_LENGTH].casefold())
    return _NOT_WORD.sub("", "".join(char for char in decomposed if not unicodedata.combining(char)))
