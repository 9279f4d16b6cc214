"""Whole archive files into the database: what `scrapy ingest` does.

A file that was not finished is read from its beginning by a later run, which passes over what is stored.
"""

from __future__ import annotations

import logging
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic

from newscrawl.archives.wacz import list_warc_files
from newscrawl.article import CaptureRef
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.worker_pool import Job, ReadingPool, ended_by_signals
from newscrawl.errors import ArchiveError, NoOriginalError
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import PREFIX
from newscrawl.storage import FileProgress, PageResult, Store

logger = logging.getLogger(__name__)

_GROUP = 200
_GROUP_SECONDS = 2.0
_AGAIN = 1000
"""Revisits that are tried again in one go."""
_TOLD = 20
"""Broken records that are told one by one."""


@dataclass(slots=True)
class Ingest:
    """One run over files."""

    store: Store
    run_id: int
    is_narrowed: bool = False
    """Whether only pages of some days are wanted: then another run is to read the files for the others."""
    stats: Counter[str] = field(default_factory=Counter)
    """Its counts, as a crawl's, under newscrawl/."""
    show: Callable[[Job, float], None] = lambda job, part: None
    """Called with a file and what part of it is read, now and then."""
    tell: Callable[[str], None] = logger.warning
    """Called with what a person should see at once."""
    is_stopped: bool = False
    """Set to end the run: what was read is stored, the rest waits for the next."""
    _read: dict[str, FileProgress] = field(default_factory=dict)
    _results: list[PageResult] = field(default_factory=list)
    _files: list[FileProgress] = field(default_factory=list)
    _committed: float = 0.0
    _lacking: defaultdict[str, array[int]] = field(default_factory=lambda: defaultdict(partial(array, "q")))
    """Where revisits stand that lack their originals, by file: such a file is not finished."""

    def run(self, wanted: Sequence[FileProgress], pool: ReadingPool) -> None:
        """Read the files. Raises StorageError, and stores nothing more."""
        self._read = {file.path: file for file in wanted}
        with ended_by_signals(self._stop):
            try:
                pool.run(self._jobs(wanted), self)
                self._commit()
                if not self.is_stopped:
                    self._read_again(pool)
            finally:
                pool.close()

    def page(self, job: Job, result: PageResult) -> None:
        """Have it stored with others; but one of other days leaves no row, or a later run would take it for read."""
        if result.reason == "out_of_dates":
            self._count("captures/out_of_dates")
            return
        self._results.append(result)
        if result.reason in ("timeout", "worker_died"):
            self._commit()  # whoever goes on with the file must see it
            if not job.places:
                self._forget_broken(job.path)

    def broken(self, job: Job, error: ArchiveError) -> None:
        """Name it; but a revisit without its original is tried again at the end."""
        if isinstance(error, NoOriginalError) and error.offset is not None and not job.places:
            self._lacking[job.path].append(error.offset)
            return
        if file := self._read.get(job.path):
            self._read[job.path] = replace(file, broken=file.broken + 1)
        self._count("captures/broken")
        if self.stats[f"{PREFIX}captures/broken"] <= _TOLD:
            self.tell(str(error))

    def progress(self, job: Job, part: float) -> None:
        """Show it."""
        self.show(job, part)

    def done(self, job: Job, counts: Counter[str]) -> None:
        """Enter the end of a file with its last pages."""
        for name, number in counts.items():
            self._count(name, number)
        self.show(job, 1.0)
        file = self._read[job.path]
        self._read[job.path] = replace(file, captures=file.captures + counts["links/found"])
        if not job.places and job.path not in self._lacking:
            self._finish(job.path)

    def left(self, job: Job) -> None:
        """The file is gone on with by the next run."""
        self.tell(f"{job.path}: the process that read it ended; the next run goes on with it")
        self._count("errors")
        self._lacking.pop(job.path, None)

    def turn(self) -> bool:
        """Store what has gathered. Whether to go on."""
        if len(self._results) >= _GROUP or monotonic() - self._committed > _GROUP_SECONDS:
            self._commit()
        return not self.is_stopped

    def _jobs(self, wanted: Sequence[FileProgress]) -> Iterator[Job]:
        for file in wanted:
            begun = self.store.file_progress(file.path)
            is_changed = begun is not None and not _is_same(begun, file)
            self._files.append(file)
            self._count("files/begun")
            self._commit()
            yield Job(path=file.path, size=file.size, skips_known=begun is not None, is_changed=is_changed)

    def _read_again(self, pool: ReadingPool) -> None:
        """Read the revisits that lacked their originals, which may stand in a file that was read after theirs."""
        pool.run(self._jobs_again(), self)
        if not self.is_stopped:
            for path in self._lacking:
                self._finish(path)
        self._commit()

    def _jobs_again(self) -> Iterator[Job]:
        for path, offsets in list(self._lacking.items()):
            rest = iter(sorted(set(offsets)))
            while part := list(islice(rest, _AGAIN)):
                yield Job(path=path, places=tuple(_ref(path, offset) for offset in part))

    def _finish(self, path: str) -> None:
        finished = None if self.is_narrowed else datetime.now(UTC)
        self._files.append(replace(self._read[path], finished_at=finished))

    def _forget_broken(self, path: str) -> None:
        """Another worker is going to meet the broken records again."""
        file = self._read[path]
        self._count("captures/broken", -file.broken)
        self._read[path] = replace(file, broken=0)

    def _stop(self, *_: object) -> None:
        self.is_stopped = True

    def _commit(self) -> None:
        self._committed = monotonic()
        results, files_read, self._results, self._files = self._results, self._files, [], []
        saved = self.store.record(results, run_id=self.run_id, extractor=extractor_version(), files=files_read)
        for result, done in zip(results, saved, strict=True):
            self._count("pages/asked")
            self._count(f"outcome/{done.outcome}")
            if result.reason:
                self._count(f"{done.outcome}/{result.reason}")
        if not self.store.alive(self.run_id, exit_codes.counts(self.stats)):
            self.is_stopped = True  # another run took this one for dead, and is at work in its place

    def _count(self, name: str, number: int = 1) -> None:
        self.stats[PREFIX + name] += number


def _ref(path: str, offset: int) -> CaptureRef:
    """What stands there, of which no more is known yet."""
    return CaptureRef(url=path, captured_at=datetime.now(UTC), file=path, offset=offset, length=0)


def unfinished(
    store: Store, paths: Sequence[Path], broken: Callable[[ArchiveError], None]
) -> tuple[list[FileProgress], int]:
    """The files that are to be read, those of a WACZ one by one, the largest first; and how many were read before.

    A file whose size or time has changed is another one. `broken` is called for each that cannot be opened.
    """
    found: list[FileProgress] = []
    for path in paths:
        try:
            found += _files_of(store, path)
        except ArchiveError as error:
            broken(error)
        except OSError as error:
            broken(ArchiveError(str(path), None, error.strerror or str(error)))
    wanted = [file for file in found if file.finished_at is None]
    return sorted(wanted, key=lambda file: (-file.size, file.path)), len(found) - len(wanted)


def _files_of(store: Store, path: Path) -> Iterator[FileProgress]:
    stat = path.stat()
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    for name in list_warc_files(path.resolve()):
        known = store.file_progress(name)
        now = FileProgress(path=name, size=stat.st_size, modified_at=modified)
        yield known if known and known.finished_at and _is_same(known, now) else now


def _is_same(known: FileProgress, now: FileProgress) -> bool:
    return (known.size, known.modified_at) == (now.size, now.modified_at)
