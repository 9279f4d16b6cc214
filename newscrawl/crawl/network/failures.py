"""What becomes of a request that brought no page: the errors of ours, and what each error comes to in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError


class HostStopped(IgnoreRequest):
    """A request for a host that is asked no more in this run: its page waits for the next."""


class RunEnded(HostStopped):
    """A request that was dropped because the run ends."""


class RefusedError(IgnoreRequest):
    """A request that is not made, or whose answer is not taken. `reason` is a short, stable code ("too_large")."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class BrokenAnswerError(DownloadFailedError):
    """An answer that broke off or is none. `reason` is a short, stable code ("connection_reset")."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Told:
    """What a failed request comes to in the ledger."""

    state: Literal["refused", "failed"]
    reason: str
    status: int | None = None


def describe(error: BaseException | None) -> Told:
    """What the error means for the page: refused if it will not be another time, else failed."""
    if isinstance(error, HttpError):
        status = error.response.status
        return Told("failed" if status >= 500 or status in (408, 425) else "refused", f"http_{status}", status)
    if isinstance(error, RefusedError):
        return Told("refused", error.reason)
    if isinstance(error, BrokenAnswerError):
        return Told("failed", error.reason)
    return next((told for kind, told in _TOLD.items() if isinstance(error, kind)), Told("failed", "download_failed"))


_TOLD: dict[type[BaseException], Told] = {
    IgnoreRequest: Told("refused", "robots_txt"),
    DownloadCancelledError: Told("refused", "too_large"),
    NotSupported: Told("refused", "scheme"),
    UnsupportedURLSchemeError: Told("refused", "scheme"),
    DownloadTimeoutError: Told("failed", "timeout"),
    CannotResolveHostError: Told("failed", "no_such_host"),
    DownloadConnectionRefusedError: Told("failed", "connection_refused"),
    ResponseDataLossError: Told("failed", "cut_off"),
}
