"""`pages`: list the page ledger, or queue pages again."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, get_args

from rich.table import Table
from rich.text import Text

from newscrawl.cli.options import add_format, add_limit, get_limit
from newscrawl.cli.output import (
    UNFOLDED,
    format_hint,
    format_rows,
    iterate_rows,
    iterate_table,
    make_table,
    render_terminal,
    write_output,
)
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError
from newscrawl.export.display import format_count, name_commands, strip_controls
from newscrawl.operations.durations import in_short
from newscrawl.states import ARCHIVE_SOURCES, PageState, RefusalKind, State
from newscrawl.storage import PageConditions, Store

SYNTAX = "[options] [URL...]"
DESCRIPTION = (
    "List the pages of the ledger, the last tried first; without a filter, the number of pages in each state. --retry "
    "puts failed, blocked and refused pages back into the queue as newly discovered: the next run fetches them."
)
_RETRIED: tuple[State, ...] = ("failed", "blocked", "refused")
_COLUMNS = ("url", "state", "reason", "status", "attempts", "failures", "next", "due_at", "tried_at", "discovered_at")
_MORE_COLUMNS = ("spider", "source", "article_id", "run_id", "listed_at", "published_at", "refusal", "extractor")
_WITHOUT_TIME = {
    RefusalKind.PERMANENT: "never",
    RefusalKind.BY_CONTENT: "if it changes",
    RefusalKind.TEMPORARY: "given up",
    RefusalKind.NOT_WANTED: "when wanted",
}
"""When a page of this kind that is due at no time is fetched: only if a list, or the extractor, says something new."""
_STYLES = {"failed": "red", "blocked": "red", "refused": "yellow", "discovered": "cyan"}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=get_args(State), help="only pages of this state")
    parser.add_argument("--reason", metavar="CODE", help="only pages with this reason: timeout, http_404, video")
    parser.add_argument("--spider", metavar="NAME", help="only pages of this spider")
    publisher = "only pages of the sites of this publisher: its title, its name or its host"
    parser.add_argument("--publisher", metavar="NAME", help=publisher)
    add_limit(parser, "pages")
    add_format(parser)
    parser.add_argument("--retry", action="store_true", help="put the selected pages back")
    parser.add_argument("--dry-run", action="store_true", help="with --retry: only print the number of pages")


def run(urls: list[str], opts: argparse.Namespace, project: Project) -> int:
    _check_options(urls, opts)
    with project.open_archive() as store:
        write_output([_retry(store, urls, opts)] if opts.retry else _iterate_pages(store, urls, opts))
    return 0


def _check_options(urls: Sequence[str], opts: argparse.Namespace) -> None:
    if opts.dry_run and not opts.retry:
        raise CommandLineError("--dry-run goes with --retry")
    if not opts.retry:
        return
    if not (urls or opts.state or opts.reason):
        raise CommandLineError("--retry needs addresses, --state or --reason: it never selects all pages")
    if opts.state and opts.state not in _RETRIED:
        raise CommandLineError(f"--retry puts back what is {', '.join(_RETRIED)}, not what is {opts.state}")


def _get_filters(urls: Sequence[str], opts: argparse.Namespace) -> PageConditions:
    return {
        "urls": list(urls) or None,
        "state": opts.state,
        "reason": opts.reason,
        "spider": opts.spider,
        "publisher": opts.publisher,
    }


def _retry(store: Store, urls: Sequence[str], opts: argparse.Namespace) -> str:
    filters = _get_filters(urls, opts)
    if opts.dry_run:
        number = sum(page.state in _RETRIED for page in store.iterate_pages(**filters))
        return f"{format_count(number, 'page')} would be put back; nothing is changed.\n"
    is_of_archive = any(page.source in ARCHIVE_SOURCES for page in store.iterate_pages(**filters))
    number = store.put_back(**filters)
    if not number:
        return name_commands(f"No page put back: {_explain_nothing(store, urls, filters)}.\n")
    archived = ", those of an archive the next run over it and their days" if is_of_archive else ""
    return f"{format_count(number, 'page')} put back; the next run fetches them{archived}.\n"


def _explain_nothing(store: Store, urls: Sequence[str], filters: PageConditions) -> str:
    """Explain why no page was put back: which others match, and what the ledger does not have."""
    states = Counter(page.state for page in store.iterate_pages(**filters))
    if states:
        found = " and ".join(f"{number} {state}" for state, number in states.most_common())
        return f"of the pages that match, {found}; only {', '.join(_RETRIED[:-1])} and {_RETRIED[-1]} ones are put back"
    if urls and not store.count_pages(urls=list(urls)):
        return f"the ledger has no {strip_controls(' '.join(urls))}; `scrapy crawl NAME -a urls=URL` fetches a page"
    totals = store.state_counts()
    left = ", ".join(f"{totals[state]} {state}" for state in _RETRIED if state in totals)
    return f"none matches; in all there are {left}" if left else "no page has failed, is blocked or was refused"


def _iterate_pages(store: Store, urls: Sequence[str], opts: argparse.Namespace) -> Iterator[str]:
    if not (urls or opts.state or opts.reason or opts.spider or opts.publisher):
        yield _format_summary(store, opts.format)
        return
    filters, limit, now = _get_filters(urls, opts), get_limit(opts), datetime.now(UTC)
    pages = store.iterate_pages(**filters, limit=limit)
    if opts.format == "table":
        yield from _iterate_table(pages, now)
        total = store.count_pages(**filters)
        if not total:
            yield "No page matches.\n"
        elif limit and total > limit:
            yield format_hint(f"The last {limit:,} of {total:,}; --limit all shows all.")
        return
    rows = (asdict(page) | {"next": _format_next(page, now)} for page in pages)
    yield from iterate_rows(opts.format, [*_COLUMNS, *_MORE_COLUMNS], rows)


def _format_next(page: PageState, now: datetime) -> str:
    """When a page is fetched: by the first run that starts then or later."""
    if page.due_at is not None:
        return f"in {in_short(page.due_at - now)}" if page.due_at > now else "at once"
    if page.source in ARCHIVE_SOURCES and page.state in ("discovered", "failed"):
        return "with its archive"
    if page.refusal:
        return "given up" if page.state != "refused" else _WITHOUT_TIME[page.refusal]
    return "at once" if page.state == "discovered" else "-"


def _iterate_table(pages: Iterable[PageState], now: datetime) -> Iterator[str]:
    def make(part: Sequence[PageState]) -> Table:
        table = make_table("State", "Reason", "Kind", "Tries", "Next", "Address", numbers=("Tries",))
        for page in part:
            cells = (page.reason or "-", page.refusal or "-", str(page.attempts), _format_next(page, now), page.url)
            table.add_row(_style_state(page.state), *(Text(strip_controls(cell)) for cell in cells))
        return table

    return iterate_table(pages, make, width=UNFOLDED)


def _style_state(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, ""))


def _format_summary(store: Store, form: str) -> str:
    """The number of pages by spider, state and reason, the most frequent reason of a state first."""
    order = {state: place for place, state in enumerate(get_args(State))}
    counts = store.page_counts()
    kinds = sorted(counts, key=lambda kind: (kind[0], order[kind[1]], -counts[kind], kind[2] or ""))
    rows: list[dict[str, Any]] = [
        {"spider": kind[0], "state": kind[1], "reason": kind[2], "pages": counts[kind]} for kind in kinds
    ]
    if form != "table":
        return format_rows(form, ["spider", "state", "reason", "pages"], rows)
    if not rows:
        return name_commands("The ledger is empty; `scrapy crawl` fills it.\n")
    has_several_spiders = len({row["spider"] for row in rows}) > 1
    table = make_table(*(["Spider"] if has_several_spiders else []), "State", "Reason", "Pages", numbers=("Pages",))
    for row in rows:
        spider = [Text(strip_controls(row["spider"]))] if has_several_spiders else []
        table.add_row(*spider, _style_state(row["state"]), Text(strip_controls(row["reason"] or "")), str(row["pages"]))
    found = {row["state"] for row in rows}
    state = next((state for state in _RETRIED if state in found), None)
    hint = f"`scrapy pages --state {state}` lists those; with --retry it puts them back." if state else None
    return render_terminal(table, hint)
