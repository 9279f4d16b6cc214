"""`runs`: list the runs, or check them for a monitor."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from rich.table import Table
from rich.text import Text

from newscrawl.cli.options import add_format, add_limit, get_limit
from newscrawl.cli.output import (
    format_hint,
    format_json,
    format_list_time,
    is_wide,
    iterate_rows,
    iterate_table,
    make_table,
    render_terminal,
    to_one_line,
    write_output,
)
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError, NewscrawlError, StorageError
from newscrawl.export.display import name_commands, strip_controls
from newscrawl.operations.durations import read_duration
from newscrawl.operations.exit_codes import OUTCOMES, PREFIX, ExitCode, find_advice, reasons
from newscrawl.operations.health import (
    AT_WORK,
    LIVE,
    Health,
    Status,
    describe_end,
    format_outcomes,
    format_status,
    is_significant,
    judge_spider,
    outcomes,
)
from newscrawl.operations.process import is_alive
from newscrawl.operations.queue_health import CRAWL_TASK, judge_queue
from newscrawl.storage import Run, RunStore, Schedule, ScheduleStore

SYNTAX = "[options]"
DESCRIPTION = (
    "List the runs of the spiders, newest first, and how each ended; or check the spiders for a monitor: --check "
    "prints one line as Nagios plugins do, with exit code 0 OK, 1 WARNING (the last run was partly failed, stopped or "
    "killed), 2 CRITICAL (it ended otherwise, was the second in a row to be killed, or is too long ago), 3 UNKNOWN "
    "(no run, no database). Sites of the queue are checked together, with the workers of all machines."
)
_RUNS_TO_JUDGE = 3
_COLUMNS = ("id", "spider", "source", "started_at", "ended_at", "seconds", "ended", "exit_code", "finish_reason")
_STYLES = {"done": "green", AT_WORK: "cyan", "locked": "dim", "partly failed": "yellow", "stopped": "yellow"}


def add_options(parser: argparse.ArgumentParser) -> None:
    add_limit(parser, "runs")
    add_format(parser)
    parser.add_argument("--spider", metavar="NAME", help="only runs of this spider")
    publisher = "only runs on the sites of this publisher: its title, its name or its host"
    parser.add_argument("--publisher", metavar="NAME", help=publisher)
    parser.add_argument("--show", metavar="N", help="everything about one run, by its number")
    parser.add_argument("--check", action="store_true", help="one line for a monitor; the exit code is the status")
    parser.add_argument("--max-age", metavar="AGE", help="with --check: the longest time since a run (90m, 2h, 1d)")


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    if words or (opts.max_age and not opts.check) or (opts.show and (opts.check or opts.format == "csv")):
        raise CommandLineError("--max-age goes with --check; --show with --format json or none; it takes no words")
    if opts.check:
        return _check_spiders(opts, project)
    with project.open_part(RunStore) as store:
        write_output([_format_run(store, opts)] if opts.show else _iterate_runs(store, opts))
    return 0


def _check_spiders(opts: argparse.Namespace, project: Project) -> int:
    try:
        max_age = read_duration(opts.max_age) if opts.max_age else None
        spiders = [opts.spider] if opts.spider else project.spider_names()
        with project.open_part(_QueuedRunStore) as store:
            healths: list[Health] = []
            if not opts.spider and (schedules := store.schedules()):
                healths.append(_judge_queue(store, schedules, max_age))
                spiders = sorted(set(spiders) - {each.spider for each in schedules})
            for name in spiders:
                runs = _find_significant_runs(store, name, LIVE) or _find_significant_runs(store, name, None)
                healths.append(judge_spider(name, runs, now=store.now(), max_age=max_age, is_alive=is_alive))
        # A spider that has never run is not reported beside others.
        status, line = format_status([each for each in healths if each.status is not Status.UNKNOWN] or healths[:1])
    except NewscrawlError as error:
        status, line = Status.UNKNOWN, f"NEWSCRAWL UNKNOWN - {error}"
    print(to_one_line(name_commands(line)))
    return int(status)


class _QueuedRunStore(RunStore, ScheduleStore):
    """What a check of the runs needs."""


def _judge_queue(store: ScheduleStore, schedules: Sequence[Schedule], max_age: timedelta | None) -> Health:
    """Judge the sites that workers crawl together: the last run of a spider is that of any of them."""
    return judge_queue(schedules, store.queue_state(CRAWL_TASK), now=store.now(), max_age=max_age)


def _find_significant_runs(store: RunStore, spider: str, source: str | None) -> list[Run]:
    """Enough of the newest runs to judge a spider."""
    significant: list[Run] = []
    for limit in (20, 500, None):  # any number of the newest runs may have been locked out
        runs = store.runs(limit, spider=spider, source=source)
        significant = [run for run in runs if is_significant(run)]
        if len(significant) >= _RUNS_TO_JUDGE or limit is None or len(runs) < limit:
            break
    return significant


def _iterate_runs(store: RunStore, opts: argparse.Namespace) -> Iterator[str]:
    limit = get_limit(opts)
    runs = store.iterate_runs(limit, spider=opts.spider, publisher=opts.publisher)
    if opts.format == "json":
        yield from iterate_rows("json", (), map(_to_values, runs))
        return
    if opts.format == "csv":
        rows = (_to_values(run) | dict(outcomes(run).items()) for run in runs)
        yield from iterate_rows("csv", [*_COLUMNS, *OUTCOMES], rows)
        return
    newest = next(store.iterate_runs(1, spider=opts.spider, publisher=opts.publisher), None)
    if newest is None:
        of = f" of {opts.publisher or opts.spider}" if opts.publisher or opts.spider else ""
        yield name_commands(f"No run{of} yet; `scrapy crawl` begins one.\n")
        return
    spiders: set[str] = set()
    done: set[str] = set()
    for run in store.iterate_runs(limit, spider=opts.spider, publisher=opts.publisher):
        spiders.add(run.spider)
        done |= {name for name, pages in outcomes(run).items() if pages}
    make = partial(_make_table, has_spider_column=is_wide() or len(spiders) > 1, done=done)
    yield from iterate_table(runs, make)
    total = store.count_runs(opts.spider, opts.publisher)
    more = f"The last {limit:,} of {total:,}; --limit all shows all, " if limit and total > limit else ""
    yield format_hint(f"{more}--show {newest.id} shows everything about the newest.")


def _to_values(run: Run) -> dict[str, Any]:
    """A run as it is exported; times are UTC."""
    return {
        "id": run.id,
        "spider": run.spider,
        "source": run.source,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "seconds": round(run.duration.total_seconds(), 3),
        "ended": describe_end(run, is_alive),
        "exit_code": run.exit_code,
        "finish_reason": run.finish_reason,
        "arguments": dict(run.arguments),
        "versions": dict(run.versions),
        "host": run.host,
        "pid": run.pid,
        "alive_at": run.alive_at,
        "root": run.root,
        "counts": dict(run.counts),
    }


def _make_table(runs: Sequence[Run], *, has_spider_column: bool, done: Collection[str]) -> Table:
    """A wide terminal has a column for each outcome of any run, a narrow one has them in one column of text."""
    wide = is_wide()
    shown = [name for name in OUTCOMES if name == "stored" or name in done]
    names = ["#", *(["Spider"] if has_spider_column else []), "Began (UTC)", "Took", "Ended"]
    pages = [outcome.capitalize() for outcome in shown] if wide else []
    table = make_table(*names, *pages, numbers=("#", "Took", *pages))
    table.columns[0].style = "cyan"
    if not wide:
        table.add_column("Pages")
    for run in runs:
        end = describe_end(run, is_alive)
        cells = [Text(strip_controls(run.spider))] if has_spider_column else []
        cells += [Text(format_list_time(run.started_at)), Text(_format_duration(run))]
        cells.append(Text(f"{end} ({run.exit_code})" if run.exit_code else end, style=_STYLES.get(end, "red")))
        if wide:
            numbers = [outcomes(run)[outcome] for outcome in shown]
            cells += [Text(str(number), style="" if number else "dim") for number in numbers]
        else:
            cells.append(Text(format_outcomes(run) or "-"))
        table.add_row(str(run.id), *cells)
    return table


def _format_duration(run: Run) -> str:
    return str(timedelta(seconds=int(run.duration.total_seconds())))


def _format_run(store: RunStore, opts: argparse.Namespace) -> str:
    run = next((run for run in store.runs(None) if str(run.id) == opts.show), None)
    if run is None:
        raise StorageError(f"{opts.show}: there is no such run; `scrapy runs` lists those that are there")
    if opts.format == "json":
        return format_json(_to_values(run))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _list_facts(run):
        grid.add_row(name, Text(strip_controls(value)))
    return render_terminal(grid)


def _list_facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "Run", f"{run.id} of {run.spider} ({run.source}): {describe_end(run, is_alive)}"
    yield "Began", f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "Ended" if run.ended_at else "Last sign", f"{run.started_at + run.duration:%Y-%m-%d %H:%M:%S} UTC"
    yield "Took", _format_duration(run)
    if run.exit_code is not None:
        yield "Exit code", _describe_code(run, run.exit_code)
    if run.finish_reason:
        yield "Reason", run.finish_reason
    yield "Source", run.source
    if run.pid is not None:
        yield "Process", f"{run.pid} on {run.host}"
    if run.root:
        yield "Root", run.root
    yield "Arguments", _join_pairs(run.arguments, "=") or "none"
    if run.versions:
        yield "Versions", _join_pairs(run.versions, " ")
    yield from _list_counts(run)


def _describe_code(run: Run, code: int) -> str:
    for known in ExitCode:
        if known == code:
            advice = find_advice(known, {PREFIX + name: n for name, n in run.counts.items()})
            return f"{code}: {known.meaning}" + (f"; {name_commands(advice)}" if advice else "")
    return str(code)


def _list_counts(run: Run) -> Iterator[tuple[str, str]]:
    """The pages by outcome and reason, then all other counts."""
    yield "Pages", format_outcomes(run) or "-"
    stats = {PREFIX + name: n for name, n in run.counts.items()}
    shown = ["outcome/"]
    for outcome in OUTCOMES:
        if by_reason := reasons(stats, outcome):
            yield outcome.capitalize(), _join_pairs(by_reason, " ")
            shown.append(f"{outcome}/")
    if others := {name: n for name, n in run.counts.items() if not name.startswith(tuple(shown))}:
        yield "Counts", _join_pairs(others, " ")


def _join_pairs(values: Mapping[str, object], separator: str) -> str:
    return ", ".join(f"{name}{separator}{value}" for name, value in values.items())
