"""Reads files of HTML or text as pages."""

from __future__ import annotations

import glob
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.article import Page
from newscrawl.content_encodings.body import Decoded, decode_body
from newscrawl.content_encodings.streams import EncodingError
from newscrawl.html_checks import HTML_TAG

_SNIFFED = 1024
_PACKED = (".gz", ".zst", ".br")
_JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*(?:[{\"\]]|-?\d[\d.]*\s*(?:,\s*[-\d]|\]\s*$)|\[\s*[\"{\[\d-]))")
"""Markdown may begin with a bracket as well: "[Skip to content](#main)"."""
_TYPES = {".txt": "text/plain", ".text": "text/plain", ".md": "text/markdown", ".markdown": "text/markdown"}


def find_files(pattern: str) -> list[Path]:
    """Return the files that match a glob pattern ("**" for any depth), sorted."""
    return [path for path in sorted(map(Path, glob.glob(pattern, recursive=True))) if path.is_file()]


def read(path: Path, max_bytes: int) -> Page:
    """Read a file as a page with its `file:` URI and modification time. Raises OSError.

    A compressed file is decompressed. At most one byte more than `max_bytes` is read, which is enough to reject the
    page as too large.
    """
    with path.open("rb") as file:
        decoded = Decoded(file.read(max_bytes + 1))
    with suppress(EncodingError):  # not a page then, whatever it is
        decoded = decode_body(decoded.body, max_bytes=max_bytes)
    name = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    return Page(
        url=path.resolve().as_uri(),
        body=decoded.body,
        fetched_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        content_type=guess_content_type(name, decoded.body),
        incomplete_reason=decoded.incomplete_reason,
    )


def guess_content_type(path: Path, body: bytes) -> str | None:
    """Guess the type of a file by its name or content; None if it is unknown."""
    if kind := _TYPES.get(path.suffix.lower()):
        return kind
    head = body[:_SNIFFED]
    if _JSON.match(head):
        return "application/json"
    return "text/html" if HTML_TAG.search(head) or path.suffix.lower() in (".html", ".htm") else None
