"""`scrapy runs`: what became of each run, and one line for a monitor."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.table import Table
from rich.text import Text
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import add_format, add_limit
from newscrawl.cli.output import as_csv, as_json, as_text, in_a_line, is_wide, listing, when
from newscrawl.errors import NewscrawlError, StorageError
from newscrawl.export.display import strip_controls
from newscrawl.operations.durations import read_duration
from newscrawl.operations.exit_codes import OUTCOMES, PREFIX, ExitCode, Outcome, reasons
from newscrawl.operations.health import (
    AT_WORK,
    LIVE,
    Health,
    Status,
    ending,
    is_telling,
    judge,
    outcomes,
    status_line,
    tally,
)
from newscrawl.operations.process import is_alive
from newscrawl.storage import Run, Store

_ENOUGH = 3
_STYLES = {"done": "green", AT_WORK: "cyan", "locked": "dim", "partly failed": "yellow", "stopped": "yellow"}


class Command(ProjectCommand):
    """List the runs of the spiders, the newest first, and how each ended; or tell a monitor how the spiders fare."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options]"

    def short_desc(self) -> str:
        """What it does."""
        return "List the runs and how they ended, or check them for a monitor"

    def long_desc(self) -> str:
        """What it does, and what a monitor hears."""
        return (
            f"{self.__doc__} --check prints one line in the manner of Nagios plugins, with exit code 0 OK, 1 WARNING "
            "(the last run was partly failed, stopped or killed), 2 CRITICAL (it ended otherwise, was the second in a "
            "row to be killed, or is too long ago), 3 UNKNOWN (no run, no database)."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """--limit, --spider, --format, --show, --check and --max-age."""
        super().add_options(parser)
        add_limit(parser, "runs")
        add_format(parser)
        parser.add_argument("--spider", metavar="NAME", help="only runs of this spider")
        parser.add_argument("--show", metavar="N", help="all of one run, by its number")
        parser.add_argument("--check", action="store_true", help="one line for a monitor; the exit code is the state")
        parser.add_argument("--max-age", metavar="AGE", help="with --check: how long ago is too long (90m, 2h, 1d)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, or say in one line on standard error what is missing, with exit code 1."""
        if args or (opts.max_age and not opts.check) or (opts.show and (opts.check or opts.format == "csv")):
            raise UsageError(
                "--max-age goes with --check; --show with --format json or none; there are no words to give"
            )
        if opts.check:
            self._check(opts)
            return
        try:
            with self.archive() as store:
                printed = _shown(store, opts) if opts.show else _listed(store, opts)
        except StorageError as error:
            self.fail(error)
            return
        sys.stdout.write(printed)

    def _check(self, opts: argparse.Namespace) -> None:
        try:
            max_age = read_duration(opts.max_age) if opts.max_age else None
            status, line = status_line(self._healths(opts.spider, max_age))
        except NewscrawlError as error:
            status, line = Status.UNKNOWN, f"NEWSCRAWL UNKNOWN - {error}"
        self.exitcode = int(status)
        print(in_a_line(line))

    def _healths(self, spider: str | None, max_age: timedelta | None) -> list[Health]:
        """Of one spider; else of those of the project that have ever run, or of the one that has not."""
        spiders = [spider] if spider else sorted(get_spider_loader(self.project_settings).list())
        now = datetime.now(UTC)
        with self.archive() as store:
            healths = [
                judge(name, _latest(store, name), now=now, max_age=max_age, is_alive=is_alive) for name in spiders
            ]
        return [health for health in healths if health.status is not Status.UNKNOWN] or healths[:1]


def _latest(store: Store, spider: str) -> list[Run]:
    """As many of the newest runs as it takes to judge, of the site where any asked it, else of archives."""
    return _telling(store, spider, LIVE) or _telling(store, spider, None)


def _telling(store: Store, spider: str, source: str | None) -> list[Run]:
    """Any number of the newest may have been locked out."""
    runs: list[Run] = []
    for limit in (20, 500, None):
        found = store.runs(limit, spider=spider, source=source)
        runs = [run for run in found if is_telling(run)]
        if len(runs) >= _ENOUGH or limit is None or len(found) < limit:
            break
    return runs


def _listed(store: Store, opts: argparse.Namespace) -> str:
    runs = store.runs(opts.limit, spider=opts.spider)
    if opts.format == "json":
        return as_json([_values(run) for run in runs])
    if opts.format == "csv":
        rows = [{**_values(run), **outcomes(run)} for run in runs]
        return as_csv([*_COLUMNS, *OUTCOMES], rows)
    if not runs:
        return f"No run{f' of {opts.spider}' if opts.spider else ''} yet; `scrapy crawl` begins one.\n"
    return as_text(_table(runs), _hint(runs, opts.limit))


_COLUMNS = ("id", "spider", "source", "started_at", "ended_at", "seconds", "ended", "exit_code", "finish_reason")


def _values(run: Run) -> dict[str, Any]:
    """A run as it is exported; times are UTC."""
    return {
        "id": run.id,
        "spider": run.spider,
        "source": run.source,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "seconds": round(run.duration.total_seconds(), 3),
        "ended": ending(run, is_alive),
        "exit_code": run.exit_code,
        "finish_reason": run.finish_reason,
        "arguments": dict(run.arguments),
        "versions": dict(run.versions),
        "host": run.host,
        "pid": run.pid,
        "alive_at": run.alive_at,
        "counts": dict(run.counts),
    }


def _table(runs: Sequence[Run]) -> Table:
    """The runs. Where there is room, each outcome that any has is a column, else what a run has is told in words."""
    wide = is_wide()
    with_spider = wide or len({run.spider for run in runs}) > 1
    shown = [name for name in OUTCOMES if name == "stored" or any(outcomes(run)[name] for run in runs)]
    table = listing()
    table.add_column("#", justify="right", style="cyan", no_wrap=True)
    for name in ("Spider", "Began (UTC)")[0 if with_spider else 1 :]:
        table.add_column(name, no_wrap=True)
    table.add_column("Took", justify="right", no_wrap=True)
    table.add_column("Ended", no_wrap=True)
    for name in shown if wide else ():
        table.add_column(name.capitalize(), justify="right", no_wrap=True)
    if not wide:
        table.add_column("Pages")
    for run in runs:
        spider = [Text(strip_controls(run.spider))] if with_spider else []
        told = _numbers(run, shown) if wide else [Text(tally(run) or "-")]
        table.add_row(str(run.id), *spider, when(run.started_at), _took(run), _ended(run), *told)
    return table


def _ended(run: Run) -> Text:
    word = ending(run, is_alive)
    return Text(f"{word} ({run.exit_code})" if run.exit_code else word, style=_STYLES.get(word, "red"))


def _numbers(run: Run, names: Sequence[Outcome]) -> list[Text]:
    return [Text(str(number), style="" if number else "dim") for number in map(outcomes(run).__getitem__, names)]


def _hint(runs: Sequence[Run], limit: int) -> str:
    more = f"The last {limit}; --limit shows more, " if len(runs) == limit else ""
    return f"{more}--show {runs[0].id} tells all of the newest."


def _took(run: Run) -> str:
    return str(timedelta(seconds=int(run.duration.total_seconds())))


def _shown(store: Store, opts: argparse.Namespace) -> str:
    run = next((run for run in store.runs(None) if str(run.id) == opts.show), None)
    if run is None:
        raise StorageError(f"{opts.show}: there is no such run; `scrapy runs` lists those that are there")
    return as_json(_values(run)) if opts.format == "json" else as_text(_whole(run))


def _whole(run: Run) -> Table:
    """All that is known of a run, to read."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _facts(run):
        grid.add_row(name, Text(strip_controls(value)))
    return grid


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    word = ending(run, is_alive)
    yield "Run", f"{run.id} of {run.spider} ({run.source}): {word}"
    yield "Began", f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "Ended" if run.ended_at else "Last sign", f"{run.started_at + run.duration:%Y-%m-%d %H:%M:%S} UTC"
    yield "Took", _took(run)
    if run.exit_code is not None:
        yield "Exit code", _code(run.exit_code)
    if run.finish_reason:
        yield "Reason", run.finish_reason
    yield "Source", run.source
    if run.pid is not None:
        yield "Process", f"{run.pid} on {run.host}"
    yield "Arguments", _pairs(run.arguments, "=") or "none"
    if run.versions:
        yield "Versions", _pairs(run.versions, " ")
    yield from _pages(run)


def _code(code: int) -> str:
    known = [each for each in ExitCode if each == code]
    advice = [each.advice for each in known if each is not ExitCode.DONE]
    return "; ".join([f"{code}: {known[0].meaning}" if known else str(code), *advice])


def _pages(run: Run) -> Iterator[tuple[str, str]]:
    """The pages by outcome and reason, then what else was counted."""
    yield "Pages", tally(run) or "-"
    stats = {PREFIX + name: n for name, n in run.counts.items()}
    reasoned = [name for name in OUTCOMES if reasons(stats, name)]
    for name in reasoned:
        yield name.capitalize(), _pairs(reasons(stats, name), " ")
    told = ("outcome/", *(f"{name}/" for name in reasoned))
    if rest := {name: n for name, n in run.counts.items() if not name.startswith(told)}:
        yield "Counts", _pairs(rest, " ")


def _pairs(values: Mapping[str, object], between: str) -> str:
    return ", ".join(f"{name}{between}{value}" for name, value in values.items())
