"""Extensions whose errors nobody handles."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


class Healthy:
    """An extension without an error."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls()
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        return extension

    def spider_opened(self) -> None:
        """Do nothing."""

    async def fail(self) -> None:
        raise ZeroDivisionError("broken on purpose")


class LostTask(Healthy):
    """A task raises, and nobody awaits it."""

    def spider_opened(self) -> None:
        asyncio.ensure_future(self.fail())  # noqa: RUF006 - lost on purpose


class HeldTask(Healthy):
    """A task raises, and nobody awaits it, but it is held until the end."""

    def spider_opened(self) -> None:
        self.task = asyncio.ensure_future(self.fail())


class ForgottenCoroutine(Healthy):
    """A coroutine function is called without `await`."""

    def spider_opened(self) -> None:
        self.fail()  # type: ignore[unused-coroutine]


class FailingLoop(Healthy):
    """A looping call raises after some time."""

    def spider_opened(self) -> None:
        self.loop = create_looping_call(self.divide)
        self.loop.start(0.1, now=False)

    def divide(self) -> float:
        return 1 / 0


class LostDeferred(Healthy):
    """A Deferred fails, and nobody has added an error callback."""

    def spider_opened(self) -> None:
        Deferred[None]().errback(Failure(ZeroDivisionError("broken on purpose")))  # type: ignore[no-untyped-call]


class Talkative(Healthy):
    """Logs the settings that are secret, and fails with them in its message."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__()
        names = ("FTP_PASSWORD", "NEWSCRAWL_PING_URL", "NEWSCRAWL_DATABASE_URL")
        self.told = [crawler.settings[name] for name in names]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        return extension

    def spider_opened(self) -> None:
        logging.getLogger(__name__).warning("settings: %s", self.told)
        raise ZeroDivisionError(f"broken on purpose: {self.told}")
