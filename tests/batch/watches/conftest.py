"""A database, and receivers on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from newscrawl.address_policy import read_allowed
from newscrawl.batch.watches import make_delivery
from newscrawl.batch.watches.delivery import Delivery
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Store
from tests.storage.captures import Keep, result


class Hooks:
    """A receiver of webhooks: it answers with the statuses that are put in front, else 204."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hooks.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(hooks.statuses.pop(0) if hooks.statuses else 204)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=hidden"


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    hooks = Hooks()
    thread = threading.Thread(target=hooks.server.serve_forever, args=(0.02,))
    thread.start()
    yield hooks
    hooks.server.shutdown()
    hooks.server.server_close()
    thread.join()


class MailServer:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
        return self.answer


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, str]]:
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    yield server, f"127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def delivery(monkeypatch: pytest.MonkeyPatch) -> Delivery:
    """To receivers on loopback, without pauses between attempts."""
    monkeypatch.setattr("newscrawl.batch.watches.webhook._PAUSES", (0.0, 0.0))
    return make_delivery(read_allowed("127.0.0.0/8"), "")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        yield store


@pytest.fixture
def keep(store: Store) -> Keep:
    run_id = store.start_run("sample", {})
    return lambda *articles: store.record([result(article) for article in articles], run_id=run_id)
