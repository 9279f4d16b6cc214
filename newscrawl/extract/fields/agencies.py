"""Names of news agencies, which are data (agencies.txt)."""

from __future__ import annotations

import re
from pathlib import Path

_LINES = Path(__file__).with_name("agencies.txt").read_text("utf-8").splitlines()
NAMES = tuple(line.strip() for line in _LINES if line.strip() and not line.startswith("#"))


def make_pattern(names: tuple[str, ...]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first) + ")"


PATTERN = make_pattern(NAMES)
LONG_NAMES = tuple(name for name in NAMES if len(name) > 6 and " " not in name)
"""Names of one word that nothing else has: "AP" and "PA" are also initials."""
LONG_PATTERN = make_pattern(LONG_NAMES)
