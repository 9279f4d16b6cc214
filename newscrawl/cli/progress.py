"""What a person at a terminal sees while something takes its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """On a terminal a line that says what goes on, as long as it does; elsewhere nothing."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        yield


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """On a terminal a bar, with how long it may still take; it is told how much is done, and of how much."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(30), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
