"""Whole archive files into the database: what `scrapy ingest` does.

A file that was not finished is read from its beginning by a later run, which passes over what is stored.
"""

from __future__ import annotations

import logging
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from newscrawl import extract, outcome
from newscrawl.archives.containers import files
from newscrawl.article import CaptureRef
from newscrawl.errors import ArchiveError, NoOriginalError
from newscrawl.outcome import PREFIX
from newscrawl.reading_pool import Job, ReadingPool
from newscrawl.storage import FileProgress, PageResult, Store

logger = logging.getLogger(__name__)

_GROUP = 200
_GROUP_SECONDS = 2.0
_TOLD = 20
"""Broken records that are told one by one."""


@dataclass(slots=True)
class Ingest:
    """One run over files."""

    store: Store
    run_id: int
    stats: Counter[str] = field(default_factory=Counter)
    """Its counts, as a crawl's, under newscrawl/."""
    show: Callable[[Job, float], None] = lambda job, part: None
    """Called with a file and what part of it is read, now and then."""
    is_stopped: bool = False
    """Set to end the run: what was read is stored, the rest waits for the next."""
    _read: dict[str, FileProgress] = field(default_factory=dict)
    _results: list[PageResult] = field(default_factory=list)
    _files: list[FileProgress] = field(default_factory=list)
    _committed: float = 0.0
    _lacking: list[CaptureRef] = field(default_factory=list)

    def run(self, wanted: Sequence[FileProgress], pool: ReadingPool) -> None:
        """Read the files. Raises StorageError, and stores nothing more."""
        with suppress(ValueError):  # not in the main thread: somebody else's signals
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self._stop)
        self._read = {file.path: file for file in wanted}
        try:
            pool.run(self._jobs(wanted), self)
            if self._lacking and not self.is_stopped:  # what they mean may stand in a file that was read later
                places, self._lacking = tuple(self._lacking), []
                pool.run(iter([Job(places=places)]), self)
            self._commit()
        finally:
            pool.close()

    def page(self, job: Job, result: PageResult) -> None:
        """Have it stored with others."""
        if job.path:
            file = self._read[job.path]
            self._read[job.path] = replace(file, captures=file.captures + 1)
        self._results.append(result)
        if result.reason in ("timeout", "worker_died"):
            self._commit()  # whoever goes on with the file must see it

    def broken(self, job: Job, error: ArchiveError) -> None:
        """Name it; but a revisit without its original is tried again at the end."""
        if isinstance(error, NoOriginalError) and job.path:
            ref = CaptureRef(
                url=error.path, captured_at=datetime.now(UTC), file=error.path, offset=error.offset, length=0
            )
            self._lacking.append(ref)
            return
        if job.path:
            file = self._read[job.path]
            self._read[job.path] = replace(file, broken=file.broken + 1)
        self._count("captures/broken")
        if self.stats[f"{PREFIX}captures/broken"] <= _TOLD:
            logger.warning("%s", error)

    def progress(self, job: Job, part: float) -> None:
        """Show it."""
        self.show(job, part)

    def done(self, job: Job, counts: Counter[str]) -> None:
        """Enter the end of a file with its last pages."""
        for name, number in counts.items():
            self._count(name, number)
        self.show(job, 1.0)
        if job.path:
            self._files.append(replace(self._read[job.path], finished_at=datetime.now(UTC)))

    def left(self, job: Job) -> None:
        """The file is gone on with by the next run."""
        self._count("errors")

    def turn(self) -> bool:
        """Store what has gathered. Whether to go on."""
        if len(self._results) >= _GROUP or monotonic() - self._committed > _GROUP_SECONDS:
            self._commit()
        return not self.is_stopped

    def _jobs(self, wanted: Sequence[FileProgress]) -> Iterator[Job]:
        for file in wanted:
            begun = self.store.file_progress(file.path) is not None
            self._files.append(file)
            self._commit()
            yield Job(path=file.path, size=file.size, skips_known=begun)

    def _stop(self, *_: object) -> None:
        self.is_stopped = True

    def _commit(self) -> None:
        self._committed = monotonic()
        results, files_read, self._results, self._files = self._results, self._files, [], []
        saved = self.store.record(results, run_id=self.run_id, extractor=extract.version(), files=files_read)
        for result, done in zip(results, saved, strict=True):
            self._count("pages/asked")
            self._count(f"outcome/{done.outcome}")
            if result.reason:
                self._count(f"{done.outcome}/{result.reason}")
        if not self.store.alive(self.run_id, outcome.counts(self.stats)):
            self.is_stopped = True  # another run took this one for dead, and is at work in its place

    def _count(self, name: str, number: int = 1) -> None:
        self.stats[PREFIX + name] += number


def unfinished(store: Store, paths: Sequence[Path]) -> tuple[list[FileProgress], int]:
    """The files that are to be read, those of a WACZ one by one, the largest first; and how many were read before.

    A file whose size or time has changed is another one. Raises ArchiveError for one that cannot be opened.
    """
    found = [file for path in paths for file in _files_of(store, path)]
    wanted = [file for file in found if file.finished_at is None]
    return sorted(wanted, key=lambda file: (-file.size, file.path)), len(found) - len(wanted)


def _files_of(store: Store, path: Path) -> Iterator[FileProgress]:
    stat = path.stat()
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    for name in files(path.resolve()):
        known = store.file_progress(name)
        if known and (known.size, known.modified_at) == (stat.st_size, modified) and known.finished_at:
            yield known
        else:
            yield FileProgress(path=name, size=stat.st_size, modified_at=modified)
