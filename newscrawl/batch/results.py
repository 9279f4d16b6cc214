"""Results of reading an archive file: what its listener gets of it, in order, as one Parquet file to load later.

Its rows are results of pages, errors of records and, as the last row, the counts. The column `data` has each as JSON;
the others are there to look at. The metadata of the file have its ReadTask.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Self
from uuid import uuid4

import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter

from newscrawl.archives.wacz import open_file, read_stat
from newscrawl.article import decode_fields, encode_fields
from newscrawl.atomic_files import move_into_place
from newscrawl.batch.capture_worker import ReadJob, WorkerSettings
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.result_rows import ResultRow, decode_row, encode_counts, encode_error, encode_result
from newscrawl.batch.worker_pool import JobMessage, WorkerPool
from newscrawl.errors import ArchiveError, UnreachableFileError
from newscrawl.remote_files import hide_credentials, is_file, is_url, join, put_file
from newscrawl.storage import FileProgress, PageResult

ENDING = ".parquet"
_KEY = b"newscrawl"
_FORMAT = 1
_SCHEMA = pa.schema({name: pa.string() for name in ResultRow._fields})
_GROUP_CHARACTERS = 16 * 2**20
_ROWS = 200
_MAX_STEM = 100
_WRONG_DATA = (pa.ArrowException, OSError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTask:
    """An archive file to read, and all that decides what is read of it."""

    path: str
    size: int
    """Bytes; 0: not known before it is read."""
    modified_at: datetime
    spider: str
    sites: tuple[str, ...] | None
    """Keys of the sites whose pages are read, sorted; None: of all."""
    reads_own: bool
    """Whether all pages of files that the spider wrote are read."""
    since: datetime | None = None
    until: datetime | None = None
    """Dates of publication, as in DateRange."""
    extract: str
    """The function, as "module:name"."""
    extractor: str
    """Its version."""
    max_bytes: int
    timeout: float
    """Seconds per page."""

    @classmethod
    def make(cls, file: FileProgress, settings: WorkerSettings) -> Self:
        wanted = settings.capture_filter
        return cls(
            path=file.path,
            size=file.size,
            modified_at=file.modified_at,
            spider=settings.spider,
            sites=tuple(sorted(site.name for site in wanted.sites)) or None,
            reads_own=bool(wanted.spider),
            since=wanted.dates.since,
            until=wanted.dates.until,
            extract=settings.extract,
            extractor=extractor_version(),
            max_bytes=settings.max_bytes,
            timeout=settings.timeout,
        )

    @property
    def name(self) -> str:
        """The name of its results file, another one for each task."""
        data = json.dumps([_FORMAT, encode_fields(self)]).encode()
        stem = re.sub(r"[^A-Za-z0-9._-]", "_", self.path.rpartition("/")[2])[:_MAX_STEM]
        return f"{stem}-{hashlib.blake2b(data, digest_size=8).hexdigest()}{ENDING}"

    @property
    def is_limited(self) -> bool:
        """Whether only pages of some days are read."""
        return bool(self.since or self.until)

    @property
    def selection(self) -> tuple[Any, ...]:
        """What decides which pages of a file are read."""
        return self.spider, self.sites, self.reads_own, self.since, self.until

    def make_progress(self) -> FileProgress:
        sites = frozenset(self.sites) if self.sites else None
        return FileProgress(path=self.path, size=self.size, modified_at=self.modified_at, sites=sites)


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """A whole results file, by its path or URL."""

    place: str
    task: ReadTask
    size: int
    """Bytes of the archive file."""

    @classmethod
    def open(cls, place: str) -> Self:
        """Read which task it has the results of. Raises ArchiveError."""
        with _open_parquet(place) as file:
            version, task, size = json.loads((file.schema_arrow.metadata or {}).get(_KEY, "[null, null, null]"))
            if version != _FORMAT:
                detail = f"has no results of `scrapy ingest --scheduler`{' of this version' if version else ''}"
                raise ArchiveError(hide_credentials(place), None, detail)
            return cls(place, decode_fields(ReadTask, task), size)

    def read_messages(self) -> Iterator[JobMessage]:
        """Return what was read, in order. Raises ArchiveError where the file is damaged."""
        with _open_parquet(self.place) as file:
            for batch in file.iter_batches(_ROWS, columns=["kind", "data"]):
                for kind, data in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield decode_row(kind, data)


def find_results(folder: str, task: ReadTask) -> ResultsFile | None:
    """Return the results of a task from a folder, or URL; None if there are none. Raises OSError, ArchiveError."""
    place = join(folder, task.name)
    if not (is_file(place) if is_url(place) else Path(place).is_file()):
        return None
    results = ResultsFile.open(place)
    return results if results.task == task else None


def write_results(
    folder: str,
    task: ReadTask,
    pool: WorkerPool,
    *,
    show: Callable[[float], None] = lambda part: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> bool:
    """Read a file with a pool of one worker, and write its results to a folder, or URL, whole or not at all.

    `show` is called with the part that is read, from 0 to 1. Return whether all of it was read: not if `keep_going`
    returns False, or the worker process ended between two pages. Raises OSError.
    """
    if is_url(folder):
        with TemporaryDirectory(prefix="newscrawl-results-") as local:
            is_read = write_results(local, task, pool, show=show, keep_going=keep_going)
            if is_read:
                put_file(Path(local, task.name), join(folder, task.name))
            return is_read
    place = Path(folder, task.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{place.name}.*.part"):  # by a process that was killed, perhaps on another machine
        left.unlink(missing_ok=True)
    part = place.with_name(f".{place.name}.{uuid4().hex}.part")
    size = task.size or read_stat(task.path)[0]
    try:
        with (
            part.open("xb") as file,
            closing(_ResultsWriter(_make_writer(file, task, size), show, keep_going)) as writer,
        ):
            pool.run(iter([ReadJob(path=task.path, size=size)]), writer)
        if writer.is_finished:
            move_into_place(part, place)
    finally:
        part.unlink(missing_ok=True)
    return writer.is_finished


def _make_writer(file: BinaryIO, task: ReadTask, size: int) -> ParquetWriter:
    schema = _SCHEMA.with_metadata({_KEY: json.dumps([_FORMAT, encode_fields(task), size])})
    names = ["kind", "state", "reason"]
    options = {"compression": "zstd", "write_page_checksum": True, "write_statistics": names, "use_dictionary": names}
    return ParquetWriter(file, schema, **options)


@dataclass(slots=True)
class _ResultsWriter:
    """A listener that writes what it gets."""

    parquet: ParquetWriter
    show: Callable[[float], None]
    keep_going: Callable[[], bool]
    is_finished: bool = False
    _is_unreachable: bool = False
    _rows: list[ResultRow] = field(default_factory=list)
    _characters: int = 0

    def handle_result(self, job: ReadJob, result: PageResult | ResultRow) -> None:
        self._add(encode_result(result) if isinstance(result, PageResult) else result)

    def handle_error(self, job: ReadJob, error: ArchiveError) -> None:
        self._is_unreachable = self._is_unreachable or isinstance(error, UnreachableFileError)
        self._add(encode_error(error))

    def handle_progress(self, job: ReadJob, part: float) -> None:
        self.show(part)

    def finish_job(self, job: ReadJob, counts: Counter[str]) -> None:
        self._add(encode_counts(counts))
        self.is_finished = not self._is_unreachable

    def abandon_job(self, job: ReadJob) -> None:
        """Nothing: it is not finished."""

    def close(self) -> None:
        try:
            self._flush()
        finally:
            self.parquet.close()

    def _add(self, row: ResultRow) -> None:
        self._rows.append(row)
        self._characters += len(row.data)
        if self._characters > _GROUP_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self.parquet.write_table(pa.table([*zip(*self._rows, strict=True)], schema=_SCHEMA))
        self._rows, self._characters = [], 0


@contextmanager
def _open_parquet(place: str) -> Iterator[ParquetFile]:
    """Open a results file; raise the errors of what is read in the block as ArchiveError."""
    try:
        with open_file(place) as file, ParquetFile(file, page_checksum_verification=True) as parquet:
            yield parquet
    except _WRONG_DATA as error:
        detail = f"damaged, or no Parquet file ({' '.join(str(error).split())})"
        raise ArchiveError(hide_credentials(place), None, detail) from error
