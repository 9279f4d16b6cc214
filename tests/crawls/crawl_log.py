"""Errors in the log of a crawl that nobody handled: no test may pass over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[)", re.MULTILINE)
_ERRORS = re.compile(
    r"Traceback \(most recent call last\)"
    r"|(Task|Future) exception was never retrieved"
    r"|Task was destroyed but it is pending"
    r"|coroutine '.*' was never awaited"
    r"|Error calling the AsyncioLoopingCall function"
    r"|Unhandled [Ee]rror"
    r"|Unhandled error in Deferred"
    r"|Exception in callback"
    r"|Exception ignored in"
    r"|Exception in thread"
)


class CrawlLogError(AssertionError):
    """A crawl logged an error that its test does not expect."""


def unhandled_errors(log: str, expected: Iterable[str] = ()) -> Iterator[str]:
    """The records of a log that show an unhandled error, but for those in which an `expected` text occurs."""
    for record in _RECORD.split(log):
        if _ERRORS.search(record) and not any(text in record for text in expected):
            yield record


def check_log(log: str, expected: Iterable[str] = ()) -> None:
    """Raise CrawlLogError if a log has an unhandled error in which no `expected` text occurs."""
    if errors := list(unhandled_errors(log, expected)):
        raise CrawlLogError("unhandled errors in the log of a crawl:\n" + "\n".join(errors))
