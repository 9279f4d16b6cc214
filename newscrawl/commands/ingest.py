"""`scrapy ingest`: whole archive files into the database, on every core."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from scrapy.exceptions import UsageError

from newscrawl.archives import saved_pages
from newscrawl.batch.clusters import INGEST_SECONDS, update_clusters
from newscrawl.batch.ingest import Ingest, unfinished
from newscrawl.batch.worker_pool import Job, ReadingPool
from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.pool import add_reading, begin, reading_pool, telling, the_spider
from newscrawl.crawl.arguments import ARGUMENTS
from newscrawl.errors import ArchiveError, ArgumentError, LockedError, StorageError
from newscrawl.export.display import format_count, strip_controls
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import PREFIX, ExitCode
from newscrawl.storage import FileProgress, Store

_SOURCE = "ingest"


class Command(ProjectCommand):
    """Read archive files (WARC, ARC, WACZ) into the database, one process a file and as many as there are cores."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] GLOB..."

    def short_desc(self) -> str:
        """What it does."""
        return "Read WARC, ARC and WACZ files into the database, on every core"

    def long_desc(self) -> str:
        """What it does, and what it does not do twice."""
        return (
            f"{self.__doc__} A file that was read to its end is not read again, unless it has changed; one that was "
            "broken off is gone on with."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """--workers, --spider, --since, --until and --dry-run."""
        super().add_options(parser)
        add_reading(parser)
        for name in ("since", "until"):
            parser.add_argument(f"--{name}", metavar="DATE", help=f"{ARGUMENTS[name].meaning}")
        parser.add_argument("--dry-run", action="store_true", help="only say which files would be read")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read, and set the exit code, as `scrapy crawl` does."""
        if not args:
            raise UsageError
        try:
            self.exitcode = int(self._ingest(args, opts))
        except (ArgumentError, LockedError, StorageError) as error:
            self.fail(error, int(exit_codes.code_of(error)))

    def _ingest(self, patterns: Sequence[str], opts: argparse.Namespace) -> ExitCode:
        paths = list(dict.fromkeys(path for pattern in patterns for path in saved_pages.paths(pattern)))
        if not paths:
            raise ArgumentError(f"{' '.join(patterns)}: there is no such file")
        spider = self._spider(opts)
        with Store.open(self.database_url) as store:
            unopened: list[ArchiveError] = []
            wanted, finished = unfinished(store, paths, unopened.append)
            if opts.dry_run:
                print(_plan(store, wanted, finished, unopened))
                return ExitCode.PARTLY_FAILED if unopened else ExitCode.DONE
            given = {"files": " ".join(patterns), **spider.arguments.given}
            run_id = begin(store, spider.name, _SOURCE, given)
            ingest = Ingest(store, run_id, is_narrowed=bool(spider.arguments.given))
            ingest.stats[f"{PREFIX}files/finished"] = finished
            pool = reading_pool(self.project_settings, spider, opts.workers)
            reason = self._read(ingest, wanted, unopened, pool)
            ended = exit_codes.conclude(ingest.stats, reason)
            store.end_run(
                run_id, finish_reason=reason, exit_code=int(ended.code), counts=exit_codes.counts(ingest.stats)
            )
            if reason == "finished" and self.project_settings.getbool("NEWSCRAWL_CLUSTERS"):
                _compare(store, spider.name)
        print(f"{spider.name}: {ended.line}; {format_count(len(wanted), 'file')} read, {finished} finished before")
        if ended.advice:
            print(f"{spider.name}: what to do: {ended.advice}")
        return ended.code

    def _spider(self, opts: argparse.Namespace) -> Any:
        """The spider, which knows the publisher. Raises ArgumentError."""
        days = {day: getattr(opts, day) for day in ("since", "until") if getattr(opts, day)}
        return the_spider(self.project_settings, opts.spider, days)

    def _read(
        self, ingest: Ingest, wanted: Sequence[FileProgress], unopened: Sequence[ArchiveError], pool: ReadingPool
    ) -> str:
        """Read the files; why it ended."""
        try:
            with _progress(ingest, wanted):
                for error in unopened:
                    ingest.broken(Job(), error)
                ingest.run(wanted, pool)
        except StorageError as error:
            ingest.stats[f"{PREFIX}storage/failed"] += 1
            sys.stderr.write(f"{strip_controls(str(error))}\n")
            return "storage_failed"
        return "shutdown" if ingest.is_stopped else "finished"


def _compare(store: Store, spider: str) -> None:
    """Find out which articles tell the same story. Whatever comes of it, the run has ended as it has."""
    try:
        update_clusters(store, seconds=INGEST_SECONDS)
        if left := store.uncompared():
            print(f"{spider}: {left} articles are still to be compared; `scrapy clusters` does it")
    except StorageError as error:
        sys.stderr.write(f"{spider}: what tells the same story was not looked for: {strip_controls(str(error))}\n")


def _plan(store: Store, wanted: Sequence[FileProgress], finished: int, unopened: Sequence[ArchiveError]) -> str:
    begun = [bool(store.file_progress(file.path)) for file in wanted]
    kinds = [f"{'begun' if known else 'new':6}" for known in begun]
    lines = [f"{file.size:>16,} {kind} {strip_controls(file.path)}" for kind, file in zip(kinds, wanted, strict=True)]
    lines += [strip_controls(str(error)) for error in unopened]
    return "\n".join(
        [*lines, f"{format_count(len(wanted), 'file')} to read, {finished} finished before; nothing is read."]
    )


@contextmanager
def _progress(ingest: Ingest, wanted: Sequence[FileProgress]) -> Iterator[None]:
    """A bar by bytes with an estimate, on a terminal."""
    sizes = {file.path: file.size for file in wanted}
    read = dict.fromkeys(sizes, 0.0)
    bar = Progress(
        BarColumn(30),
        DownloadColumn(binary_units=True),
        TaskProgressColumn(),
        TextColumn("{task.fields[pages]} pages · {task.fields[rate]}/s · left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=sum(sizes.values()), pages=0, rate=0)

        def show(job: Job, part: float) -> None:
            if job.path in read:
                read[job.path] = max(read[job.path], part * job.size)
            pages = ingest.stats[f"{PREFIX}pages/asked"]
            seconds = bar.tasks[0].elapsed or 1.0
            bar.update(task, completed=sum(read.values()), pages=pages, rate=round(pages / seconds))

        ingest.show, ingest.tell = show, telling(bar.console)
        yield
