"""What is dear to count, and may be a minute old."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

Value = TypeVar("Value")

SECONDS = 60.0
_MOST = 500
"""Values; those that were counted first make room."""


@dataclass(slots=True)
class _Counted:
    lock: Lock
    stamp: Hashable = None
    counted_at: float = float("-inf")
    value: Any = None


class Memory:
    """Values by name, each counted again when it is SECONDS old and the archive has changed since.

    Its methods may be called from any thread; who asks for what another is counting waits for that.
    """

    def __init__(self, stamp: Callable[[], Hashable], clock: Callable[[], float] = time.monotonic) -> None:
        """`stamp` gives what is another value once the archive has changed; `clock` seconds."""
        self._stamp, self._clock = stamp, clock
        self._held: dict[Hashable, _Counted] = {}
        self._lock = Lock()

    def get(self, name: Hashable, count: Callable[[], Value]) -> Value:
        """The value of this name; `count` finds it where it is not known, or is too old."""
        with self._lock:
            counted = self._held.setdefault(name, _Counted(Lock()))
            while len(self._held) > _MOST:
                del self._held[next(iter(self._held))]
        with counted.lock:
            if self._is_old(counted):
                stamp = self._stamp()
                counted.value = count()
                counted.stamp, counted.counted_at = stamp, self._clock()
            return counted.value  # type: ignore[no-any-return]

    def _is_old(self, counted: _Counted) -> bool:
        never = counted.counted_at == float("-inf")
        return never or (self._clock() - counted.counted_at >= SECONDS and self._stamp() != counted.stamp)


def stamp_of(file: Path) -> Hashable:
    """What is another value once a SQLite database, or its log of what is not in it yet, was written to."""
    found = []
    for path in (file, file.with_name(f"{file.name}-wal")):
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        found.append((told.st_mtime_ns, told.st_size))
    return tuple(found)
