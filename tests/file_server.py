"""A server of files on loopback that answers ranges, and fails as a test tells it to."""

from __future__ import annotations

import gzip
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from newscrawl import http_files


class FileServer(ThreadingHTTPServer):
    """Its files by path, and the requests that it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str]] = []
        """Path, range and user agent of each request."""
        self.faults: deque[int] = deque()
        """What the next requests for ranges get: a status, or after so many bytes (negative) the connection is cut."""
        self.has_ranges = True

    def add_month(self, month: str, files: Sequence[bytes]) -> list[str]:
        """Add files of CC-NEWS, one for each day of a month ("2026/10"), with their list; return their URLs."""
        folder = f"crawl-data/CC-NEWS/{month}"
        names = [
            f"{folder}/CC-NEWS-{month.replace('/', '')}{day:02}120000-{day:05}.warc.gz"
            for day in range(1, len(files) + 1)
        ]
        self.files |= {f"/{name}": data for name, data in zip(names, files, strict=True)}
        self.files[f"/{folder}/warc.paths.gz"] = gzip.compress("".join(f"{name}\n" for name in names).encode())
        return [f"{self.base}/{name}" for name in names]

    def count_requests(self, url: str) -> int:
        return sum(self.base + path == url for path, _, _ in self.requests)


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        self.server.requests.append((self.path, self.headers.get("Range", ""), self.headers["User-Agent"]))
        fault = self.server.faults.popleft() if self.server.faults else 0
        data = self.server.files.get(self.path)
        if fault > 0 or data is None:
            self._send(fault or 404, b"", {"Retry-After": "1"} if fault == 429 else {})
            return
        if not wanted or not self.server.has_ranges:
            self._send(200, data, {"Last-Modified": "Tue, 06 Oct 2026 07:00:00 GMT"})
            return
        begin, end = int(wanted[1]), min(int(wanted[2]) + 1, len(data))
        headers = {"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"}
        self._send(206, data[begin:end], headers | {"Last-Modified": "Tue, 06 Oct 2026 07:00:00 GMT"}, cut_at=-fault)

    def _send(self, status: int, body: bytes, headers: dict[str, str], cut_at: int = 0) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut_at] if cut_at else body)
        self.close_connection = bool(cut_at)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serve_files() -> Iterator[FileServer]:
    """Serve until the end of the block."""
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            http_files._find_pool("http").clear()  # connections to this server, which a later test would report as open
            server.shutdown()
            thread.join()
