"""Saved pages: files of HTML or text, read as pages."""

from __future__ import annotations

import glob
import re
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.article import Page

_SNIFFED = 1024
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|meta|title|script|div|article)\b", re.I)
_JSON = re.compile(rb"\s*[\[{]")


def paths(pattern: str) -> list[Path]:
    """The files that a glob pattern names ("**" for any depth), in alphabetical order."""
    return [path for path in sorted(map(Path, glob.glob(pattern, recursive=True))) if path.is_file()]


def read(path: Path, max_bytes: int) -> Page:
    """A file as a page whose address is its `file:` URI, fetched when the file was last modified.

    At most one byte more than `max_bytes` is read: enough to know that it is too large. Raises OSError.
    """
    with path.open("rb") as file:
        body = file.read(max_bytes + 1)
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Page(url=path.resolve().as_uri(), body=body, fetched_at=modified, content_type=content_type(path, body))


def content_type(path: Path, body: bytes) -> str | None:
    """What a file is: text by its name, else what its content looks like; None where that is nothing known."""
    if path.suffix.lower() == ".txt":
        return "text/plain"
    head = body[:_SNIFFED]
    if _JSON.match(head):
        return "application/json"
    return "text/html" if _MARKUP.search(head) or path.suffix.lower() in (".html", ".htm") else None
