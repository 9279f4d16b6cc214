"""What all ways of reporting have in common."""

from __future__ import annotations

from dataclasses import dataclass

from newscrawl.address_policy import Network
from newscrawl.errors import NewscrawlError
from newscrawl.storage import Report, Store, Watch


class DeliveryError(NewscrawlError):
    """A report that was not delivered; names the host, and no part of an address that may be secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How reports are delivered in one run."""

    allowed: tuple[Network, ...]
    """Networks that webhooks may be in though they are not public."""
    mail_server: str
    """HOST or HOST:PORT that takes mail; empty: the local one."""
    deadline: float
    """Of time.monotonic(), after which no attempt begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is reported."""

    store: Store
    watch: Watch
    report: Report
    is_test: bool = False

    @property
    def id(self) -> str:
        """The same for the same report, however often it is sent; receivers drop repetitions by it."""
        return f"msg_{self.watch.key}_{'test' if self.is_test else self.report.through}"
