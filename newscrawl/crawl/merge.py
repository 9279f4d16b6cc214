"""Several asynchronous iterators as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

_T = TypeVar("_T")


async def merge(iterators: Iterable[AsyncIterator[_T]], *, at_once: int) -> AsyncIterator[_T]:
    """Yield the items of all iterators as they come, from at most `at_once` of them at a time. Raises what they raise.

    Nothing is read ahead of the reader but one item of each.
    """
    waiting = iter(iterators)
    items: asyncio.Queue[_T] = asyncio.Queue(1)
    ended = asyncio.Event()

    async def read() -> None:
        for iterator in waiting:
            async for item in iterator:
                await items.put(item)

    async def read_all() -> None:
        try:
            async with asyncio.TaskGroup() as readers:
                for _ in range(at_once):
                    readers.create_task(read())
        finally:
            ended.set()

    reading, end = asyncio.create_task(read_all()), asyncio.create_task(ended.wait())
    try:
        while not (ended.is_set() and items.empty()):
            item = asyncio.create_task(items.get())
            await asyncio.wait((item, end), return_when=asyncio.FIRST_COMPLETED)
            if item.done():
                yield item.result()
            else:
                item.cancel()
        await reading
    finally:
        reading.cancel()
        end.cancel()
