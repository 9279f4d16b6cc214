"""What monitors are told: pings against a real server, figures read back by Prometheus' own parser."""

from __future__ import annotations

import logging
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from newscrawl.operations import metrics
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.metrics import ping_end, ping_start, write_metrics
from newscrawl.storage import Run

BEGAN = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


class Checks:
    """A service in the manner of healthchecks.io: what it was asked for, and the status that it answers with."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        """Method, path without query, body."""
        self.queries: list[dict[str, list[str]]] = []
        self.statuses: list[int] = []
        checks = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                parts = urlsplit(self.path)
                checks.asked.append((self.command, parts.path, body))
                checks.queries.append(parse_qs(parts.query))
                self.send_response(checks.statuses.pop(0) if checks.statuses else 200)
                self.end_headers()

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/0b1c-harbour"


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Checks]:
    monkeypatch.setattr(metrics, "_PAUSE_SECONDS", 0)
    service = Checks()
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()
    thread.join()


def test_a_successful_run(checks: Checks, caplog: pytest.LogCaptureFixture) -> None:
    ping_start(checks.url, "ferries", 45)
    ping_end(checks.url, ExitCode.DONE, "ferries: done: 3 stored – all", spider="ferries", run=45)
    assert checks.asked == [
        ("GET", "/0b1c-harbour/start", ""),
        ("POST", "/0b1c-harbour", "ferries: done: 3 stored – all"),
    ]
    assert not caplog.records


def test_start_and_end_of_a_run_share_a_uuid_of_their_own(checks: Checks) -> None:
    for run in (45, 46):
        ping_start(checks.url, "ferries", run)
        ping_end(checks.url, 0, "done", spider="ferries", run=run)
    first, first_end, second, second_end = [query["rid"] for query in checks.queries]
    assert first == first_end != second == second_end
    assert str(uuid.UUID(first[0])) == first[0]


@pytest.mark.parametrize("code", [code for code in ExitCode if code not in (ExitCode.DONE, ExitCode.LOCKED)])
def test_a_run_that_failed(checks: Checks, code: ExitCode) -> None:
    ping_end(checks.url, code, "ferries: trouble", spider="ferries", run=45)
    assert checks.asked == [("POST", f"/0b1c-harbour/{code.value}", "ferries: trouble")]


def test_no_ping_without_an_address_or_for_a_locked_run(checks: Checks) -> None:
    ping_end(checks.url, ExitCode.LOCKED, "run 44 is at work", spider="ferries", run=45)
    ping_start("", "ferries", 45)
    ping_end("", 0, "done", spider="ferries", run=45)
    assert checks.asked == []


def test_the_address_may_have_a_query_a_slash_and_the_spider(checks: Checks) -> None:
    ping_end(f"{checks.url}/%(spider)s/?create=1", 7, "trouble", spider="ferries")
    assert checks.asked == [("POST", "/0b1c-harbour/ferries/7", "trouble")]
    assert checks.queries == [{"create": ["1"]}]


def test_a_failed_ping_is_retried_once(checks: Checks, caplog: pytest.LogCaptureFixture) -> None:
    checks.statuses = [503]
    ping_start(checks.url, "ferries", 45)
    assert len(checks.asked) == 2
    assert not caplog.records


def test_an_error_of_the_service_is_one_line_without_the_address(
    checks: Checks, caplog: pytest.LogCaptureFixture
) -> None:
    checks.statuses = [404, 404]
    ping_end(checks.url, 0, "done", spider="ferries", run=45)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "NEWSCRAWL_PING_URL could not be pinged: HTTP 404")
    ]
    assert len(checks.asked) == 2


def test_an_unreachable_service_is_one_line(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(metrics, "_PAUSE_SECONDS", 0)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/secret"
    for address in (url, "ftp://ferries.example/secret", "http://[::secret", "secret", "http://a.example/my secret"):
        caplog.clear()
        ping_start(address, "ferries", 45)
        assert [record.levelno for record in caplog.records] == [logging.WARNING], address
        assert "secret" not in caplog.text


def test_a_silent_service_times_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(metrics, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(metrics, "_TIMEOUT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ping_start(f"http://127.0.0.1:{silent.getsockname()[1]}/x", "ferries", 45)
    assert "timed out" in caplog.text


def run_of(*, exit_code: int = 7) -> Run:
    return Run(
        id=45,
        spider="ferries",
        arguments={},
        started_at=BEGAN,
        ended_at=BEGAN + timedelta(seconds=90.5),
        finish_reason="finished",
        exit_code=exit_code,
        counts={"outcome/stored": 12, "outcome/failed": 2, "failed/timeout": 2, "lists/read": 4},
    )


def figures(file: Path) -> dict[str, float]:
    families = list(text_string_to_metric_families(file.read_text("utf-8")))
    assert all(family.type == "gauge" and family.documentation for family in families)
    samples = [sample for family in families for sample in family.samples]
    assert {sample.labels.pop("spider") for sample in samples} == {"ferries"}
    return {
        " ".join([sample.name.removeprefix("newscrawl_"), *sample.labels.values()]): sample.value for sample in samples
    }


def test_the_metrics_of_a_run(tmp_path: Path) -> None:
    last_success = BEGAN - timedelta(days=1)
    path = f"{tmp_path}/newscrawl-%(spider)s.prom"
    write_metrics(path, run=run_of(), last_success=last_success, states={"stored": 500, "failed": 3}, articles=480)
    assert [file.name for file in tmp_path.iterdir()] == ["newscrawl-ferries.prom"]
    assert figures(tmp_path / "newscrawl-ferries.prom") == {
        "last_run_timestamp_seconds": BEGAN.timestamp() + 90.5,
        "last_run_duration_seconds": 90.5,
        "last_run_exit_code": 7,
        "last_success_timestamp_seconds": last_success.timestamp(),
        **{f"run_pages {outcome}": 0 for outcome in ("updated", "unchanged", "refused", "blocked")},
        "run_pages stored": 12,
        "run_pages failed": 2,
        **{f"pages {state}": 0 for state in ("discovered", "unchanged", "refused", "blocked")},
        "pages stored": 500,
        "pages failed": 3,
        "articles": 480,
    }


def test_the_next_run_replaces_the_file_atomically(tmp_path: Path) -> None:
    file = tmp_path / "newscrawl.prom"
    write_metrics(str(file), run=run_of(), last_success=None, states={}, articles=1)
    assert figures(file)["last_success_timestamp_seconds"] == 0
    reader = file.open(encoding="utf-8")
    write_metrics(str(file), run=run_of(exit_code=0), last_success=BEGAN, states={}, articles=2)
    with reader:
        assert "newscrawl_articles{" in reader.read(), "whoever reads the old one goes on reading it"
    assert (figures(file)["last_run_exit_code"], figures(file)["articles"]) == (0, 2)


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = str(tmp_path / "nowhere" / "newscrawl.prom")
    write_metrics(path, run=run_of(), last_success=None, states={}, articles=1)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert path in caplog.text
