"""Names for tests, resolved as a test says: each query gets the next answer; the last one repeats."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver
from zope.interface import implementer


@implementer(IHostnameResolver)
class ScriptedResolver:
    """Answers from NAMES in the environment, {name: [[address, …], [address, …], …]}; others as the system does."""

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
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Twisted's."""
        if hostName not in self._answers:
            return self._system.resolveHostName(
                resolutionReceiver, hostName, portNumber, addressTypes, transportSemantics
            )
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        for address in self._next(hostName):
            kind = IPv6Address if ":" in address else IPv4Address
            resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution

    def _next(self, name: str) -> Sequence[str]:
        answers = self._answers[name]
        return answers.pop(0) if len(answers) > 1 else answers[0]
