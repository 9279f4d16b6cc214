"""`sites`: the sites of the archive, one of them in detail, or a trial of a new one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from newscrawl.cli import site
from newscrawl.cli.options import add_format, add_limit, get_limit
from newscrawl.cli.output import (
    format_rows,
    is_wide,
    make_table,
    render_terminal,
    shorten,
    show_status,
    to_one_line,
    write_output,
)
from newscrawl.cli.project import Project
from newscrawl.cli.site_details import (
    SiteDetails,
    describe_lists,
    describe_refusals,
    describe_share,
    read_details,
    summarize_sites,
    to_values,
)
from newscrawl.errors import CommandLineError, NewscrawlError
from newscrawl.export.display import name_commands, strip_controls
from newscrawl.operations.completeness import Estimate
from newscrawl.operations.durations import in_short, read_duration
from newscrawl.operations.health import Status
from newscrawl.operations.site_health import (
    MAX_AGE,
    RECENT,
    find_problems,
    format_problems,
)
from newscrawl.storage import Store

SYNTAX = "[options] [SITE|URL]"
DESCRIPTION = (
    "List the sites that were crawled: their lists, pace, articles a day, refused pages, and an estimate of how many "
    "of their articles are stored, with its 95 % interval. SITE shows one in detail. The address of a site that was "
    "never crawled tries it: its lists, and three articles as they would be stored; nothing is stored. --check prints "
    "one line as Nagios plugins do, with exit code 0 OK, 1 WARNING, 2 CRITICAL (a tenth of the sites or more blocked "
    "or not read for --max-age), 3 UNKNOWN."
)
_SORTS = ("site", "read", "articles", "refused", "complete")


def add_options(parser: argparse.ArgumentParser) -> None:
    add_format(parser)
    add_limit(parser, "sites")
    parser.add_argument("--sort", choices=_SORTS, default="site", help="default: site; the worst first")
    parser.add_argument("--trouble", action="store_true", help="only sites with trouble in their last run")
    parser.add_argument("--check", action="store_true", help="one line for a monitor; the exit code is the status")
    age = "with --check: the longest time since a site was read (90m, 2h; default: 1d)"
    parser.add_argument("--max-age", metavar="AGE", help=age)
    site.add_options(parser)


def run(
    words: list[str],
    opts: argparse.Namespace,
    project: Project,
    *,
    find_site_key: Callable[[str], str],
    crawl_trial: Callable[..., str],
) -> int:
    """Print the sites, or one. `find_site_key` and `crawl_trial` are those of newscrawl.crawl.trial."""
    if len(words) > 1 or (opts.max_age and not opts.check):
        raise CommandLineError("it takes one site, or none; --max-age goes with --check")
    if opts.check:
        return _check(words, opts, project)
    if words:
        return site.run(words[0], opts, project, find_site_key=find_site_key, crawl_trial=crawl_trial)
    with show_status("Counting the articles of each site"), project.open_archive() as store:
        rows = read_details(store, datetime.now(UTC))
    if opts.trouble:
        rows = [row for row in rows if row.trouble or row.bad_lists]
    rows.sort(key=_KEYS[opts.sort])
    write_output([_format_rows(rows, opts)])
    return 0


_KEYS: Mapping[str, Callable[[SiteDetails], Any]] = {
    "site": lambda row: row.summary.site,
    "read": lambda row: (_read_at(row) or datetime.min.replace(tzinfo=UTC), row.summary.site),
    "articles": lambda row: (row.summary.recent, row.summary.site),
    "refused": lambda row: (-(row.refusals.share or 0), row.summary.site),
    "complete": lambda row: (
        row.completeness.share if isinstance(row.completeness, Estimate) else 2.0,
        row.summary.site,
    ),
}


def _read_at(row: SiteDetails) -> datetime | None:
    return row.summary.state.read_at if row.summary.state else None


def _format_rows(rows: Sequence[SiteDetails], opts: argparse.Namespace) -> str:
    shown = rows[: get_limit(opts)]
    if opts.format != "table":
        values = [to_values(row) for row in shown]
        return format_rows(opts.format, list(values[0]) if values else ["site"], values)
    if not rows:
        return name_commands("No site with trouble.\n" if opts.trouble else "No site yet; `scrapy crawl` begins one.\n")
    more = f"The first {len(shown):,} of {len(rows):,}; --limit all shows all. " if len(shown) < len(rows) else ""
    return render_terminal(_make_table(shown, datetime.now(UTC)), f"{more}`scrapy sites SITE` shows one in detail.")


def _make_table(rows: Sequence[SiteDetails], now: datetime) -> Table:
    wide = is_wide()
    names = ("Site", "Lists", "Pace", "Read", "A day", "Refused", "Complete", *(("Trouble",) if wide else ()))
    table = make_table(*names, numbers=("Pace", "Read", "A day"))
    table.columns[0].max_width = 30 if wide else 20
    table.columns[0].overflow = "ellipsis"
    for row in rows:
        state = row.summary.state
        read_at = _read_at(row)
        late = read_at is None or now - read_at > MAX_AGE
        cells = [
            Text(strip_controls(row.summary.site), style="red" if row.trouble else ""),
            Text(describe_lists(row, wide=wide), style="yellow" if row.bad_lists else ""),
            Text(f"{state.delay_seconds:g} s" if state and state.delay_seconds is not None else "-"),
            Text(in_short(now - read_at) if read_at else "never", style="red" if late else ""),
            Text(f"{row.per_day:.1f}"),
            Text(describe_refusals(row.refusals, 1)),
            Text(describe_share(row.completeness)),
        ]
        if wide:
            cells.append(Text(shorten(to_one_line(row.trouble or "-"), 24)))
        table.add_row(*cells)
    return table


def _check(words: Sequence[str], opts: argparse.Namespace, project: Project) -> int:
    try:
        max_age = read_duration(opts.max_age) if opts.max_age else MAX_AGE
        with project.open_archive() as store:
            status, line = _judge(store, words[0] if words else None, max_age)
    except NewscrawlError as error:
        status, line = Status.UNKNOWN, f"NEWSCRAWL UNKNOWN - {error}"
    print(to_one_line(line))
    return int(status)


def _judge(store: Store, name: str | None, max_age: timedelta) -> tuple[Status, str]:
    now = datetime.now(UTC)
    summaries = summarize_sites(store, now, name)
    crawled = [each for each in summaries.values() if each.state]
    if not crawled:
        return Status.UNKNOWN, f"NEWSCRAWL UNKNOWN - {name or 'no site'}: was never crawled"
    # a site that was taken off the schedule is no problem, unless nothing is crawled any more
    started = [each for each in crawled if each.state and each.state.tried_at and now - each.state.tried_at <= max_age]
    judged = started or crawled
    counts = store.recent_site_counts(since=now - RECENT, site=name)
    problems = [
        problem
        for each in judged
        for problem in find_problems(each, counts.get(each.site, []), now=now, max_age=max_age)
    ]
    return format_problems(judged, problems, idle=len(crawled) - len(judged))
