"""`scrapy clusters`: articles that tell the same story."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from scrapy.exceptions import UsageError

from newscrawl.clustering import bring_up_to_date
from newscrawl.commands.options import add_format, add_limit, refuse_unknown_options
from newscrawl.commands.rows import as_csv, as_json, as_text, is_wide, listing
from newscrawl.errors import StorageError
from newscrawl.exporters.text import printable
from newscrawl.project_command import ProjectCommand
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
    with _progress(store) as show:
        compared = bring_up_to_date(store, show=show)
    clusters, articles = store.cluster_totals()
    return f"{compared} compared; {_count(clusters, 'cluster')} of {_count(articles, 'article')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@contextmanager
def _progress(store: Store) -> Iterator[Callable[[int], None]]:
    """A bar by articles with an estimate, on a terminal; what shows how many are done."""
    bar = Progress(
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("articles compared · left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=0 if bar.disable else store.uncompared())
        yield lambda compared: bar.update(task, completed=compared)


def _listed(store: Store, opts: argparse.Namespace) -> str:
    clusters = store.clusters(opts.limit, largest=opts.largest)
    if not clusters and not store.totals()["articles"]:
        raise StorageError("the database holds no article yet; `scrapy crawl bloomberg -a source=sample` brings some")
    if opts.format == "json":
        return as_json([asdict(cluster) for cluster in clusters])
    if opts.format == "csv":
        return as_csv([field.name for field in fields(Cluster)], [asdict(cluster) for cluster in clusters])
    if not clusters:
        return "Every article tells a story of its own.\n"
    return as_text(_clusters(clusters), f"`scrapy clusters {clusters[0].id}` lists the articles of the first.")


def _members(store: Store, asked: str, opts: argparse.Namespace) -> str:
    found = store.article(int(asked) if re.fullmatch("[0-9]{1,18}", asked) else asked)
    if found is None:
        raise StorageError(f"{asked}: there is no such article; `scrapy articles` lists those that are there")
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
        published = map(_moment, (cluster.first_published_at, cluster.last_published_at))
        table.add_row(str(cluster.id), str(cluster.articles), *published, _cell(cluster.headline))
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
        cells = (_cell(hit.headline), *([_cell(_end(hit.url, room // 2 - 2))] if is_wide() else []))
        table.add_row(str(hit.id), _moment(hit.published_at), *cells)
    return table


def _room(taken: int) -> int:
    """Columns of the terminal that are left for text."""
    return max(10, Console().width - taken)


def _end(url: str, length: int) -> str:
    """What tells an address from another of the same site."""
    return url if len(url) <= length else f"…{url[1 - length :]}"


def _cell(told: str) -> Text:
    return Text(printable(" ".join(told.split())), overflow="ellipsis")


def _moment(published_at: datetime | None) -> str:
    return f"{published_at:%Y-%m-%d %H:%M}" if published_at else "-"
