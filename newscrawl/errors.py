"""Every error of ours, named after what a person should do about it.

NewscrawlError
├── ArgumentError               the command line asks for what there is not   -> correct it
├── ExtractError(url)           no article from this page; `reason` is stored and counted
│   ├── NotAnArticleError       a video, a section front, no HTML             -> refused; no alarm
│   ├── UnknownLayoutError      no layout claims the page, nor does it read   -> someone adds an era; page kept
│   ├── MissingFieldError       a layout claims it, a required field is gone  -> the era has ended; alarm
│   ├── UnreadablePageError     too large, too deep, no text in it            -> refused; look at the page
│   └── ExtractionStoppedError  it took too long, or its process died of it   -> failed; look at the page
├── BlockedError(url)           a challenge or consent page                   -> stop that host, try next run
├── DiscoveryError(url)         a source is not what it says                  -> the other sources go on
├── ArchiveError(path)          a broken WARC record                          -> named by file and offset; rest is read
│   └── NoOriginalError         a revisit of a capture that is not here       -> read the file that has it, then again
├── ExportError                 a file that cannot be written                 -> what it says; what was there is there
├── LockedError(spider)         another run of the spider is at work          -> wait for it, or end it
└── StorageError                the database refused                          -> at open: fail; later: page unfinished
    ├── NoDatabaseError         there is none to read                         -> crawl first
    └── SchemaVersionError      the database is of another version            -> run the command it names
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal


class NewscrawlError(Exception):
    """The root. `str()` of every error is one line that says what is wrong and, where it can, what to do."""


class ArgumentError(NewscrawlError):
    """An argument or setting that does not exist or does not read."""


class ExtractError(NewscrawlError):
    """A page that gave no article. `reason` is a short, stable code ("not_html"), `url` the page's address."""

    state: ClassVar[Literal["refused", "failed"]] = "refused"
    """What its page is in the ledger."""

    def __init__(self, url: str, reason: str, detail: str = "") -> None:
        super().__init__(url, reason, detail)
        self.url, self.reason, self.detail = url, reason, detail

    def __str__(self) -> str:
        return f"{self.url}: {self.detail or self.reason.replace('_', ' ')}"


class NotAnArticleError(ExtractError):
    """A page that is no article and never will be one: a video, a section front, an image."""


class UnknownLayoutError(ExtractError):
    """No layout claims the page, and the generic one finds no article in it."""


class MissingFieldError(ExtractError):
    """A layout claims the page, but a required field (headline, body) is not where it should be."""

    state = "failed"


class UnreadablePageError(ExtractError):
    """Bytes that cannot be read as a page within the limits: too large, nested too deep, empty."""


class ExtractionStoppedError(ExtractError):
    """Extraction of the page was stopped ("timeout") or stopped itself ("worker_died")."""

    state = "failed"


class BlockedError(NewscrawlError):
    """A challenge or consent page in place of the one asked for."""

    state: ClassVar[Literal["blocked"]] = "blocked"

    def __init__(self, url: str, reason: str = "challenge") -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"{self.url}: blocked ({self.reason.replace('_', ' ')})"


class DiscoveryError(NewscrawlError):
    """A list of links (feed, sitemap, front page) that is not what it should be."""

    def __init__(self, url: str, reason: str, detail: str = "") -> None:
        super().__init__(url, reason, detail)
        self.url, self.reason, self.detail = url, reason, detail

    def __str__(self) -> str:
        return f"{self.url}: {self.detail or self.reason.replace('_', ' ')}"


class ArchiveError(NewscrawlError):
    """A broken file or record of an archive."""

    def __init__(self, path: str, offset: int | None, detail: str) -> None:
        super().__init__(path, offset, detail)
        self.path, self.offset, self.detail = path, offset, detail

    def __str__(self) -> str:
        where = self.path if self.offset is None else f"{self.path} at byte {self.offset}"
        return f"{where}: {self.detail}"


class NoOriginalError(ArchiveError):
    """A revisit record whose original is in none of the files that were read."""


class ExportError(NewscrawlError):
    """An export that cannot be made: its file cannot be written, or something that its form needs is not installed."""


class LockedError(NewscrawlError):
    """Another run of the same spider on the same database is at work: since when (UTC), and which process of whom."""

    def __init__(self, spider: str, run_id: int, since: datetime, pid: int | None, host: str | None) -> None:
        super().__init__(spider, run_id, since, pid, host)
        self.spider, self.run_id, self.since, self.pid, self.host = spider, run_id, since, pid, host

    def __str__(self) -> str:
        who = f"process {self.pid} on {self.host}" if self.pid else "another process"
        since = f"{self.since:%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.spider}: run {self.run_id} ({who}) is at work since {since}; wait for it, or end it"


class StorageError(NewscrawlError):
    """The database refused. The driver's own error is the __cause__."""


class NoDatabaseError(StorageError):
    """There is no database of ours, and none is to be made."""


class SchemaVersionError(StorageError):
    """The database was made by another version of newscrawl."""
