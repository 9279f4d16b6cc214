"""A process that runs SQL for the reading room within limits: `python query_worker.py FILE GRACE_SECONDS MAX_MEMORY`.

It needs nothing but the standard library, so that it starts in some milliseconds. Each line of its input is a JSON
object {"sql", "params", "milliseconds", "max_rows"}, each line of its output {"columns", "rows", "truncated"} or
{"error", "message"}; bytes are {"base64": text}. It ends itself when a query goes on after its time: some functions of
SQLite do not return for seconds, and no other way stops them.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import threading
import time
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import quote

try:
    import resource
except ImportError:  # Windows has no limits of this kind
    resource = None  # type: ignore[assignment]

MAX_VALUE = 32 * 2**20
"""Bytes of a value: no page of the archive is as large."""
MAX_RESULT = 32 * 2**20
"""Bytes of a result."""
_PRIVATE = {"address", "secret"}
"""Columns of watch_targets: webhooks are often protected by nothing but their address."""
_WORDS = re.compile(r'\s+|(".*?")')
_INSTRUCTIONS = 1000
"""Of SQLite's virtual machine between two looks at the clock, about 0.1 ms."""


def main() -> None:
    """Answer requests until the input ends."""
    file, grace, max_memory = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    _limit_memory(max_memory)
    connection = sqlite3.connect(f"file:{quote(file)}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(authorize)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    connection.text_factory = lambda text: str(text, "utf-8", "replace")
    connection.create_function("escape_fts", 1, escape_fts, deterministic=True)
    for line in sys.stdin:
        request = json.loads(line, object_hook=decode)
        watch = threading.Timer(request["milliseconds"] / 1000 + grace, os._exit, (1,))
        watch.start()
        try:
            answer = json.dumps(_run(connection, request), default=encode)
        except (sqlite3.Error, sqlite3.Warning, MemoryError, ValueError, OverflowError) as error:
            message = str(error) or "out of memory"
            answer = json.dumps({"error": type(error).__name__, "message": message})
        watch.cancel()
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def authorize(_action: int, table: str | None, column: str | None, *_: str | None) -> int:
    """Let SQL read NULL where a saved search has the addresses and keys to which it is reported."""
    return sqlite3.SQLITE_IGNORE if table == "watch_targets" and column in _PRIVATE else sqlite3.SQLITE_OK


def escape_fts(words: str) -> str:
    """Quote words for a full-text search, as the function of this name does that Datasette's tables use.

    >>> escape_fts('port "late ferry')
    '"port" "late ferry"'
    """
    words += '"' * (words.count('"') % 2)
    parts = (part for part in _WORDS.split(words) if part and part != '""')
    return " ".join(part if part.startswith('"') else f'"{part}"' for part in parts)


def encode(value: bytes) -> dict[str, str]:
    """Write bytes as JSON."""
    return {"base64": b64encode(value).decode("ascii")}


def decode(value: dict[str, Any]) -> Any:
    """Read what `encode` wrote."""
    return b64decode(value["base64"]) if value.keys() == {"base64"} else value


def _limit_memory(max_memory: int) -> None:
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))


def _run(connection: sqlite3.Connection, request: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + request["milliseconds"] / 1000
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _INSTRUCTIONS)
    cursor = connection.execute(request["sql"], request["params"])
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        if len(rows) == request["max_rows"]:
            return {"columns": _read_columns(cursor), "rows": rows, "truncated": True}
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if size > MAX_RESULT:
            raise sqlite3.OperationalError(f"the result has over {MAX_RESULT >> 20} MB: select less")
        rows.append(row)
    return {"columns": _read_columns(cursor), "rows": rows, "truncated": False}


def _read_columns(cursor: sqlite3.Cursor) -> list[str]:
    return [column[0] for column in cursor.description or ()]


if __name__ == "__main__":
    main()
