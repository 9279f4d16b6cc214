"""`clusters`: list articles that tell the same story."""

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
from newscrawl.storage import Cluster, Hit, Store

SYNTAX = "[options] [ID|URL]"
DESCRIPTION = (
    "List the stories that several articles tell: rewritten during the day, copied to other addresses, corrected. With "
    "the number or address of an article: the articles that tell the same story. New articles are compared first. "
    "This changes and removes no article."
)
_TIME_WIDTH = len("2016-03-01 12:30")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--largest", action="store_true", help="the largest first instead of the newest")
    add_conditions(parser, "publisher")
    add_limit(parser, "stories, or articles of one story,")
    add_format(parser)


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    reject_unknown_options(words)
    if len(words) > 1 or (words and (opts.largest or opts.publisher)):
        raise CommandLineError("one article at most, by its number or address; --largest and --publisher go without")
    with project.open_archive() as store:
        with show_progress("Comparing articles") as show:
            total = store.uncompared()
            compared = update_clusters(store, show=lambda done: show(done, total))
        clusters, articles = store.cluster_totals()
        if words:
            text: Iterable[str] = [_format_members(store, words[0], opts)]
        else:
            if not clusters:
                check_not_empty(store)
            stories = f"{format_count(clusters, 'cluster')} of {format_count(articles, 'article')}"
            heading = [f"{compared:,} compared; {stories}\n"] if opts.format == "table" else []
            text = chain(heading, _iterate_clusters(store, opts, clusters))
        write_output(text)
    return 0


def _iterate_clusters(store: Store, opts: argparse.Namespace, total: int) -> Iterator[str]:
    limit = get_limit(opts)
    clusters = store.clusters(limit, largest=opts.largest, publisher=opts.publisher)
    first = next(clusters, None)
    clusters = chain([first] if first else (), clusters)
    if opts.format != "table":
        yield from iterate_records(opts.format, Cluster, clusters)
        return
    if first is None:
        yield "Every article tells a story of its own.\n"
        return
    yield from iterate_table(clusters, _make_cluster_table)
    more = f"The first {limit:,} of {total:,}; --limit all shows all. " if limit and total > limit else ""
    yield format_hint(f"{more}`scrapy clusters {first.id}` lists the articles of the first.")


def _format_members(store: Store, name: str, opts: argparse.Namespace) -> str:
    limit = get_limit(opts)
    hits = store.cluster_members(find_article(store, name).id)
    shown = hits[:limit]
    if opts.format != "table":
        return format_records(opts.format, Hit, shown)
    more = f"The first {len(shown):,} of {len(hits):,}; --limit all shows all." if len(shown) < len(hits) else None
    alone = "No other article tells its story." if len(hits) == 1 else None
    return render_terminal(_make_member_table(shown), more or alone)


def _make_cluster_table(clusters: Sequence[Cluster]) -> Table:
    table = make_table("#", "Articles", "First (UTC)", "Last (UTC)", numbers=("#", "Articles"))
    room = _room_beside(len(str(max(cluster.id for cluster in clusters))) + _TIME_WIDTH * 2 + 17)
    table.add_column("Headline of the first", max_width=room, no_wrap=True)
    for cluster in clusters:
        first, last = format_list_time(cluster.first_published_at), format_list_time(cluster.last_published_at)
        table.add_row(str(cluster.id), str(cluster.articles), first, last, _to_cell(cluster.headline))
    return table


def _make_member_table(hits: Sequence[Hit]) -> Table:
    table = make_table("#", "Published (UTC)", numbers=("#",))
    room = _room_beside(len(str(hits[-1].id)) + _TIME_WIDTH + 6)
    # Copies differ by their addresses alone, so these are shown where there is room.
    has_addresses = is_wide()
    table.add_column("Headline", max_width=room // 2 if has_addresses else room, no_wrap=True)
    if has_addresses:
        table.add_column("Address", max_width=room // 2 - 2, no_wrap=True)
    for hit in hits:
        cells = [_to_cell(hit.headline)]
        if has_addresses:
            length = room // 2 - 2
            cells.append(_to_cell(hit.url if len(hit.url) <= length else f"…{hit.url[1 - length :]}"))
        table.add_row(str(hit.id), format_list_time(hit.published_at, hit.published_precision), *cells)
    return table


def _room_beside(width: int) -> int:
    return max(10, Console().width - width)


def _to_cell(text: str) -> Text:
    return Text(to_one_line(text), overflow="ellipsis")
