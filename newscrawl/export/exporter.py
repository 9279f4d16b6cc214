"""The interface of an export format: articles in, bytes out, one at a time."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, ClassVar

from newscrawl.article import Article
from newscrawl.export.display import format_iso

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# JSON may contain these unescaped; line readers take some of them for the end of a line, and terminals obey others.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedArticle:
    """An article with what the archive knows about it: None where it comes from no archive. Times are UTC."""

    article: Article  # as read from a database: without U+0000 and lone surrogates
    id: int | None = None
    revision: int | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None

    @property
    def url(self) -> str:
        """The canonical URL, else the fetched one."""
        return self.article.canonical_url or self.article.url

    @property
    def changed_at(self) -> datetime:
        """When the publisher last changed it; else when it was published, or fetched."""
        return self.article.updated_at or self.article.published_at or self.article.fetched_at

    def to_json(self) -> dict[str, Any]:
        """Return ARCHIVE_FIELDS, then the article as Article.to_json, and its body as one text."""
        seen = {"first_seen_at": format_iso(self.first_seen_at), "last_seen_at": format_iso(self.last_seen_at)}
        return {
            "id": self.id,
            "revision": self.revision,
            **seen,
            **self.article.to_json(),
            "body_text": self.article.body_text,
        }


ARCHIVE_FIELDS = ("id", "revision", "first_seen_at", "last_seen_at")
"""Fields of ExportedArticle that come from the archive, not from the article."""


class Exporter(ABC):
    """Articles as one file: `begin`, `write` for each, `end`. Memory use does not grow with their number."""

    extensions: ClassVar[tuple[str, ...]]  # file name endings that select the format; "/" is a folder
    is_text: ClassVar[bool] = True  # whether it may go to a pipe and be compressed as a whole
    is_appendable: ClassVar[bool] = False  # whether articles can be added at the end of an existing file
    default_limit: ClassVar[int | None] = None
    """Number of newest articles that are exported without --limit; None: all."""

    def __init__(self, file: BinaryIO, title: str | None = None) -> None:
        """Write to `file`, which stays open. `title` describes the selection; None: everything."""
        self.file, self.title = file, title

    @classmethod  # noqa: B027 - most formats need nothing
    def require(cls) -> None:
        """Raise ExportError where a package that the format needs is not installed."""

    def begin(self) -> None:  # noqa: B027 - most formats have no head
        """Write what comes before the first article."""

    @abstractmethod
    def write(self, entry: ExportedArticle) -> None:
        """Write an article."""

    def end(self) -> None:  # noqa: B027
        """Write what comes after the last article."""


def encode_json_line(value: Any) -> bytes:
    """Encode a value as one line of JSON in UTF-8; line separators and terminal controls are escaped."""
    text = _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", _encode(value))
    return f"{text}\n".encode()
