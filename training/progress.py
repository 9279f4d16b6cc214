"""Shows on standard error how far a training is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def show_progress(things: Iterable[T], description: str, total: int) -> Iterator[T]:
    """Yield the things, with a bar; without a terminal, with a line at the end."""
    yield from track(things, description, total, console=Console(stderr=True))
