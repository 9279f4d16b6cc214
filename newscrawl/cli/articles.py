"""`articles`: list, search or count the articles of the database, or read one."""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from newscrawl import sample
from newscrawl.cli.diff_options import PageRenderer, add_diff_options, check_diff_options
from newscrawl.cli.hits import format_counts, iterate_hit_table, iterate_hits
from newscrawl.cli.options import (
    add_conditions,
    add_format,
    add_limit,
    get_conditions,
    get_limit,
    reject_unknown_options,
)
from newscrawl.cli.output import (
    UNFOLDED,
    format_json,
    format_records,
    make_table,
    render_terminal,
    to_printable,
    write_output,
)
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError, StorageError
from newscrawl.export.display import strip_controls
from newscrawl.export.formats.text import render_text
from newscrawl.storage import BY, SORTS, TIMES, CaptureState, Query, SearchStore, StoredArticle

if TYPE_CHECKING:
    from newscrawl.storage import Store

NO_ARTICLE_YET = f"the database holds no article yet; `scrapy crawl {sample.SPIDER} -a source=sample` adds some"
_NOT_FOUND = "{}: there is no such article; `scrapy articles` lists those that are there"
SYNTAX = "[options] [WORDS]"
DESCRIPTION = """\
List the articles of the database that contain all the words, best match
first; without words, the newest first.

Words are searched in headline, dek and body, in any order and case:

  oil prices                    both of them (oil AND prices)
  '"interest rates"'            side by side
  'tarif*'                      words that begin so
  '(oil OR gas) prices'         one of those in brackets, and prices
  'oil NOT prices'              without prices; also 'oil -prices'
  headline:oil                  in the headline; also dek: and body:
  'headline:(oil OR gas)'       for all words in the brackets
  'oil (author:bo OR author:do) -section:opinion ticker:AAPL'
                                conditions, as the options of these names;
                                also publisher: and site:

Quote the words to protect them from the shell. Operators are upper case.

  scrapy articles 'oil -headline:prices' --since 2024-01-01 --sort newest
  scrapy articles '"interest rates"' --count-by month
  scrapy articles --count-by ticker --section markets --format csv"""


def add_options(parser: argparse.ArgumentParser) -> None:
    add_conditions(parser)
    parser.add_argument("--sort", choices=SORTS, help="default: relevance with words, else newest")
    add_limit(parser, "articles")
    parser.add_argument("--count-by", choices=BY, metavar="|".join(BY), help="count the articles instead of a list")
    parser.add_argument("--show", metavar="ID|URL", help="print one article, by its number or address")
    parser.add_argument("--captures", action="store_true", help="with --show: its captures instead of its text")
    parser.add_argument("--proof", action="store_true", help="with --show: digests of it, as recorded and computed")
    add_diff_options(parser)
    add_format(parser, "html")


def run(words: list[str], opts: argparse.Namespace, project: Project, *, render_page: PageRenderer) -> int:
    """Print what the options select. `render_page` renders differences as HTML."""
    _check_options(words, opts)
    check_diff_options(words, opts)
    if opts.diff or opts.captures or opts.proof:
        with project.open_archive() as archive:
            details, code = _format_details(archive, opts, project, render_page)
        write_output([details])
        return code
    with project.open_part(SearchStore) as store:
        if opts.show:
            text: Iterable[str] = [_format_article(find_article(store, opts.show), opts.format)]
        elif opts.count_by:
            text = [_format_counts(store, " ".join(words), opts)]
        else:
            text = _iterate_search(store, " ".join(words), opts)
        write_output(text)
    return 0


def find_article(store: SearchStore, name: str) -> StoredArticle:
    """Find an article by its number or address. Raises StorageError where there is none."""
    stored = store.article(find_id(store, name))
    if stored is None:
        raise StorageError(_NOT_FOUND.format(name))
    return stored


def find_id(store: SearchStore, name: str) -> int:
    """Find the id of an article by its number or address. Raises StorageError where there is none."""
    article_id = store.find_id(int(name) if re.fullmatch("[0-9]{1,18}", name) else name)
    if article_id is None:
        raise StorageError(_NOT_FOUND.format(name))
    return article_id


def check_not_empty(store: SearchStore) -> None:
    """Raise StorageError where the archive has no article at all."""
    if not store.totals()["articles"]:
        raise StorageError(NO_ARTICLE_YET)


def _check_options(words: Sequence[str], opts: argparse.Namespace) -> None:
    reject_unknown_options(words)
    if (opts.captures or opts.proof) and not opts.show:
        raise CommandLineError("--captures and --proof go with --show")
    if opts.captures and opts.proof:
        raise CommandLineError("--captures and --proof do not go together")
    if opts.count_by and opts.sort:
        raise CommandLineError("--count-by has an order of its own, and takes no --sort")
    if opts.show and (words or opts.count_by or (opts.format == "csv" and not opts.captures)):
        raise CommandLineError("--show prints one article, as text or with --format json, and takes no words")


def _format_details(
    store: Store, opts: argparse.Namespace, project: Project, render_page: PageRenderer
) -> tuple[str, int]:
    """Format what few readers want of one article; return it and the exit code."""
    from newscrawl.cli.diff import format_differences  # noqa: PLC0415 - these two take 0.05 s CPU
    from newscrawl.cli.proof import format_proof  # noqa: PLC0415

    if opts.proof:
        return format_proof(store, find_id(store, opts.show), opts.format, project.captures)
    if opts.captures:
        return _format_captures(store.captures(find_article(store, opts.show).id), opts.format), 0
    return format_differences(store, find_article(store, opts.diff), opts.format, opts.revisions, render_page), 0


def _format_article(stored: StoredArticle, form: str) -> str:
    return (
        format_json(stored.article.to_json())
        if form == "json"
        else to_printable(render_text(stored.article, shutil.get_terminal_size().columns))
    )


def _format_captures(captures: Sequence[CaptureState], form: str) -> str:
    if form != "table":
        return format_records(form, CaptureState, captures)
    if not captures:
        return "No capture of it is kept.\n"
    table = make_table("Captured (UTC)", "Source", "Status", "Read as", "Kept in", "Address")
    for capture in captures:
        reason = f" ({capture.reason})" if capture.reason else ""
        place = f"{capture.file} {capture.file_offset}" if capture.file else "-"
        read_as = capture.layout or f"{capture.state}{reason}"
        if capture.incomplete_reason and capture.incomplete_reason != capture.reason:
            read_as += f" (part: {capture.incomplete_reason})"
        cells = (str(capture.status or "-"), read_as, place, capture.url)
        captured_at = f"{capture.captured_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(captured_at, capture.source, *(Text(strip_controls(cell)) for cell in cells))
    return render_terminal(table, width=UNFOLDED)


def _format_counts(store: SearchStore, words: str, opts: argparse.Namespace) -> str:
    counts = store.count_by(Query(words=words or None, **get_conditions(opts)), opts.count_by)
    if not counts:
        check_not_empty(store)
    has_all = opts.count_by in TIMES and opts.limit is None
    return format_counts(opts.format, opts.count_by, counts[: None if has_all else get_limit(opts)], len(counts))


def _iterate_search(store: SearchStore, words: str, opts: argparse.Namespace) -> Iterator[str]:
    query = Query(words=words or None, sort=opts.sort, limit=get_limit(opts), **get_conditions(opts))
    ids = store.ids(query)
    if not ids:
        check_not_empty(store)
    hits = store.hits_of(ids, query.words)
    if opts.format != "table":
        return iterate_hits(opts.format, hits, with_snippets=query.words is not None)
    return iterate_hit_table(ids, hits, lambda: store.count(query) if len(ids) == query.limit else len(ids))
