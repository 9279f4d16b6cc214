"""`scrapy pages`: the ledger of addresses; what failed, when it is tried next, and putting it back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, get_args

from rich.table import Table
from rich.text import Text
from scrapy.exceptions import UsageError

from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import add_format, add_limit
from newscrawl.cli.output import as_csv, as_json, as_text, listing
from newscrawl.errors import StorageError
from newscrawl.export.display import format_count, strip_controls
from newscrawl.operations.durations import in_short
from newscrawl.states import PageState, State
from newscrawl.storage import Store

_PUT_BACK: tuple[State, ...] = ("failed", "blocked", "refused")
_COLUMNS = ("url", "state", "reason", "status", "attempts", "failures", "next", "due_at", "tried_at", "discovered_at")
_MORE = ("spider", "source", "article_id", "run_id", "listed_at", "published_at")
_UNFOLDED = 10_000
"""Characters: an address stays in one piece, to be copied or piped, and a terminal breaks it by itself."""
_HINT = "`scrapy pages --state failed` lists those; with --retry it puts them back."
_STYLES = {"failed": "red", "blocked": "red", "refused": "yellow", "discovered": "cyan"}


class Command(ProjectCommand):
    """List the addresses of the ledger, the last tried first; without a filter, how many there are of each state."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] [URL...]"

    def short_desc(self) -> str:
        """What it does."""
        return "List the addresses of the ledger and what became of them, or put them back"

    def long_desc(self) -> str:
        """What it does, and what it is to put pages back."""
        return (
            f"{self.__doc__} --retry puts those that failed, were blocked or refused back, as if they had just been "
            "found: the next run asks for them."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The filters, --limit, --format, --retry and --dry-run."""
        super().add_options(parser)
        parser.add_argument("--state", choices=get_args(State), help="only pages of this state")
        parser.add_argument("--reason", metavar="CODE", help="only pages with this reason: timeout, http_404, video")
        parser.add_argument("--spider", metavar="NAME", help="only pages of this spider")
        add_limit(parser, "pages")
        add_format(parser)
        parser.add_argument("--retry", action="store_true", help="put the pages of the filters or addresses back")
        parser.add_argument("--dry-run", action="store_true", help="with --retry: only say how many")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, or say in one line on standard error what is missing, with exit code 1."""
        _refuse_what_is_at_odds(args, opts)
        try:
            with self.archive() as store:
                printed = _put_back(store, args, opts) if opts.retry else _listed(store, args, opts)
        except StorageError as error:
            self.fail(error)
            return
        sys.stdout.write(printed)


def _refuse_what_is_at_odds(urls: Sequence[str], opts: argparse.Namespace) -> None:
    if opts.dry_run and not opts.retry:
        raise UsageError("--dry-run goes with --retry")
    if not opts.retry:
        return
    if not (urls or opts.state or opts.reason):
        raise UsageError("--retry needs addresses, --state or --reason: everything is not put back at once")
    if opts.state and opts.state not in _PUT_BACK:
        raise UsageError(f"--retry puts back what is {', '.join(_PUT_BACK)}, not what is {opts.state}")


def _filters(urls: Sequence[str], opts: argparse.Namespace) -> dict[str, Any]:
    return {"urls": list(urls) or None, "state": opts.state, "reason": opts.reason, "spider": opts.spider}


def _put_back(store: Store, urls: Sequence[str], opts: argparse.Namespace) -> str:
    filters = _filters(urls, opts)
    if opts.dry_run:
        number = sum(page.state in _PUT_BACK for page in store.pages(**filters, limit=None))
        return f"{format_count(number, 'page')} would be put back; nothing is changed.\n"
    number = store.put_back(**filters)
    return f"{format_count(number, 'page')} put back{'; the next run asks for them' if number else ': none matches'}.\n"


def _listed(store: Store, urls: Sequence[str], opts: argparse.Namespace) -> str:
    if not (urls or opts.state or opts.reason or opts.spider):
        return _summary(store, opts.format)
    pages = store.pages(**_filters(urls, opts), limit=opts.limit)
    if opts.format == "json":
        return as_json([_values(page) for page in pages])
    if opts.format == "csv":
        return as_csv([*_COLUMNS, *_MORE], [_values(page) for page in pages])
    more = f"The last {opts.limit}; --limit shows more." if len(pages) == opts.limit else None
    return as_text(_table(pages), more, width=_UNFOLDED) if pages else "No page matches.\n"


def _values(page: PageState) -> dict[str, Any]:
    """A page as it is exported; times are UTC."""
    return asdict(page) | {"next": _next(page, datetime.now(UTC))}


def _next(page: PageState, now: datetime) -> str:
    """When a page is asked for: by the first run that begins then or later."""
    if page.due_at is not None:
        return f"in {in_short(page.due_at - now)}" if page.due_at > now else "at once"
    return {"discovered": "at once", "failed": "given up", "blocked": "given up", "refused": "never"}.get(
        page.state, "-"
    )


def _table(pages: Sequence[PageState]) -> Table:
    now = datetime.now(UTC)
    table = listing()
    table.add_column("State", no_wrap=True)
    table.add_column("Reason", no_wrap=True)
    table.add_column("Tries", justify="right", no_wrap=True)
    table.add_column("Next", no_wrap=True)
    table.add_column("Address", no_wrap=True)
    for page in pages:
        state = Text(page.state, style=_STYLES.get(page.state, ""))
        rest = (page.reason or "-", str(page.attempts), _next(page, now), page.url)
        table.add_row(state, *(Text(strip_controls(cell)) for cell in rest))
    return table


def _summary(store: Store, form: str) -> str:
    """How many pages there are of each spider, state and reason, the most frequent reason of a state first."""
    order = {state: place for place, state in enumerate(get_args(State))}
    counts = store.page_counts()
    kinds = sorted(counts, key=lambda kind: (kind[0], order[kind[1]], -counts[kind], kind[2] or ""))
    rows = [{"spider": kind[0], "state": kind[1], "reason": kind[2], "pages": counts[kind]} for kind in kinds]
    if form == "json":
        return as_json(rows)
    if form == "csv":
        return as_csv(["spider", "state", "reason", "pages"], rows)
    return as_text(_counted(rows), _HINT) if rows else "The ledger is empty; `scrapy crawl` fills it.\n"


def _counted(rows: Sequence[dict[str, Any]]) -> Table:
    several = len({row["spider"] for row in rows}) > 1
    table = listing()
    for name in ("Spider", "State", "Reason")[0 if several else 1 :]:
        table.add_column(name, no_wrap=True)
    table.add_column("Pages", justify="right", no_wrap=True)
    for row in rows:
        cells = [Text(strip_controls(row["spider"]))] if several else []
        state = Text(row["state"], style=_STYLES.get(row["state"], ""))
        table.add_row(*cells, state, Text(strip_controls(row["reason"] or "")), str(row["pages"]))
    return table
