"""How a run is reported to monitors: a ping as healthchecks.io takes it, and a text file for Prometheus.

A report that fails is a line in the log and never changes the run.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any, get_args
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from newscrawl import __version__
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.health import outcomes
from newscrawl.states import State
from newscrawl.storage import Run

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10
_PAUSE_SECONDS = 1


def ping_start(url: str, spider: str, run: int) -> None:
    """Ping that a run starts; does nothing if `url` is empty. Takes up to 21 seconds: call it in a thread.

    "%(spider)s" in the address is replaced by the spider's name.
    """
    if url:
        _ping(lambda: _make_request(url, "/start", spider, run, None))


def ping_end(url: str, exit_code: int, line: str, *, spider: str, run: int | None = None) -> None:
    """Ping that a run ended: the address itself for exit code 0, else the address and the code; `line` is the body.

    `run` is None for a run that could not start. Takes as long as `ping_start`.
    """
    # A run that was locked out neither failed nor crawled anything: no ping.
    if url and exit_code != ExitCode.LOCKED:
        signal = f"/{int(exit_code)}" if exit_code else ""
        _ping(lambda: _make_request(url, signal, spider, run, line.encode()))


def write_metrics(
    path: str, *, run: Run, last_success: datetime | None, states: Mapping[str, int], articles: int
) -> None:
    """Write the metrics of a run that ended to a file for node_exporter's textfile collector, atomically.

    "%(spider)s" in the path is replaced by the spider's name; without it, spiders overwrite each other's file.
    `last_success` is when a run last ended with exit code 0, `states` the number of the spider's pages by state,
    `articles` the number of articles in the database.
    """
    file = path.replace("%(spider)s", run.spider)
    registry = CollectorRegistry()
    registry.register(_RunCollector(run, last_success, states, articles))
    try:
        write_to_textfile(file, registry)
    except OSError as error:
        logger.warning("%s: the metrics for Prometheus could not be written: %s", file, error)


@dataclass(frozen=True, slots=True, eq=False)  # a registry finds collectors by their hash
class _RunCollector(Collector):
    """The metrics of a run."""

    run: Run
    last_success: datetime | None
    states: Mapping[str, int]
    articles: int

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ended_at = self.run.ended_at or self.run.started_at
        yield self._make_gauge("last_run_timestamp_seconds", "When the last run ended.", ended_at.timestamp())
        duration = self.run.duration.total_seconds()
        yield self._make_gauge("last_run_duration_seconds", "How long the last run took.", duration)
        code = float("nan") if self.run.exit_code is None else self.run.exit_code
        meaning = "Exit code of the last run; 0 is done, docs/exit-codes.md has the others."
        yield self._make_gauge("last_run_exit_code", meaning, code)
        success = self.last_success.timestamp() if self.last_success else 0
        meaning = "When a run last ended with exit code 0; 0: never."
        yield self._make_gauge("last_success_timestamp_seconds", meaning, success)
        yield self._make_gauges("run_pages", "Pages of the last run.", "outcome", outcomes(self.run))
        states: dict[str, int] = dict.fromkeys(get_args(State), 0) | dict(self.states)
        yield self._make_gauges("pages", "Pages in the ledger.", "state", states)
        yield self._make_gauge("articles", "Articles in the database, of all spiders.", self.articles)

    def _make_gauge(self, name: str, meaning: str, value: float) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(f"newscrawl_{name}", meaning, labels=["spider"])
        gauge.add_metric([self.run.spider], value)
        return gauge

    def _make_gauges(self, name: str, meaning: str, label: str, values: Mapping[Any, int]) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(f"newscrawl_{name}", meaning, labels=["spider", label])
        for key, value in values.items():
            gauge.add_metric([self.run.spider, key], value)
        return gauge


def _make_request(url: str, signal: str, spider: str, run: int | None, body: bytes | None) -> Request:
    parts = urlsplit(url.replace("%(spider)s", spider))
    if parts.scheme not in ("http", "https"):
        raise ValueError(parts.scheme)
    # The run's id (rid) is a UUID by which the service matches a start and an end.
    rid = [f"rid={uuid.uuid5(uuid.NAMESPACE_URL, f'{url}#{spider}/{run}')}"] if run is not None else []
    query = "&".join([*filter(None, [parts.query]), *rid])
    address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + signal, query=query, fragment=""))
    headers = {"User-Agent": f"newscrawl/{__version__}", "Content-Type": "text/plain; charset=utf-8"}
    return Request(address, data=body, headers=headers)  # noqa: S310 - the scheme is checked above


def _ping(make_request: Callable[[], Request]) -> None:
    problem = _send(make_request)
    if problem:
        time.sleep(_PAUSE_SECONDS)
        problem = _send(make_request)
    if problem:
        # Without the address: everyone who knows it can ping, so it must not get into a log.
        logger.warning("NEWSCRAWL_PING_URL could not be pinged: %s", problem)


def _send(make_request: Callable[[], Request]) -> str | None:
    """Send a request; return what went wrong, without the address, or None."""
    try:
        with urlopen(make_request(), timeout=_TIMEOUT_SECONDS):  # noqa: S310
            return None
    except HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except OSError as error:
        return str(getattr(error, "reason", error)) or type(error).__name__
    except (HTTPException, ValueError) as error:  # their texts may contain the address
        return "it is no http(s) address" if isinstance(error, ValueError) else type(error).__name__
