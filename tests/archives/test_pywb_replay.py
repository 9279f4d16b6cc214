"""A real pywb shows the captures that crawls have kept, as a person would look at them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import brotli
import pytest

from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import CaptureRef
from newscrawl.crawl.policy.archives import make_replay_url
from tests.archives.pywb import Pywb, executable, serving
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Answer, article, feed, publisher

pytestmark = pytest.mark.long
PLAIN, EDITED, TWIN, ZIPPED, PACKED, OLD, NEW, GONE = (
    f"/news/articles/2024-03-05/{name}"
    for name in ("plain", "edited", "twin", "zipped", "packed", "old", "new", "gone")
)
YOUNG = "/news/articles/undated/young"
BODY = {path: article(f"Headline of {path.rpartition('/')[2]}")[2] for path in (PLAIN, EDITED, YOUNG, ZIPPED, PACKED)}
BODY[NEW] = article("It Moved")[2]
BODY[YOUNG] = BODY[YOUNG].replace(b'datetime="2024-03-05T10:15:00.000Z"', b"")
EDITION = article("Another Headline")[2]


@dataclass(frozen=True)
class Shown:
    """What a pywb shows, and what was kept by path, in the order of time."""

    pywb: Pywb
    base: str
    refs: dict[str, list[CaptureRef]]

    def page(self, path: str, number: int = 0, *, rewritten: bool = False) -> bytes:
        """What a capture is shown as: as it was served, or for people."""
        with urlopen(self._address(path, number, rewritten=rewritten), timeout=30) as answer:
            assert answer.status == 200
            return bytes(answer.read())

    def answer(self, path: str, *, rewritten: bool = False) -> HTTPResponse | HTTPError:
        """What is answered, wherever it leads."""
        address = self._address(path, 0, rewritten=rewritten)
        try:
            found: HTTPResponse = build_opener(_Stay).open(address, timeout=30)
        except HTTPError as error:
            return error
        return found

    def _address(self, path: str, number: int, *, rewritten: bool) -> str:
        address = make_replay_url(self.pywb.replay, self.refs[path][number])
        return address.replace("id_/", "mp_/") if rewritten else address


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Nowhere."""


def _routes(base: str) -> dict[str, Answer]:
    pages: dict[str, Answer] = {path: (200, HTML, body) for path, body in BODY.items()}
    return pages | {
        TWIN: pages[PLAIN],
        YOUNG: (200, HTML | {"ETag": '"v1"'}, BODY[YOUNG]),
        ZIPPED: (200, HTML | {"Content-Encoding": "gzip"}, gzip.compress(BODY[ZIPPED])),
        PACKED: (200, HTML | {"Content-Encoding": "br"}, brotli.compress(BODY[PACKED])),
        OLD: (301, {"Location": NEW}, b""),
        GONE: (404, HTML, b"<title>Not here</title>"),
        "/feed.rss": (200, *feed(base, PLAIN, EDITED, TWIN, YOUNG, ZIPPED, PACKED, OLD, GONE)[1:]),
        "/": (200, HTML, b"<a href='/markets'>Markets</a>"),
    }


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Three runs and a server over what they have kept."""
    executable()  # before the crawls, which would be for nothing
    folder = tmp_path_factory.mktemp("replay")
    with publisher() as site:
        crawl = Crawler(folder, site)
        site.routes |= _routes(site.base)
        assert crawl().code == 0
        site.routes[EDITED] = 200, HTML, EDITION
        assert crawl("-a", "full=1").code == 0
        site.routes[YOUNG] = 304, {"ETag": '"v1"'}, b""
        crawl.later(days=40)
        assert crawl().code == 0
        refs: dict[str, list[CaptureRef]] = {}
        with Originals() as originals:
            for path in sorted((folder / "warc").rglob("*.warc.gz")):
                for capture in read_captures(path, originals=originals):
                    refs.setdefault(capture.url.removeprefix(site.base), []).append(capture.ref)
        with serving(folder / "warc", folder / "work") as server:
            yield Shown(server, site.base, refs)


@pytest.mark.parametrize("path", [PLAIN, EDITED, YOUNG, ZIPPED, PACKED, NEW])
def test_a_page_is_replayed_as_it_was_served(shown: Shown, path: str) -> None:
    with urlopen(make_replay_url(shown.pywb.replay, shown.refs[path][0]), timeout=30) as answer:
        body = answer.read()
        coding = answer.headers["Content-Encoding"]
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(coding, bytes)
    assert unpack(body) == BODY[path]


def test_a_revisit_is_replayed_as_its_original(shown: Shown) -> None:
    kinds = {path: [ref.kind for ref in shown.refs[path]] for path in (PLAIN, EDITED, TWIN, YOUNG)}
    assert kinds[PLAIN][1:] == kinds[TWIN][1:] == ["revisit"]
    assert sorted((kinds[PLAIN][0], kinds[TWIN][0])) == ["response", "revisit"]  # whichever came first
    assert kinds[EDITED] == ["response", "response"]
    assert kinds[YOUNG] == ["response", "revisit", "revisit"]
    assert [shown.page(path, number) for path in (PLAIN, TWIN) for number in (0, 1)] == [BODY[PLAIN]] * 4
    assert [shown.page(EDITED, number) for number in (0, 1)] == [BODY[EDITED], EDITION]
    assert [shown.page(YOUNG, number) for number in (0, 1, 2)] == [BODY[YOUNG]] * 3


@pytest.mark.parametrize(
    ("path", "number", "headline"),
    [
        (PLAIN, 1, "Headline of plain"),
        (TWIN, 0, "Headline of plain"),
        (EDITED, 1, "Another Headline"),
        (YOUNG, 2, "Headline of young"),
        (ZIPPED, 0, "Headline of zipped"),
        (PACKED, 0, "Headline of packed"),
        (NEW, 0, "It Moved"),
    ],
)
def test_a_person_sees_the_article(shown: Shown, path: str, number: int, headline: str) -> None:
    page = shown.page(path, number, rewritten=True)
    assert f'<h1 class="lede-text-v2__hed">{headline}</h1>'.encode() in page
    assert b"wombat" in page  # rewritten for a browser, and not merely handed on


def test_a_redirect_leads_to_where_it_led(shown: Shown) -> None:
    with shown.answer(OLD, rewritten=True) as answer:
        assert answer.status == 301
        assert answer.headers["Location"].endswith(f"mp_/{shown.base}{NEW}")
    assert shown.page(OLD, rewritten=True).count(b"It Moved")


def test_a_404_is_replayed_as_a_404(shown: Shown) -> None:
    with shown.answer(GONE) as answer:
        assert (answer.status, answer.read()) == (404, b"<title>Not here</title>")


def test_the_index_has_every_page_and_its_location(shown: Shown) -> None:
    with urlopen(f"{shown.pywb.cdx}?url={shown.base}/&matchType=prefix&output=json", timeout=30) as answer:
        rows = [json.loads(line) for line in answer.read().splitlines()]
    told = {(row["filename"], int(row["offset"]), int(row["length"])) for row in rows}
    kept = [ref for refs in shown.refs.values() for ref in refs]
    assert told == {("/".join(Path(ref.file or "").parts[-2:]), ref.offset, ref.length) for ref in kept}
