"""What `ingest` reads: archive files on this machine or on a Dask cluster, or the results of a cluster."""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from newscrawl.batch.capture_worker import ReadJob, WorkerSettings
from newscrawl.batch.ingest import Ingest, find_unfinished, find_unloaded
from newscrawl.batch.worker_pool import FileRun, WorkerPool, stop_on_signals
from newscrawl.cli.output import print_error
from newscrawl.cli.project import Project
from newscrawl.errors import ArchiveError, ArgumentError
from newscrawl.export.display import format_count
from newscrawl.remote_files import check_name, is_url, to_local
from newscrawl.storage import FileProgress, Store, sqlite_file

if TYPE_CHECKING:  # extras
    from newscrawl.batch.cluster import ClusterReader
    from newscrawl.batch.results import ReadTask, ResultsFile

RESULTS_ENDING = ".parquet"
_FOLDER = "ingest-results"


class Source(Protocol):
    """Files to ingest."""

    unreadable: list[ArchiveError]

    def find(self, store: Store | None, sites: frozenset[str] | None) -> tuple[list[FileProgress], list[FileProgress]]:
        """Find the files to read, and those that are finished; None as store: all are to be read."""

    def read(self, ingest: Ingest, files: Sequence[FileProgress], pool: WorkerPool) -> None:
        """Read the files into the database. Raises StorageError, ClusterError."""


@dataclass(slots=True)
class Archives:
    """Archive files, read by processes of this machine."""

    paths: Sequence[str]
    unreadable: list[ArchiveError] = field(default_factory=list)

    def find(self, store: Store | None, sites: frozenset[str] | None) -> tuple[list[FileProgress], list[FileProgress]]:
        return find_unfinished(store, self.paths, self.unreadable.append, sites)

    def read(self, ingest: Ingest, files: Sequence[FileProgress], pool: WorkerPool) -> None:
        ingest.run(files, pool)


@dataclass(slots=True)
class Results:
    """Results files of one selection of pages, which a cluster has written."""

    results: Sequence[ResultsFile]
    unreadable: list[ArchiveError]
    _wanted: list[tuple[FileProgress, ResultsFile]] = field(default_factory=list)

    @classmethod
    def group(cls, paths: Iterable[str]) -> list[Self]:
        """Open results files. Raises ArgumentError if none can be opened."""
        if find_spec("pyarrow") is None:
            raise ArgumentError("results files need pyarrow: pip install 'newscrawl[parquet]'")
        from newscrawl.batch.results import ResultsFile  # noqa: PLC0415 - an extra, and 0.3 s CPU

        groups: defaultdict[object, list[ResultsFile]] = defaultdict(list)
        unreadable: list[ArchiveError] = []
        for path in paths:
            try:
                results = ResultsFile.open(path)
                groups[results.task.selection].append(results)
            except ArchiveError as error:
                unreadable.append(error)
        if not groups:
            raise ArgumentError(str(unreadable[0]))
        return [cls(group, [] if number else unreadable) for number, group in enumerate(groups.values())]

    def find(self, store: Store | None, sites: frozenset[str] | None) -> tuple[list[FileProgress], list[FileProgress]]:
        assert store is not None  # noqa: S101 - results are only loaded
        self._wanted, finished = find_unloaded(store, self.results)
        return [file for file, _ in self._wanted], finished

    def read(self, ingest: Ingest, files: Sequence[FileProgress], pool: WorkerPool) -> None:
        ingest.load(self._wanted[: len(files)], pool)


@dataclass(slots=True)
class ClusterArchives(Archives):
    """Archive files, read by the workers of a Dask cluster."""

    scheduler: str = ""
    folder: str = ""
    """Where results go: an absolute path or a URL."""
    keeps_results: bool = False
    """Whether results stay there when they are loaded."""

    @classmethod
    def make(cls, paths: Sequence[str], opts: argparse.Namespace, project: Project) -> Self:
        """Make it from options. Raises ArgumentError."""
        if find_spec("distributed") is None or find_spec("pyarrow") is None:
            raise ArgumentError("--scheduler needs Dask: pip install 'newscrawl[cluster]'")
        if opts.scheduler != "local" and "://" not in opts.scheduler:
            raise ArgumentError(f"--scheduler {opts.scheduler}: give local, or an address: tcp://HOST:8786")
        check_name(opts.results or "")
        database = sqlite_file(project.database_url)
        default = Path(database.parent if database else "", _FOLDER)
        folder = to_local(opts.results or str(default))
        folder = folder if is_url(folder) else os.path.abspath(folder)
        return cls(paths, scheduler=opts.scheduler, folder=folder, keeps_results=bool(opts.results) or opts.no_load)

    def read(self, ingest: Ingest, files: Sequence[FileProgress], pool: WorkerPool) -> None:
        by_path = {file.path: file for file in files}
        tasks = self._make_tasks(files, pool.settings)
        with self._connect(ingest, ingest.keep_going, pool) as reader, closing(reader.read(tasks)) as results:
            ingest.load(((by_path[each.task.path], each) for each in results), pool)
        if not (self.keeps_results or ingest.is_stopped or ingest.unread):
            for task in tasks:
                Path(self.folder, task.name).unlink(missing_ok=True)
            with suppress(OSError):  # results of other runs are in it
                Path(self.folder).rmdir()

    def write(self, run: FileRun, files: Sequence[FileProgress], pool: WorkerPool) -> int:
        """Only write the results; return the number of results files. Raises ClusterError."""
        with stop_on_signals(run), self._connect(run, lambda: not run.is_stopped, pool) as reader:
            return sum(1 for _ in reader.read(self._make_tasks(files, pool.settings)))

    def _make_tasks(self, files: Iterable[FileProgress], settings: WorkerSettings) -> list[ReadTask]:
        from newscrawl.batch.results import ReadTask  # noqa: PLC0415 - an extra, and 0.3 s CPU

        return [ReadTask.make(file, settings) for file in files]

    @contextmanager
    def _connect(self, run: FileRun, keep_going: Callable[[], bool], pool: WorkerPool) -> Iterator[ClusterReader]:
        from newscrawl.batch.cluster import ClusterReader, connect  # noqa: PLC0415 - an extra, and 0.6 s CPU

        def fail(line: str) -> None:
            run.warn(line)
            run.count("files/unread")

        with connect(self.scheduler, workers=pool.workers) as client:
            threads = client.nthreads()
            has_dashboard = "dashboard" in client.scheduler_info()["services"]
            dashboard = f"; dashboard: {client.dashboard_link}" if has_dashboard else ""
            print_error(f"{format_count(len(threads), 'worker')}{dashboard}")
            if self.scheduler == "local" and find_spec("bokeh") is None:
                print_error("the dashboard needs bokeh: pip install bokeh")
            if not threads:
                print_error(f"waiting for workers: `dask worker {self.scheduler}` starts one (docs/scale.md)")
            if not is_url(self.folder) and self.scheduler != "local":
                print_error(f"results: {self.folder}, which must be the same folder on every machine (--results)")
            yield ClusterReader(
                client=client,
                settings=replace(pool.settings, database_url=""),  # workers need none, and its password stays here
                folder=self.folder,
                keep_going=keep_going,
                show=lambda task, part: run.show(ReadJob(path=task.path, size=task.size), part),
                warn=run.warn,
                fail=fail,
            )
