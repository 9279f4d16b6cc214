"""Which validators of a response are sent with later requests for its URL (RFC 9110, 8.8). Times are UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_CLOCK_SKEW = timedelta(minutes=5)
_FIRST_SERVERS = datetime(1995, 1, 1, tzinfo=UTC)
_MAX_LENGTH = 1000
_CODING_SUFFIX = re.compile(r"[-;_:.](?:x-)?(gzip|gz|br|zstd|deflate)\"?$", re.IGNORECASE)
_CODING_NAMES = {"gz": "gzip"}


def check_etag(etag: str | None, coding: str | None = None) -> str | None:
    """Return an ETag that may be sent; None for others. Its characters are octets (ISO 8859-1).

    `coding` is the Content-Encoding of its response, if that is known. Servers mark the ETag of each encoding; one that
    is marked for another encoding belongs to a body that we do not have.
    """
    if not etag or len(etag) > _MAX_LENGTH or not etag.isprintable() or max(etag) > "\xff":
        return None
    if coding is not None and (marked := _CODING_SUFFIX.search(etag)):
        name = marked[1].lower()
        return etag if _CODING_NAMES.get(name, name) in coding.lower() else None
    return etag


def check_last_modified(last_modified: str | None, now: datetime) -> str | None:
    """Return a Last-Modified header that may be sent; None for what is no date, or none of the past."""
    # with a date in the future, a page would be "unchanged" until then; with one of 1970, for ever
    try:
        at = parsedate_to_datetime(last_modified or "")
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return last_modified if _FIRST_SERVERS <= at <= now + _CLOCK_SKEW else None
    except (ValueError, OverflowError):
        return None
