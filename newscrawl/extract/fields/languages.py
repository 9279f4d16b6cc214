"""Detects the language of a text: BCP 47 tags in lower case.

>>> normalize("en_US"), normalize("English") is None
('en-us', True)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from newscrawl.article import Block

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_MIN_LENGTH = 60
_MAX_LENGTH = 4000
"""Characters that decide; more do not change the answer."""


def normalize(tag: str | None) -> str | None:
    """Return a stated language as a tag; None for anything else."""
    tag = (tag or "").strip().replace("_", "-").lower()
    return tag if _TAG.fullmatch(tag) else None


def detect(blocks: Iterable[Block]) -> str | None:
    """Return the language that blocks of text are written in; None for too little text."""
    text = " ".join(block.text for block in blocks)[:_MAX_LENGTH]
    if len(text) < _MIN_LENGTH:
        return None
    import py3langid  # noqa: PLC0415 - a second, needed only for texts of unknown language

    language, _ = py3langid.classify(text)
    return str(language)
