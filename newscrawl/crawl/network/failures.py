"""Errors of requests, and what each means for its page."""

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

from newscrawl.states import PRIVATE_ADDRESS


class HostStopped(IgnoreRequest):
    """A request to a host that gets no more requests in this run; its page waits for the next."""


class RunEnded(HostStopped):
    """A request that was dropped because the run ends."""


class RefusedError(IgnoreRequest):
    """A request that is not sent, or whose response is not accepted. `reason` is a short, stable code ("too_large")."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class BrokenResponseError(DownloadFailedError):
    """A response that is cut off or invalid. `reason` is a short, stable code ("connection_reset")."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RequestFailure:
    """What a failed request means for its page in the ledger."""

    state: Literal["refused", "failed"]
    reason: str
    status: int | None = None


def describe_failure(error: BaseException | None) -> RequestFailure:
    """Classify the error of a request: refused where a later request would give the same error, otherwise failed."""
    if isinstance(error, HttpError):
        status = error.response.status
        is_temporary = status >= 500 or status in (408, 425)
        return RequestFailure("failed" if is_temporary else "refused", f"http_{status}", status)
    if isinstance(error, RefusedError):
        # a later run may be allowed to go there
        return RequestFailure("failed" if error.reason == PRIVATE_ADDRESS else "refused", error.reason)
    if isinstance(error, BrokenResponseError):
        return RequestFailure("failed", error.reason)
    failures = (failure for kind, failure in _FAILURES.items() if isinstance(error, kind))
    return next(failures, RequestFailure("failed", "download_failed"))


_FAILURES: dict[type[Exception], RequestFailure] = {
    IgnoreRequest: RequestFailure("refused", "robots_txt"),
    DownloadCancelledError: RequestFailure("refused", "too_large"),
    NotSupported: RequestFailure("refused", "scheme"),
    UnsupportedURLSchemeError: RequestFailure("refused", "scheme"),
    DownloadTimeoutError: RequestFailure("failed", "timeout"),
    CannotResolveHostError: RequestFailure("failed", "no_such_host"),
    DownloadConnectionRefusedError: RequestFailure("failed", "connection_refused"),
    ResponseDataLossError: RequestFailure("failed", "cut_off"),
}
REQUEST_ERRORS: tuple[type[Exception], ...] = (*_FAILURES, DownloadFailedError)
"""What a request may raise."""
