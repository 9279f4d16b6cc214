"""`db check`: runs the checks of the database and of its capture files, and prints one line for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.text import Text

from newscrawl.batch.verify_captures import LostCaptures, find_lost_files, find_lost_records
from newscrawl.cli.output import format_json, show_progress, show_status, to_one_line
from newscrawl.operations.process import is_alive
from newscrawl.storage import Check, Run, Store
from newscrawl.storage.maintenance.check import EXAMPLES

_STYLES = {"ok": "green", "repaired": "yellow", "out": "dim"}


@dataclass(slots=True)
class CheckLine:
    """The result of a check, as it is printed."""

    name: str
    holds: str
    """What is true of a good database."""
    wrong: int = 0
    """The number of errors that are left."""
    repaired: int = 0
    left_out: bool = False
    examples: list[str] = field(default_factory=list)
    """Of errors, repaired or left."""
    remedy: str = ""

    @property
    def mark(self) -> str:
        if self.left_out:
            return "left out"
        if self.wrong or not self.repaired:
            return f"{self.wrong} wrong" if self.wrong else "ok"
        return f"{self.repaired} repaired"


def find_running_crawl(store: Store) -> Run | None:
    """Find a run that is writing to the database now."""
    return next((run for run in store.runs(None, ended=False) if is_alive(run)), None)


def run_checks(store: Store, warc_dir: str, *, repair: bool, deep: bool) -> Iterator[CheckLine]:
    """Run every check, one after the other. No progress is shown while a result is printed."""
    has_running_crawl = find_running_crawl(store) is not None
    for check in store.checks():
        if check.locks and has_running_crawl:
            remedy = "a run is active, and could not write during this check"
            yield CheckLine(check.name, check.holds, left_out=True, remedy=remedy)
            continue
        with show_status(check.name):
            result = _check_database(store, check, repair)
        yield result
    with show_status("files"):
        lost = find_lost_files(store, warc_dir)
        result = _check_captures(store, "files", "every capture's file exists and is long enough", lost, repair)
    yield result
    if deep:
        with show_progress("records") as show:
            lost = find_lost_records(store, warc_dir, show)
            result = _check_captures(store, "records", "every capture can be read at its place", lost, repair)
        yield result


def _check_database(store: Store, check: Check, repair: bool) -> CheckLine:
    before = after = store.examine(check)
    if before and repair and check.repair:
        store.repair(check)
        after = store.examine(check)
    return CheckLine(
        check.name,
        check.holds,
        wrong=after.count,
        repaired=max(0, before.count - after.count),
        examples=list(after.examples or before.examples),
        remedy=check.remedy if after and (repair or not check.repair) else "",
    )


def _check_captures(store: Store, name: str, holds: str, lost: Iterator[LostCaptures], repair: bool) -> CheckLine:
    result = CheckLine(name, holds)
    for each in lost:
        if len(result.examples) < EXAMPLES:
            result.examples.append(each.reason)
        if repair and each.is_gone:
            store.forget_places(each.captures)
            result.repaired += len(each.captures)
        else:
            result.wrong += len(each.captures)
        if not each.is_gone:
            result.remedy = "is the disk mounted, and is NEWSCRAWL_WARC_DIR right?"
    return result


def print_results(results: Iterator[CheckLine], *, repair: bool) -> int:
    """Print results as they come, then what to do; return the exit code: 0 if nothing is wrong."""
    console = Console()
    total = wrong = 0
    for result in results:
        total += 1
        wrong += bool(result.wrong)
        line = Text(f"{result.mark:>12}", _STYLES.get(result.mark.split()[-1], "bold red"))
        _print_line(console, line.append(f"  {result.name:<12}{result.holds}", "default"))
        for example in result.examples:
            _print_line(console, Text(f"{'':26}{to_one_line(example)}", "dim"))
        if result.remedy:
            _print_line(console, Text(f"{'':26}{result.remedy}", "italic"))
    if not wrong:
        summary = f"All is well: {total} checks."
    elif repair:
        summary = f"{wrong} of {total} checks found something that could not be repaired."
    else:
        summary = f"{wrong} of {total} checks found something; `scrapy db check --repair` repairs what can be."
    _print_line(console, Text(summary))
    return 1 if wrong else 0


def _print_line(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True, highlight=False)


def format_results(results: Iterator[CheckLine]) -> tuple[str, int]:
    values = [asdict(result) for result in results]
    return format_json(values), 1 if any(result["wrong"] for result in values) else 0
