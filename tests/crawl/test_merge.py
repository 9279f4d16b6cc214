"""Several asynchronous iterators as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from newscrawl.crawl.merge import merge


def test_one_that_waits_does_not_hold_up_the_others() -> None:
    async def use() -> list[str]:
        gate = asyncio.Event()

        async def slow() -> AsyncIterator[str]:
            await gate.wait()
            yield "slow"

        async def quick(name: str) -> AsyncIterator[str]:
            yield name
            if name == "c":
                gate.set()

        return [item async for item in merge([slow(), quick("a"), quick("b"), quick("c")], at_once=2)]

    assert asyncio.run(use()) == ["a", "b", "c", "slow"]


def test_no_more_than_so_many_begin() -> None:
    begun: list[int] = []

    async def one(number: int) -> AsyncIterator[int]:
        begun.append(number)
        await asyncio.sleep(0)
        yield number

    async def use() -> int:
        merged = merge(map(one, range(10)), at_once=3)
        first = await anext(merged)
        await merged.aclose()  # type: ignore[attr-defined]
        return first

    assert asyncio.run(use()) == 0
    assert len(begun) <= 6


def test_an_error_is_raised() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise ValueError("no site")

    async def use() -> None:
        async for _ in merge([broken()], at_once=2):
            pass

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(use())
    assert isinstance(caught.value.exceptions[0], ValueError)
