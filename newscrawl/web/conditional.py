"""Conditional requests (RFC 9110, 13): readers of feeds request again and again what has not changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from newscrawl.web.request import Document


def check_conditions(document: Document, headers: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Return status and validators of the response to a request with these headers (names in lower case).

    304 if the client has the document already.
    """
    if document.modified_at is None:
        return 200, {}
    tag = f'"{hashlib.sha256(document.text.encode()).hexdigest()[:32]}"'
    modified_at = document.modified_at.astimezone(UTC).replace(microsecond=0)
    validators = {"ETag": tag, "Last-Modified": format_datetime(modified_at, usegmt=True), "Cache-Control": "no-cache"}
    if (tags := headers.get("if-none-match")) is not None:
        known = {each.strip().removeprefix("W/") for each in tags.split(",")}
        return (304 if known & {tag, "*"} else 200), validators
    since = _read_date(headers.get("if-modified-since", ""))
    return (304 if since is not None and modified_at <= since else 200), validators


def _read_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
