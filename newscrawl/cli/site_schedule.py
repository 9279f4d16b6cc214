"""`schedule --queue`: the sites that workers crawl, and the pace of each."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from newscrawl.cli.output import format_list_time, make_table, print_error, render_terminal, write_output
from newscrawl.cli.project import Project
from newscrawl.errors import ArgumentError, CommandLineError
from newscrawl.export.display import format_count, name_commands, strip_controls
from newscrawl.operations.archive import open_archive, open_part
from newscrawl.operations.durations import in_short
from newscrawl.publisher import SITES_SPIDER
from newscrawl.storage import Schedule, ScheduleStore

_OF_QUEUE = ("site", "sites", "limit", "since", "until", "full")
"""Arguments of crawls from the queue."""


def run_list(project: Project) -> int:
    """Print the sites of the queue."""
    with open_part(ScheduleStore, project.database_url, create=True) as store:
        write_output([_format_list(store.schedules(), store.now())])
    return 0


def run(spider: str, arguments: Any, opts: argparse.Namespace, project: Project) -> int:
    """Register or remove the sites that `arguments` (newscrawl.crawl.arguments.CrawlArguments) name."""
    if opts.at:
        raise CommandLineError("--queue takes --every, not --at")
    if unknown := [name for name in arguments.given if name not in _OF_QUEUE]:
        raise ArgumentError(f"{unknown[0]}= cannot be combined with --queue, which takes {', '.join(_OF_QUEUE)}")
    if spider == SITES_SPIDER and not arguments.named_sites:
        raise ArgumentError("name the sites: -a sites=FILE, or -a site=URL")
    for problem in (*arguments.site.problems, *arguments.sites.problems):
        print_error(problem)
    wanted = _make_schedules(spider, arguments, opts.every)
    open_archive(project.database_url).close()  # makes its tables
    with open_part(ScheduleStore, project.database_url, create=True) as store:
        known = {each.site: each for each in store.schedules()}
        lines = _describe_removal(wanted, known) if opts.remove else _describe_changes(wanted, known)
        if not opts.dry_run:
            if opts.remove:
                store.remove_schedules([each.site for each in wanted])
            else:
                store.save_schedules(wanted)
    write_output(name_commands(f"{line}\n") for line in lines)
    if opts.dry_run:
        print_error("dry run: nothing was changed")
    return 0


def _make_schedules(spider: str, arguments: Any, every: timedelta) -> list[Schedule]:
    own = {name: value for name, value in arguments.given.items() if name not in ("site", "sites")}
    seconds = int(every.total_seconds())
    if not arguments.named_sites:
        return [Schedule(site=spider, spider=spider, arguments=own, every_seconds=seconds)]
    return [
        Schedule(site=site.name, spider=spider, arguments=own, entries=site.entries, every_seconds=seconds)
        for site in arguments.named_sites
    ]


def _describe_changes(wanted: Sequence[Schedule], known: Mapping[str, Schedule]) -> list[str]:
    changed = new = 0
    for each in wanted:
        before = known.get(each.site)
        new += before is None
        changed += before is not None and _key(before) != _key(each)
    same = len(wanted) - new - changed
    every = in_short(wanted[0].every) if wanted else ""
    lines = [f"{format_count(new, 'new site')}, {changed} changed, {same} as before: each every {every}"]
    if new and not any(each.started_at for each in known.values()):
        lines.append("`scrapy work` crawls them, on any machine with this database; `scrapy schedule --queue --list`")
    return lines


def _describe_removal(wanted: Sequence[Schedule], known: Mapping[str, Schedule]) -> list[str]:
    removed = [each.site for each in wanted if each.site in known]
    lines = [f"{format_count(len(removed), 'site')} removed from the queue; stored articles stay"]
    lines += [f"{each.site}: was not in the queue" for each in wanted if each.site not in known]
    return lines


def _key(schedule: Schedule) -> tuple[Any, ...]:
    entries = [dict(entry) for entry in schedule.entries]
    return schedule.spider, dict(schedule.arguments), entries, schedule.every_seconds


def _format_list(schedules: Sequence[Schedule], now: datetime) -> str:
    if not schedules:
        return name_commands("No site is in the queue; `scrapy schedule --queue -a sites=FILE` registers some.\n")
    table = make_table("Site", "Every", "Due (UTC)", "Began", "Late", "Ended", numbers=("Every", "Late"))
    for each in schedules:
        table.add_row(
            Text(strip_controls(each.site), style="red" if each.exit_code else ""),
            Text(in_short(each.every)),
            Text(_format_due(each, now), style="red" if _is_late(each, now) else ""),
            Text(format_list_time(each.started_at)),
            Text("-" if each.late_seconds is None else f"{each.late_seconds:.0f} s"),
            Text("-" if each.exit_code is None else f"code {each.exit_code}" if each.exit_code else "done"),
        )
    late = sum(_is_late(each, now) for each in schedules)
    return render_terminal(table, f"{format_count(len(schedules), 'site')}, {late} late by more than an interval.")


def _format_due(schedule: Schedule, now: datetime) -> str:
    return "now" if schedule.due_at and schedule.due_at <= now else format_list_time(schedule.due_at)


def _is_late(schedule: Schedule, now: datetime) -> bool:
    return schedule.due_at is not None and now - schedule.due_at > schedule.every
