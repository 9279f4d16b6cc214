"""What every form of export is: articles in, bytes out, one at a time."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, ClassVar

from newscrawl.article import Article

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, and what reads it line by line may take for the end of one, or a terminal obey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article to write, with what an archive knows of it: None where it comes from none. Times are UTC."""

    article: Article
    """As a database gives it back: without U+0000 and halves of surrogate pairs."""
    id: int | None = None
    """Its number in the archive."""
    revision: int | None = None
    """How many versions were seen."""
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None

    @property
    def url(self) -> str:
        """The publisher's own address of it, or else the one that it was fetched from."""
        return self.article.canonical_url or self.article.url

    @property
    def changed_at(self) -> datetime:
        """When it last changed, as far as the publisher tells; else when it came out, or was fetched."""
        return self.article.updated_at or self.article.published_at or self.article.fetched_at

    def to_json(self) -> dict[str, Any]:
        """As Article.to_json, behind what the archive knows."""
        seen = {"first_seen_at": stamp(self.first_seen_at), "last_seen_at": stamp(self.last_seen_at)}
        return {"id": self.id, "revision": self.revision, **seen, **self.article.to_json()}


KNOWN = ("id", "revision", "first_seen_at", "last_seen_at")
"""What an Entry has besides its article."""


class Exporter(ABC):
    """Articles as one file: `begin`, `write` for each, `end`. What it holds does not grow with their number."""

    extensions: ClassVar[tuple[str, ...]]
    """Endings of names by which the form is known, "/" for a folder."""
    is_text: ClassVar[bool] = True
    """Whether it goes through a pipe, and may be packed as a whole."""
    may_be_added_to: ClassVar[bool] = False
    """Whether a file that has articles may get more at its end."""
    newest: ClassVar[int | None] = None
    """How many articles a file of this form has where nobody says otherwise; None: all."""

    def __init__(self, file: BinaryIO, title: str | None = None) -> None:
        """Write to `file`, which is left open. `title`: what was asked for, to be shown; None: everything."""
        self.file, self.title = file, title

    @classmethod  # noqa: B027 - most forms need nothing
    def require(cls) -> None:
        """Raise ExportError where something that it needs is not installed."""

    def begin(self) -> None:  # noqa: B027 - most forms have no head
        """Write what comes before the first article."""

    @abstractmethod
    def write(self, entry: Entry) -> None:
        """Write an article."""

    def end(self) -> None:  # noqa: B027
        """Write what comes after the last article."""


def stamp(moment: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, with "Z"."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def json_line(value: Any) -> bytes:
    """A JSON value as a line of UTF-8, which is one to whoever splits it, and which a terminal only shows."""
    text = _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", _encode(value))
    return f"{text}\n".encode()
