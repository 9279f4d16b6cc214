"""`clusters`: list and find articles that are copies, updates and corrections of each other."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rich.console import Console
from rich.table import Table
from rich.text import Text

from newscrawl.batch.clusters import update_clusters
from newscrawl.cli.articles import check_not_empty, find_article
from newscrawl.cli.options import add_conditions, add_format, add_limit, get_limit, reject_unknown_options
from newscrawl.cli.output import (
    format_hint,
    format_list_time,
    format_records,
    is_wide,
    iterate_records,
    iterate_table,
    make_table,
    render_terminal,
    show_progress,
    to_one_line,
    write_output,
)
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError
from newscrawl.export.display import format_count
from newscrawl.storage import Cluster, ClusterMember, Store

SYNTAX = "[options] [ID|URL]"
DESCRIPTION = (
    "List the articles that are copies of each other: the same text at another address, a near copy or a part of it, "
    "an update, a correction. With the number or address of an article: those that are copies of it. --update "
    "compares the articles that were not compared yet; a run does it at its end, for a small part of its CPU time. "
    "No article is changed or removed."
)
_TIME_WIDTH = len("2016-03-01 12:30")
_RELATION_WIDTH = len("correction")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--update", action="store_true", help="compare new and changed articles with all others")
    parser.add_argument("--dry-run", action="store_true", help="with --update: only count what it would compare")
    parser.add_argument("--largest", action="store_true", help="the largest first instead of the newest")
    add_conditions(parser, "publisher")
    add_limit(parser, "clusters, or articles of one; with --update: articles to compare, by default all")
    add_format(parser)


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    reject_unknown_options(words)
    if len(words) > 1 or (words and (opts.largest or opts.publisher)):
        raise CommandLineError("one article at most, by its number or address; --largest and --publisher go without")
    if opts.update and (words or opts.largest or opts.publisher or opts.format != "table"):
        raise CommandLineError("--update lists nothing: it takes --limit and --dry-run alone")
    if opts.dry_run and not opts.update:
        raise CommandLineError("--dry-run goes with --update")
    with project.open_archive() as store:
        if opts.dry_run:
            text: Iterable[str] = [f"{_count_uncompared(store)}; nothing is compared.\n"]
        elif opts.update:
            text = [_update(store, opts.limit or None)]
        elif words:
            text = [_format_members(store, words[0], opts)]
        else:
            if not any(store.cluster_totals()):
                check_not_empty(store)
            text = _iterate_clusters(store, opts)
        write_output(text)
    return 0


def _update(store: Store, limit: int | None) -> str:
    total = store.uncompared()
    with show_progress("Comparing articles") as show:
        compared = update_clusters(store, limit=limit, show=lambda done: show(done, min(total, limit or total)))
    left = f"; {_count_uncompared(store)}" if limit and compared >= limit else ""
    return f"{format_count(compared, 'article')} compared{left}; {_count_clusters(store)}\n"


def _count_clusters(store: Store) -> str:
    clusters, articles = store.cluster_totals()
    return f"{format_count(clusters, 'cluster')} of {format_count(articles, 'article')}"


def _count_uncompared(store: Store) -> str:
    count = store.uncompared()
    return f"{format_count(count, 'article')} {'is' if count == 1 else 'are'} not compared yet"


def _iterate_clusters(store: Store, opts: argparse.Namespace) -> Iterator[str]:
    limit = get_limit(opts)
    clusters = store.clusters(limit, largest=opts.largest, publisher=opts.publisher)
    if opts.format != "table":
        yield from iterate_records(opts.format, Cluster, clusters)
        return
    advice = f"; {_count_uncompared(store)}: `scrapy clusters --update`" if store.uncompared() else ""
    yield f"{_count_clusters(store)}{advice}\n"
    first = next(clusters, None)
    if first is None:
        return
    yield from iterate_table(chain([first], clusters), _make_cluster_table)
    total, _ = store.cluster_totals()
    more = f"The first {limit:,} of {total:,}; --limit all shows all. " if limit and total > limit else ""
    yield format_hint(f"{more}`scrapy clusters {first.id}` lists the articles of the first.")


def _format_members(store: Store, name: str, opts: argparse.Namespace) -> str:
    limit = get_limit(opts)
    members = store.cluster_members(find_article(store, name).id)
    shown = members[:limit]
    if opts.format != "table":
        return format_records(opts.format, ClusterMember, shown)
    if len(shown) < len(members):
        hint: str | None = f"The first {len(shown):,} of {len(members):,}; --limit all shows all."
    elif len(members) > 1:
        hint = None
    elif store.uncompared():
        hint = f"No copy of it is known; {_count_uncompared(store)}: `scrapy clusters --update`"
    else:
        hint = "No other article is a copy of it."
    return render_terminal(_make_member_table(shown), hint)


def _make_cluster_table(clusters: Sequence[Cluster]) -> Table:
    table = make_table("#", "Articles", "First (UTC)", "Last (UTC)", numbers=("#", "Articles"))
    room = _room_beside(len(str(max(cluster.id for cluster in clusters))) + _TIME_WIDTH * 2 + 17)
    table.add_column("Headline of the first", max_width=room, no_wrap=True)
    for cluster in clusters:
        first, last = format_list_time(cluster.first_published_at), format_list_time(cluster.last_published_at)
        table.add_row(str(cluster.id), str(cluster.articles), first, last, _to_cell(cluster.headline))
    return table


def _make_member_table(members: Sequence[ClusterMember]) -> Table:
    table = make_table("#", "Published (UTC)", "Relation", numbers=("#",))
    room = _room_beside(len(str(members[-1].id)) + _TIME_WIDTH + _RELATION_WIDTH + 8)
    # Copies differ by their addresses alone, so these are shown where there is room.
    has_addresses = is_wide()
    table.add_column("Headline", max_width=room // 2 if has_addresses else room, no_wrap=True)
    if has_addresses:
        table.add_column("Address", max_width=room // 2 - 2, no_wrap=True)
    for member in members:
        cells = [_to_cell(member.headline)]
        if has_addresses:
            length = room // 2 - 2
            cells.append(_to_cell(member.url if len(member.url) <= length else f"…{member.url[1 - length :]}"))
        published = format_list_time(member.published_at, member.published_precision)
        table.add_row(str(member.id), published, member.relation or "", *cells)
    return table


def _room_beside(width: int) -> int:
    return max(10, Console().width - width)


def _to_cell(text: str) -> Text:
    return Text(to_one_line(text), overflow="ellipsis")
