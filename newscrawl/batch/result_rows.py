"""What is read of an archive file as rows of text, which the process that reads pages makes and `results` stores."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

from newscrawl.article import decode_fields, encode_fields
from newscrawl.errors import ArchiveError, NoOriginalError
from newscrawl.storage import PageResult

_PAGE, _BROKEN, _NO_ORIGINAL, _COUNTS = "page", "broken", "no original", "counts"


class ResultRow(NamedTuple):
    """A result of a page, the error of a record, or the counts of a file."""

    kind: str
    url: str | None
    state: str | None
    reason: str | None
    data: str
    """All of it, as JSON."""


def encode_result(result: PageResult) -> ResultRow:
    # What is shown may lack characters that UTF-8 cannot encode.
    url, reason = (text and text.encode("utf-8", "replace").decode() for text in (result.url, result.reason))
    return ResultRow(_PAGE, url, result.state, reason, _dump(encode_fields(result)))


def encode_error(error: ArchiveError) -> ResultRow:
    kind = _NO_ORIGINAL if isinstance(error, NoOriginalError) else _BROKEN
    data = {"path": error.path, "offset": error.offset, "detail": error.detail}
    return ResultRow(kind, None, None, error.detail.encode("utf-8", "replace").decode(), _dump(data))


def encode_counts(counts: Counter[str]) -> ResultRow:
    return ResultRow(_COUNTS, None, None, None, _dump(counts))


def decode_row(kind: str, text: str) -> PageResult | ArchiveError | Counter[str]:
    """Return what a row was made of. Raises ValueError, TypeError or KeyError for other data."""
    data = json.loads(text)
    match kind:
        case "page":
            return decode_fields(PageResult, data)
        case "counts":
            return Counter(data)
        case "no original":
            return NoOriginalError(**data)
        case "broken":
            return ArchiveError(**data)
    raise ValueError(f"{kind}: unknown kind of row")


def _dump(data: Any) -> str:
    return json.dumps(data)  # escaped, since pages have characters that UTF-8 cannot encode
