"""`scrapy articles`: what the archive holds, as a list, or one article to read."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields

from rich.text import Text
from scrapy.exceptions import UsageError

from newscrawl.cli.command import HelpFormatter, ProjectCommand
from newscrawl.cli.diff import add_difference_options, check_difference, difference
from newscrawl.cli.hits import counts_as, hits_as, hits_as_table
from newscrawl.cli.options import LIMIT, add_conditions, add_format, add_limit, conditions, refuse_unknown_options
from newscrawl.cli.output import as_csv, as_json, as_text, listing
from newscrawl.commands.finding import NO_ARTICLE_YET, article_of, is_empty
from newscrawl.errors import StorageError
from newscrawl.export.display import strip_controls
from newscrawl.export.formats.text import render_text
from newscrawl.storage import BY, SORTS, TIMES, CaptureState, Query, Store

_UNFOLDED = 10_000
"""Characters: an address stays in one piece."""
_DESCRIPTION = """\
List the articles of the database that have all of the words, best first;
without words the newest.

Words stand in headline, dek or body, in any order and case:

  oil prices                    both of them (oil AND prices)
  '"interest rates"'            side by side
  'tarif*'                      words that begin so
  '(oil OR gas) prices'         one of those in brackets, and prices
  'oil NOT prices'              without prices; also 'oil -prices'
  headline:oil                  in the headline; also dek: and body:
  'headline:(oil OR gas)'       for all in the brackets
  'oil (author:bo OR author:do) -section:opinion ticker:AAPL'
                                what the options of these names ask for, mixed

Put it in quotes, that the shell may leave it alone. Operators are upper case.

  scrapy articles 'oil -headline:prices' --since 2024-01-01 --sort newest
  scrapy articles '"interest rates"' --count-by month
  scrapy articles --count-by ticker --section markets --format csv"""


class _Formatter(HelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Help with the lines of the description as they are."""


class Command(ProjectCommand):
    """List the articles of the database that have all of the words, count them, or read one."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] [WORDS]"

    def short_desc(self) -> str:
        """What it does."""
        return "List, search or count the articles of the database, or read one"

    def long_desc(self) -> str:
        """What it does, and how to write words."""
        return _DESCRIPTION

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The conditions, --sort, --limit, --count-by, --show, --diff and --format."""
        super().add_options(parser)
        parser.formatter_class = _Formatter
        add_conditions(parser)
        parser.add_argument("--sort", choices=SORTS, help="default: relevance with words, else newest")
        add_limit(parser, "articles")
        parser.set_defaults(limit=None)  # of counts in time there is no limit, unless one is given
        parser.add_argument("--count-by", choices=BY, metavar="|".join(BY), help="count them, in place of a list")
        parser.add_argument("--show", metavar="ID|URL", help="one article to read, by its number or address")
        parser.add_argument("--captures", action="store_true", help="with --show: its captures, in place of its text")
        add_difference_options(parser)
        add_format(parser, "html")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, or say in one line on standard error what is missing, with exit code 1."""
        _check(args, opts)
        check_difference(args, opts)
        try:
            with self.archive() as store:
                printed = _printed(store, " ".join(args), opts)
        except StorageError as error:
            self.fail(error)
            return
        sys.stdout.write(printed)


def _check(args: list[str], opts: argparse.Namespace) -> None:
    refuse_unknown_options(args)
    if opts.captures and not opts.show:
        raise UsageError("--captures goes with --show")
    if opts.count_by and opts.sort:
        raise UsageError("--count-by has an order of its own, and takes no --sort")
    if opts.show and (args or opts.count_by or (opts.format == "csv" and not opts.captures)):
        raise UsageError("--show prints one article, as text or with --format json, and takes no words")


def _printed(store: Store, words: str, opts: argparse.Namespace) -> str:
    if opts.diff:
        return difference(store, article_of(store, opts.diff), opts.format, opts.revisions)
    return _shown(store, opts) if opts.show else _found(store, words, opts)


def _shown(store: Store, opts: argparse.Namespace) -> str:
    stored = article_of(store, opts.show)
    if opts.captures:
        return _captures(store.captures(stored.id), opts.format)
    if opts.format == "json":
        return as_json(stored.article.to_json())
    return render_text(stored.article, shutil.get_terminal_size().columns)


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
        table.add_row(captured, capture.source, *(Text(strip_controls(cell)) for cell in cells))
    return as_text(table, width=_UNFOLDED)


def _found(store: Store, words: str, opts: argparse.Namespace) -> str:
    query = Query(words=words or None, sort=opts.sort, limit=opts.limit or LIMIT, **conditions(opts))
    printed = _counts(store, query, opts) if opts.count_by else _hits(store, query, opts.format)
    if printed is None:
        raise StorageError(NO_ARTICLE_YET)
    return printed


def _hits(store: Store, query: Query, form: str) -> str | None:
    """None where there is no article at all, and so in _counts."""
    hits = store.search(query)
    if not hits and is_empty(store):
        return None
    if form != "table":
        return hits_as(form, hits, with_snippets=query.words is not None)
    return hits_as_table(hits, store.count(query) if len(hits) == query.limit else len(hits))


def _counts(store: Store, query: Query, opts: argparse.Namespace) -> str | None:
    counts = store.count_by(query, opts.count_by)
    if not counts and is_empty(store):
        return None
    most = opts.limit or (None if opts.count_by in TIMES else LIMIT)
    return counts_as(opts.format, opts.count_by, counts[:most], len(counts))
