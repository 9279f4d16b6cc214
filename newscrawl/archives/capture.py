"""Capture: one answer of a server as an archive keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from newscrawl.article import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """An HTTP response as it was at one moment: a redirect or a 404 as much as a page."""

    url: str
    """The address that was asked for, absolute."""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """As served and in order, but without the three that tell of the body on the wire
    (Content-Encoding, Transfer-Encoding, Content-Length), for `body` is no longer in that form."""
    body: bytes = field(default=b"", repr=False)
    """Content and transfer encodings undone, character encoding not."""
    captured_at: datetime
    """UTC."""

    def header(self, name: str) -> str | None:
        """The first value of header `name`, in any case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def page(self) -> Page:
        """The capture as a Page, told apart from a live one by nothing but its time."""
        return Page(
            url=self.url,
            body=self.body,
            fetched_at=self.captured_at,
            content_type=self.header("Content-Type"),
            status=self.status,
        )
