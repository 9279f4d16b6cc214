"""WARC files in and out: what is written is read, by us and by warcio; what is broken is named and passed over."""

import gzip
import subprocess
import sys
import zlib
from datetime import datetime, timedelta
from pathlib import Path

import brotli
import pytest

from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Page
from newscrawl.errors import ArchiveError
from sample.warc_file import write_captures
from tests.archives.building import CAPTURES, NOON, capture, read, record, response, zstd


@pytest.mark.parametrize("name", ["plain.warc", "packed.warc.gz"])
class TestWrittenAndRead:
    def test_gives_the_same_captures(self, tmp_path: Path, name: str) -> None:
        write_captures(tmp_path / name, CAPTURES)
        assert list(read_captures(tmp_path / name)) == CAPTURES

    def test_gives_the_same_bytes_twice(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "again").mkdir()
        write_captures(tmp_path / name, CAPTURES)
        write_captures(tmp_path / "again" / name, CAPTURES)
        assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()

    def test_passes_warcios_own_check(self, tmp_path: Path, name: str) -> None:
        write_captures(tmp_path / name, CAPTURES)
        command = [sys.executable, "-m", "warcio.cli", "check", "-v", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.count("digest pass") == len(CAPTURES) + 1
        assert "failed" not in done.stdout

    def test_cut_anywhere_names_the_record_and_keeps_those_before(self, tmp_path: Path, name: str) -> None:
        write_captures(tmp_path / name, CAPTURES)
        whole = (tmp_path / name).read_bytes()
        cuts = range(20, len(whole) - 4, 97)
        kept = []
        for cut in cuts:
            found, errors = read(tmp_path / name, whole[:cut])
            assert found == CAPTURES[: len(found)]
            assert len(errors) == 1 or _ends_between_records(whole, cut, name)
            kept.append(len(found))
        assert kept == sorted(kept)
        assert kept[-1] >= len(CAPTURES) - 1

    def test_a_damaged_record_costs_no_other(self, tmp_path: Path, name: str) -> None:
        write_captures(tmp_path / name, CAPTURES)
        whole = (tmp_path / name).read_bytes()
        first = whole.index(b"\x1f\x8b\x08", 10) if name.endswith("gz") else whole.index(b"WARC/1.1", 10)
        found, errors = read(tmp_path / name, whole[: first + 12] + b"damage" + whole[first + 14 :])
        assert found == CAPTURES[1:]
        assert [(error.path, error.offset) for error in errors] == [(str(tmp_path / name), first)]


def _ends_between_records(whole: bytes, cut: int, name: str) -> bool:
    rest = whole[cut:].lstrip(b"\r\n")
    return not rest or rest.startswith(b"\x1f\x8b\x08" if name.endswith("gz") else b"WARC/1.1")


def test_a_capture_becomes_a_page() -> None:
    assert capture(1).page() == Page(
        url=capture(1).url,
        body=capture(1).body,
        fetched_at=NOON + timedelta(minutes=1),
        content_type="text/html; charset=utf-8",
        capture=capture(1).ref,
        status=200,
    )


def test_header_names_have_no_case() -> None:
    assert capture(1).header("set-cookie") == "a=1"
    assert capture(1).header("etag") is None


BODY = "Überschrift und Text, ".encode() * 50
RAW_DEFLATE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
CHUNKS = b"a\r\n" + BODY[:10] + b"\r\n%x\r\n" % len(BODY[10:]) + BODY[10:] + b"\r\n0\r\n\r\n"
ENCODED = {
    "not at all": (BODY, ()),
    "gzip": (gzip.compress(BODY), ("Content-Encoding: gzip",)),
    "x-gzip, two members": (gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]), ("Content-Encoding: x-gzip",)),
    "deflate": (zlib.compress(BODY), ("Content-Encoding: deflate",)),
    "deflate without its wrapper": (RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush(), ("Content-Encoding: Deflate",)),
    "brotli": (brotli.compress(BODY), ("Content-Encoding: br",)),
    "zstd": (zstd.compress(BODY), ("Content-Encoding: zstd",)),
    "zstd, two frames": (zstd.compress(BODY[:100]) + zstd.compress(BODY[100:]), ("Content-Encoding: zstd",)),
    "zstd told, nothing done": (BODY, ("Content-Encoding: zstd",)),
    "gzip, then brotli": (brotli.compress(gzip.compress(BODY)), ("Content-Encoding: gzip, br",)),
    "chunks": (CHUNKS, ("Transfer-Encoding: chunked",)),
    "a header beside a body that was decoded": (BODY, ("Content-Encoding: gzip", "Transfer-Encoding: chunked")),
    "brotli told, nothing done": (BODY, ("Content-Encoding: br",)),
    "deflate told, nothing done": (BODY, ("Content-Encoding: deflate",)),
    "identity": (BODY, ("Content-Encoding: identity",)),
}


@pytest.mark.parametrize("how", ENCODED)
def test_encodings_are_undone(tmp_path: Path, how: str) -> None:
    payload, headers = ENCODED[how]
    block = response(payload, "Content-Type: text/plain", "Content-Length: 7", *headers)
    found, errors = read(tmp_path / "a.warc", record(block))
    assert errors == []
    assert found[0].body == BODY
    assert found[0].headers == (("Content-Type", "text/plain"),)


BROKEN = {
    "no date": (record(response(BODY), date=""), "WARC-Date"),
    "absurd date": (record(response(BODY), date="yesterday"), "WARC-Date 'yesterday'"),
    "no status line": (record(b"Hello\r\n\r\nyou"), "status line"),
    "no HTTP head": (record(b""), "HTTP head"),
    "the head of a gzip": (record(response(gzip.compress(BODY)[:10], "Content-Encoding: gzip")), "cut short"),
    "more encodings than servers use": (record(response(BODY, f"Content-Encoding: {'gzip,' * 4}")), "more than 3"),
    "damaged gzip": (record(response(b"\x1f\x8b\x08" + BODY, "Content-Encoding: gzip")), "broken compression"),
    "half a zstd": (record(response(zstd.compress(BODY)[:-20], "Content-Encoding: zstd")), "cut short"),
    "damaged zstd": (record(response(b"\x28\xb5\x2f\xfd" + BODY, "Content-Encoding: zstd")), "broken compression"),
    "a zstd bomb": (
        record(response(zstd.compress(bytes(10**6)), "Content-Encoding: zstd")),
        "more than 100000 bytes",
    ),
    "a line of an HTTP head without an end": (
        record(response(BODY, "Cookie: " + "a" * 70_000)),
        "record head of more than 65536 bytes in one line",
    ),
    "a date beyond the calendar": (record(response(BODY), date="0001-01-01T00:00:00+10:00"), "is not a date"),
    "the head of a chunk": (record(response(b"ff", "Transfer-Encoding: chunked")), "broken chunks"),
    "a bomb": (record(response(gzip.compress(bytes(10**6)), "Content-Encoding: gzip")), "more than 100000 bytes"),
    "too large": (record(response(bytes(10**5))), "larger than 100000"),
    "length too small": (record(response(BODY), Content_Length="30"), "does not end where"),
    "length too large": (record(response(BODY), Content_Length="1300"), "does not end where"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_is_named_and_passed_over(tmp_path: Path, what: str) -> None:
    broken, detail = BROKEN[what]
    good = record(response(b"good"))
    path = tmp_path / "a.warc"
    path.write_bytes(good + broken + good)
    errors: list[ArchiveError] = []
    found = list(read_captures(path, report=errors.append, max_bytes=100_000))
    assert [one.body for one in found] == [b"good", b"good"]
    assert [error.offset for error in errors] == [len(good)]
    assert detail in str(errors[0])
    assert "\n" not in str(errors[0])


def test_a_broken_record_raises_without_a_report_function(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(record(response(b"good")) + BROKEN["no date"][0])
    reading = read_captures(path)
    assert next(reading).body == b"good"
    with pytest.raises(ArchiveError, match="at byte"):
        next(reading)


@pytest.mark.parametrize(
    ("name", "contents", "detail"),
    [
        ("missing.warc", None, "No such file"),
        ("page.html", b"<html>Not a WARC at all</html>\n" * 9, "no WARC record"),
        ("broken.wacz", b"PK\x03\x04 and nothing after it", "broken zip"),
    ],
)
def test_other_files_are_an_error(tmp_path: Path, name: str, contents: bytes | None, detail: str) -> None:
    if contents is not None:
        (tmp_path / name).write_bytes(contents)
    with pytest.raises(ArchiveError, match=detail) as caught:
        list(read_captures(tmp_path / name))
    assert caught.value.path == str(tmp_path / name)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "a.warc", b"") == ([], [])


def test_text_records_are_pages_and_others_are_passed_over(tmp_path: Path) -> None:
    found, errors = read(
        tmp_path / "a.warc",
        record(b"software: x\r\n", kind="warcinfo", WARC_Target_URI="")
        + record(b"GET / HTTP/1.1\r\n\r\n", kind="request")
        + record(b"Line one\nLine two\n", kind="conversion", Content_Type="text/plain")
        + record(b"<p>Saved</p>", kind="resource", Content_Type="text/html; charset=latin-1")
        + record(b"\x89PNG", kind="resource", Content_Type="image/png")
        + record(b"20190314 host 1.2.3.4", WARC_Target_URI="dns:host", Content_Type="text/dns")
        + record(b"", kind="metadata", Content_Type="application/warc-fields"),
    )
    assert errors == []
    assert [(one.body, one.header("Content-Type"), one.status) for one in found] == [
        (b"Line one\nLine two\n", "text/plain; charset=utf-8", 200),
        (b"<p>Saved</p>", "text/html; charset=latin-1", 200),
    ]


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2019-03-14T12:00:00Z", NOON),
        ("2019-03-14T12:00:00.123456789Z", NOON.replace(microsecond=123456)),
        ("2019-03-14T13:00:00+01:00", NOON),
        ("2019-03-14T12:00:00", NOON),
    ],
)
def test_dates(tmp_path: Path, date: str, moment: datetime) -> None:
    (only,), _ = read(tmp_path / "a.warc", record(response(b""), date=date))
    assert only.captured_at == moment


def test_a_failed_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    write_captures(path, CAPTURES[:1])
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        write_captures(path, [CAPTURES[1], None])  # type: ignore[list-item]
    assert path.read_bytes() == before
