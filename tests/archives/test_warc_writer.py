"""The WARC files that a run writes: read back by us, by FastWARC and by warcio, byte for byte."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import resource
import subprocess
import sys
from base64 import b32encode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from newscrawl.archives.own_files import find_writer
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.archives.warc_writer import Exchange, WarcWriter
from newscrawl.article import CaptureRef
from newscrawl.errors import ArchiveError
from tests.archives.building import NOON, read
from tests.crawls.test_faults import as_anybody

URL = "https://www.bloomberg.example/news/articles/2019-03-14/story?a=1&b=%20"
BODY = "<p>Story — with a dash</p>".encode() * 40
HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
RECEIVED = NOON + timedelta(microseconds=123456)
SOFTWARE = "newscrawl/0.0"


def exchange(body: bytes = BODY, **changes: Any) -> Exchange:
    fields: dict[str, Any] = {
        "url": URL,
        "status": 200,
        "headers": HEADERS,
        "payload": body,
        "received_at": RECEIVED,
        "request_headers": (("Host", "www.bloomberg.example"), ("User-Agent", "newscrawl")),
        "ip_address": "192.0.2.7",
        "metadata": {"via": "https://www.bloomberg.example/feed.rss", "fetchTimeMs": "17"},
    }
    return Exchange(**(fields | changes))


def writing(folder: Path, **options: Any) -> WarcWriter:
    return WarcWriter(folder, "sample", software=SOFTWARE, **options)


def kept(folder: Path, *exchanges: Exchange, **options: Any) -> list[CaptureRef]:
    with writing(folder, **options) as files:
        return [files.write(one) for one in exchanges]


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def file_of(folder: Path) -> Path:
    [only] = files_of(folder)
    return only


def records(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    """Type, head and block of each record, as FastWARC reads them; every digest of a block is checked."""
    found = []
    for one in ArchiveIterator(str(path), record_types=WarcRecordType.any_type, parse_http=False):
        assert one.verify_block_digest()
        head = dict(one.headers.items())
        found.append((head["WARC-Type"], head, one.reader.read()))
    return found


def sha1(payload: bytes) -> str:
    return f"sha1:{b32encode(hashlib.sha1(payload).digest()).decode()}"


def check(*paths: Path) -> str:
    """What `warcio check` says of the files, which it must pass."""
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "failed" not in done.stdout
    return done.stdout


def test_an_exchange_is_three_records_that_name_each_other(tmp_path: Path) -> None:
    kept(tmp_path, exchange())
    info, response, request, metadata = records(file_of(tmp_path))
    assert [kind for kind, _, _ in (info, response, request, metadata)] == [
        "warcinfo",
        "response",
        "request",
        "metadata",
    ]
    assert info[1]["WARC-Filename"] == file_of(tmp_path).name
    assert b"software: newscrawl/0.0\r\nformat: WARC File Format 1.1\r\nhostname: " in info[2]
    for _, head, _ in (response, request, metadata):
        assert (head["WARC-Target-URI"], head["WARC-Date"]) == (URL, "2019-03-14T12:00:00.123456Z")
    named = {head.get("WARC-Concurrent-To") for _, head, _ in (request, metadata)}
    assert named == {response[1]["WARC-Record-ID"]}
    assert len({head["WARC-Record-ID"] for _, head, _ in (info, response, request, metadata)}) == 4
    assert response[1]["WARC-IP-Address"] == "192.0.2.7"
    assert response[1]["WARC-Payload-Digest"] == sha1(BODY)
    assert "WARC-Source-URI" not in response[1]
    assert response[2].partition(b"\r\n\r\n")[2] == BODY
    assert request[2] == (
        b"GET /news/articles/2019-03-14/story?a=1&b=%20 HTTP/1.1\r\n"
        b"Host: www.bloomberg.example\r\nUser-Agent: newscrawl\r\n\r\n"
    )
    assert metadata[2] == b"via: https://www.bloomberg.example/feed.rss\r\nfetchTimeMs: 17\r\n"


def test_every_record_is_of_warc_1_1(tmp_path: Path) -> None:
    kept(tmp_path, exchange())
    whole = gzip.decompress(file_of(tmp_path).read_bytes())
    assert (whole.count(b"WARC/1.1\r\nWARC-"), whole.count(b"WARC/1.0")) == (4, 0)


def test_a_capture_from_another_archive_has_its_source_uri_and_no_request(tmp_path: Path) -> None:
    kept(tmp_path, exchange(request_headers=(), metadata=None, ip_address=None, source_url="https://web.example/x"))
    _, (kind, head, _) = records(file_of(tmp_path))
    assert (kind, head["WARC-Source-URI"], "WARC-IP-Address" in head) == ("response", "https://web.example/x", False)


def test_the_http_head_is_that_which_was_served_byte_for_byte(tmp_path: Path) -> None:
    odd = (
        ("Content-Type", "text/html"),
        ("X-Kümmel", "Grüße, 100%"),
        ("x-lower", " spaced "),
        ("X-Empty", ""),
        ("X-Utf8", "—".encode().decode("latin-1")),
    )
    [ref] = kept(tmp_path, exchange(headers=odd))
    _, (_, _, block), *_ = records(file_of(tmp_path))
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in odd)
    assert block == b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (lines, len(BODY), BODY)
    assert read_capture(tmp_path / (ref.file or ""), ref.offset or 0).header("content-type") == "text/html"


@pytest.mark.parametrize(("status", "line"), [(404, b"HTTP/1.1 404 Not Found\r\n"), (599, b"HTTP/1.1 599 Unknown\r\n")])
def test_any_status(tmp_path: Path, status: int, line: bytes) -> None:
    [ref] = kept(tmp_path, exchange(status=status))
    assert records(file_of(tmp_path))[1][2].startswith(line)
    assert (ref.status, read_capture(tmp_path / (ref.file or ""), ref.offset or 0).status) == (status, status)


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_payload_is_stored_as_it_was_sent(tmp_path: Path, coding: str, pack: Any) -> None:
    packed = pack(BODY)
    [ref] = kept(tmp_path, exchange(packed, headers=(*HEADERS, ("Content-Encoding", coding))))
    _, (_, head, block), *_ = records(file_of(tmp_path))
    assert block.endswith(b"\r\nContent-Length: %d\r\n\r\n%s" % (len(packed), packed))
    assert f"\r\nContent-Encoding: {coding}\r\n".encode() in block
    assert head["WARC-Payload-Digest"] == ref.digest == sha1(packed)
    assert read_capture(tmp_path / (ref.file or ""), ref.offset or 0).body == BODY


def test_what_writing_returns_is_where_reading_finds_it(tmp_path: Path) -> None:
    exchanges = [
        exchange(b"<p>%d</p>" % n * 50, url=f"{URL}{n}", received_at=NOON + timedelta(seconds=n)) for n in range(5)
    ]
    refs = kept(tmp_path, *exchanges)
    path = file_of(tmp_path)
    found, errors = read(tmp_path / "copy.warc.gz", path.read_bytes())
    assert errors == []
    assert [(one.url, one.captured_at, one.body, one.digest) for one in found] == [
        (one.url, one.received_at, one.payload, sha1(one.payload)) for one in exchanges
    ]
    for one, ref in zip(exchanges, refs, strict=True):
        assert ref == CaptureRef(
            url=one.url,
            captured_at=one.received_at,
            status=200,
            content_type="text/html; charset=utf-8",
            digest=sha1(one.payload),
            file=path.relative_to(tmp_path).as_posix(),
            offset=ref.offset,
            length=ref.length,
        )
        there = read_capture(path, ref.offset or 0)
        assert (there.url, there.body, there.digest) == (one.url, one.payload, ref.digest)
        assert there.location
        assert (there.location.offset, there.location.length) == (ref.offset, ref.length)
        record = path.read_bytes()[ref.offset : (ref.offset or 0) + (ref.length or 0)]
        assert one.payload in gzip.decompress(record)


def test_the_same_payload_again_is_a_revisit_that_names_the_first(tmp_path: Path) -> None:
    later = NOON + timedelta(hours=1)
    moved = exchange(url=f"{URL}-moved", received_at=later, headers=(("Content-Type", "text/html"), ("X-Age", "9")))
    with writing(tmp_path) as files:
        first = files.write(exchange())
        second = files.write(moved, first)
    path = file_of(tmp_path)
    kind, head, block = records(path)[4]
    assert (kind, head["WARC-Profile"]) == (
        "revisit",
        "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    )
    assert (head["WARC-Refers-To-Target-URI"], head["WARC-Refers-To-Date"]) == (URL, "2019-03-14T12:00:00.123456Z")
    assert (head["WARC-Target-URI"], head["WARC-Date"]) == (f"{URL}-moved", "2019-03-14T13:00:00Z")
    assert head["WARC-Payload-Digest"] == second.digest == sha1(BODY)
    assert block == b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Age: 9\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    assert (second.kind, second.status, first.kind) == ("revisit", 200, "response")
    with Originals() as originals:
        one, two = read_captures(path, originals=originals)
        alone = read_capture(path, second.offset or 0, originals=originals)
    assert (one.body, two.body, two.url, two.captured_at) == (BODY, BODY, moved.url, later)
    assert (alone.body, alone.header("X-Age")) == (BODY, "9")


def test_not_modified_is_a_revisit_of_the_stored_capture(tmp_path: Path) -> None:
    said = exchange(b"", status=304, headers=(("ETag", '"v1"'), ("Date", "now")), received_at=NOON + timedelta(hours=1))
    with writing(tmp_path) as files:
        first = files.write(exchange())
        second = files.write(said, first)
    path = file_of(tmp_path)
    kind, head, block = records(path)[4]
    assert (kind, head["WARC-Profile"]) == ("revisit", "http://netpreserve.org/warc/1.1/revisit/server-not-modified")
    assert block == b""  # else pywb shows people the 304, and no page
    metadata = records(path)[6][2]
    assert metadata.endswith(b'httpStatus: 304 Not Modified\r\nhttpHeader: ETag: "v1"\r\nhttpHeader: Date: now\r\n')
    assert (head["WARC-Refers-To-Target-URI"], head["WARC-Refers-To-Date"]) == (URL, "2019-03-14T12:00:00.123456Z")
    assert (second.kind, second.status, second.digest) == ("revisit", 304, sha1(BODY))
    assert [(one.body, one.status) for one in read_captures(path)] == [(BODY, 200)] * 2


def test_not_modified_without_a_stored_capture_is_a_response_without_a_body(tmp_path: Path) -> None:
    [ref] = kept(tmp_path, exchange(b"", status=304, headers=(("ETag", '"v1"'),)))
    assert records(file_of(tmp_path))[1][2] == b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n'
    assert (ref.kind, ref.status, ref.digest) == ("response", 304, sha1(b""))


def test_warcio_finds_every_digest_right(tmp_path: Path) -> None:
    with writing(tmp_path) as files:
        first = files.write(exchange())
        files.write(exchange(received_at=NOON + timedelta(hours=1)), first)
        files.write(exchange(b"", status=304, headers=(), received_at=NOON + timedelta(hours=2)), first)
        files.write(exchange(b"", url=f"{URL}2", status=301, headers=(("X-Ü", "ü"), ("Location", "/x"))))
    assert len(list(ArchiveIterator(str(file_of(tmp_path))))) == 13  # which reads their HTTP, too
    said = check(file_of(tmp_path))
    assert (said.count("digest pass"), said.count("not checked")) == (11, 2)  # a revisit has no payload


def test_a_record_of_another_archive_is_adopted_byte_for_byte(tmp_path: Path) -> None:
    [ref] = kept(tmp_path / "theirs", exchange(metadata=None, request_headers=()))
    theirs = file_of(tmp_path / "theirs").read_bytes()[ref.offset :]
    with writing(tmp_path / "ours") as files:
        files.write(exchange(b"<p>Another</p>", url=f"{URL}2"))
        adopted = files.copy(theirs, replace(ref, file="crawl-data/x.warc.gz", offset=99, length=len(theirs)))
        files.write(exchange(b"<p>A third</p>", url=f"{URL}3"))
    path = file_of(tmp_path / "ours")
    assert path.read_bytes()[adopted.offset : (adopted.offset or 0) + len(theirs)] == theirs
    assert (adopted.file, adopted.length) == (path.relative_to(tmp_path / "ours").as_posix(), len(theirs))
    assert read_capture(path, adopted.offset or 0).body == BODY
    assert [one.url for one in read_captures(path)] == [f"{URL}2", URL, f"{URL}3"]


def test_file_names_have_spider_and_time_in_a_folder_of_the_month(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    kept(tmp_path, exchange())
    path = file_of(tmp_path)
    name, moment, number = path.name.removesuffix(".warc.gz").split("-")
    begun = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    assert (name, number, path.parent) == ("sample", "00001", tmp_path / f"{begun:%Y-%m}")
    assert before <= begun <= datetime.now(UTC)


def test_a_run_that_fetches_nothing_leaves_nothing(tmp_path: Path) -> None:
    with writing(tmp_path / "warc") as files:
        files.sync()
    assert not (tmp_path / "warc").exists()


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    exchanges = [exchange(os.urandom(1000), url=f"{URL}{n}") for n in range(7)]
    refs = kept(tmp_path, *exchanges, max_bytes=5000)
    paths = files_of(tmp_path)
    assert [path.name.partition(".")[0][-5:] for path in paths] == ["00001", "00002", "00003"]
    assert [refs[0].file, refs[-1].file] == [path.relative_to(tmp_path).as_posix() for path in (paths[0], paths[-1])]
    assert Counter(ref.file for ref in refs).most_common()[0][1] == 3  # the one that fills it goes beyond
    assert all(records(path)[0][0] == "warcinfo" for path in paths)
    assert all(path.stat().st_size < 7500 for path in paths)
    for one, ref in zip(exchanges, refs, strict=True):
        assert read_capture(tmp_path / (ref.file or ""), ref.offset or 0).body == one.payload


def test_no_file_of_another_run_is_added_to(tmp_path: Path) -> None:
    with writing(tmp_path) as one, writing(tmp_path) as other:
        written = [files.write(exchange(b"<p>%d</p>" % n)) for n, files in enumerate((one, other, one, other))]
        other.close()
        written.append(other.write(exchange(b"<p>4</p>")))
    assert len(files_of(tmp_path)) == 3
    assert (written[0].file == written[2].file, written[1].file == written[3].file) == (True, True)
    assert len({written[0].file, written[1].file, written[4].file}) == 3
    assert [len(list(read_captures(path))) for path in files_of(tmp_path)] == [2, 2, 1]


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    folders = [tmp_path / f"{datetime.now(UTC) + timedelta(hours=h):%Y-%m}" for h in (0, 1)]
    there = [
        folder / f"sample-{datetime.now(UTC) + timedelta(seconds=s):%Y%m%d%H%M%S}-00001.warc.gz"
        for folder in set(folders)
        for s in range(20)
    ]
    for path in there:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"theirs")
    [ref] = kept(tmp_path, exchange())
    assert (ref.file or "").endswith("-00002.warc.gz")
    assert {path.read_bytes() for path in there} == {b"theirs"}


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file may become larger, as on a disk that has no more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_in_the_middle_of_a_record_leaves_the_file_whole(tmp_path: Path) -> None:
    with writing(tmp_path) as files:
        files.write(exchange())
        path = file_of(tmp_path)
        whole = path.read_bytes()
        big = exchange(os.urandom(50_000), url=f"{URL}2")
        with room(len(whole) + 20_000), pytest.raises(ArchiveError) as caught:
            files.write(big)
        assert path.read_bytes() == whole
        assert (caught.value.path, caught.value.offset) == (str(path), None)
        assert isinstance(caught.value.__cause__, OSError)
        ref = files.write(big)  # there is room again
        assert ref.offset == len(whole)
    assert read_capture(path, ref.offset or 0).body == big.payload
    check(path)


@pytest.mark.parametrize("left", [0, 100])
def test_a_disk_that_is_full_before_a_file_begins_leaves_none(tmp_path: Path, left: int) -> None:
    with writing(tmp_path) as files:
        with room(left), pytest.raises(ArchiveError):
            files.write(exchange())
        assert files_of(tmp_path) == []
        files.write(exchange())
    assert next(kind for kind, _, _ in records(file_of(tmp_path))) == "warcinfo"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the disk is full; make room, run again"),
        (errno.EDQUOT, "the disk is full; make room, run again"),
        (errno.EROFS, "no permission to write; "),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str) -> None:
    with writing(tmp_path) as files:
        files.write(exchange())
        with monkeypatch.context() as broken:
            broken.setattr("os.fsync", _refusing(number))  # as a disk on the network does
            with pytest.raises(ArchiveError) as caught:
                files.sync()
    assert str(caught.value).startswith(f"{file_of(tmp_path)}: {told}")


def _refusing(number: int) -> Any:
    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return fsync


def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "warc"
    folder.mkdir(mode=0o555)
    code = (
        "from tests.archives.test_warc_writer import exchange, writing; from newscrawl.errors import ArchiveError\n"
        f"try: writing({str(folder)!r}).write(exchange())\n"
        "except ArchiveError as error: print(error)"
    )
    done = subprocess.run([*as_anybody(), sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(folder))
    assert "no permission to write" in done.stdout


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("notes")
    with pytest.raises(ArchiveError) as caught:
        writing(tmp_path / "warc").write(exchange())
    assert caught.value.path == str(tmp_path / "warc")


def test_many_threads_write_one_file(tmp_path: Path) -> None:
    exchanges = [exchange(b"<p>%d</p>" % n * 500, url=f"{URL}{n}") for n in range(60)]
    with writing(tmp_path, max_bytes=30_000) as files, ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(files.write, exchanges))
        files.sync()
    assert len(files_of(tmp_path)) > 1
    for one, ref in zip(exchanges, refs, strict=True):
        there = read_capture(tmp_path / (ref.file or ""), ref.offset or 0)
        assert (there.url, there.body) == (one.url, one.payload)
    for path in files_of(tmp_path):
        kinds = [kind for kind, _, _ in records(path)]
        assert kinds == ["warcinfo", *["response", "request", "metadata"] * (len(kinds) // 3)]


def test_sync_flushes_the_file_and_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("os.fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink()))
    files = writing(tmp_path / "warc")
    files.write(exchange())
    files.close()
    path = file_of(tmp_path)
    assert {path, path.parent, tmp_path / "warc", tmp_path} <= set(
        synced
    )  # else the file is there, and nobody knows where
    with writing(tmp_path / "warc") as files:
        files.write(exchange())
        synced.clear()
        files.sync()
        assert [path.name for path in synced] == [max(path.name for path in files_of(tmp_path))]


@pytest.mark.parametrize("cut", [1, 9, 100, 400])
def test_a_file_that_was_broken_off_is_read_up_to_its_last_record(tmp_path: Path, cut: int) -> None:
    refs = kept(tmp_path, *(exchange(b"<p>%d</p>" % n * 50, url=f"{URL}{n}") for n in range(3)))
    whole = file_of(tmp_path).read_bytes()
    found, errors = read(tmp_path / "torn.warc.gz", whole[: (refs[2].offset or 0) + cut])
    assert [one.url for one in found] == [f"{URL}0", f"{URL}1"]
    assert [(error.path, error.offset) for error in errors] == [(str(tmp_path / "torn.warc.gz"), refs[2].offset)]


def test_a_file_of_our_own_names_its_writer(tmp_path: Path) -> None:
    (written,) = kept(tmp_path, exchange())
    path = (tmp_path / (written.file or "")).rename(tmp_path / "moved.gz")
    assert find_writer(str(path)) == "sample"
    plain = gzip.decompress(path.read_bytes())
    for other in (
        plain.replace(b"newscrawl/", b"tern/"),
        plain[plain.index(b"WARC/1.1", 9) :],
        b"WARC/",
        b"",
        b"\x1f\x8b",
    ):
        path.write_bytes(gzip.compress(other))
        assert find_writer(str(path)) is None
        path.write_bytes(other)
        assert find_writer(str(path)) is None
