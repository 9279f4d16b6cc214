"""`ingest`: read archive files into the database, on every core."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from newscrawl.archives import saved_pages
from newscrawl.batch.clusters import INGEST_SECONDS, update_clusters
from newscrawl.batch.date_range import read_range
from newscrawl.batch.ingest import Ingest, find_unfinished
from newscrawl.batch.worker_pool import ReadJob, WorkerPool
from newscrawl.cli.output import print_error
from newscrawl.cli.pool import add_pool_options, choose_spider, end_run, get_exit_code, make_pool, show_bar, start_run
from newscrawl.cli.project import Project
from newscrawl.errors import (
    ArchiveError,
    ArgumentError,
    CommandLineError,
    LostDatabaseError,
    LostLockError,
    StorageError,
)
from newscrawl.export.display import format_count, strip_controls
from newscrawl.operations import exit_codes
from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import LOCK_LOST, PREFIX, ExitCode
from newscrawl.storage import FileProgress, Store

SYNTAX = "[options] GLOB..."
SUMMARY = "Read WARC, ARC and WACZ files into the database, on every core"
DESCRIPTION = (
    "Read archive files (WARC, ARC, WACZ) into the database, one process per file and as many processes as cores. A "
    "file that was read to its end is not read again unless it has changed; an unfinished one is continued."
)
_SOURCE = "ingest"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_pool_options(parser)
    parser.add_argument("--since", metavar="DATE", help="only articles of that day (UTC) or later")
    parser.add_argument("--until", metavar="DATE", help="only articles of that day (UTC) or earlier")
    parser.add_argument("--dry-run", action="store_true", help="only list the files that would be read")


def run(patterns: list[str], opts: argparse.Namespace, project: Project) -> int:
    if not patterns:
        raise CommandLineError
    return get_exit_code(lambda: _ingest_files(patterns, opts, project))


def _ingest_files(patterns: Sequence[str], opts: argparse.Namespace, project: Project) -> ExitCode:
    paths = list(dict.fromkeys(path for pattern in patterns for path in saved_pages.find_files(pattern)))
    if not paths:
        raise ArgumentError(f"{' '.join(patterns)}: there is no such file")
    spider = choose_spider(project, opts.spider)
    pool = make_pool(project, spider, read_range(opts.since, opts.until), opts.workers)
    given = {"files": " ".join(patterns)}
    given |= {name: value for name in ("since", "until") if (value := getattr(opts, name))}
    with open_archive(project.database_url) as store:
        unreadable: list[ArchiveError] = []
        files, finished = find_unfinished(store, paths, unreadable.append, frozenset((spider,)))
        if opts.dry_run:
            print(_format_plan(store, files, finished, unreadable))
            return ExitCode.PARTLY_FAILED if unreadable else ExitCode.DONE
        run_id = start_run(store, spider, _SOURCE, given)
        ingest = Ingest(store, run_id, is_limited=bool(opts.since or opts.until))
        ingest.stats[f"{PREFIX}files/finished"] = len(finished)
        reason = _read_files(ingest, files, unreadable, pool)
        conclusion = exit_codes.conclude(ingest.stats, reason)
        end_run(store, ingest, run_id, reason, conclusion.code)
        if reason == "finished" and project.updates_clusters:
            _compare_articles(store, spider)
    if broken := sum(file.broken for file in finished):
        print(f"{spider}: {format_count(broken, 'record')} of files that were finished before could not be read")
    print(f"{spider}: {conclusion.line}; {format_count(len(files), 'file')} read, {len(finished)} finished before")
    if conclusion.advice:
        print(f"{spider}: what to do: {conclusion.advice}")
    return conclusion.code


def _read_files(
    ingest: Ingest, files: Sequence[FileProgress], unreadable: Sequence[ArchiveError], pool: WorkerPool
) -> str:
    try:
        with _show_progress(ingest, files):
            for error in unreadable:
                ingest.handle_error(ReadJob(), error)
            ingest.run(files, pool)
    except LostLockError as error:
        print_error(error)
        return LOCK_LOST
    except StorageError as error:
        ingest.stats[f"{PREFIX}storage/failed"] += 1
        print_error(error)
        return "storage_failed"
    return "shutdown" if ingest.is_stopped else "finished"


def _compare_articles(store: Store, spider: str) -> None:
    try:
        update_clusters(store, seconds=INGEST_SECONDS)
        if left := store.uncompared():
            print(f"{spider}: {left} articles are not compared yet; `scrapy clusters` compares them")
    except LostDatabaseError:
        raise
    except StorageError as error:  # the run has ended well: this does not change its exit code
        print_error(f"{spider}: articles that tell the same story were not searched for: {error}")


def _format_plan(
    store: Store, files: Sequence[FileProgress], finished: Sequence[FileProgress], unreadable: Sequence[ArchiveError]
) -> str:
    lines: list[str] = []
    for file in files:
        kind = "begun" if store.file_progress(file.path) else "new"
        lines.append(f"{file.size:>16,} {kind:6} {strip_controls(file.path)}")
    lines += [strip_controls(str(error)) for error in unreadable]
    lines.append(f"{format_count(len(files), 'file')} to read, {len(finished)} finished before; nothing is read.")
    return "\n".join(lines)


@contextmanager
def _show_progress(ingest: Ingest, files: Sequence[FileProgress]) -> Iterator[None]:
    bytes_read = {file.path: 0.0 for file in files}
    text = TextColumn("{task.fields[pages]} pages · {task.fields[rate]}/s · left")
    columns = (BarColumn(30), DownloadColumn(binary_units=True), TaskProgressColumn(), text, TimeRemainingColumn())
    with show_bar(ingest, *columns) as bar:
        task = bar.add_task("", total=sum(file.size for file in files), pages=0, rate=0)

        def show(job: ReadJob, part: float) -> None:
            if job.path in bytes_read:
                bytes_read[job.path] = max(bytes_read[job.path], part * job.size)
            pages = ingest.stats[f"{PREFIX}pages/asked"]
            rate = round(pages / (bar.tasks[0].elapsed or 1.0))
            bar.update(task, completed=sum(bytes_read.values()), pages=pages, rate=rate)

        ingest.show = show
        yield
