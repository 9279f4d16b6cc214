"""`sites SITE`: one site in detail, its URL patterns, or a trial of a site that was never crawled."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from newscrawl.cli.options import option_type
from newscrawl.cli.output import (
    UNFOLDED,
    format_json,
    format_list_time,
    format_rows,
    make_table,
    render_terminal,
    shorten,
    show_status,
    to_one_line,
)
from newscrawl.cli.project import Project
from newscrawl.cli.site_details import SiteDetails, describe_refusals, describe_share, read_details, to_values
from newscrawl.errors import ArgumentError, CommandLineError, NoDatabaseError, StorageError
from newscrawl.export.display import format_count, name_commands, strip_controls
from newscrawl.operations.archive import open_archive
from newscrawl.operations.completeness import Unknown
from newscrawl.operations.durations import in_short, read_count
from newscrawl.states import ListState, PageState, RefusalKind, UrlPattern
from newscrawl.storage import Query, Schedule, Store

_TRIAL_PAGES = 3
_MAX_LISTS, _MAX_PATTERNS = 20, 20
_WIDTH = 100
_FIRST_WORDS = 160
_RULES: dict[str, Literal["allow", "deny"] | None] = {"allow": "allow", "deny": "deny", "reset": None}
_LIST_COLUMNS = ("source", "url", "outcome", "reason", "status", "entries", "asked_at", "read_at", "new_at", "due_at")
_PATTERN_COLUMNS = ("pattern", "fetched", "articles", "rule", "changed_at")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patterns", action="store_true", help="with SITE: all its URL patterns")
    meanings = {
        "allow": "follow all links of this pattern of SITE",
        "deny": "follow no link of this pattern of SITE",
        "reset": "decide about this pattern of SITE by its numbers again",
    }
    for name, meaning in meanings.items():
        parser.add_argument(f"--{name}", metavar="PATTERN", action="append", default=[], help=meaning)
    parser.add_argument("--try", dest="is_trial", action="store_true", help="try SITE, even if it is known")
    number = f"with a trial: pages to fetch (default {_TRIAL_PAGES})"
    parser.add_argument("--pages", metavar="N", type=option_type(read_count), default=_TRIAL_PAGES, help=number)


def run(
    name: str,
    opts: argparse.Namespace,
    project: Project,
    *,
    find_site_key: Callable[[str], str],
    crawl_trial: Callable[..., str],
) -> int:
    """Print one site, by its key or address, or try it if it is not known."""
    if not opts.is_trial:
        try:
            with project.open_archive() as store:
                if details := _find_details(store, name, find_site_key):
                    sys.stdout.write(_show(store, details, opts))
                    return 0
        except NoDatabaseError:
            if not _is_address(name):
                raise
    if _find_rules(opts) or opts.patterns:
        raise StorageError(f"{name}: no such site; `scrapy sites` lists those that were crawled")
    if not opts.is_trial and not _is_address(name):
        raise StorageError(f"{name}: no such site; `scrapy sites https://{name}` tries it")
    return _try_site(name, opts, find_site_key, crawl_trial)


def _is_address(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def _find_details(store: Store, name: str, find_site_key: Callable[[str], str]) -> SiteDetails | None:
    keys = [name]
    with suppress(ArgumentError):  # the name of a publisher
        keys.append(find_site_key(name))
    now = datetime.now(UTC)
    return next((details for key in dict.fromkeys(keys) for details in read_details(store, now, key)), None)


def _find_rules(opts: argparse.Namespace) -> list[tuple[str, Literal["allow", "deny"] | None]]:
    return [(pattern, rule) for name, rule in _RULES.items() for pattern in getattr(opts, name)]


def _show(store: Store, details: SiteDetails, opts: argparse.Namespace) -> str:
    site = details.summary.site
    rules = _find_rules(opts)
    for pattern, rule in rules:
        store.set_pattern_rule(site, pattern, rule)
    patterns = store.url_patterns(site)
    if opts.patterns or rules:
        rows = [{name: getattr(each, name) for name in _PATTERN_COLUMNS} for each in patterns]
        if opts.format != "table":
            return format_rows(opts.format, _PATTERN_COLUMNS, rows)
        return render_terminal(_make_pattern_table(patterns), width=UNFOLDED) if patterns else "No pattern yet.\n"
    lists = store.lists(site)
    if opts.format == "csv":
        return format_rows("csv", _LIST_COLUMNS, [asdict(each) for each in lists])
    if opts.format == "json":
        of_lists = [{name: value for name, value in asdict(each).items() if name in _LIST_COLUMNS} for each in lists]
        of_patterns = [{name: getattr(each, name) for name in _PATTERN_COLUMNS} for each in patterns]
        return format_json(to_values(details) | {"all_lists": of_lists, "patterns": of_patterns})
    schedule = next(iter(store.schedules(site)), None)
    return "".join(_render(details, lists, patterns, schedule))


def _render(
    details: SiteDetails, lists: Sequence[ListState], patterns: Sequence[UrlPattern], schedule: Schedule | None
) -> Iterator[str]:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _list_facts(details):
        grid.add_row(name, Text(strip_controls(value)))
    if schedule:
        grid.add_row("Queue", Text(_describe_schedule(schedule)))
    yield render_terminal(grid)
    if lists:
        ordered = sorted(lists, key=lambda each: (each.outcome in ("read", "unchanged"), -each.entries))
        more = f"{len(lists) - _MAX_LISTS} more: --format csv has all of them." if len(lists) > _MAX_LISTS else None
        yield "\n" + render_terminal(_make_list_table(ordered[:_MAX_LISTS]), more, width=UNFOLDED)
    if patterns:
        hint = "--patterns shows all; --allow PATTERN, --deny PATTERN and --reset PATTERN decide about one."
        yield "\n" + render_terminal(_make_pattern_table(patterns[:_MAX_PATTERNS]), hint, width=UNFOLDED)


def _describe_schedule(schedule: Schedule) -> str:
    """Describe when the workers of the queue crawl a site."""
    due = f"every {in_short(schedule.every)}, next {format_list_time(schedule.due_at)} UTC"
    if schedule.started_at is None:
        return due
    return f"{due}; began {format_list_time(schedule.started_at)} UTC, {schedule.late_seconds or 0:.0f} s late"


def _list_facts(details: SiteDetails) -> Iterator[tuple[str, str]]:
    summary, state, now = details.summary, details.summary.state, datetime.now(UTC)
    yield "Site", summary.site
    if state:
        yield "Front page", state.home
        if state.title:
            yield "Name", state.title
        yield "Known since", f"{format_list_time(state.added_at)} UTC"
        if state.tried_at:
            yield "Last run", f"{in_short(now - state.tried_at)} ago"
        yield "Last read", f"{in_short(now - state.read_at)} ago" if state.read_at else "never"
        if state.delay_seconds is not None:
            yield "Pace", f"a request every {state.delay_seconds:g} s"
        yield "Trouble", state.trouble or "none"
        if state.allowed_at and state.allowed_at > now:
            yield "Not before", f"{format_list_time(state.allowed_at)} UTC (its Retry-After or delay)"
    yield "Articles", f"{summary.articles:,}, {details.per_day:.1f} a day in the last week"
    counts: dict[str, int] = {}
    for (page_state, _), pages in summary.pages.items():
        counts[page_state] = counts.get(page_state, 0) + pages
    yield "Pages", ", ".join(f"{pages:,} {name}" for name, pages in sorted(counts.items())) or "none"
    if details.refusals.reasons:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in details.refusals.reasons.items())
        yield "Refused", f"{describe_refusals(details.refusals, 0)} of the pages that were tried: {reasons}"
    complete = details.completeness
    why = f": {complete.reason}" if isinstance(complete, Unknown) else ", with 95 % interval"
    yield "Complete", f"{describe_share(complete)}{why}"


def _make_list_table(lists: Sequence[ListState]) -> Table:
    table = make_table("Kind", "Outcome", "Links", "Read", "Every", "URL", numbers=("Links", "Read", "Every"))
    now = datetime.now(UTC)
    for each in lists:
        outcome = each.outcome or "not read yet"
        read = in_short(now - each.read_at) if each.read_at else "never"
        every = f"{each.interval_seconds // 60} min" if each.interval_seconds else "-"
        is_bad = outcome in ("failed", "blocked", "gone", "refused")
        shown = f"{outcome} ({each.reason})" if each.reason else outcome
        cells = (Text(shown, style="yellow" if is_bad else ""), str(each.entries), read, every)
        table.add_row(each.source.replace("_", " "), *cells, Text(strip_controls(each.url)))
    return table


def _make_pattern_table(patterns: Sequence[UrlPattern]) -> Table:
    table = make_table("Fetched", "Articles", "Rule", "Pattern", numbers=("Fetched", "Articles"))
    for each in patterns:
        rule = Text(each.rule or "-", style="bold" if each.rule else "dim")
        table.add_row(str(each.fetched), str(each.articles), rule, Text(strip_controls(each.pattern)))
    return table


def _try_site(
    name: str, opts: argparse.Namespace, find_site_key: Callable[[str], str], crawl_trial: Callable[..., str]
) -> int:
    """Crawl a few pages into a database that is deleted, and print what is in it."""
    if opts.format == "csv":
        raise CommandLineError("a trial has no --format csv")
    key = find_site_key(name)
    with TemporaryDirectory(prefix="newscrawl-") as folder:
        database_url = f"sqlite:///{Path(folder) / 'trial.db'}"
        with show_status(f"Trying {key}: its lists, and {format_count(opts.pages, 'page')}"):
            line = crawl_trial(name, database_url=database_url, pages=opts.pages)
        with open_archive(database_url, create=False) as store:
            if opts.format == "json":
                sys.stdout.write(format_json(_to_trial_values(store, key, line)))
            else:
                sys.stdout.writelines(_render_trial(store, name, key, line))
            return 0 if store.count(Query()) else 1


def _read_tried(store: Store, key: str) -> tuple[list[PageState], list[PageState]]:
    """Return the pages that the trial requested, in order, and those that it did not."""
    pages = store.pages(site=key, limit=None)
    tried = [page for page in pages if page.tried_at and page.refusal is not RefusalKind.PERMANENT]
    return tried[::-1], [page for page in pages if page.state == "discovered" and not page.tried_at]


def _render_trial(store: Store, name: str, key: str, line: str) -> Iterator[str]:
    yield f"Trial of {key}: nothing is stored.\n"
    lists, (tried, others) = store.lists(key), _read_tried(store, key)
    read = [each for each in lists if each.outcome in ("read", "unchanged")]
    yield f"\n{format_count(len(read), 'list')} of {len(lists)} read"
    yield f"; {format_count(len(tried) + len(others), 'link')} of articles found, {len(tried)} fetched.\n"
    if lists:
        ordered = sorted(lists, key=lambda each: (each.outcome not in ("read", "unchanged"), -each.entries))
        yield render_terminal(_make_list_table(ordered[:_MAX_LISTS]), width=UNFOLDED)
    for page in tried:
        yield "\n" + "".join(f"{each}\n" for each in _describe_page(store, page))
    yield f"\nThe run: {line}\n"
    if any(page.article_id for page in tried):
        yield name_commands(f"`scrapy crawl news -a site={strip_controls(name)}` crawls it.\n")


def _describe_page(store: Store, page: PageState) -> Iterator[str]:
    yield strip_controls(page.url)
    article = next(iter(_read_articles(store, page)), None)
    if article is None:
        yield f"  no article: {(page.reason or page.state).replace('_', ' ')} ({page.refusal or page.state})"
        return
    yield f"  {shorten(to_one_line(article['headline']), _WIDTH)}"
    facts = [article["published_at"] or "no date", ", ".join(article["byline"]) or "no author", article["access"]]
    facts.append(f"{article['words']} words")
    if article["confidence"] is not None:
        facts.append(f"confidence {article['confidence']:.2f}")
    yield f"  {to_one_line(' | '.join(facts))}"
    yield f"  {shorten(to_one_line(article['first_words']), _FIRST_WORDS)}"


def _read_articles(store: Store, page: PageState) -> Iterator[dict[str, Any]]:
    if page.article_id is None:
        return
    for stored in store.articles(Query(limit=None)):
        if stored.id != page.article_id:
            continue
        article = stored.article
        yield {
            "headline": article.headline,
            "published_at": format_list_time(article.published_at, article.published_precision)
            if article.published_at
            else None,
            "byline": list(article.byline),
            "access": article.access,
            "words": len(article.body_text.split()),
            "confidence": article.confidence,
            "layout": article.layout,
            "first_words": article.body_text[: 2 * _FIRST_WORDS],
        }


def _to_trial_values(store: Store, key: str, line: str) -> dict[str, Any]:
    tried, others = _read_tried(store, key)
    return {
        "site": key,
        "result": line,
        "lists": [{name: getattr(each, name) for name in _LIST_COLUMNS} for each in store.lists(key)],
        "links": len(tried) + len(others),
        "pages": [
            {
                "url": page.url,
                "state": page.state,
                "reason": page.reason,
                "article": next(iter(_read_articles(store, page)), None),
            }
            for page in tried
        ],
    }
