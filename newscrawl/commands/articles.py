"""`scrapy articles`: what the archive holds, as a list, or one article to read."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import ClassVar

from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.commands.differences import add_difference_options, check_difference, difference
from newscrawl.commands.options import add_conditions, add_format, add_limit, conditions
from newscrawl.commands.rows import as_csv, as_json, as_text, listing
from newscrawl.errors import StorageError
from newscrawl.exporters.text import SHOWN, printable, render
from newscrawl.storage import CaptureState, Hit, Query, Store, StoredArticle

_UNFOLDED = 10_000
"""Characters: an address stays in one piece."""


class Command(ScrapyCommand):
    """List the articles of the database that have all of the words, best first; without words the newest."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """What it takes."""
        return "[options] [WORDS]"

    def short_desc(self) -> str:
        """What it does."""
        return "List or search the articles of the database, or read one"

    def long_desc(self) -> str:
        """What it does, and how to write words."""
        return f'{self.__doc__} They may stand in any order and case; "in quotes" side by side; rat* begins so.'

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The conditions, --limit, --show, --diff and --format."""
        super().add_options(parser)
        add_conditions(parser)
        add_limit(parser, "articles")
        parser.add_argument("--show", metavar="ID|URL", help="one article to read, by its number or address")
        parser.add_argument("--captures", action="store_true", help="with --show: its captures, in place of its text")
        add_difference_options(parser)
        add_format(parser, "html")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, or say in one line on standard error what is missing, with exit code 1."""
        if opts.captures and not opts.show:
            raise UsageError("--captures goes with --show")
        if opts.show and (args or (opts.format == "csv" and not opts.captures)):
            raise UsageError("--show prints one article, as text or with --format json, and takes no words")
        check_difference(args, opts)
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        try:
            with Store.open(self.settings["NEWSCRAWL_DATABASE_URL"], create=False) as store:
                printed = _printed(store, " ".join(args), opts)
        except StorageError as error:
            self.exitcode = 1
            sys.stderr.write(f"{printable(str(error))}\n")
            return
        sys.stdout.write(printed)


def _printed(store: Store, words: str, opts: argparse.Namespace) -> str:
    if opts.diff:
        return difference(store, _found(store, opts.diff), opts.format, opts.revisions)
    return _shown(store, opts) if opts.show else _listed(store, words, opts)


def _found(store: Store, asked: str) -> StoredArticle:
    stored = store.article(int(asked) if re.fullmatch("[0-9]{1,18}", asked) else asked)
    if stored is None:
        raise StorageError(f"{asked}: there is no such article; `scrapy articles` lists those that are there")
    return stored


def _shown(store: Store, opts: argparse.Namespace) -> str:
    stored = _found(store, opts.show)
    if opts.captures:
        return _captures(store.captures(stored.id), opts.format)
    if opts.format == "json":
        return as_json(stored.article.to_json())
    return render(stored.article, shutil.get_terminal_size().columns)


def _captures(captures: Sequence[CaptureState], form: str) -> str:
    """Where and when an article was captured, how each capture was read, and where its bytes are kept."""
    if form == "json":
        return as_json([asdict(capture) for capture in captures])
    if form == "csv":
        return as_csv([field.name for field in fields(CaptureState)], [asdict(capture) for capture in captures])
    if not captures:
        return "No capture of it is kept.\n"
    table = listing()
    for name in ("Captured (UTC)", "Source", "Status", "Read as", "Kept in", "Address"):
        table.add_column(name, no_wrap=True)
    for capture in captures:
        why = f" ({capture.reason})" if capture.reason else ""
        kept = f"{capture.file} {capture.file_offset}" if capture.file else "-"
        cells = (str(capture.status or "-"), capture.layout or f"{capture.state}{why}", kept, capture.url)
        captured = f"{capture.captured_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(captured, capture.source, *(Text(printable(cell)) for cell in cells))
    return as_text(table, width=_UNFOLDED)


def _listed(store: Store, words: str, opts: argparse.Namespace) -> str:
    hits = store.search(Query(words=words or None, limit=opts.limit, **conditions(opts)))
    if not hits and not store.totals()["articles"]:
        raise StorageError("the database holds no article yet; `scrapy crawl bloomberg -a source=sample` brings some")
    if opts.format == "json":
        return as_json([asdict(hit) for hit in hits])
    if opts.format == "csv":
        return as_csv([field.name for field in fields(Hit)], [asdict(hit) for hit in hits])
    return _table(hits, opts.limit)


def _table(hits: Sequence[Hit], limit: int) -> str:
    if not hits:
        return "No article matches.\n"
    console = Console()
    number, day, by = len(str(max(hit.id for hit in hits))), len("2016-03-01 12:30"), min(24, console.width // 5)
    table = Table(box=None, pad_edge=False, header_style="bold", caption_justify="left")
    table.add_column("#", justify="right", style="cyan", no_wrap=True)
    table.add_column("Published (UTC)", no_wrap=True)
    table.add_column("Headline", max_width=max(10, console.width - number - day - by - 6), no_wrap=True)
    table.add_column("By", max_width=by, no_wrap=True)
    for hit in hits:
        shown = f" ({SHOWN[hit.access]})" if hit.access in SHOWN else ""
        marks = shown + (f" (version {hit.revision})" if hit.revision > 1 else "")
        cells = (str(hit.id), _day(hit), hit.headline + marks, ", ".join(hit.byline))
        table.add_row(*(Text(printable(" ".join(cell.split()))) for cell in cells))
    if len(hits) == limit:
        table.caption = f"The first {limit}; --limit shows more, --show {hits[0].id} the first."
    return as_text(table)


def _day(hit: Hit) -> str:
    if hit.published_at is None:
        return "-"
    return f"{hit.published_at:%Y-%m-%d}" if hit.published_precision == "day" else f"{hit.published_at:%Y-%m-%d %H:%M}"
