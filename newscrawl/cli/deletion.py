"""`db delete`: delete articles, after saying which."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from newscrawl.cli.checks import find_running_crawl
from newscrawl.cli.options import Condition, add_conditions, condition_names, get_conditions, option_type
from newscrawl.cli.output import (
    format_list_time,
    is_terminal,
    print_error,
    print_message,
    shorten,
    show_progress,
    to_one_line,
)
from newscrawl.date_range import read_since
from newscrawl.errors import CommandLineError, LockedError
from newscrawl.export.display import format_count, format_day, strip_controls
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Store, sqlite_file

OPTIONS = (*condition_names(), "before", "apply", "no_backup")
_SHOWN = 3
_WIDTH = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Articles to delete", "WORDS are those of `scrapy articles`.")
    before: Condition = ("DATE", "published before then (UTC): 2013, 2013-05, 2013-05-27, 30d", read_since)
    add_conditions(group)
    group.add_argument("--before", metavar=before[0], type=option_type(before[2]), help=f"only articles {before[1]}")
    group.add_argument("--apply", action="store_true", help="delete them; without it, only say which")


def delete_articles(url: str, words: Sequence[str], opts: argparse.Namespace) -> int:
    """Delete the articles that the options select, or say which they are; return the exit code."""
    query = _make_query(words, opts)
    with open_archive(url, create=False) as store:
        if opts.apply and (run := find_running_crawl(store)):
            raise LockedError(run.spider, run.id, run.started_at, run.pid, run.host)
        newest_first = store.ids(query)
        ids = sorted(newest_first)
        if not ids:
            print("No article matches; nothing is deleted.")
            return 0
        _describe(store, newest_first)
        if not opts.apply:
            print("Nothing is deleted yet: --apply does that" + ("." if opts.no_backup else ", after a copy."))
            return 0
        if not opts.no_backup:
            _back_up(store, url)
        return _apply(store, ids)


def _make_query(words: Sequence[str], opts: argparse.Namespace) -> Query:
    conditions = get_conditions(opts)
    ends = [end for end in (conditions["until"], opts.before) if end]
    conditions |= {"until": min(ends) if ends else None, "words": " ".join(words) or None}
    if not any(value is not None for value in conditions.values()):
        raise CommandLineError("delete needs words or a condition, such as --publisher or --before")
    return Query(**conditions, sort="newest", limit=None)


def _describe(store: Store, ids: Sequence[int]) -> None:
    deletion, total, span = store.count_deletion(ids), store.totals()["articles"], store.span(ids)
    dates = f", published {' to '.join(dict.fromkeys(format_day(moment) for moment in span))}" if span else ""
    print(f"{format_count(len(ids), 'article')} of {total:,}{dates}:")
    width = len(str(max(ids)))
    for hit in store.hits_of(ids[:_SHOWN]):
        published = format_list_time(hit.published_at, hit.published_precision)
        line = f"{hit.id:>{width}}  {published:16}  {to_one_line(hit.headline)}"
        print(f"  {shorten(line, _WIDTH) if is_terminal() else line}")
    if len(ids) > _SHOWN:
        more = f"  … and {len(ids) - _SHOWN:,} more"
        print_message(f"{more}; `scrapy articles` lists them with the same words and options")
    revisions, pages = format_count(deletion.revisions, "revision"), format_count(deletion.pages, "page")
    print(f"With them: {revisions}; {pages} will be refused as deleted, so that no crawl, ingest or reextract")
    print_message("stores them again until `scrapy pages --reason deleted --retry`.")
    if deletion.captures:
        captures = format_count(deletion.captures, "capture")
        print(f"Their {captures} stay in their WARC files, which you may delete yourself.")


def _back_up(store: Store, url: str) -> None:
    if not sqlite_file(url):
        print("No copy was made: the database is on a server, which has its own tools for that.")
        return
    with show_progress("Copying") as show:
        print(strip_controls(f"Copied to {store.back_up(progress=show)}"))


def _apply(store: Store, ids: Sequence[int]) -> int:
    done = 0
    try:
        with show_progress("Deleting articles") as show:
            for deleted in store.delete_articles(ids):
                done += deleted
                show(done, len(ids))
    except KeyboardInterrupt:
        print_error(f"interrupted: {done:,} of {format_count(len(ids), 'article')} deleted; run again for the rest")
        return 130  # 128 + SIGINT, as shells report it
    print_message(f"Deleted {format_count(done, 'article')}; `scrapy db vacuum` frees their space.")
    return 0
