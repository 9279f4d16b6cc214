"""Archives for tests, made of bytes: records, and files of them in every packing."""

import gzip
import io
import json
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from newscrawl.archives.capture import Capture
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_captures
from newscrawl.errors import ArchiveError

__all__ = ["zstd"]

NOON = datetime(2019, 3, 14, 12, tzinfo=UTC)


def capture(number: int, **changes: object) -> Capture:
    fields: dict[str, object] = {
        "url": f"https://www.bloomberg.example/news/articles/2019-03-14/story-{number}",
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
        "body": f"<p>Story {number} — with a dash</p>".encode() * 40,
        "captured_at": NOON + timedelta(minutes=number),
    }
    return Capture(**(fields | changes))  # type: ignore[arg-type]


CAPTURES = [
    capture(1),
    capture(2, status=301, headers=(("Location", "/elsewhere"),), body=b""),
    capture(3, status=404),
    capture(4, captured_at=NOON + timedelta(microseconds=123456)),
    capture(5, status=599, body=b"\r\n\r\nWARC/1.1\r\nis quoted in this page\r\n"),
]


def record(block: bytes, *, kind: str = "response", date: str = "2019-03-14T12:00:00Z", **more: str) -> bytes:
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:8f9b1c7e-8f0b-4a27-9a52-000000000001>",
        "WARC-Target-URI": "https://www.bloomberg.example/page",
        "WARC-Date": date,
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value)
    return b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers))
    return head.encode() + b"\r\n" + body


def read(path: Path, contents: bytes, originals: Originals | None = None) -> tuple[list[Capture], list[ArchiveError]]:
    path.write_bytes(contents)
    errors: list[ArchiveError] = []
    return list(read_captures(path, report=errors.append, originals=originals)), errors


def page(number: int, **more: str) -> bytes:
    """A record of its own address and body, so that it is told from others."""
    body = b"<p>Story %d</p>" % number * 20
    return record(response(body), WARC_Target_URI=f"https://www.bloomberg.example/{number}", **more)


def revisit(head: bytes = b"", /, profile: str = "identical-payload-digest", **more: str) -> bytes:
    profile = f"http://netpreserve.org/warc/1.1/revisit/{profile}"
    return record(head, kind="revisit", WARC_Profile=profile, **more)


def arc(*records: bytes) -> bytes:
    """An ARC file as Alexa and Heritrix 1 wrote them."""
    version = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
    return (
        b"filedesc://IA-1.arc 0.0.0.0 20050314120000 text/plain %d\n" % len(version)
        + version
        + b"".join(b"\n" + one for one in records)
    )


def arc_record(block: bytes, url: str = "http://www.bloomberg.example/arc", date: str = "20050314120000") -> bytes:
    return f"{url} 192.0.2.1 {date} text/html {len(block)}\n".encode() + block


TEXTS = [page(number) for number in range(200)]
DICTIONARY = zstd.train_dict(TEXTS, 4096).dict_content


def _skippable(contents: bytes) -> bytes:
    return b"\x5d\x2a\x4d\x18" + len(contents).to_bytes(4, "little") + contents


def _with_dictionary(records: list[bytes]) -> bytes:
    return b"".join(zstd.compress(one, zstd_dict=zstd.ZstdDict(DICTIONARY)) for one in records)


PACKED: dict[str, Callable[[list[bytes]], bytes]] = {
    "plain": b"".join,
    "gzip": lambda records: b"".join(gzip.compress(one) for one in records),
    "zstd": lambda records: b"".join(zstd.compress(one) for one in records),
    "zstd with a dictionary": lambda records: _skippable(DICTIONARY) + _with_dictionary(records),
    "zstd with a packed dictionary": lambda records: _skippable(zstd.compress(DICTIONARY)) + _with_dictionary(records),
}
WHOLE: dict[str, Callable[[list[bytes]], bytes]] = {
    "gzip": lambda records: gzip.compress(b"".join(records)),
    "zstd": lambda records: zstd.compress(b"".join(records)),
}


def browsertrix(**files: bytes) -> bytes:
    """A WACZ as Browsertrix Crawler makes them: `files` go into its folder archive/, stored as they are."""
    return _wacz(files, {"pages/pages.jsonl": b"{}\n", "indexes/index.cdx.gz": gzip.compress(b"x"), "logs/a.log": b""})


def archiveweb_page(**files: bytes) -> bytes:
    """A WACZ as ArchiveWeb.page makes them: one file data.warc.gz, and its digest beside the package's description."""
    return _wacz(files, {"pages/pages.jsonl": b"{}\n", "datapackage-digest.json": b"{}", "indexes/index.cdx": b"x"})


def _wacz(files: dict[str, bytes], others: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, contents in others.items():
            archive.writestr(name, contents)
        for name, contents in files.items():
            archive.writestr(f"archive/{name}", contents)
        archive.writestr("datapackage.json", json.dumps({"profile": "data-package", "wacz_version": "1.1.1"}))
    return stream.getvalue()


def deflated_wacz(**files: bytes) -> bytes:
    """A WACZ that was zipped by hand."""
    return _wacz(files, {}, zipfile.ZIP_DEFLATED)
