"""The writing thread: groups, back-pressure, errors."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from newscrawl.crawl.batch_writer import BatchWriter


class Log:
    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()

    def write(self, items: Sequence[int]) -> list[str]:
        self.gate.wait(10)
        self.groups.append(list(items))
        self.threads.add(threading.get_ident())
        if -1 in items:
            raise OSError("full")
        return [str(item) for item in items]


def test_each_item_gets_its_own_result_from_one_other_thread() -> None:
    log = Log()

    async def run() -> list[str]:
        writer = BatchWriter(log.write, gather_seconds=0.001)
        try:
            return await asyncio.gather(*(writer.write(item) for item in range(250)))
        finally:
            writer.close()

    assert asyncio.run(run()) == [str(item) for item in range(250)]
    assert [item for group in log.groups for item in group] == list(range(250))
    assert max(map(len, log.groups)) == 100
    assert len(log.threads) == 1
    assert threading.get_ident() not in log.threads


def test_while_a_group_commits_the_next_one_gathers() -> None:
    log = Log()
    log.gate.clear()

    async def run() -> None:
        writer = BatchWriter(log.write, group=2, gather_seconds=0.001)
        first = [asyncio.ensure_future(writer.write(item)) for item in (1, 2)]
        await asyncio.sleep(0)
        rest = [asyncio.ensure_future(writer.write(item)) for item in (3, 4)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in [*first, *rest])
        log.gate.set()
        await asyncio.gather(*first, *rest)
        writer.close()

    asyncio.run(run())
    assert log.groups == [[1, 2], [3, 4]]


def test_an_error_concerns_every_item_of_its_group_and_no_other() -> None:
    async def run() -> list[str | BaseException]:
        writer = BatchWriter(Log().write, group=2, gather_seconds=0.001)
        results = await asyncio.gather(*(writer.write(item) for item in (1, -1, 3)), return_exceptions=True)
        writer.close()
        return results

    one, two, three = asyncio.run(run())
    assert isinstance(one, OSError)
    assert isinstance(two, OSError)
    assert three == "3"


def test_calls_run_in_the_same_thread_in_order() -> None:
    log = Log()

    async def run() -> None:
        writer = BatchWriter(log.write, gather_seconds=0.001)
        idents = [writer.call_now(threading.get_ident), await writer.call(threading.get_ident)]
        await writer.write(1)
        with pytest.raises(ZeroDivisionError):
            await writer.call(lambda: divmod(1, 0))
        writer.close()
        assert set(idents) == log.threads

    asyncio.run(run())
