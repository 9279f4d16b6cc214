"""Read whole archive files into the database: the work of `scrapy ingest`.

An unfinished file is read from its start by a later run, which skips the captures that are stored.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from newscrawl.archives import cc_news
from newscrawl.archives.wacz import list_warc_files, open_file, read_stat
from newscrawl.article import CaptureRef
from newscrawl.batch.capture_worker import ReadJob, skip_known
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.worker_pool import FileRun, JobMessage, WorkerPool, deliver_message, stop_on_signals
from newscrawl.errors import ArchiveError, LostLockError, NoOriginalError, UnreachableFileError
from newscrawl.operations import exit_codes
from newscrawl.remote_files import hide_credentials
from newscrawl.states import UNSTORABLE
from newscrawl.storage import FileProgress, PageResult, Store

if TYPE_CHECKING:
    from newscrawl.batch.results import ResultsFile

_GROUP = 200
_GROUP_SECONDS = 2.0
"""The largest group; the first is one page, and each is twice the one before, so that no crash loses all work."""
_REVISITS_PER_JOB = 1000


@dataclass(slots=True)
class Ingest(FileRun):
    """One run over archive files; it handles what the workers of a pool report."""

    store: Store
    run_id: int
    is_limited: bool = False
    """Whether only pages of some days are stored: then files stay unfinished, for a run over other days."""
    extractor: str = field(default_factory=extractor_version)
    """The version of extraction that reads the pages."""
    _read: dict[str, FileProgress] = field(default_factory=dict)
    _results: list[PageResult] = field(default_factory=list)
    _files: list[FileProgress] = field(default_factory=list)
    _committed: float = 0.0
    _group: int = 1
    _missing_originals: defaultdict[str, array[int]] = field(default_factory=lambda: defaultdict(partial(array, "q")))
    """Offsets of revisits without their originals, by file: such a file is not finished."""
    _unreachable: set[str] = field(default_factory=set)
    """Files that are not finished either."""

    def run(self, wanted: Sequence[FileProgress], pool: WorkerPool) -> None:
        """Read the files. Raises StorageError (LostLockError included), and then stores nothing more."""
        self._read = {file.path: file for file in wanted}
        with stop_on_signals(self), closing(pool):
            pool.run(self._make_jobs(wanted), self)
            self._finish_revisits(pool)

    def load(self, results: Iterable[tuple[FileProgress, ResultsFile]], pool: WorkerPool) -> None:
        """Store the results of files that were read before, or are read meanwhile, as `run` does.

        The pool reads revisits whose originals are in other files. Raises StorageError.
        """
        with stop_on_signals(self), closing(pool):
            for file, of_file in results:
                self._load_file(file, of_file)
                if self.is_stopped:
                    break
            self._finish_revisits(pool)

    def handle_result(self, job: ReadJob, result: PageResult) -> None:
        if result.reason == "out_of_dates":
            # Without a row: a later run over other days would take the page as read.
            self.count("captures/out_of_dates")
            return
        self._results.append(result)

    def handle_error(self, job: ReadJob, error: ArchiveError) -> None:
        """Count and report a broken record; a revisit without its original is read again at the end."""
        if isinstance(error, UnreachableFileError):
            self._unreachable.add(job.path)
        if isinstance(error, NoOriginalError) and error.offset is not None and not job.places:
            self._missing_originals[job.path].append(error.offset)
            return
        if file := self._read.get(job.path):
            self._read[job.path] = replace(file, broken=file.broken + 1)
        self.count_broken(error)

    def handle_progress(self, job: ReadJob, part: float) -> None:
        self.show(job, part)

    def finish_job(self, job: ReadJob, counts: Counter[str]) -> None:
        for name, number in counts.items():
            self.count(name, number)
        self.show(job, 1.0)
        file = self._read[job.path]
        self._read[job.path] = replace(file, captures=file.captures + counts["links/found"])
        if not job.places and job.path not in self._missing_originals:
            self._finish_file(job.path)

    def abandon_job(self, job: ReadJob) -> None:
        self.warn(f"{job.path}: the process that read it ended; the next run continues it")
        self.count("files/unread")
        self._missing_originals.pop(job.path, None)

    def keep_going(self) -> bool:
        """Store what has gathered; return whether to go on."""
        pause = _GROUP_SECONDS * (self._group / _GROUP if self._results else 1)
        if len(self._results) >= self._group or monotonic() - self._committed > pause:
            self._commit()
        return not self.is_stopped

    def _load_file(self, file: FileProgress, results: ResultsFile) -> None:
        self._use_extractor(results.task.extractor)
        job = self._begin(replace(file, size=results.size))
        messages = results.read_messages()
        if job.skips_known:
            messages = skip_known(self.store, messages, _get_ref, self.count, is_changed=job.is_changed)
        try:
            for message in messages:
                deliver_message(job, message, self)
                if not self.keep_going():
                    return
        except ArchiveError as error:
            self.warn(f"{error}; delete it, and read {job.path} again")
            self.count("files/unread")
            self._missing_originals.pop(job.path, None)

    def _use_extractor(self, version: str) -> None:
        if version != self.extractor:
            self._commit()
            self.extractor = version

    def _finish_revisits(self, pool: WorkerPool) -> None:
        """Read revisits whose originals may be in a file that was read after theirs, and finish their files."""
        self._commit()
        if self.is_stopped:
            return
        self._leave_absent()
        self._use_extractor(extractor_version())
        pool.run(self._make_revisit_jobs(), self)
        if not (self.is_stopped or self.unread):  # else a file that was not read may have the originals
            for path in self._missing_originals:
                self._finish_file(path)
        self._commit()

    def _leave_absent(self) -> None:
        """Leave files with revisits unfinished that are not here, where only their results were loaded."""
        for path, offsets in list(self._missing_originals.items()):
            try:
                open_file(path).close()
            except ArchiveError as error:
                revisits = f"{len(offsets)} of its pages are the same as in another file"
                self.warn(f"{error}: {revisits}; to store these, load its results where the file is")
                self.count("files/unread")
                del self._missing_originals[path]

    def _make_jobs(self, wanted: Sequence[FileProgress]) -> Iterator[ReadJob]:
        for listed in wanted:
            try:
                file = listed if listed.size else replace(listed, size=read_stat(listed.path)[0])
            except OSError as error:
                self.handle_error(ReadJob(), _make_error(listed.path, error))
                continue
            yield self._begin(file)

    def _begin(self, file: FileProgress) -> ReadJob:
        """Record that a file is read; return the job to read it."""
        self._read[file.path] = file
        begun = self.store.file_progress(file.path)
        is_changed = begun is not None and not _is_same(begun, file)
        self._files.append(file)
        self.count("files/begun")
        self._commit()
        return ReadJob(path=file.path, size=file.size, skips_known=begun is not None, is_changed=is_changed)

    def _make_revisit_jobs(self) -> Iterator[ReadJob]:
        for path, offsets in list(self._missing_originals.items()):
            # Only their places are known.
            place = CaptureRef(url=path, captured_at=datetime.now(UTC), file=path, offset=0, length=0)
            rest = iter(sorted(offsets))
            while part := list(islice(rest, _REVISITS_PER_JOB)):
                yield ReadJob(path=path, places=tuple(replace(place, offset=offset) for offset in part))

    def _finish_file(self, path: str) -> None:
        finished_at = None if self.is_limited else datetime.now(UTC)
        if path not in self._unreachable:
            self._files.append(replace(self._read[path], finished_at=finished_at))

    def _commit(self) -> None:
        self._committed = monotonic()
        if self._results:
            self._group = min(2 * self._group, _GROUP)
        results, files_read, self._results, self._files = self._results, self._files, [], []
        saved = self.store.record(results, run_id=self.run_id, extractor=self.extractor, files=files_read)
        for result, done in zip(results, saved, strict=True):
            self.count("pages/asked", site=result.site)
            self.count(f"outcome/{done.outcome}", site=result.site)
            reason = UNSTORABLE if done.problem else done.reason or result.reason
            if done.problem:
                self.warn(f"{result.url}: not stored: {done.problem}")
            if reason:
                self.count(f"{done.outcome}/{reason}", site=result.site)
        if not self.store.alive(self.run_id, exit_codes.counts(self.stats)):
            raise LostLockError


def find_unfinished(
    store: Store | None,
    paths: Sequence[str],
    report: Callable[[ArchiveError], None],
    sites: frozenset[str] | None = None,
) -> tuple[list[FileProgress], list[FileProgress]]:
    """Find the files to read, those in a WACZ one by one, the largest first; also those already read.

    `paths` are whole paths or URLs. A file whose size or time has changed is another file, and so is one if the
    pages of some of the `sites` (None means all) in it were not read. Without a store, all are to be read. `report`
    is called for each that cannot be opened.
    """
    files: list[FileProgress] = []
    for path in paths:
        try:
            files += _list_files(store, path, sites)
        except ArchiveError as error:
            report(error)
        except OSError as error:
            report(_make_error(path, error))
    wanted = [file for file in files if file.finished_at is None]
    finished = [file for file in files if file.finished_at]
    return sorted(wanted, key=lambda file: (-file.size, file.path)), finished


def find_unloaded(
    store: Store, results: Iterable[ResultsFile]
) -> tuple[list[tuple[FileProgress, ResultsFile]], list[FileProgress]]:
    """Find the results to load, as `find_unfinished` finds files to read; also the files already loaded or read."""
    compared = [(_compare(store, each.task.make_progress()), each) for each in results]
    wanted = [(file, each) for file, each in compared if file.finished_at is None]
    finished = [file for file, _ in compared if file.finished_at]
    return sorted(wanted, key=lambda pair: (-pair[0].size, pair[0].path)), finished


def _list_files(store: Store | None, path: str, sites: frozenset[str] | None) -> Iterator[FileProgress]:
    begun_at = cc_news.read_time(path)
    # Of a month of CC-NEWS, each size would be a request: a file that never changes is looked at when its turn comes.
    (size, modified_at), names = ((0, begun_at), [path]) if begun_at else (read_stat(path), list_warc_files(path))
    for name in names:
        yield _compare(store, FileProgress(path=name, size=size, modified_at=modified_at, sites=sites))


def _compare(store: Store | None, now: FileProgress) -> FileProgress:
    """Return what is known of a file if it was read; else with the sites whose pages will then be read."""
    known = store and store.file_progress(now.path)
    if not (known and known.finished_at and _is_same(known, now)):
        return now
    sites = now.sites and known.sites and now.sites | known.sites
    return known if known.covers(now.sites) else replace(now, sites=sites)


def _get_ref(message: JobMessage) -> CaptureRef | None:
    return message.capture if isinstance(message, PageResult) else None


def _make_error(path: str, error: OSError) -> ArchiveError:
    return ArchiveError(hide_credentials(path), None, error.strerror or str(error))


def _is_same(known: FileProgress, now: FileProgress) -> bool:
    return now.modified_at == known.modified_at and (not now.size or now.size == known.size)
