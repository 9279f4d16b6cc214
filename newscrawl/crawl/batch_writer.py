"""The thread that writes to the database: calls in order, results in groups."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Generic, TypeVar

_FIRST_PAUSE = 0.01
_T = TypeVar("_T")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class BatchWriter(Generic[_Item, _Result]):
    """Writes items in groups: while one group commits, the next one gathers, at last for `gather_seconds` or more.

    The first item is written at once, and groups gather for a little longer after each, so that a process that is
    killed soon after its start has stored something.

    `write` returns after the commit of its item, so a slow disk slows the crawl down instead of filling memory.
    """

    def __init__(
        self,
        write: Callable[[Sequence[_Item]], Sequence[_Result]],
        *,
        group: int = 100,
        gather_seconds: float,
        thread: ThreadPoolExecutor | None = None,
    ) -> None:
        """`write` is called in the thread with 1 to `group` items, and returns a result for each, in order.

        `thread` is that of another writer; none: its own.
        """
        self._write, self._group, self._max_pause = write, group, gather_seconds
        self._pause = 0.0
        self.thread = thread or ThreadPoolExecutor(1, "newscrawl-writer")
        self._waiting: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._committing = False

    def call_now(self, function: Callable[[], _T]) -> _T:
        """Call `function` in the thread, and block until it returns. Raises what it raises."""
        return self.thread.submit(function).result()

    async def call(self, function: Callable[[], _T]) -> _T:
        """Call `function` in the thread. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, function)

    async def write(self, item: _Item) -> _Result:
        """Write an item with its group. Raises what `write` raises, for each item of the group."""
        done: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if not self._committing:
            self._commit_or_gather()
        return await done

    def close(self) -> None:
        self.thread.shutdown(wait=True)

    def _commit_or_gather(self) -> None:
        if len(self._waiting) >= self._group:
            self._commit()
        elif self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._commit)

    def _commit(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        group, self._waiting = self._waiting[: self._group], self._waiting[self._group :]
        self._committing = True
        self._pause = min(2 * self._pause + _FIRST_PAUSE, self._max_pause)
        items = [item for item, _ in group]
        written: asyncio.Future[Any] = asyncio.get_running_loop().run_in_executor(self.thread, self._write, items)
        written.add_done_callback(partial(self._committed, [done for _, done in group]))

    def _committed(self, waiting: list[asyncio.Future[_Result]], written: asyncio.Future[Sequence[_Result]]) -> None:
        self._committing = False
        error = written.exception()
        results = [] if error else written.result()
        for index, done in enumerate(waiting):
            if error and not done.cancelled():
                done.set_exception(error)
            elif not done.cancelled():
                done.set_result(results[index])
        self._commit_or_gather()
