"""What `scrapy db check` prints: a line a check, and under one that found something, the first of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from newscrawl.batch.verify_captures import Lost, lost_files, lost_records
from newscrawl.cli.output import as_json, in_a_line
from newscrawl.cli.progress import progress, waiting
from newscrawl.operations.process import is_alive
from newscrawl.storage import Check, Run, Store
from newscrawl.storage.maintenance.check import EXAMPLES

_STYLES = {"ok": "green", "repaired": "yellow", "out": "dim"}


@dataclass(slots=True)
class Checked:
    """What came of a check."""

    name: str
    holds: str
    wrong: int = 0
    """How much is wrong, in the end."""
    repaired: int = 0
    """How much was, and is not any more."""
    left_out: bool = False
    examples: list[str] = field(default_factory=list)
    """Of what is wrong, or was."""
    remedy: str = ""

    @property
    def mark(self) -> str:
        """What its line begins with."""
        if self.left_out:
            return "left out"
        if self.wrong or not self.repaired:
            return f"{self.wrong} wrong" if self.wrong else "ok"
        return f"{self.repaired} repaired"


def at_work(store: Store) -> Run | None:
    """A run that is at work on the database; None where there is none."""
    return next((run for run in store.runs(None, ended=False) if is_alive(run)), None)


def check(store: Store, folder: str, *, repair: bool, deep: bool) -> Iterator[Checked]:
    """Every check, one after the other; `folder` is NEWSCRAWL_WARC_DIR. No bar is shown while one is handed over."""
    busy = at_work(store) is not None
    for each in store.checks():
        with waiting(each.name):
            checked = _left_out(each) if each.locks and busy else _of_database(store, each, repair)
        yield checked
    with waiting("files"):
        checked = _of_files(
            store, "files", "files hold the captures they are said to", lost_files(store, folder), repair
        )
    yield checked
    if deep:
        with progress("records") as show:
            lost = lost_records(store, folder, show)
            checked = _of_files(store, "records", "every capture is read where it is said to stand", lost, repair)
        yield checked


def _left_out(each: Check) -> Checked:
    return Checked(each.name, each.holds, left_out=True, remedy="a run is at work, and could not write meanwhile")


def _of_database(store: Store, each: Check, repair: bool) -> Checked:
    found = left = store.examine(each)
    if found and repair and each.repair:
        store.repair(each)
        left = store.examine(each)
    examples = list(left.examples or found.examples)
    hint = each.remedy if repair or not each.repair else ""
    done = max(0, found.count - left.count)
    return Checked(each.name, each.holds, left.count, done, examples=examples, remedy=hint if left else "")


def _of_files(store: Store, name: str, holds: str, lost: Iterator[Lost], repair: bool) -> Checked:
    checked = Checked(name, holds)
    for each in lost:
        checked.examples += [each.why] if len(checked.examples) < EXAMPLES else []
        if repair and each.is_gone:
            store.forget_places(each.captures)
            checked.repaired += len(each.captures)
        else:
            checked.wrong += len(each.captures)
        if not each.is_gone:
            checked.remedy = "is their disk there, and is NEWSCRAWL_WARC_DIR its name?"
    return checked


def show(checks: Iterator[Checked], *, repair: bool) -> int:
    """Print them as they come, and what to do next; the exit code: 0 where nothing is wrong."""
    console = Console()
    seen: list[Checked] = []
    for checked in checks:
        seen.append(checked)
        line = Text(f"{checked.mark:>12}", _STYLES.get(checked.mark.split()[-1], "bold red"))
        _print(console, line.append(f"  {checked.name:<12}{checked.holds}", "default"))
        for example in checked.examples:
            _print(console, Text(f"{'':26}{in_a_line(example)}", "dim"))
        if checked.remedy:
            _print(console, Text(f"{'':26}{checked.remedy}", "italic"))
    wrong = [checked for checked in seen if checked.wrong]
    _print(console, Text(_summary(len(seen), len(wrong), repair)))
    return 1 if wrong else 0


def _summary(checks: int, wrong: int, repair: bool) -> str:
    if not wrong:
        return f"All is well: {checks} checks."
    told = f"{wrong} of {checks} checks found something"
    return (
        f"{told} that could not be repaired." if repair else f"{told}; `scrapy db check --repair` repairs what can be."
    )


def as_data(checks: Iterator[Checked]) -> tuple[str, int]:
    """All of them as JSON, and the exit code."""
    told: list[Mapping[str, Any]] = [asdict(checked) for checked in checks]
    return as_json(told), 1 if any(checked["wrong"] for checked in told) else 0


def _print(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True, highlight=False)
