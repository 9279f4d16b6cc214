"""`ingest`: read archive files into the database, on every core."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from rich.progress import BarColumn, DownloadColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from newscrawl.archives import cc_news
from newscrawl.archives.wacz import find_archives
from newscrawl.batch.capture_worker import ReadJob, WorkerSettings
from newscrawl.batch.clusters import update_clusters_after_run
from newscrawl.batch.ingest import Ingest
from newscrawl.batch.worker_pool import FileRun, WorkerPool
from newscrawl.cli.archive_sizes import estimate_bytes, format_estimate
from newscrawl.cli.ingest_sources import RESULTS_ENDING, Archives, ClusterArchives, Results, Source
from newscrawl.cli.options import add_limit, option_type
from newscrawl.cli.output import print_error, print_message
from newscrawl.cli.pool import (
    add_pool_options,
    choose_spider,
    count_workers,
    end_run,
    find_sites,
    get_exit_code,
    make_pool,
    make_worker_settings,
    show_bar,
    start_run,
)
from newscrawl.cli.project import Project
from newscrawl.cli.watch import report_matches
from newscrawl.date_range import DateRange, read_range
from newscrawl.errors import (
    ArchiveError,
    ArgumentError,
    ClusterError,
    CommandLineError,
    LostDatabaseError,
    LostLockError,
    PublisherError,
    StorageError,
)
from newscrawl.export.display import format_count, strip_controls
from newscrawl.http_files import set_user_agent
from newscrawl.operations import exit_codes
from newscrawl.operations.archive import check_sample, open_archive
from newscrawl.operations.exit_codes import LOCK_LOST, PREFIX, ExitCode
from newscrawl.publisher import GENERAL, SITES_SPIDER, Publisher
from newscrawl.publishers import Sites, find_publisher, load_publishers, make_site
from newscrawl.remote_files import hide_credentials
from newscrawl.storage import FileProgress, Store

SYNTAX = "[options] GLOB|cc-news:MONTH..."
DESCRIPTION = (
    "Read archive files (WARC, ARC, WACZ) into the database, one process per file and as many processes as cores. A "
    "file that was read to its end is not read again unless it has changed, or pages of other sites are wanted; an "
    "unfinished one is continued. A spider reads the pages of its publisher and, of files that it wrote itself, all; "
    "--spider news reads the pages of every site. cc-news:2026-10, cc-news:2026-08..2026-10 and cc-news:2026-10-05 are "
    "the files of Common Crawl's news archive of that time, with the spider news. "
    "Results files (.parquet) of a cluster are loaded."
)
_SOURCE = "ingest"
_SCHEDULER = "read the files on a Dask cluster: tcp://HOST:8786, or local for one of processes on this machine"
_RESULTS = (
    "with --scheduler: the folder, or its URL, where the results of each file are kept; all machines need to see it "
    "(default: ingest-results beside the database, until they are loaded)"
)
_SITE = "with --spider news: only pages of these sites, as addresses, hosts or names of publishers (default: all)"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_pool_options(parser)
    parser.add_argument("--site", metavar="SITE[,SITE]", type=option_type(_read_sites), help=_SITE)
    parser.add_argument("--since", metavar="DATE", help="only articles of that year, month or day (UTC) or later")
    parser.add_argument("--until", metavar="DATE", help="only articles of that year, month or day (UTC) or earlier")
    add_limit(parser, "files that are not finished yet", "all")
    parser.add_argument("--scheduler", metavar="ADDRESS", help=_SCHEDULER)
    parser.add_argument("--results", metavar="FOLDER", help=_RESULTS)
    parser.add_argument("--no-load", action="store_true", help="with --scheduler: only write the results files")
    parser.add_argument("--dry-run", action="store_true", help="only list the files that would be read")


def run(patterns: list[str], opts: argparse.Namespace, project: Project) -> int:
    if not patterns:
        raise CommandLineError
    if (opts.results or opts.no_load) and not opts.scheduler:
        raise CommandLineError("--results and --no-load need --scheduler", prints_help=False)
    return get_exit_code(lambda: _ingest(patterns, opts, project))


def _ingest(patterns: Sequence[str], opts: argparse.Namespace, project: Project) -> ExitCode:
    set_user_agent(project.user_agent)
    paths = list(dict.fromkeys(path for pattern in patterns for path in _find_files(project, pattern)))
    if not paths:
        raise ArgumentError(f"{' '.join(patterns)}: there is no such file")
    results = [path for path in paths if path.lower().endswith(RESULTS_ENDING)]
    if results:
        if len(results) < len(paths):
            raise ArgumentError("archives and results files (.parquet) cannot be ingested in one run")
        return max(_load_results(group, patterns, opts, project) for group in Results.group(results))
    selection = Selection.choose(project, opts, is_cc_news=any(map(cc_news.is_cc_news, patterns)))
    if not opts.scheduler:
        return _ingest_files(Archives(paths), patterns, selection, opts, project)
    archives = ClusterArchives.make(paths, opts, project)
    if opts.no_load:
        return _write_results(archives, selection, opts, project)
    return _ingest_files(archives, patterns, selection, opts, project)


def _load_results(results: Results, patterns: Sequence[str], opts: argparse.Namespace, project: Project) -> ExitCode:
    task = results.results[0].task
    if any((opts.site, opts.since, opts.until, opts.scheduler)):
        raise ArgumentError("results files have the sites and dates that they were read with; leave out such options")
    if opts.spider not in (None, task.spider):
        raise ArgumentError(f"{results.results[0].place}: has what --spider {task.spider} has read")
    named = None if task.reads_own else _read_sites(",".join(task.sites or ()))
    dates = DateRange(since=task.since, until=task.until)
    spider = choose_spider(project, task.spider)
    selection = Selection(spider=spider, dates=dates, sites=named or find_sites(project, spider), named=named)
    return _ingest_files(results, patterns, selection, opts, project)


def _write_results(
    archives: ClusterArchives, selection: Selection, opts: argparse.Namespace, project: Project
) -> ExitCode:
    """Have a cluster write results files, without a database."""
    files = archives.find(None, selection.keys)[0][: opts.limit or None]
    run = FileRun()
    with _show_progress(run, files, _estimate_size(selection.spider, files, opts.workers)):
        for error in archives.unreadable:
            run.count_broken(error)
        settings = selection.make_settings(project, has_database=False)
        read = archives.write(run, files, make_pool(settings, opts.workers))
    folder = hide_credentials(archives.folder)
    of_all = f"{read} of {format_count(len(files), 'file')} read"
    print_message(f"{selection.spider}: {of_all}; `scrapy ingest '{folder}/*{RESULTS_ENDING}'` loads the results")
    if run.is_stopped:
        return ExitCode.STOPPED
    return ExitCode.PARTLY_FAILED if archives.unreadable or read < len(files) else ExitCode.DONE


def _ingest_files(
    source: Source, patterns: Sequence[str], selection: Selection, opts: argparse.Namespace, project: Project
) -> ExitCode:
    spider = selection.spider
    with open_archive(project.database_url) as store:
        check_sample(store, is_sample=False, mixes=project.mixes_sample)
        if opts.dry_run:
            files, finished = source.find(store, selection.keys)
            print(
                _format_plan(
                    store, files[: opts.limit or None], finished, source.unreadable, count_workers(opts.workers)
                )
            )
            return ExitCode.PARTLY_FAILED if source.unreadable else ExitCode.DONE
        given = {"files": " ".join(patterns), "site": ",".join(site.name for site in opts.site or ())}
        given |= {name: getattr(opts, name) for name in ("since", "until", "scheduler")}
        given = {name: value for name, value in given.items() if value}
        run_id = start_run(store, spider, _SOURCE, given, _list_keys(opts.site or ()) or ())
        if opts.site:
            selection = selection.leave_out_locked(store, run_id)
        files, finished = source.find(store, selection.keys)
        files = files[: opts.limit or None]
        total = _estimate_size(spider, files, opts.workers)
        ingest = Ingest(store, run_id, is_limited=selection.is_limited)
        ingest.site_counts = {site.name: Counter() for site in selection.sites} if opts.site else {}
        ingest.stats[f"{PREFIX}files/finished"] = len(finished)
        reason = _read_files(ingest, files, total, source, make_pool(selection.make_settings(project), opts.workers))
        conclusion = exit_codes.conclude(ingest.stats, reason)
        end_run(store, ingest, run_id, reason, conclusion.code)
        if reason == "finished" and project.updates_clusters:
            _compare_articles(store, spider)
        if reason == "finished":
            report_matches(store, project)
    if broken := sum(file.broken for file in finished):
        print(f"{spider}: {format_count(broken, 'record')} of files that were finished before could not be read")
    read = format_count(len(files) - ingest.unread, "file")
    print(f"{spider}: {conclusion.line}; {read} read, {len(finished)} finished before")
    if advice := _advise(ingest, spider) or conclusion.advice:
        print(f"{spider}: what to do: {advice}")
    return conclusion.code


def _find_files(project: Project, pattern: str) -> list[str]:
    if cc_news.is_cc_news(pattern):
        return cc_news.find_files(pattern, project.commoncrawl_data)
    return find_archives(pattern)


def _estimate_size(spider: str, files: Sequence[FileProgress], workers: int | None) -> int:
    """Return the bytes of the files; print an estimate if they are remote and their sizes are not known yet."""
    total = estimate_bytes(files)
    if not all(file.size for file in files):
        print(f"{spider}: {format_estimate(files, total, count_workers(workers))}", flush=True)
    return total


def _advise(ingest: Ingest, spider: str) -> str:
    """Return what to do about files with pages of other sites alone."""
    others, found = (ingest.stats[f"{PREFIX}{name}"] for name in ("captures/other_site", "links/found"))
    if found or not others:
        return ""
    return f"{format_count(others, 'capture')} of other sites were left out; " + (
        "name these with --site" if spider == SITES_SPIDER else f"--spider {SITES_SPIDER} reads those of every site"
    )


def _read_sites(text: str) -> Sites:
    """Read names of publishers, addresses and hosts, separated by commas. Raises ArgumentError."""
    publishers = {publisher.name: publisher for publisher in load_publishers()}
    sites: list[Publisher] = []
    for name in filter(None, map(str.strip, text.split(","))):
        home = name if "://" in name else f"https://{name}/"
        known = publishers.get(name, find_publisher(home))
        try:
            sites.append(make_site(home) if known is GENERAL else known)
        except PublisherError as error:
            raise ArgumentError(f"{name!r} is no site") from error
    if not sites:
        raise ArgumentError("name a site")
    return Sites(sites)


def _list_keys(sites: Iterable[Publisher]) -> frozenset[str] | None:
    return frozenset(site.name for site in sites) or None


def _read_files(ingest: Ingest, files: Sequence[FileProgress], total: int, source: Source, pool: WorkerPool) -> str:
    try:
        with _show_progress(ingest, files, total):
            for error in source.unreadable:
                ingest.handle_error(ReadJob(), error)
            source.read(ingest, files, pool)
    except LostLockError as error:
        print_error(error)
        return LOCK_LOST
    except ClusterError as error:
        print_error(error)
        return "shutdown"
    except StorageError as error:
        ingest.stats[f"{PREFIX}storage/failed"] += 1
        print_error(error)
        return "storage_failed"
    return "shutdown" if ingest.is_stopped else "finished"


def _compare_articles(store: Store, spider: str) -> None:
    try:
        update_clusters_after_run(store)
        if left := store.uncompared():
            waiting = format_count(left, "article")
            print_message(f"{spider}: {waiting} not searched for copies yet: `scrapy clusters --update`")
    except LostDatabaseError:
        raise
    except StorageError as error:  # the run has ended well: this does not change its exit code
        print_error(f"{spider}: articles were not searched for copies: {error}")


def _format_plan(
    store: Store,
    files: Sequence[FileProgress],
    finished: Sequence[FileProgress],
    unreadable: Sequence[ArchiveError],
    workers: int,
) -> str:
    lines: list[str] = []
    for file in files:
        known = store.file_progress(file.path)
        kind = "new" if known is None else "again" if known.finished_at else "begun"
        lines.append(f"{f'{file.size:,}' if file.size else '?':>16} {kind:6} {strip_controls(file.path)}")
    lines += [strip_controls(str(error)) for error in unreadable]
    if files:
        lines.append(format_estimate(files, estimate_bytes(files), workers))
    lines.append(f"{format_count(len(files), 'file')} to read, {len(finished)} finished before; nothing is read.")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The sites and the days whose pages are stored."""

    spider: str
    dates: DateRange
    sites: Sites
    """None means all."""
    named: Sites | None
    """The sites if they were named, and are not those of the spider."""

    @classmethod
    def choose(cls, project: Project, opts: argparse.Namespace, *, is_cc_news: bool) -> Self:
        """Make it from options. Raises ArgumentError."""
        spider = choose_spider(project, opts.spider or (SITES_SPIDER if is_cc_news else None))
        sites = find_sites(project, spider)
        if opts.site and sites:
            raise ArgumentError(
                f"--site: {spider} reads the pages of one publisher; --spider news reads those of any site"
            )
        dates = read_range(opts.since, opts.until)
        return cls(spider=spider, dates=dates, sites=opts.site or sites, named=opts.site)

    @property
    def is_limited(self) -> bool:
        return bool(self.dates.since or self.dates.until)

    @property
    def keys(self) -> frozenset[str] | None:
        return _list_keys(self.sites)

    def make_settings(self, project: Project, *, has_database: bool = True) -> WorkerSettings:
        named = self.sites if self.named else None
        return make_worker_settings(project, self.spider, self.dates, named, has_database=has_database)

    def leave_out_locked(self, store: Store, run_id: int) -> Self:
        """Return it without the sites that another run is active on, which are reported."""
        own = store.run_sites(run_id)
        for site in self.sites:
            if site.name not in own:
                print_error(f"{site.name}: left out, as another run of this kind is active on it")
        return replace(self, sites=Sites(site for site in self.sites if site.name in own))


@contextmanager
def _show_progress(run: FileRun, files: Sequence[FileProgress], total: int) -> Iterator[None]:
    bytes_read = {file.path: 0.0 for file in files}
    text = TextColumn("{task.fields[pages]} pages, {task.fields[rate]}/s, left")
    columns = (BarColumn(30), DownloadColumn(binary_units=True), TaskProgressColumn(), text, TimeRemainingColumn())
    with show_bar(run, *columns) as bar:
        task = bar.add_task("", total=total, pages=0, rate=0)

        def show(job: ReadJob, part: float) -> None:
            if job.path in bytes_read:
                bytes_read[job.path] = max(bytes_read[job.path], part * job.size)
            pages = run.stats[f"{PREFIX}pages/asked"]
            rate = round(pages / (bar.tasks[0].elapsed or 1.0))
            bar.update(task, completed=sum(bytes_read.values()), pages=pages, rate=rate)

        run.show = show
        yield
