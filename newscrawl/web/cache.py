"""Cached results of slow queries, recomputed once a minute at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

Value = TypeVar("Value")

MAX_AGE = 60.0  # seconds
_MAX_ENTRIES = 500


@dataclass(slots=True)
class _CacheEntry:
    lock: Lock
    version: Hashable = None
    computed_at: float | None = None
    value: Any = None


class Cache:
    """Values by key, recomputed when they are older than MAX_AGE and the archive has changed since. Thread-safe."""

    def __init__(self, read_version: Callable[[], Hashable], clock: Callable[[], float] = time.monotonic) -> None:
        """`read_version` returns another value once the archive has changed; `clock` returns seconds."""
        self._read_version, self._clock = read_version, clock
        self._entries: dict[Hashable, _CacheEntry] = {}
        self._lock = Lock()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the value of a key; while one thread computes it, others wait for the result."""
        with self._lock:
            entry = self._entries.setdefault(key, _CacheEntry(Lock()))
            while len(self._entries) > _MAX_ENTRIES:
                del self._entries[next(iter(self._entries))]
        with entry.lock:
            age = None if entry.computed_at is None else self._clock() - entry.computed_at
            if age is None or (age >= MAX_AGE and self._read_version() != entry.version):
                version = self._read_version()  # before the value, so that a concurrent change is noticed
                entry.value = compute()
                entry.version, entry.computed_at = version, self._clock()
            value: Value = entry.value
            return value


def read_file_version(file: Path) -> Hashable:
    """Return times and sizes of a SQLite database and its write-ahead log, which change with every write."""
    version = []
    for path in (file, file.with_name(f"{file.name}-wal")):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        version.append((status.st_mtime_ns, status.st_size))
    return tuple(version)
