"""All errors of newscrawl, named after what to do about them.

NewscrawlError
├── ArgumentError               unknown or invalid argument or setting        -> correct it
├── CommandLineError            options that do not exist or go together      -> correct the command line
├── PublisherError              the data of a publisher cannot be right       -> correct its file
├── ExtractError(url)           no article on this page; `reason` is stored and counted
│   ├── NotAnArticleError       a video, a section front, not HTML            -> refused; no alarm
│   ├── UnknownLayoutError      no layout matches, and no article is found    -> add a layout; the page is kept
│   │   └── PlaceholderError    hardly any words, or an error with status 200 -> refused; tried again
│   ├── MissingFieldError       a layout matches, a required field is missing -> the site was redesigned; alarm
│   ├── UnreadablePageError     too large, nested too deep, or empty          -> refused; look at the page
│   └── ExtractionStoppedError  it took too long, or the worker process died  -> failed; look at the page
├── BlockedError(url)           a challenge or consent page                   -> stop that host; try in the next run
├── DiscoveryError(url)         a list is not what it should be               -> the other lists go on
├── ArchiveError(path)          a broken file or WARC record                  -> the rest of the archive is read
│   ├── UnreachableFileError    the file, or the connection to it, is gone    -> the next run reads the file
│   └── NoOriginalError         a revisit whose original capture is missing   -> read the file with the original first
├── ClusterError                no Dask scheduler answers                     -> start it, and run again
├── ExportError                 a file that cannot be written                 -> see the message; the old file is intact
├── LockedError(spider)         another run of the spider is active           -> wait for it, or end it
└── StorageError                the database reported an error                -> at open: fail; later: page unfinished
    ├── DamagedDatabaseError    the file of the database is damaged           -> scrapy db check
    │   └── DamagedRowError     a stored row is not what was stored           -> scrapy db check --repair
    ├── RejectedRowError        a row that this database does not take        -> its page fails; the rest is stored
    ├── LostDatabaseError       its file was deleted, moved or replaced       -> stop; nothing is stored any more
    ├── LostLockError           another run took this one for dead            -> stop; the other one does the work
    ├── NoDatabaseError         there is no database to read                  -> crawl first
    └── SchemaVersionError      the database is of another version            -> run the command it names
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal


class NewscrawlError(Exception):
    """The root. `str()` of every error is one line: what is wrong and, where known, what to do."""


class ArgumentError(NewscrawlError):
    """An unknown or invalid argument or setting."""


class CommandLineError(NewscrawlError):
    """Options or words that a command does not take, or that cannot be combined."""

    def __init__(self, message: str = "", *, prints_help: bool = True) -> None:
        super().__init__(message)
        self.prints_help = prints_help


class PublisherError(NewscrawlError):
    """The data of a publisher cannot be right, or its file cannot be imported."""


class ExtractError(NewscrawlError):
    """A page that gave no article. `reason` is a short, stable code ("not_html")."""

    state: ClassVar[Literal["refused", "failed"]] = "refused"
    """State of the page in the ledger."""
    is_temporary: ClassVar[bool] = False
    """Whether an article may come, whatever the usual kind of the reason is (newscrawl.states.REFUSALS)."""

    def __init__(self, url: str, reason: str, detail: str = "") -> None:
        super().__init__(url, reason, detail)
        self.url, self.reason, self.detail = url, reason, detail

    def __str__(self) -> str:
        return f"{self.url}: {self.detail or self.reason.replace('_', ' ')}"


class NotAnArticleError(ExtractError):
    """A page of another kind: a video, a section front, an image."""


class UnknownLayoutError(ExtractError):
    """A page that no layout matches and in which the generic extractor finds no article."""


class PlaceholderError(UnknownLayoutError):
    """A page in place of one: "not found" with status 200, "coming soon", or a page without words."""

    is_temporary = True


class MissingFieldError(ExtractError):
    """A page that a layout matches, but without a required field (headline, body)."""

    state = "failed"


class RenderError(ExtractError):
    """A page whose scripts did not run to their end in a browser."""

    state = "failed"


class UnreadablePageError(ExtractError):
    """A page that cannot be parsed within the limits: too large, nested too deep, empty."""


class ExtractionStoppedError(ExtractError):
    """Extraction of the page took too long ("timeout"), or its process died ("worker_died")."""

    state = "failed"


class BlockedError(NewscrawlError):
    """A challenge or consent page instead of the requested one."""

    state: ClassVar[Literal["blocked"]] = "blocked"
    is_temporary: ClassVar[bool] = True

    def __init__(self, url: str, reason: str = "challenge") -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"{self.url}: blocked ({self.reason.replace('_', ' ')})"


class DiscoveryError(NewscrawlError):
    """A list of links (feed, sitemap, front page) that cannot be read."""

    def __init__(self, url: str, reason: str, detail: str = "") -> None:
        super().__init__(url, reason, detail)
        self.url, self.reason, self.detail = url, reason, detail

    def __str__(self) -> str:
        return f"{self.url}: {self.detail or self.reason.replace('_', ' ')}"


class ArchiveError(NewscrawlError):
    """A broken archive file or record. `offset` is the byte of the record; None for the whole file."""

    def __init__(self, path: str, offset: int | None, detail: str) -> None:
        super().__init__(path, offset, detail)
        self.path, self.offset, self.detail = path, offset, detail

    def __str__(self) -> str:
        where = self.path if self.offset is None else f"{self.path} at byte {self.offset}"
        return f"{where}: {self.detail}"


class UnreachableFileError(ArchiveError):
    """A file that cannot be opened, or whose connection was lost: nothing is known of what was not read yet."""


class NoOriginalError(ArchiveError):
    """A revisit record whose original is not in any file read so far."""


class ClusterError(NewscrawlError):
    """A Dask scheduler that does not answer, or that has ended."""


class ExportError(NewscrawlError):
    """An export that fails: its file cannot be written, or its format needs a package that is not installed."""


class LockedError(NewscrawlError):
    """Another run of the same spider on the same database is active; `since` is UTC."""

    def __init__(self, spider: str, run_id: int, since: datetime, pid: int | None, host: str | None) -> None:
        super().__init__(spider, run_id, since, pid, host)
        self.spider, self.run_id, self.since, self.pid, self.host = spider, run_id, since, pid, host

    def __str__(self) -> str:
        who = f"process {self.pid} on {self.host}" if self.pid else "another process"
        since = f"{self.since:%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.spider}: run {self.run_id} ({who}) has been active since {since}; wait for it, or end it"


class StorageError(NewscrawlError):
    """A database error. The driver's own error is the __cause__."""


class DamagedDatabaseError(StorageError):
    """What the database has stored cannot be read."""


class DamagedRowError(DamagedDatabaseError):
    """A stored row that cannot be read, or that does not match its digest."""

    def __init__(self, row: str, detail: str) -> None:
        super().__init__(row, detail)
        self.row, self.detail = row, detail

    def __str__(self) -> str:
        return f"{self.row} is damaged ({self.detail}); `scrapy db check --repair` restores what it can"


class RejectedRowError(StorageError):
    """A row that the database does not take: a value is too large, or outside of what its column holds."""


class LostDatabaseError(StorageError):
    """The file of an open database is no longer at its path, so what is written to it is lost."""


class LostLockError(StorageError):
    """Another process took this run for dead, and may have replaced it."""

    def __init__(self, message: str = "another run took this one for dead and replaced it") -> None:
        super().__init__(message)


class NoDatabaseError(StorageError):
    """There is no newscrawl database, and the command does not create one."""


class SchemaVersionError(StorageError):
    """The database has the schema of another version of newscrawl."""
