"""Names for tests, resolved as a test says: each question gets the next answer, the last one stands."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]


@implementer(IHostnameResolver)
class ScriptedResolver:
    """Answers from NAMES in the environment, JSON: {name: [[address, …], [address, …], …]}; others as the system does."""

    def __init__(self, reactor: Any) -> None:
        self._reactor, self._system = reactor, reactor.nameResolver
        self._answers: dict[str, list[list[str]]] = json.loads(os.environ["NAMES"])

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Takes NAMES."""
        return cls(reactor)

    def install_on_reactor(self) -> None:
        """In place of the system's."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802
        self, receiver: IResolutionReceiver, name: str, port: int = 0, *rest: Any, **options: Any
    ) -> IHostResolution:
        """Twisted's."""
        if name not in self._answers:
            return self._system.resolveHostName(receiver, name, port, *rest, **options)
        resolution = HostResolution(name)
        receiver.resolutionBegan(resolution)
        for address in self._next(name):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return resolution

    def _next(self, name: str) -> Sequence[str]:
        answers = self._answers[name]
        return answers.pop(0) if len(answers) > 1 else answers[0]
