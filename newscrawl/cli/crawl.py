"""`crawl`: what is printed about a run that has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

from newscrawl.cli.output import ignore_broken_pipe, make_table, render_terminal
from newscrawl.configuration import redact
from newscrawl.export.display import name_commands
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import Conclusion, ExitCode
from newscrawl.storage.engine import parse_url

_MAX_SITES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunReport:
    """What a run would fetch."""

    plan: Sequence[str]
    """A line per page that a run would fetch."""
    captures: Counter[int]
    """Captures in an archive that a run would fetch, by year; 0: any."""
    captures_known: Counter[int]
    """Those of them that are in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What is printed about a run."""

    spider: str
    stats: Mapping[str, Any]
    conclusion: Conclusion
    database_url: str
    is_queried: bool
    """Whether other commands read this database without a setting that names it."""
    dry_run: DryRunReport | None
    sites: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What was counted at each site, by its key."""


def print_summary(summary: RunSummary, stream: TextIO) -> None:
    """Print how a run ended, and what to do if something went wrong."""
    spider, conclusion, dry_run = summary.spider, summary.conclusion, summary.dry_run
    with ignore_broken_pipe(stream):
        if dry_run:
            if dry_run.captures + dry_run.captures_known:
                stream.write(render_terminal(_make_capture_table(dry_run)))
            stream.writelines(f"{line}\n" for line in dry_run.plan)
        if dry_run or not stream.isatty():
            print(f"{spider}: {conclusion.line}", file=stream)
        else:
            console = Console(file=stream)
            console.print(_make_outcome_table(summary.stats, conclusion))
            database = redact(parse_url(summary.database_url).render_as_string(hide_password=True))
            option = "" if summary.is_queried else f" -s NEWSCRAWL_DATABASE_URL={database}"
            hint = f"The archive is {database}; `scrapy articles{option}` lists and searches it."
            console.print(name_commands(hint), highlight=False, soft_wrap=True)
        for line in summary.stats.get(exit_codes.NEW_MATCHES, ()):
            print(line, file=stream)
        if len(summary.sites) > 1:
            stream.write(render_terminal(_make_site_table(summary)))
        if conclusion.advice:
            print(f"{spider}: what to do: {name_commands(conclusion.advice)}", file=stream)


def _make_capture_table(report: DryRunReport) -> Table:
    names = ("Captured", "To fetch", "In the database")
    table = make_table(*names, numbers=names)
    for year in sorted(report.captures + report.captures_known):
        captured = str(year) if year else "any time"
        table.add_row(captured, str(report.captures[year]), str(report.captures_known[year]))
    return table


def _make_site_table(summary: RunSummary) -> Table:
    """Show the sites that did not end well, then those with most articles."""
    codes = exit_codes.conclude_each_site(summary.stats, summary.sites)
    table = make_table("Site", "Ended", *exit_codes.OUTCOMES, numbers=exit_codes.OUTCOMES)
    pages = {
        site: [counts.get(f"outcome/{name}", 0) for name in exit_codes.OUTCOMES]
        for site, counts in summary.sites.items()
    }
    ordered = sorted(summary.sites, key=lambda site: (codes[site] is ExitCode.DONE, -sum(pages[site][:3]), site))
    for site in ordered[:_MAX_SITES]:
        table.add_row(site, codes[site].name.lower().replace("_", " "), *map(str, pages[site]))
    if others := ordered[_MAX_SITES:]:
        totals = [sum(pages[site][at] for site in others) for at in range(len(exit_codes.OUTCOMES))]
        table.add_row(f"{len(others)} more", "", *map(str, totals))
    return table


def _make_outcome_table(stats: Mapping[str, Any], conclusion: Conclusion) -> Table:
    table = Table(title=conclusion.line.partition(":")[0], title_justify="left", show_header=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for outcome in exit_codes.OUTCOMES:
        total = exit_codes.count(stats, f"outcome/{outcome}")
        if total or outcome in exit_codes.ARTICLES:
            reasons = ", ".join(f"{reason} {n}" for reason, n in exit_codes.reasons(stats, outcome).items())
            table.add_row(str(total), outcome, reasons)
    for name, meaning in (("headlines", "of pages that cannot be fetched"), ("left", "for the next run")):
        if total := exit_codes.count(stats, name):
            table.add_row(str(total), name, meaning)
    return table
