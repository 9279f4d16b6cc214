"""A real CDX server and its replay: pywb, over WARC files that this project wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest

from newscrawl import discovery
from newscrawl.archives.capture import Capture
from newscrawl.article import CaptureRef
from newscrawl.crawl.policy import archives
from newscrawl.crawl.policy.archives import IndexPrefix
from newscrawl.discovery import Listing, cdx
from newscrawl.errors import DiscoveryError
from sample.warc_file import write_captures
from tests.archives.pywb import Pywb, serving

HOST = "http://www.bloomberg.example"
HARBOUR = f"{HOST}/news/2013-05-27/harbour-quiet.html"


def capture(url: str, when: str, body: bytes = b"<p>Quiet.</p>", status: int = 200) -> Capture:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("X-Served-By", "quay-7"))
    captured_at = datetime.fromisoformat(when).replace(tzinfo=UTC)
    return Capture(url=url, captured_at=captured_at, headers=headers, body=body, status=status)


CAPTURES = [
    capture(HARBOUR, "2013-05-27T12:00", "<html><head></head><p>Überfahrt \xa0</p>".encode("cp1252")),
    capture(HARBOUR, "2013-06-01T09:30:05"),
    capture(HARBOUR, "2015-01-01"),
    capture(f"{HOST}:80/news/2013-05-28/tern.html", "2013-05-28T01:00", b"<p>A tern.</p>"),
    capture(f"{HOST}/news/2013-05-29/late.html", "2013-05-29T01:00"),
    capture(f"{HOST}/news/2013-05-28/gone.html", "2013-05-28T02:00", status=404),
    capture("http://www.bloomberg.example.org/news/2013-05-28/other.html", "2013-05-28T02:00"),
    capture(f"{HOST}/apps/news?pid=newsarchive&sid=aBc_9.x", "2008-10-04", b"<p>Old.</p>"),
]


@pytest.fixture(scope="module")
def pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """One server for all: it takes seconds to start."""
    folder = tmp_path_factory.mktemp("pywb")
    (folder / "warcs").mkdir()
    write_captures(folder / "warcs" / "one.warc.gz", CAPTURES[:3])
    write_captures(folder / "warcs" / "two.warc", CAPTURES[3:])
    with serving(folder / "warcs", folder / "work") as server:
        yield server


def ask(url: str, source: str = "cdx") -> Listing:
    with urlopen(url, timeout=30) as response:
        return discovery.read(source, response.read(), url)


def refs(listing: Listing) -> list[CaptureRef]:
    assert (listing.refused, listing.error) == ((), None)
    return [link.capture for link in listing.links if link.capture]


def found(pywb: Pywb, prefix: str, **asked: Any) -> list[CaptureRef]:
    return find(pywb, IndexPrefix(f"bloomberg.example/{prefix}"), **asked)


def find(pywb: Pywb, wanted: IndexPrefix, **asked: Any) -> list[CaptureRef]:
    return refs(ask(archives.make_wayback_query(pywb.cdx, wanted, **{"limit": 100, **asked})))


def of(*captures: Capture) -> list[tuple[str, datetime]]:
    return sorted((one.url.replace(":80", ""), one.captured_at) for one in captures)


def read_rows(refs: list[CaptureRef]) -> list[tuple[str, datetime]]:
    return sorted((ref.url, ref.captured_at) for ref in refs)


def test_it_tells_of_the_captures_that_were_written(pywb: Pywb) -> None:
    all_of_them = found(pywb, "")
    assert read_rows(all_of_them) == of(*CAPTURES[:5], CAPTURES[7])  # neither what was not found nor another site's
    assert {(ref.status, ref.content_type) for ref in all_of_them} == {(200, "text/html")}
    assert all(ref.digest and ref.digest.startswith("sha1:") and ref.length for ref in all_of_them)
    assert {ref.file for ref in all_of_them} == {"one.warc.gz", "two.warc"}


@pytest.mark.parametrize(
    ("prefix", "indexes"),
    [
        ("news/2013-05-27", (0, 1, 2)),
        ("news/2013-05-2", (0, 1, 2, 3, 4)),
        ("news/2013-", (0, 1, 2, 3, 4)),
        ("news/2014-", ()),
        ("apps/news?pid=newsarchive", (7,)),
    ],
)
def test_prefixes(pywb: Pywb, prefix: str, indexes: tuple[int, ...]) -> None:
    assert read_rows(found(pywb, prefix)) == of(*(CAPTURES[index] for index in indexes))


def test_the_prefix_of_two_days_finds_their_articles(pywb: Pywb) -> None:
    [two_days] = archives.expand_prefixes(["bloomberg.example/news/{day}"], date(2013, 5, 27), date(2013, 5, 28))
    # pywb does not understand Wayback's expressions: it may return other days, and never fewer
    assert read_rows(find(pywb, two_days)) == of(*CAPTURES[:5])
    query = archives.make_commoncrawl_query(pywb.cdx, two_days)
    assert read_rows(refs(ask(cdx.replace_parameters(query, showNumPages=None)))) == of(*CAPTURES[:4])


def test_a_host_with_its_subdomains(pywb: Pywb) -> None:
    wanted = IndexPrefix("bloomberg.example", is_domain=True)
    pages = of(*CAPTURES[:5], CAPTURES[7])
    assert read_rows(find(pywb, wanted)) == pages
    assert read_rows(find(pywb, IndexPrefix("example", is_domain=True))) == pages
    query = archives.make_commoncrawl_query(pywb.cdx, wanted)
    assert set(pages) <= set(read_rows(refs(ask(cdx.replace_parameters(query, showNumPages=None)))))


@pytest.mark.parametrize(
    ("since", "until", "indexes"),
    [
        (date(2013, 5, 27), date(2013, 5, 28), (0, 3)),
        (datetime(2013, 5, 27, 12, 0, 1, tzinfo=UTC), datetime(2013, 6, 1, 9, 30, 5, tzinfo=UTC), (1, 3, 4)),
        (date(2013, 6, 2), None, (2,)),
        (None, date(2013, 5, 27), (0,)),
    ],
)
def test_from_and_to(pywb: Pywb, since: date | None, until: date | None, indexes: tuple[int, ...]) -> None:
    assert read_rows(found(pywb, "news/", since=since, until=until)) == of(*(CAPTURES[index] for index in indexes))


def test_it_knows_no_resume_key_so_that_it_is_asked_again_and_wider(pywb: Pywb) -> None:
    first = ask(archives.make_wayback_query(pywb.cdx, IndexPrefix("bloomberg.example/"), limit=2))
    assert len(refs(first)) == 2
    (more,) = first.more
    second = ask(more)
    assert len(refs(second)) == 6
    assert second.more == ()
    assert refs(second)[:2] == refs(first)


@pytest.mark.parametrize("output", ["json", "text", "cdxj"])
def test_it_has_three_forms(pywb: Pywb, output: str) -> None:
    fields = "&fl=urlkey,timestamp,url" if output == "text" else ""
    listing = ask(f"{pywb.cdx}?url=bloomberg.example/news/2013-05-27/*&output={output}{fields}")
    assert read_rows(refs(listing)) == of(*CAPTURES[:3])


def test_a_query_as_common_crawl_takes_it(pywb: Pywb) -> None:
    """Of an index in one file it counts no pages, but answers with captures of every status."""
    counting = ask(
        archives.make_commoncrawl_query(pywb.cdx, IndexPrefix("bloomberg.example/news/2013-05-28")), "cdx_pages"
    )
    assert refs(counting) == []
    (more,) = counting.more
    (ref,) = refs(ask(more))
    assert (read_rows([ref]), ref.file) == (of(CAPTURES[3]), "two.warc")
    assert (
        ask(archives.make_commoncrawl_query(pywb.cdx, IndexPrefix("bloomberg.example/none/")), "cdx_pages").more == ()
    )


def test_what_nobody_captured(pywb: Pywb) -> None:
    assert found(pywb, "news/1999-") == []


def test_what_it_says_of_a_query_that_it_does_not_take(pywb: Pywb) -> None:
    with pytest.raises(HTTPError) as caught:
        urlopen(f"{pywb.cdx}?output=json", timeout=30)
    with caught.value as answer, pytest.raises(DiscoveryError, match='"url" param is required'):
        discovery.read("cdx", answer.read(), pywb.cdx)


@pytest.mark.parametrize("index", [0, 1, 3, 7])
def test_a_replay_has_the_bytes_as_they_were_served(pywb: Pywb, index: int) -> None:
    wanted = CAPTURES[index]
    (ref,) = (ref for ref in found(pywb, "") if of(wanted) == [(ref.url, ref.captured_at)])
    with urlopen(archives.make_replay_url(pywb.replay, ref), timeout=30) as response:
        assert response.read() == wanted.body
        assert (response.headers["Content-Type"], response.headers["X-Served-By"]) == (
            "text/html; charset=utf-8",
            "quay-7",
        )
        assert response.headers["Memento-Datetime"] == f"{wanted.captured_at:%a, %d %b %Y %H:%M:%S GMT}"
        assert archives.read_capture_time(response.url, pywb.replay) == wanted.captured_at
        assert archives.read_original_url(response.url, pywb.replay) == ref.url


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def test_a_time_without_a_capture_leads_to_the_nearest(pywb: Pywb) -> None:
    ref = CaptureRef(url=HARBOUR, captured_at=datetime(2013, 6, 2, tzinfo=UTC))
    with pytest.raises(HTTPError) as caught:
        build_opener(_Stay).open(archives.make_replay_url(pywb.replay, ref), timeout=30)
    with caught.value as answer:
        assert answer.code == 307
        assert archives.read_capture_time(answer.headers["Location"], pywb.replay) == CAPTURES[1].captured_at
    response: HTTPResponse
    with urlopen(archives.make_replay_url(pywb.replay, ref), timeout=30) as response:
        assert response.read() == CAPTURES[1].body


def test_a_page_of_its_own_is_no_index(pywb: Pywb) -> None:
    home = pywb.cdx.removesuffix("/cdx")
    with urlopen(f"{home}/", timeout=30) as response, pytest.raises(DiscoveryError) as caught:
        discovery.read("cdx", response.read(), f"{home}/")
    assert caught.value.reason == "not_cdx"
