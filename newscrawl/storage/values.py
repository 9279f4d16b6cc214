"""Values that all three databases take: characters, lengths, and the number of parameters of one statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from newscrawl.storage.types import NAME_LENGTH

Values = dict[str, Any]
"""A row to be written: column name to value."""
_Value = TypeVar("_Value")

# SQLite takes 32,766 parameters, PostgreSQL 65,535.
_PARAMETERS = 5000
# PostgreSQL rejects U+0000, and half a surrogate pair has no UTF-8. Both were seen in the wild.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_storable(*texts: str) -> bool:
    """Whether every database takes these texts, plain or encoded as JSON, unchanged."""
    text = "".join(texts)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text and "\\u0000" not in text


def sanitize(value: Any) -> Any:
    """Replace every character that a database rejects by U+FFFD, anywhere in a JSON value."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {sanitize(name): sanitize(part) for name, part in value.items()}
    return [sanitize(part) for part in value] if isinstance(value, list) else value


def truncate(name: str, length: int = NAME_LENGTH) -> str:
    """Shorten a text to the length of its column; a shortened one ends in an ellipsis."""
    return name if len(name) <= length else name[: length - 1] + "…"


def split_sorted(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Sort values and split them into lists that fit into the parameters of one statement."""
    rest = iter(sorted(values))
    while part := list(islice(rest, _PARAMETERS)):
        yield part


def split(values: Sequence[_Value], size: int) -> Iterator[Sequence[_Value]]:
    """Split a sequence into slices of a size, in order. Slices of an array are arrays, which hold no objects."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
