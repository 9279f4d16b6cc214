"""Items that a spider yields beside requests and pages, and the value that its list requests carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newscrawl.article import CaptureRef, Link
from newscrawl.states import RefusalKind, classify_refusal

ListFailure = Literal["gone", "failed", "blocked", "refused"]
"""Why a list could not be read; see newscrawl.states.ListOutcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedPage:
    """A page that gave no article: what a spider yields in place of a Page."""

    url: str
    """As discovered."""
    state: Literal["refused", "failed", "blocked", "unchanged", "discovered"]
    """unchanged: the server answered 304. discovered: the page was not fetched in this run and stays pending."""
    reason: str | None = None
    """A short, stable code: "http_404", "video", "timeout"."""
    status: int | None = None
    link: Link | None = None
    """The list entry that named the page, if its address alone is the reason."""
    capture: CaptureRef | None = None
    """Where the response is stored."""
    published_at: datetime | None = None
    """When the article was published that the run does not want."""
    refusal: RefusalKind | None = None
    """Kind of the reason, where it is not the usual one."""

    @property
    def refusal_kind(self) -> RefusalKind | None:
        """The kind of its reason; None for a page that is unchanged or stays pending."""
        if self.state not in ("refused", "failed", "blocked"):
            return None
        return self.refusal or classify_refusal(self.reason, by_address=self.link is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A list to fetch; the request for it carries this value as meta["list"]."""

    source: str
    """The discovery module that reads it, or "sitemap"."""
    url: str
    site: str = ""
    """Key of the site whose list it is; "" for a part of an archive's index."""
    index_url: str | None = None
    """Address of the index that listed it; None for a list of the publisher or the user."""
    lastmod: datetime | None = None
    """When it last changed, according to that index."""
    statuses: tuple[int, ...] = ()
    """HTTP statuses other than 2xx whose response is read as a list."""
    is_guess: bool = False
    """Whether nothing says that it is there: it is at an address where many sites have one."""
    depth: int = 0
    """Number of indexes that led to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRead:
    """A list that was read. The planner receives it and stores the state of the list."""

    links: Sequence[Link]
    """Its articles, or the lists that an index names."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the response (RFC 9110, 8.8), as sent."""
    lists: Sequence[tuple[str, str]] = ()
    """Further lists of an explored site that it names, as (source, URL): they are requested later, if at all."""
