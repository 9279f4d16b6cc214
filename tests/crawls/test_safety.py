"""What a hostile network may try."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import brotli
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, Raw, Route, article, for_ever, publisher, slowly
from tests.crawls.test_stopping import wait_for

GIB = 2**30
MIB = 2**20
NEWS = "/news/articles/2024-03-05"
NAMED = ("-s", "TWISTED_DNS_RESOLVER=tests.crawls.names.ScriptedResolver")
HASTY = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16", "-s", "RETRY_ENABLED=0", "-s", "LOG_LEVEL=CRITICAL")


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    mebibyte = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + mebibyte * (GIB // MIB) + packer.flush()


def deflate_bomb() -> bytes:
    return b"\x78\x9c" + gzip_bomb()[10:]


def brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=1)
    packed = [packer.process(bytes(16 * MIB)) for _ in range(64)]
    return b"".join([*packed, packer.finish()])


def zstd_bomb() -> bytes:
    """Frames of one block that repeats a byte: as small as can be."""
    block = 128 * 1024
    repeated = (block << 3 | 0b010).to_bytes(3, "little") + b"\0"
    last = (block << 3 | 0b011).to_bytes(3, "little") + b"\0"
    frame = b"\x28\xb5\x2f\xfd\x00\x58" + repeated * 1023 + last
    return frame * (GIB // (1024 * block))


def packed(coding: str, body: bytes) -> Route:
    return 200, HTML | {"Content-Encoding": coding}, body


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def to(location: str) -> Route:
    return 302, {"Location": location}, b""


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HOSTILE: dict[str, tuple[Callable[[], Route], tuple[str, str | None]]] = {
    "a-story": (lambda: article("Tern Lines Sails On"), ("stored", None)),
    "gzip": (lambda: packed("gzip", gzip_bomb()), ("refused", "too_large")),
    "deflate": (lambda: packed("deflate", deflate_bomb()), ("refused", "too_large")),
    "brotli": (lambda: packed("br", brotli_bomb()), ("refused", "too_large")),
    "zstd": (lambda: packed("zstd", zstd_bomb()), ("refused", "too_large")),
    "gzip-in-gzip": (lambda: packed("gzip, gzip", gzip.compress(gzip_bomb(), 1)), ("refused", "too_large")),
    "packed-often": (lambda: packed(", ".join(["gzip"] * 4), b""), ("refused", "content_encoding")),
    "large": (lambda: (200, HTML, bytes(3 * MIB)), ("refused", "too_large")),
    "chunks": (lambda: for_ever(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"), ("refused", "too_large")),
    "headers": (lambda: for_ever(OK, b"X-Wave: " + b"~" * 1000 + b"\r\n"), ("failed", "headers_too_large")),
    "a-header": (lambda: for_ever(OK + b"X-Wave: ", b"~" * 1000), ("failed", "headers_too_large")),
    "interim": (lambda: for_ever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), ("failed", "headers_too_large")),
    "trickle": (lambda: for_ever(CHUNKED, b"1\r\nx\r\n", pause=0.1), ("failed", "timeout")),
    "silence": (lambda: Raw(lambda _: time.sleep(6)), ("failed", "timeout")),
    "reset": (lambda: Raw(reset), ("failed", "connection_reset")),
    "closed": (lambda: Raw(lambda _: None), ("failed", "connection_reset")),
    "cut-off": (lambda: Raw(lambda to: to.sendall(OK + b"Content-Length: 900\r\n\r\n<p>")), ("failed", "cut_off")),
    "file": (lambda: to("file:///etc/passwd"), ("refused", "scheme")),
    "ftp": (lambda: to("ftp://127.0.0.1/a"), ("refused", "scheme")),
    "data": (lambda: to("data:text/html,<h1>A</h1>"), ("refused", "scheme")),
    "s3": (lambda: to("s3://harbour/tide"), ("refused", "scheme")),
    "nowhere": (lambda: to("http://[tide/"), ("refused", "bad_redirect")),
    "long": (lambda: to("/" + "wave" * 25_000), ("refused", "url_too_long")),
    "itself": (lambda: to(f"{NEWS}/itself"), ("refused", "redirect_loop")),
    "there": (lambda: to(f"{NEWS}/and-back"), ("refused", "redirect_loop")),
    "chain-0": (lambda: to(f"{NEWS}/chain-1"), ("refused", "redirect_loop")),
}
ON_THE_WAY: dict[str, Route] = {f"{NEWS}/and-back": to(f"{NEWS}/there")} | {
    f"{NEWS}/chain-{n}": to(f"{NEWS}/chain-{n + 1}") for n in range(1, 30)
}


def greatest_size(running: subprocess.Popen[str]) -> int:
    """Bytes of the most memory that a process ever held, looked at until it ends."""
    greatest = 0
    while running.poll() is None:
        try:
            status = Path(f"/proc/{running.pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            break
        greatest = max(greatest, *(int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line), 0)
        time.sleep(0.05)
    return greatest


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the size of a process is read from Linux's /proc")
def test_hostile_answers_have_names_and_bounds(crawl: Crawler, site: Publisher) -> None:
    site.routes |= {f"{NEWS}/{name}": route() for name, (route, _) in HOSTILE.items()} | ON_THE_WAY
    urls = ",".join(f"{site.base}{NEWS}/{name}" for name in HOSTILE)
    began = time.monotonic()
    running = crawl.start(
        *("-a", f"urls={urls}", *HASTY, "-s", f"DOWNLOAD_MAXSIZE={2 * MIB}", "-s", "DOWNLOAD_TIMEOUT=3"),
        *("-s", "NEWSCRAWL_EXTRACT_PROCESSES=0"),
    )
    size = greatest_size(running)
    left = crawl.end(running)
    assert left.err == ""
    assert left.ledger == {f"{NEWS}/{name}": state for name, (_, state) in HOSTILE.items()}
    assert len([path for path in site.paths if "chain" in path]) <= 11
    assert size < 300 * MIB
    assert time.monotonic() - began < 120


@pytest.fixture
def allowed(site: Publisher) -> Iterator[Publisher]:
    """Another machine on the port of `site`: the one of the two that may be requested."""
    try:
        server = publisher("127.0.0.2", site.server_address[1])
        with server as other:
            yield other
    except OSError:
        pytest.skip("127.0.0.2 is no address of this machine; on macOS, `ifconfig lo0 alias 127.0.0.2` makes it one")


def named(crawl: Crawler, monkeypatch: pytest.MonkeyPatch, **names: list[list[str]]) -> None:
    """Let names in .example lead to these addresses, and only 127.0.0.2 be allowed."""
    monkeypatch.setenv("NAMES", json.dumps({f"{name}.example": answers for name, answers in names.items()}))
    monkeypatch.setattr(crawl, "allowed", "127.0.0.2/32")


def test_no_name_redirect_or_spelling_leads_to_a_private_address(
    crawl: Crawler, site: Publisher, allowed: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, private = ["127.0.0.2"], ["127.0.0.1"]
    named(
        crawl,
        monkeypatch,
        ferries=[public],
        rebound=[public, public, private],
        inside=[private],
        cloud=[["169.254.169.254"]],
        mapped=[["::ffff:127.0.0.1"]],
        both=[[*private, "::1", *public]],
    )
    at = site.server_address[1]
    numbers = ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "localhost"]
    names = ["inside.example", "cloud.example", "mapped.example"]
    closing = {"Connection": "close"}  # the next request connects again
    allowed.routes["/robots.txt"] = 200, closing, b""
    allowed.routes[f"{NEWS}/open"] = 200, HTML | closing, article("Open to All")[2]
    for number, host in enumerate(numbers + names):
        allowed.routes[f"{NEWS}/to-{number}"] = 302, closing | {"Location": f"http://{host}:{at}{NEWS}/{number}"}, b""
    direct = {host: f"http://{host}:{at}{NEWS}/secret" for host in numbers + names}
    led = {host: f"http://ferries.example:{at}{NEWS}/to-{number}" for number, host in enumerate(numbers + names)}
    stored = {f"http://{name}.example:{at}{NEWS}/open" for name in ("ferries", "both", "rebound")}
    rebound = f"http://rebound.example:{at}{NEWS}/later"

    urls = [*sorted(stored), *direct.values(), *led.values(), rebound]
    run = crawl("-a", f"urls={','.join(urls)}", *NAMED, "-s", "RETRY_ENABLED=0", "-L", "CRITICAL")

    assert site.requests == []
    ledger = {page.url: (page.state, page.reason) for page in run.pages}
    assert {url for url, (state, _) in ledger.items() if state == "stored"} == stored
    for host in numbers:  # which the page named
        assert ledger[led[host]] == ("failed", "private_address")
    waiting = [rebound, *direct.values(), *(led[host] for host in names)]
    assert {ledger[url] for url in waiting} == {("discovered", None)}
    assert "nothing was sent there. If it is meant to be fetched, set NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES" in run.out
    assert len(run.pages) == len(urls)


def test_a_proxy_may_have_a_private_address_but_its_target_may_not(
    crawl: Crawler, site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "allowed", "")
    monkeypatch.setenv("http_proxy", site.base)
    page = f"http://ferries.example{NEWS}/open"
    site.routes[page] = article("By Way of a Proxy")
    inside = [f"http://{host}{NEWS}/secret" for host in ("127.0.0.1", "0x7f.1", "169.254.169.254", "localhost")]
    run = crawl("-a", f"urls={','.join([page, *inside])}")
    assert "1 stored, 0 updated, 0 unchanged, 4 left for the next run\n" in run.out
    assert "127.0.0.1 (127.0.0.1 is a private address)" in run.out.partition("what to do: ")[2]
    assert site.paths == ["http://ferries.example/robots.txt", page]


@dataclass(frozen=True)
class Certificate:
    """A certificate that vouches for itself, in a file with its key."""

    file: Path

    @classmethod
    def of(cls, name: str, folder: Path) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        file = folder / f"{name}.pem"
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        file.write_bytes(secret + made.public_bytes(pem))
        return cls(file)

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


@pytest.mark.parametrize(
    ("trusted", "name", "ends"),
    [
        (True, "ferries.example", (0, "loopback: done: 1 stored")),
        (True, "tides.example", (3, "loopback: unreachable (tides.example:PORT: tls invalid)")),
        (False, "ferries.example", (3, "loopback: unreachable (ferries.example:PORT: tls invalid)")),
    ],
)
def test_certificates_are_verified(
    crawl: Crawler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, name: str, ends: tuple[int, str]
) -> None:
    certificate = Certificate.of("ferries.example", tmp_path)
    monkeypatch.setenv("NAMES", json.dumps({name: [["127.0.0.1"]]}))
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    with publisher(tls=certificate.context) as site:
        site.routes[f"{NEWS}/open"] = article("Vouched For")
        port = site.base.rpartition(":")[2]
        run = crawl("-a", f"urls=https://{name}:{port}{NEWS}/open", *NAMED, *HASTY)
    code, line = ends
    assert run.out.startswith(line.replace("PORT", port))
    assert (run.code, run.err) == (code, "")
    assert [page.state for page in run.pages] == ["stored" if code == 0 else "discovered"]
    assert bool(site.requests) is (code == 0)


def test_names_that_nobody_has(crawl: Crawler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMES", json.dumps({"gone.example": [[]]}))
    run = crawl("-a", f"urls=http://gone.example{NEWS}/a", *NAMED, *HASTY)
    assert (run.code, run.err) == (3, "")
    assert run.out.startswith("loopback: unreachable (gone.example: no such host)")


def test_a_crawl_listens_on_no_port(crawl: Crawler, site: Publisher) -> None:
    site.routes[f"{NEWS}/slow"] = slowly(article("Slow"), 1)
    running = crawl.start("-a", f"urls={site.base}{NEWS}/slow", "-s", "NEWSCRAWL_EXTRACT_PROCESSES=1")
    wait_for(lambda: f"{NEWS}/slow" in site.paths)
    processes = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    sockets = [each for process in processes for each in process.net_connections("inet")]
    assert [each.status for each in sockets].count("LISTEN") == 0
    assert "ESTABLISHED" in [each.status for each in sockets]
    assert crawl.end(running).code == 0
