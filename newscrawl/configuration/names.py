"""Names that are close to another name."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

MISSPELLED = 0.84
"""Least similarity of a misspelling: one wrong letter of seven. Names of other packages are far below."""


def find_closest(name: str, known: Iterable[str]) -> tuple[str, float]:
    """Return the known name that is closest to `name`, whatever their case, and how similar they are, from 0 to 1.

    >>> find_closest("dowload_delay", ["DOWNLOAD_DELAY", "JOBDIR"])[0]
    'DOWNLOAD_DELAY'
    """
    similarity = import_module("rapidfuzz.distance").OSA.normalized_similarity  # 15 ms, and needed for errors only
    return max(((each, similarity(name.upper(), each.upper())) for each in known), key=lambda pair: float(pair[1]))
