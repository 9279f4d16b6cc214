"""Finding the row of a batch that the database rejects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from newscrawl.errors import RejectedRowError

_Item = TypeVar("_Item")
_Written = TypeVar("_Written")


def write_apart(
    write: Callable[[Sequence[_Item]], Sequence[_Written]],
    items: Sequence[_Item],
    write_rejected: Callable[[_Item, RejectedRowError], _Written],
    error: RejectedRowError,
) -> list[_Written]:
    """Write a batch, at least one item, that was rejected as a whole: its halves, and theirs, each on its own.

    One bad item of n costs two calls of `write` for each time that n can be halved. A rejected single item goes to
    `write_rejected`. Returns what was written for each item, in order.
    """
    if len(items) == 1:
        return [write_rejected(items[0], error)]
    middle = len(items) // 2
    written: list[_Written] = []
    for half in (items[:middle], items[middle:]):
        try:
            written += write(half)
        except RejectedRowError as again:
            written += write_apart(write, half, write_rejected, again)
    return written
