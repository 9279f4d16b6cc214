"""Writes captures of many files as one: a WARC file, or a WACZ (Web Archive Collection Zipped 1.1.1)."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import IO, Any, BinaryIO, Self, cast
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from newscrawl.archives.raw_records import RawExchange
from newscrawl.archives.record_compression import compress_record
from newscrawl.archives.record_format import INFO_TYPE, encode_fields, encode_record, make_record_id, warc_date

_WARC_NAME = "data.warc.gz"
_WACZ_VERSION = "1.1.1"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
    """A page of the list of pages: where a reader of the collection begins."""

    url: str
    captured_at: datetime
    title: str
    text: str


class WarcCollection:
    """One compressed WARC file.

    What was written is remembered in a temporary database on disk, so that memory does not grow with the collection.
    """

    def __init__(self, file: BinaryIO, name: str, info: Mapping[str, str]) -> None:
        """Write to `file`, which stays open. `info` are fields of the first record (warcinfo)."""
        self._file, self._offset = file, 0
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; CREATE TABLE place (name TEXT PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE capture (line TEXT); CREATE TABLE page (line TEXT); BEGIN"
        )
        self._write(_make_info_record(name, info))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def has(self, place: str) -> bool:
        """Whether the capture of a place is written."""
        return self._database.execute("SELECT 1 FROM place WHERE name = ?", (place,)).fetchone() is not None

    def add(  # noqa: PLR0913 - what the index says of a capture
        self, place: str, exchange: RawExchange, *, url: str, captured_at: datetime, status: int, mime: str, digest: str
    ) -> None:
        """Write a capture, and remember it by its place."""
        fields = {
            "url": url,
            "mime": mime,
            "status": str(status),
            "digest": digest,
            "length": str(len(exchange.record)),
            "offset": str(self._offset),
            "filename": _WARC_NAME,
        }
        line = f"{make_key(url)} {captured_at.astimezone(UTC):%Y%m%d%H%M%S} {json.dumps(fields)}\n"
        for record in (exchange.record, *exchange.others):
            self._write(record)
        self._database.execute("INSERT INTO capture VALUES (?)", (line,))
        self._database.execute("INSERT INTO place VALUES (?)", (place,))

    def add_page(self, page: CollectionPage) -> None:
        line = {"id": uuid.uuid4().hex, "url": page.url, "ts": warc_date(page.captured_at), "title": page.title}
        self._database.execute("INSERT INTO page VALUES (?)", (f"{json.dumps({**line, 'text': page.text})}\n",))

    def end(self) -> None:
        """Write what comes after the last capture."""

    def _write(self, record: bytes) -> None:
        self._file.write(record)
        self._offset += len(record)

    def _read_lines(self, table: str, order: str) -> Iterator[str]:
        return (line for (line,) in self._database.execute(f"SELECT line FROM {table} ORDER BY {order}"))  # noqa: S608


class WaczCollection(WarcCollection):
    """A WACZ: the WARC file with an index (CDXJ), the list of pages, and digests of all of these."""

    def __init__(self, file: BinaryIO, name: str, info: Mapping[str, str]) -> None:
        """As WarcCollection."""
        self._info, self._resources = info, list[dict[str, Any]]()
        self._zip = ZipFile(file, "w", allowZip64=True)
        self._stack = ExitStack()
        warc = self._stack.enter_context(self._open(f"archive/{_WARC_NAME}", compress=False))
        super().__init__(cast("BinaryIO", warc), _WARC_NAME, info)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        with suppress(OSError):  # of a full disk, a second time
            self._stack.close()
        self._zip.fp = None  # an abandoned zip would be finished when it is garbage-collected

    def end(self) -> None:
        self._stack.close()
        self._add("indexes/index.cdx", self._read_lines("capture", "line"))
        head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
        self._add("pages/pages.jsonl", [f"{json.dumps(head)}\n"], self._read_lines("page", "rowid"))
        package = {
            "profile": "data-package",
            "wacz_version": _WACZ_VERSION,
            "software": self._info["software"],
            "created": warc_date(datetime.now(UTC).replace(microsecond=0)),
            "title": self._info["description"],
            "resources": self._resources,
        }
        text = json.dumps(package, indent=2)
        self._add("datapackage.json", [text])
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"}
        self._add("datapackage-digest.json", [json.dumps(digest)])
        self._zip.close()

    def _add(self, name: str, *lines: Iterable[str]) -> None:
        with self._open(name) as member:
            for part in lines:
                for line in part:
                    member.write(line.encode())

    def _open(self, name: str, *, compress: bool = True) -> _Member:
        info = ZipInfo(name, datetime.now(UTC).timetuple()[:6])
        info.external_attr = 0o644 << 16
        info.compress_type = ZIP_DEFLATED if compress else ZIP_STORED
        return _Member(self._zip.open(info, "w", force_zip64=not compress), name, self._resources)


class _Member:
    """A file in a zip, whose size and digest are added to a list when it ends."""

    def __init__(self, file: IO[bytes], name: str, resources: list[dict[str, Any]]) -> None:
        self._file, self._name, self._resources = file, name, resources
        self._size, self._digest = 0, hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        name = self._name.rpartition("/")[2].lower()
        digest = f"sha256:{self._digest.hexdigest()}"
        self._resources.append({"name": name, "path": self._name, "hash": digest, "bytes": self._size})

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._size += len(data)
        self._digest.update(data)


def make_key(url: str) -> str:
    """Return the key of an address in an index (SURT), by which readers find its captures in any spelling.

    >>> make_key("https://www.Tern.example:443/News/?b=2&a=1"), make_key("http://10.0.0.7:8080/")
    ('example,tern)/news?a=1&b=2', '10.0.0.7:8080)/')
    """
    parts = urlsplit(url)
    try:
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        return url.lower()
    host = re.sub(r"^www\d*\.", "", host)
    if not _is_address(host):
        host = ",".join(reversed(host.split(".")))
    server = host if port in (None, _DEFAULT_PORTS.get(parts.scheme.lower())) else f"{host}:{port}"
    path = parts.path.lower().rstrip("/") or "/"
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{server}){path}{f'?{query}' if query else ''}".replace(" ", "%20")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _make_info_record(name: str, info: Mapping[str, str]) -> bytes:
    fields = {
        "WARC-Type": "warcinfo",
        "WARC-Record-ID": make_record_id(),
        "WARC-Date": warc_date(datetime.now(UTC).replace(microsecond=0)),
        "WARC-Filename": name,
        "Content-Type": INFO_TYPE,
    }
    block = encode_fields((field, " ".join(value.split())) for field, value in info.items() if value)
    return compress_record(encode_record(fields, block))
