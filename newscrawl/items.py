"""What a spider yields beside requests and pages, and what its requests for lists carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newscrawl.article import CaptureRef, Link

Missed = Literal["gone", "failed", "blocked"]
"""What becomes of a list that does not come; see newscrawl.states.ListOutcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A page that gave no article, as an item: what a spider yields in place of a Page."""

    url: str
    """As discovered."""
    state: Literal["refused", "failed", "blocked", "unchanged", "discovered"]
    """unchanged: the server says that it is as it was. discovered: it was not asked for after all, and waits."""
    reason: str | None = None
    """A short, stable code: "http_404", "video", "timeout"."""
    status: int | None = None
    link: Link | None = None
    """What a list told of it."""
    capture: CaptureRef | None = None
    """Where the answer is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A list that a spider asks for; its request carries it as meta["list"]."""

    source: str
    """The discovery module that reads it, or "sitemap"."""
    url: str
    index_url: str | None = None
    """Address of the index that named it; None for one that none did."""
    lastmod: datetime | None = None
    """What that index tells now of its last change."""
    depth: int = 0
    """How many indexes led to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRead:
    """A list that was read, as an item of the spider: the planner takes it, and remembers the list by it."""

    links: Sequence[Link]
    """Its articles, or the lists that it names."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the answer (RFC 9110, 8.8), as sent."""
