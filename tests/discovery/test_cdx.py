"""Indexes of web archives: every form in which CDX servers answer, and what they answer instead."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl import discovery
from newscrawl.article import CaptureRef, Link
from newscrawl.discovery import Listing, Refused, _cdx_rows, cdx, cdx_pages
from newscrawl.errors import DiscoveryError
from tests.cpu_time import at_most

AT = "https://archive.example/cdx?url=bloomberg.example%2Fnews%2F&matchType=prefix"
PAGE = "http://www.bloomberg.example/news/2013-05-27/harbour-quiet.html"
KEY = "example,bloomberg)/news/2013-05-27/harbour-quiet.html"
DIGEST = "QASQQ6U6F2GQ5FPC3IQVF2F6F5KSOZQW"
OTHER = "HZF2RPMY7TGV4YQAB2UPTZRLKSROYTAW"

WAYBACK = (
    '[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],\n'
    f'["{KEY}", "20130527120000", "{PAGE.replace(".example/", ".example:80/")}", "text/html", "200", '
    f'"{DIGEST}", "386"],\n'
    f'["{KEY}", "20140601120000", "{PAGE}", "warc/revisit", "-", "{OTHER}", "384"]]\n'
)
TEXT = (
    f"{KEY} 20130527120000 {PAGE} text/html 200 {DIGEST} 386\n{KEY} 20140601120000 {PAGE} warc/revisit - {OTHER} 384\n"
)
ONE = {"url": PAGE, "mime": "text/html", "status": "200", "digest": DIGEST, "length": "386"}
TWO = {"url": PAGE, "mime": "warc/revisit", "digest": OTHER, "length": "384"}
PLACE = {"offset": "257", "filename": "one.warc.gz"}
CDXJ = f"{KEY} 20130527120000 {json.dumps(ONE | PLACE)}\n{KEY} 20140601120000 {json.dumps(TWO)}\n"
LINES = "".join(
    json.dumps({"urlkey": KEY, "timestamp": timestamp, **row}) + "\n"
    for timestamp, row in (("20130527120000", ONE | PLACE), ("20140601120000", TWO))
)
CDX_11 = f"{KEY} 20130527120000 {PAGE} text/html 200 {DIGEST} - - 386 257 one.warc.gz\n"

FIRST = CaptureRef(
    url=PAGE,
    captured_at=datetime(2013, 5, 27, 12, tzinfo=UTC),
    status=200,
    content_type="text/html",
    digest=f"sha1:{DIGEST}",
    length=386,
)
SECOND = CaptureRef(
    url=PAGE,
    captured_at=datetime(2014, 6, 1, 12, tzinfo=UTC),
    content_type="warc/revisit",
    digest=f"sha1:{OTHER}",
    length=384,
)


def read(body: str | bytes, url: str = AT) -> Listing:
    return discovery.read("cdx", body.encode() if isinstance(body, str) else body, url)


def refs(listing: Listing) -> list[CaptureRef]:
    return [link.capture for link in listing.links if link.capture]


def error(body: str | bytes, url: str = AT, source: str = "cdx") -> DiscoveryError:
    with pytest.raises(DiscoveryError) as caught:
        discovery.read(source, body.encode() if isinstance(body, str) else body, url)
    assert caught.value.url == url
    return caught.value


def row(**fields: Any) -> CaptureRef | Refused:
    """What comes of one row of JSON lines."""
    listing = read(json.dumps({"timestamp": "20130527120000", **ONE, **fields}) + "\n{}")
    return refs(listing)[0] if listing.links else listing.refused[0]


@pytest.mark.parametrize("body", [WAYBACK, WAYBACK.replace("\n", "\r\n"), WAYBACK.replace("\n", ""), TEXT, CDXJ, LINES])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_form_tells_the_same(body: str, pack: Any) -> None:
    listing = read(pack(body.encode()))
    found = refs(listing)
    assert [(ref.url, ref.captured_at, ref.status, ref.content_type, ref.digest, ref.length) for ref in found] == [
        (ref.url, ref.captured_at, ref.status, ref.content_type, ref.digest, ref.length) for ref in (FIRST, SECOND)
    ]
    assert listing == Listing(links=tuple(Link(url=PAGE, source="cdx", capture=ref) for ref in found))


@pytest.mark.parametrize("body", [CDXJ, LINES, CDX_11])
def test_some_tell_where_the_record_is(body: str) -> None:
    assert (refs(read(body))[0].file, refs(read(body))[0].offset) == ("one.warc.gz", 257)


def test_plain_text_has_the_fields_that_were_asked_for() -> None:
    only = refs(read(f"20130527120000 {PAGE}\n", f"{AT}&fl=timestamp,original"))
    assert only == [CaptureRef(url=PAGE, captured_at=FIRST.captured_at)]
    assert error(f"{KEY} 200\n", f"{AT}&fl=urlkey,statuscode").reason == "not_cdx"
    assert error(TEXT, f"{AT}&fl=timestamp,original").reason == "not_cdx"


NOTHING = ["", "\n", "[]", "[]\n", "[[]]"]
NOTHING += [json.dumps({name: "No Captures found for: bloomberg.example/*"}) for name in ("message", "error")]


@pytest.mark.parametrize("body", NOTHING)
def test_what_nobody_captured_is_an_empty_list(body: str) -> None:
    assert read(body) == Listing(links=())


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("<!doctype html><html><title>503 Backend fetch failed</title></html>", "HTML or XML in place"),
        (" \n<?xml version='1.0'?><error/>", "HTML or XML in place"),
        ("org.archive.util.io.RuntimeIOException: java.io.IOException", "RuntimeIOException"),
        ("Blocked Site Error", "Blocked Site Error"),
        ('{"message": "The \\"url\\" param is required"}', 'the index says: \'The "url" param is required'),
        ('{"items": []}', "no captures"),
        ('{"timestamp": "2013', "no line is a capture"),
        ('[["urlkey","length"],\n["a","1"]]', "without timestamp"),
        (f'["{KEY}", "20130527120000", "{PAGE}"]', "without timestamp"),
        ("[1, 2]", "without timestamp"),
        ("[" * 200_000, "no line is a capture"),
        ("{" * 200_000, "no line is a capture"),
        ('{"timestamp": ' + "[" * 200_000, "no line is a capture"),
        ("null", "null"),
        ("5", "'5'"),
        (b"\xff\xfe\x00", "not a line of an index"),
    ],
)
def test_what_is_no_index_is_called_so(body: str | bytes, detail: str) -> None:
    caught = error(body)
    assert caught.reason == "not_cdx"
    assert detail in str(caught)
    assert len(str(caught)) < 400


@pytest.mark.parametrize(
    "body",
    [
        WAYBACK[:-90],
        WAYBACK[: WAYBACK.rindex("\n[") + 1],
        WAYBACK[: WAYBACK.rindex("\n[") + 1] + "<html>504</html>",
        LINES + LINES[:90],
        CDXJ + CDXJ[:90],
        TEXT + TEXT[:90],
        LINES + "<html><body>504 Gateway Time-out</body></html>",
    ],
)
def test_of_an_answer_that_breaks_off_the_beginning_is_read(body: str) -> None:
    listing = read(body)
    assert refs(listing)[0].captured_at == FIRST.captured_at
    assert listing.error
    assert listing.error.reason == "broken_tail"
    assert listing.more == ()


@pytest.mark.parametrize("body", [WAYBACK, TEXT, CDXJ, LINES])
@pytest.mark.parametrize("broken", ["7", '["a"],', '{"a": 1', "one two", "x" * 10_000_000, "[" * 100_000])
def test_a_line_that_does_not_read_costs_no_other(body: str, broken: str) -> None:
    first = body.rindex("\n", 0, -1) + 1
    listing = read(f"{body[:first]}{broken}\n{body[first:]}")
    assert [ref.captured_at for ref in refs(listing)] == [FIRST.captured_at, SECOND.captured_at]
    assert (listing.refused, listing.error) == ((Refused("", "malformed"),), None)


def test_a_line_without_end_takes_no_time() -> None:
    with at_most(8):  # 0.5, measured; 17 where the line is kept whole
        assert len(refs(read(LINES + "x" * 49_000_000 + "\n" + LINES))) == 4


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("20130527", datetime(2013, 5, 27, tzinfo=UTC)),
        ("201305271", datetime(2013, 5, 27, 10, tzinfo=UTC)),
        ("2013", datetime(2013, 1, 1, tzinfo=UTC)),
        ("201305", datetime(2013, 5, 1, tzinfo=UTC)),
        (20130527120000, FIRST.captured_at),
        ("20130527120000123", FIRST.captured_at),
        ("20130500120000", None),
        ("20130231000000", None),
        ("20130527246060", None),
        ("2", None),
        ("-", None),
        ("٢٠١٣", None),
        (None, None),
        (["2013"], None),
        (1e300, None),
    ],
)
def test_timestamps(timestamp: Any, moment: datetime | None) -> None:
    found = row(timestamp=timestamp)
    assert found == Refused(PAGE, "no_time") if moment is None else refs_time(found) == moment


def refs_time(found: CaptureRef | Refused) -> datetime | None:
    return found.captured_at if isinstance(found, CaptureRef) else None


@pytest.mark.parametrize(
    ("original", "meant"),
    [
        ("http://www.bloomberg.example:80/a?b=:80", "http://www.bloomberg.example/a?b=:80"),
        ("https://www.bloomberg.example:443", "https://www.bloomberg.example"),
        ("https://www.bloomberg.example:80/", "https://www.bloomberg.example:80/"),
        ("http://www.bloomberg.example:8080/", "http://www.bloomberg.example:8080/"),
        ("www.bloomberg.example:80/news/", "http://www.bloomberg.example/news/"),
        ("bloomberg.example", "http://bloomberg.example"),
        ("dns:www.bloomberg.example", Refused("dns:www.bloomberg.example", "malformed")),
        ("not an address", Refused("not an address", "malformed")),
        ("http://[x", Refused("http://[x", "malformed")),
        ("", Refused("", "no_address")),
        (None, Refused("", "no_address")),
        (7, Refused("", "no_address")),
        (["http://a.example/"], Refused("", "no_address")),
    ],
)
def test_addresses(original: Any, meant: str | Refused) -> None:
    found = row(url=original)
    assert (found if isinstance(found, Refused) else found.url) == meant


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("status", 200, "status", 200),
        ("status", "-", "status", None),
        ("status", None, "status", None),
        ("status", True, "status", None),
        ("status", "٢٠٠", "status", None),
        ("length", "-1", "length", None),
        ("length", -1, "length", None),
        ("length", 1.5, "length", None),
        ("offset", "9" * 5000, "offset", None),
        ("offset", 0, "offset", 0),
        ("digest", f"sha1:{DIGEST}", "digest", f"sha1:{DIGEST}"),
        ("digest", "sha256:0af1", "digest", "sha256:0af1"),
        ("digest", "-", "digest", None),
        ("digest", {"sha1": 1}, "digest", None),
        ("digest", "a b", "digest", None),
        ("mime", "unk", "content_type", None),
        ("filename", 7, "file", None),
    ],
)
def test_fields_that_are_none_are_left_out(name: str, value: Any, field: str, meant: Any) -> None:
    assert getattr(row(**{name: value}), field) == meant


def test_a_type_that_the_server_did_not_send_is_the_one_detected() -> None:
    ref = row(**{"mime": "unk", "mime-detected": "text/html"})
    assert isinstance(ref, CaptureRef)
    assert ref.content_type == "text/html"


def asked(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("example%2Cbloomberg%29%2Fnews%2F+20130101000000%21", "example,bloomberg)/news/ 20130101000000!"),
        ("eJxLzs_V+zSy==", "eJxLzs_V+zSy=="),
    ],
)
@pytest.mark.parametrize("before", ["", "&resumeKey=old"])
def test_a_resume_key_leads_on(key: str, sent: str, before: str) -> None:
    for body in (f'{WAYBACK.rstrip()[:-1]},\n[],\n["{key}"]]', f"{TEXT}\n{key}\n"):
        listing = read(body, f"{AT}&limit=2{before}")
        assert len(refs(listing)) == 2
        assert listing.refused == ()
        (more,) = listing.more
        assert asked(more) == {**asked(AT), "limit": ["2"], "resumeKey": [sent]}


def test_a_server_that_goes_on_where_it_began_is_told() -> None:
    listing = read(f"{TEXT}\nabc\n", f"{AT}&resumeKey=abc")
    assert len(refs(listing)) == 2
    assert listing.more == ()
    assert listing.error
    assert listing.error.reason == "broken_tail"


@pytest.mark.parametrize("body", [WAYBACK, TEXT, CDXJ, LINES])
def test_without_a_key_a_full_answer_is_asked_for_again_and_wider(body: str) -> None:
    assert read(body, f"{AT}&limit=3").more == ()
    assert read(body, f"{AT}&limit=-2").more == ()
    assert read("", f"{AT}&limit=0").more == ()
    (more,) = read(body, f"{AT}&limit=2").more
    assert asked(more) == {**asked(AT), "limit": ["20"]}


def test_wider_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdx, "MAX_ENTRIES", 4)
    (more,) = read(TEXT, f"{AT}&limit=2").more
    assert asked(more)["limit"] == ["4"]
    for body, url in ((TEXT * 2, f"{AT}&limit=4"), (TEXT * 3, AT)):
        listing = read(body, url)
        assert (len(listing.links), listing.more) == (4, ())
        assert listing.error
        assert listing.error.reason == "too_many_entries"


def pages(body: str, url: str = f"{AT}&showNumPages=true") -> Listing:
    return discovery.read("cdx_pages", body.encode(), url)


@pytest.mark.parametrize("body", ['{"pages": 3, "pageSize": 5, "blocks": 14}', "3\n", " 3"])
def test_pages_are_lists(body: str) -> None:
    listing = pages(body)
    assert [asked(more) for more in listing.more] == [{**asked(AT), "page": [page]} for page in "012"]
    assert (listing.links, listing.refused, listing.error) == ((), (), None)


@pytest.mark.parametrize("body", ['{"pages": 0, "pageSize": 5, "blocks": 0}', "0", *NOTHING])
def test_a_crawl_without_captures_has_no_pages(body: str) -> None:
    assert pages(body) == Listing(links=())


def test_a_server_without_pages_is_asked_for_the_captures() -> None:
    """Those that it tells of at once are not filtered."""
    listing = pages(LINES, f"{AT}&showNumPages=true&filter=%3Dstatus%3A200")
    assert (listing.links, listing.refused, listing.error) == ((), (), None)
    assert [asked(more) for more in listing.more] == [{**asked(AT), "filter": ["=status:200"]}]


def test_pages_have_an_end() -> None:
    listing = pages('{"pages": 999999999}')
    assert len(listing.more) == cdx_pages.MAX_PAGES
    assert listing.error
    assert listing.error.reason == "too_many_entries"


@pytest.mark.parametrize(
    "body", ['{"pages": -1}', '{"pages": "3"}', '{"pages": true}', "-3", "9" * 5000, "<html>", "1.5"]
)
def test_what_counts_no_pages_is_called_so(body: str) -> None:
    assert error(body, source="cdx_pages").reason == "not_cdx"


def test_broken_gzip_is_not_called_empty() -> None:
    assert error(b"\x1f\x8b\x08broken", source="cdx_pages").reason == "broken_gzip"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([PAGE, "2013"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ONE, *PLACE, "pages"]), inner),
    max_leaves=8,
)


@given(st.lists(st.fixed_dictionaries({"timestamp": JSON}, optional=dict.fromkeys([*ONE, *PLACE], JSON)), min_size=1))
def test_whatever_stands_in_a_row_it_is_a_capture_or_refused(rows: list[dict[str, Any]]) -> None:
    body = "".join(f"{json.dumps(row)}\n" for row in rows)
    listing = read(LINES + body)
    assert len(listing.links) + len(listing.refused) == 2 + len(rows)
    for ref in refs(listing):
        assert ref.url.startswith(("http://", "https://"))
        assert all(number is None or number >= 0 for number in (ref.status, ref.length, ref.offset))


def test_a_line_is_read_up_to_its_limit() -> None:
    pad = {"pad": "x" * (_cdx_rows.MAX_LINE - 400)}
    assert isinstance(row(**pad), CaptureRef)
    pad = {"pad": "x" * _cdx_rows.MAX_LINE}
    assert read(LINES + json.dumps({**ONE, **pad}) + "\n" + LINES).refused == (Refused("", "malformed"),)


@pytest.mark.parametrize(("status", "read"), [("200", 200), ("599", 599), ("99999", None), ("600", None), ("0", None)])
def test_a_status_is_one_of_http(status: str, read: int | None) -> None:
    rows = CDX_11.replace(" text/html 200 ", f" text/html {status} ")
    (link,) = discovery.read("cdx", rows.encode(), AT).links
    assert link.capture
    assert link.capture.status == read
