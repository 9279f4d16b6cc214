"""Telling monitors how a run went: a ping in the manner of healthchecks.io, a text file for Prometheus.

What cannot be told is a line in the log and never changes the run.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import get_args
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from newscrawl import __version__
from newscrawl.operations.exit_codes import OUTCOMES, ExitCode
from newscrawl.states import State
from newscrawl.storage import Run

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10
_PAUSE_SECONDS = 1


def started(url: str, spider: str, run: int) -> None:
    """Ping that a run begins; nothing where `url` is empty. Takes up to 21 seconds: call it in a thread.

    "%(spider)s" in the address is the spider's name.
    """
    if url:
        _ping(lambda: _request(url, "/start", spider, run, None))


def ended(url: str, exit_code: int, line: str, *, spider: str, run: int | None = None) -> None:
    """Ping that a run ended: the address itself for exit code 0, else the address and the code; `line` is the body.

    Without a number of a run it could not begin. One that was locked out is no failure, and no sign that anything was
    crawled: nothing is told. Takes as long as `started`.
    """
    if url and exit_code != ExitCode.LOCKED:
        signal = f"/{int(exit_code)}" if exit_code else ""
        _ping(lambda: _request(url, signal, spider, run, line.encode()))


def write_metrics(
    path: str, *, run: Run, last_success: datetime | None, states: Mapping[str, int], articles: int
) -> None:
    """Write the figures of a run that ended to a file for node_exporter's textfile collector, as a whole or not at all.

    "%(spider)s" in the path is the spider's name; without it each spider's run replaces the file. `last_success` is
    when a run last ended with exit code 0, `states` how many pages of the spider there are by state, `articles` how
    many articles the database has.
    """
    file = path.replace("%(spider)s", run.spider)
    registry = CollectorRegistry()
    registry.register(_Figures(run, last_success, states, articles))
    try:
        write_to_textfile(file, registry)
    except OSError as error:
        logger.warning("%s: the figures for Prometheus could not be written: %s", file, error)


@dataclass(frozen=True, slots=True, eq=False)  # a registry keeps collectors by their hash
class _Figures(Collector):
    """The figures of a run, as Prometheus collects them."""

    run: Run
    last_success: datetime | None
    states: Mapping[str, int]
    articles: int

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ended_at = self.run.ended_at or self.run.started_at
        yield self._one("last_run_timestamp_seconds", "When the last run ended.", ended_at.timestamp())
        yield self._one("last_run_duration_seconds", "How long it took.", self.run.duration.total_seconds())
        code = float("nan") if self.run.exit_code is None else self.run.exit_code
        yield self._one("last_run_exit_code", "Its exit code; 0 is done, docs/exit-codes.md has the others.", code)
        success = self.last_success.timestamp() if self.last_success else 0
        told = "When a run last ended with exit code 0; 0: never."
        yield self._one("last_success_timestamp_seconds", told, success)
        outcomes: dict[str, int] = {name: self.run.counts.get(f"outcome/{name}", 0) for name in OUTCOMES}
        yield self._each("run_pages", "Pages of the last run.", "outcome", outcomes)
        states: dict[str, int] = dict.fromkeys(get_args(State), 0) | dict(self.states)
        yield self._each("pages", "Pages in the ledger.", "state", states)
        yield self._one("articles", "Articles in the database, of all spiders.", self.articles)

    def _one(self, name: str, meaning: str, value: float) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(f"newscrawl_{name}", meaning, labels=["spider"])
        gauge.add_metric([self.run.spider], value)
        return gauge

    def _each(self, name: str, meaning: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(f"newscrawl_{name}", meaning, labels=["spider", label])
        for key, value in values.items():
            gauge.add_metric([self.run.spider, key], value)
        return gauge


def _request(url: str, signal: str, spider: str, run: int | None, body: bytes | None) -> Request:
    """A GET, with a body a POST. The run's id (rid) is a UUID, by which a beginning and an end are matched."""
    parts = urlsplit(url.replace("%(spider)s", spider))
    if parts.scheme not in ("http", "https"):
        raise ValueError(parts.scheme)
    rid = [f"rid={uuid.uuid5(uuid.NAMESPACE_URL, f'{url}#{spider}/{run}')}"] if run is not None else []
    query = "&".join([*filter(None, [parts.query]), *rid])
    address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + signal, query=query, fragment=""))
    headers = {"User-Agent": f"newscrawl/{__version__}", "Content-Type": "text/plain; charset=utf-8"}
    return Request(address, data=body, headers=headers)  # noqa: S310 - its scheme is seen above


def _ping(make: Callable[[], Request]) -> None:
    trouble = _trouble(make)
    if trouble:
        time.sleep(_PAUSE_SECONDS)
        trouble = _trouble(make)
    if trouble:
        # Whoever has the address can ping it, so it does not go into a log.
        logger.warning("NEWSCRAWL_PING_URL could not be pinged: %s", trouble)


def _trouble(make: Callable[[], Request]) -> str | None:
    """Why there was no good answer, in words without the address; None where there was one."""
    try:
        with urlopen(make(), timeout=_TIMEOUT_SECONDS):  # noqa: S310
            return None
    except HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except OSError as error:
        return str(getattr(error, "reason", error)) or type(error).__name__
    except (HTTPException, ValueError) as error:  # their texts may have the address
        return "it is no http(s) address" if isinstance(error, ValueError) else type(error).__name__
