"""What became of pages and of archive files: values, which processes without a database import without SQLAlchemy."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Literal

from newscrawl.article import Article, CaptureRef
from newscrawl.states import RefusalKind, State
from newscrawl.storage.articles.merge import is_listed

PageOutcome = Literal["stored", "updated", "unchanged", "refused", "failed", "blocked", "discovered"]


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of a page.

    "stored" comes with its article. "unchanged" is an answer without a body (304): the article is as it was.
    "discovered" means that the page was not fetched after all, and keeps waiting. Any state but "unchanged" may come
    with a headline-only article (access "blocked"); any other combination raises ValueError.
    """

    url: str
    """The discovered address, in any spelling."""
    state: State
    _: KW_ONLY
    reason: str | None = None
    """A short, stable code, such as ExtractError.reason."""
    refusal: RefusalKind | None = None
    """Kind of the reason, where it is not the usual one."""
    article: Article | None = None
    status: int | None = None
    """HTTP status."""
    spider: str
    site: str = ""
    """The site of the page; "": that of the spider, which has its name."""
    source: str | None = None
    """The list or archive that it was found in; saved only for a URL that is new."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the answer, as sent."""
    due_at: datetime | None = None
    """When to fetch it next; None: at no planned time."""
    published_at: datetime | None = None
    """When its article was published, if that is why it is refused."""
    capture: CaptureRef | None = None
    """Where the bytes of the answer are stored, if they are."""
    is_archived: bool = False
    """Whether it comes from an archive: it shows how the page was, not how it is."""

    def __post_init__(self) -> None:
        if self.state == "stored" and self.article is None:
            raise ValueError(f"{self.url}: a stored page needs its article")
        if self.article and (self.state == "unchanged" or (self.state != "stored" and not is_listed(self.article))):
            raise ValueError(f"{self.url}: a page that is {self.state} cannot have this article")


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """What recording a page changed.

    "updated": the article reads differently, or has a new revision. "discovered": the page still waits.
    """

    outcome: PageOutcome
    article_id: int | None = None
    reason: str | None = None
    """Why an article was not stored after all: it was deleted, or the stored one is damaged."""
    problem: str | None = None
    """Why the database did not take its result: then it has failed as UNSTORABLE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """How far an archive file was read."""

    path: str
    size: int
    modified_at: datetime
    captures: int = 0
    broken: int = 0
    finished_at: datetime | None = None
    """When all of it was stored; None: not yet."""
    sites: frozenset[str] | None = None
    """Keys of the sites whose pages were read; None: of all."""

    def covers(self, sites: frozenset[str] | None) -> bool:
        """Whether the pages of these sites were read; None means all."""
        return self.sites is None or (sites is not None and sites <= self.sites)
