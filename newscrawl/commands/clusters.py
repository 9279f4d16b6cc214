"""`scrapy clusters`: articles that tell the same story."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields

from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.exceptions import UsageError

from newscrawl.batch.clusters import update_clusters
from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import add_format, add_limit, refuse_unknown_options
from newscrawl.cli.output import as_csv, as_json, as_text, in_a_line, is_wide, listing, when
from newscrawl.cli.progress import progress
from newscrawl.commands.finding import NO_ARTICLE_YET, article_of, is_empty
from newscrawl.errors import StorageError
from newscrawl.export.display import format_count
from newscrawl.storage import Cluster, Hit, Store

_MOMENT = len("2016-03-01 12:30")


class Command(ProjectCommand):
    """List the stories that several articles tell: rewritten through the day, copied to other addresses, corrected."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] [ID|URL]"

    def short_desc(self) -> str:
        """What it does."""
        return "List articles that tell the same story"

    def long_desc(self) -> str:
        """What it does, and what it does first."""
        return (
            f"{self.__doc__} With the number or address of an article: those that tell its story. What is new in the "
            "database is compared first. No article is changed or left out anywhere by it."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """--largest, --limit and --format."""
        super().add_options(parser)
        parser.add_argument("--largest", action="store_true", help="the largest first, and not the newest")
        add_limit(parser, "stories, or articles of one,")
        add_format(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, or say in one line on standard error what is missing, with exit code 1."""
        refuse_unknown_options(args)
        if len(args) > 1 or (args and opts.largest):
            raise UsageError("one article at most, by its number or address; --largest goes without")
        try:
            with self.archive() as store:
                line = _compare(store)
                printed = _members(store, args[0], opts) if args else _listed(store, opts)
        except StorageError as error:
            self.fail(error)
            return
        if opts.format == "table" and not args:
            sys.stdout.write(f"{line}\n")
        sys.stdout.write(printed)


def _compare(store: Store) -> str:
    with progress("Comparing articles") as show:
        total = store.uncompared()
        compared = update_clusters(store, show=lambda done: show(done, total))
    clusters, articles = store.cluster_totals()
    return f"{compared:,} compared; {format_count(clusters, 'cluster')} of {format_count(articles, 'article')}"


def _listed(store: Store, opts: argparse.Namespace) -> str:
    clusters = store.clusters(opts.limit, largest=opts.largest)
    if not clusters and is_empty(store):
        raise StorageError(NO_ARTICLE_YET)
    if opts.format == "json":
        return as_json([asdict(cluster) for cluster in clusters])
    if opts.format == "csv":
        return as_csv([field.name for field in fields(Cluster)], [asdict(cluster) for cluster in clusters])
    if not clusters:
        return "Every article tells a story of its own.\n"
    return as_text(_clusters(clusters), f"`scrapy clusters {clusters[0].id}` lists the articles of the first.")


def _members(store: Store, asked: str, opts: argparse.Namespace) -> str:
    found = article_of(store, asked)
    hits = store.cluster_members(found.id, opts.limit)
    if opts.format == "json":
        return as_json([asdict(hit) for hit in hits])
    if opts.format == "csv":
        return as_csv([field.name for field in fields(Hit)], [asdict(hit) for hit in hits])
    alone = "No other article tells its story." if len(hits) == 1 else None
    return as_text(_articles(hits), alone)


def _clusters(clusters: Sequence[Cluster]) -> Table:
    table = listing()
    for name in ("#", "Articles"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("First (UTC)", "Last (UTC)"):
        table.add_column(name, no_wrap=True)
    table.add_column(
        "Headline of the first", max_width=_room(len(str(clusters[0].id)) + _MOMENT * 2 + 17), no_wrap=True
    )
    for cluster in clusters:
        published = map(when, (cluster.first_published_at, cluster.last_published_at))
        table.add_row(
            str(cluster.id), str(cluster.articles), *published, Text(in_a_line(cluster.headline), overflow="ellipsis")
        )
    return table


def _articles(hits: Sequence[Hit]) -> Table:
    """With the addresses where there is room: of copies it is these that differ."""
    table = listing()
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Published (UTC)", no_wrap=True)
    room = _room(len(str(hits[-1].id)) + _MOMENT + 6)
    table.add_column("Headline", max_width=room // 2 if is_wide() else room, no_wrap=True)
    if is_wide():
        table.add_column("Address", max_width=room // 2 - 2, no_wrap=True)
    for hit in hits:
        cells = (
            Text(in_a_line(hit.headline), overflow="ellipsis"),
            *([_cell(_end(hit.url, room // 2 - 2))] if is_wide() else []),
        )
        table.add_row(str(hit.id), when(hit.published_at, hit.published_precision), *cells)
    return table


def _room(taken: int) -> int:
    """Columns of the terminal that are left for text."""
    return max(10, Console().width - taken)


def _cell(told: str) -> Text:
    return Text(in_a_line(told), overflow="ellipsis")


def _end(url: str, length: int) -> str:
    """What tells an address from another of the same site."""
    return url if len(url) <= length else f"…{url[1 - length :]}"
