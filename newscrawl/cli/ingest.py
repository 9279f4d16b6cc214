"""`ingest`: read archive files into the database, on every core."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from newscrawl.archives import cc_news
from newscrawl.archives.wacz import find_archives
from newscrawl.batch.capture_worker import ReadJob
from newscrawl.batch.clusters import update_clusters_after_run
from newscrawl.batch.ingest import Ingest, find_unfinished
from newscrawl.batch.worker_pool import WorkerPool
from newscrawl.cli.archive_sizes import estimate_bytes, format_estimate
from newscrawl.cli.options import add_limit, option_type
from newscrawl.cli.output import print_error
from newscrawl.cli.pool import (
    add_pool_options,
    choose_spider,
    count_workers,
    end_run,
    find_sites,
    get_exit_code,
    make_pool,
    show_bar,
    start_run,
)
from newscrawl.cli.project import Project
from newscrawl.cli.watch import report_matches
from newscrawl.date_range import read_range
from newscrawl.errors import (
    ArchiveError,
    ArgumentError,
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
from newscrawl.storage import FileProgress, Store

SYNTAX = "[options] GLOB|cc-news:MONTH..."
DESCRIPTION = (
    "Read archive files (WARC, ARC, WACZ) into the database, one process per file and as many processes as cores. A "
    "file that was read to its end is not read again unless it has changed, or pages of other sites are wanted; an "
    "unfinished one is continued. A spider reads the pages of its publisher and, of files that it wrote itself, all; "
    "--spider news reads the pages of every site. cc-news:2026-10, cc-news:2026-08..2026-10 and cc-news:2026-10-05 are "
    "the files of Common Crawl's news archive of that time, of which news is the spider."
)
_SOURCE = "ingest"
_SITE = "with --spider news: only pages of these sites, as addresses, hosts or names of publishers (default: all)"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_pool_options(parser)
    parser.add_argument("--site", metavar="SITE[,SITE]", type=option_type(_read_sites), help=_SITE)
    parser.add_argument("--since", metavar="DATE", help="only articles of that year, month or day (UTC) or later")
    parser.add_argument("--until", metavar="DATE", help="only articles of that year, month or day (UTC) or earlier")
    add_limit(parser, "files that are not finished yet", "all")
    parser.add_argument("--dry-run", action="store_true", help="only list the files that would be read")


def run(patterns: list[str], opts: argparse.Namespace, project: Project) -> int:
    if not patterns:
        raise CommandLineError
    return get_exit_code(lambda: _ingest_files(patterns, opts, project))


def _ingest_files(patterns: Sequence[str], opts: argparse.Namespace, project: Project) -> ExitCode:
    set_user_agent(project.user_agent)
    paths = list(dict.fromkeys(path for pattern in patterns for path in _find_files(project, pattern)))
    if not paths:
        raise ArgumentError(f"{' '.join(patterns)}: there is no such file")
    spider = choose_spider(project, opts.spider or (SITES_SPIDER if any(map(cc_news.is_cc_news, patterns)) else None))
    sites = _choose_sites(project, spider, opts.site)
    dates = read_range(opts.since, opts.until)
    with open_archive(project.database_url) as store:
        check_sample(store, is_sample=False, mixes=project.mixes_sample)
        unreadable: list[ArchiveError] = []
        if opts.dry_run:
            files, finished = find_unfinished(store, paths, unreadable.append, _list_keys(sites))
            print(_format_plan(store, files[: opts.limit or None], finished, unreadable, count_workers(opts.workers)))
            return ExitCode.PARTLY_FAILED if unreadable else ExitCode.DONE
        given = {"files": " ".join(patterns), "site": ",".join(site.name for site in opts.site or ())}
        given |= {name: getattr(opts, name) for name in ("since", "until")}
        given = {name: value for name, value in given.items() if value}
        run_id = start_run(store, spider, _SOURCE, given, _list_keys(opts.site or ()) or ())
        if opts.site:
            sites = _leave_out_locked(store, run_id, sites)
        files, finished = find_unfinished(store, paths, unreadable.append, _list_keys(sites))
        files = files[: opts.limit or None]
        pool = make_pool(project, spider, dates, opts.workers, sites if opts.site else None)
        ingest = Ingest(store, run_id, is_limited=bool(opts.since or opts.until))
        ingest.site_counts = {site.name: Counter() for site in sites} if opts.site else {}
        ingest.stats[f"{PREFIX}files/finished"] = len(finished)
        reason = _read_files(ingest, files, _estimate_size(spider, files, opts.workers), unreadable, pool)
        conclusion = exit_codes.conclude(ingest.stats, reason)
        end_run(store, ingest, run_id, reason, conclusion.code)
        if reason == "finished" and project.updates_clusters:
            _compare_articles(store, spider)
        if reason == "finished":
            report_matches(store, project)
    if broken := sum(file.broken for file in finished):
        print(f"{spider}: {format_count(broken, 'record')} of files that were finished before could not be read")
    print(f"{spider}: {conclusion.line}; {format_count(len(files), 'file')} read, {len(finished)} finished before")
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


def _choose_sites(project: Project, spider: str, named: Sites | None) -> Sites:
    """Return the sites whose pages are read; none means all. Raises ArgumentError."""
    sites = find_sites(project, spider)
    if named and sites:
        raise ArgumentError(f"--site: {spider} reads the pages of one publisher; --spider news reads those of any site")
    return named or sites


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


def _leave_out_locked(store: Store, run_id: int, sites: Sites) -> Sites:
    own = store.run_sites(run_id)
    for site in sites:
        if site.name not in own:
            print_error(f"{site.name}: left out, as another run of this kind is active on it")
    return Sites(site for site in sites if site.name in own)


def _list_keys(sites: Iterable[Publisher]) -> frozenset[str] | None:
    return frozenset(site.name for site in sites) or None


def _read_files(
    ingest: Ingest, files: Sequence[FileProgress], total: int, unreadable: Sequence[ArchiveError], pool: WorkerPool
) -> str:
    try:
        with _show_progress(ingest, files, total):
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
        update_clusters_after_run(store)
        if left := store.uncompared():
            print(f"{spider}: {left:,} articles are not searched for copies yet: `scrapy clusters --update`")
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


@contextmanager
def _show_progress(ingest: Ingest, files: Sequence[FileProgress], total: int) -> Iterator[None]:
    bytes_read = {file.path: 0.0 for file in files}
    text = TextColumn("{task.fields[pages]} pages, {task.fields[rate]}/s, left")
    columns = (BarColumn(30), DownloadColumn(binary_units=True), TaskProgressColumn(), text, TimeRemainingColumn())
    with show_bar(ingest, *columns) as bar:
        task = bar.add_task("", total=total, pages=0, rate=0)

        def show(job: ReadJob, part: float) -> None:
            if job.path in bytes_read:
                bytes_read[job.path] = max(bytes_read[job.path], part * job.size)
            pages = ingest.stats[f"{PREFIX}pages/asked"]
            rate = round(pages / (bar.tasks[0].elapsed or 1.0))
            bar.update(task, completed=sum(bytes_read.values()), pages=pages, rate=rate)

        ingest.show = show
        yield
