"""Heads of records and of HTTP messages as tools and servers wrote them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.archives import heads
from tests.archives.building import arc, arc_record, page, read, record, response

BODY = b"<p>The harbour of Vell is open again.</p>"
DATES = {
    "2020": (2020, 1, 1),
    "2020-03": (2020, 3, 1),
    "2020-03-14": (2020, 3, 14),
    "2020-03-14T15:09Z": (2020, 3, 14, 15, 9),
    "20200314150926": (2020, 3, 14, 15, 9, 26),
    "202003141509": (2020, 3, 14, 15, 9),
    "202003141509260000": (2020, 3, 14, 15, 9, 26),
    "2020-03-14 15:09:26": (2020, 3, 14, 15, 9, 26),
    "2020-03-14t15:09:26z": (2020, 3, 14, 15, 9, 26),
    "2020-03-14T15:09:26+00:00": (2020, 3, 14, 15, 9, 26),
    "2020-03-14T15:09:26-0730": (2020, 3, 14, 22, 39, 26),
    "2020-03-14T15:09:26.5Z": (2020, 3, 14, 15, 9, 26, 500000),
    "2020-03-14T15:09:26.123456789Z": (2020, 3, 14, 15, 9, 26, 123456),
    "2020-12-31T23:59:60Z": (2021, 1, 1),
    "2008-12-351T05:21:46-0700": (2008, 12, 16, 12, 21, 46),
    "2009-03-65T08:43:19-0800": (2009, 3, 6, 16, 43, 19),
}


@pytest.mark.parametrize("text", DATES)
def test_dates_of_any_precision(text: str) -> None:
    assert heads.read_date(text) == datetime(*DATES[text], tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2020-13-01", "2020-02-30", "2009-03-200", "2020-03-14T27:00:00Z", "0000"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(heads.HeadError, match="is not a date"):
        heads.read_date(text)


STATUS_LINES = {
    "HTTP/1.1 200 OK": 200,
    "HTTP/1.0  404  Not Found": 404,
    "HTTP/1.1 200": 200,
    "HTTP/2 200": 200,
    "HTTP/2.0 301 ": 301,
    "http/1.1 200 OK": 200,
    "HTTP 200 OK": 200,
    "HTTP/1.1 200OK": 200,
    "HTTPX/1.1 200 OK": 200,
    "ICY 200 OK": 200,
    "HTTP/1.1 0 OK": 200,
    "HTTP/1.1 0 No Content": 204,
    "HTTP/1.1 0 of the cache": 0,
}


@pytest.mark.parametrize("line", STATUS_LINES)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\r\n"])
def test_status_lines(tmp_path: Path, line: str, end: str) -> None:
    block = f"{line}{end}content-TYPE : text/html;{end}\t charset=utf-8{end}no field{end}{end}".encode() + BODY
    (only,), errors = read(tmp_path / "a", record(block))
    assert errors == []
    assert (only.status, only.headers, only.body) == (
        STATUS_LINES[line],
        (("content-TYPE", "text/html; charset=utf-8"),),
        BODY,
    )


@pytest.mark.parametrize("line", ["HTTP/1.1 99999 OK", "HTTP/1.1 OK", "200 OK", "SSH-2.0-OpenSSH_5.3", "<html>"])
def test_what_is_no_status_line(tmp_path: Path, line: str) -> None:
    found, (error,) = read(tmp_path / "a", record(line.encode() + b"\r\n\r\n" + BODY))
    assert (found, error.detail) == ([], "response without an HTTP status line")


INTERIM = {
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "early hints, twice": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 2,
    "of a proxy": b"HTTP/1.0 200 Connection established\r\n\r\n",
    "blank lines": b"\r\n\r\n",
}


@pytest.mark.parametrize("before", INTERIM)
def test_the_last_response_of_a_record_counts(tmp_path: Path, before: str) -> None:
    (only,), _ = read(tmp_path / "a", record(INTERIM[before] + response(BODY, "Content-Type: text/html")))
    assert (only.status, only.headers, only.body) == (200, (("Content-Type", "text/html"),), BODY)


def test_an_interim_response_alone_has_its_status(tmp_path: Path) -> None:
    (only,), _ = read(tmp_path / "a", record(b"HTTP/1.1 102 Processing\r\n\r\n"))
    assert only.status == 102


ONE = page(1)
HEAD, BLOCK = ONE[: heads.find_head_end(ONE, 0)], ONE[heads.find_head_end(ONE, 0) :]
RECORD_HEADS = {
    "upper case": ONE.replace(b"WARC-Type: response", b"WARC-TYPE: RESPONSE"),
    "lower case": ONE.replace(b"WARC/1.0", b"warc/1.0").replace(b"WARC-", b"warc-"),
    "mixed case": ONE.replace(b"WARC/1.0", b"Warc/1.0"),
    "WARC/0.17": ONE.replace(b"WARC/1.0", b"WARC/0.17"),
    "WARC/0.18": ONE.replace(b"WARC/1.0", b"WARC/0.18 "),
    "spaces": ONE.replace(b": ", b" :  ", 4),
    "a continued line": ONE.replace(b"WARC-Type: response", b"WARC-Type:\r\n\tresponse"),
    "lines that end in LF": HEAD.replace(b"\r\n", b"\n") + BLOCK,
    "lines that end in CR CR LF": HEAD.replace(b"\r\n", b"\r\r\n") + BLOCK,
    "a line without a colon": ONE.replace(b"WARC-Type", b"nothing\r\nWARC-Type"),
    "Latin-1": ONE.replace(b"WARC-Type", b"X-Place: K\xf6ln\r\nWARC-Type"),
    "no type": ONE.replace(b"WARC-Type: response", b"Content-Type: application/http; msgtype=response"),
}  # fmt: skip


@pytest.mark.parametrize("how", RECORD_HEADS)
def test_heads_of_records(tmp_path: Path, how: str) -> None:
    assert RECORD_HEADS[how] != ONE
    found, errors = read(tmp_path / "a", page(0) + RECORD_HEADS[how] + page(2))
    assert errors == []
    assert [one.url for one in found] == [f"https://www.bloomberg.example/{number}" for number in range(3)]
    assert found[1].body == b"<p>Story 1</p>" * 20


@pytest.mark.parametrize(
    ("broken", "detail"),
    [
        (page(1, WARC_Type=""), "record without a type"),
        (page(1, WARC_Type="respnse"), "record of the unknown type 'respnse'"),
        (record(response(BODY), WARC_Target_URI=""), "record without an address"),
    ],
)
def test_a_record_that_may_hold_a_page_is_not_passed_over_in_silence(
    tmp_path: Path, broken: bytes, detail: str
) -> None:
    found, (error,) = read(tmp_path / "a", page(0) + broken + page(2))
    assert len(found) == 2
    assert (error.offset, error.detail) == (len(page(0)), detail)


ARC_LINES = {
    "a type with parameters": b"text/html; charset=utf-8 ",
    "no type": b"",
    "an empty type": b" ",
    "ARC 2": b"text/html 200 a0b1c2 http://www.bloomberg.example/to 4711 IA-1.arc ",
}


@pytest.mark.parametrize("how", ARC_LINES)
@pytest.mark.parametrize("url", ["http://www.bloomberg.example/1", "http://www.bloomberg.example/1 2&a=b c"])
def test_lines_of_arc_records(tmp_path: Path, how: str, url: str) -> None:
    block = response(BODY)
    odd = b"%s 192.0.2.1 202003141509 %s%d\n" % (url.encode(), ARC_LINES[how], len(block)) + block
    found, errors = read(tmp_path / "a", arc(arc_record(response(b"before")), odd, arc_record(response(b"after"))))
    assert errors == []
    assert [one.body for one in found] == [b"before", BODY, b"after"]
    assert (found[1].url, found[1].captured_at) == (url.replace(" ", "%20"), datetime(2020, 3, 14, 15, 9, tzinfo=UTC))


@pytest.mark.parametrize("length", ["-1", "abc"])
def test_an_arc_record_of_unknown_length_ends_before_the_next(tmp_path: Path, length: str) -> None:
    odd = f"http://www.bloomberg.example/1 192.0.2.1 20050314120000 text/html {length}\n".encode() + response(BODY)
    found, errors = read(tmp_path / "a", arc(odd, arc_record(response(b"after"))))
    assert (errors, [one.body for one in found]) == ([], [BODY, b"after"])
