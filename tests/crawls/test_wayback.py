"""Whole runs over a web archive: a real pywb, and one that behaves as archives do on bad days."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from newscrawl import __version__
from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import read_captures
from newscrawl.publishers import normalize_by_publisher
from sample.warc_file import write_captures
from tests.archives.pywb import Pywb, serving
from tests.crawls.archived import (
    DAYS,
    HOST,
    QUAY,
    TERN,
    articles,
    beside,
    capture,
    captured,
    counts,
    past,
    revisions,
    rows,
    story,
    texts,
)
from tests.crawls.crawler import Crawled, Crawler
from tests.crawls.loopback import HTML, Answer, Publisher, publisher

DAY = f"{HOST}/archive/news/2013-05-27/"
HARBOUR, GULL, FORBIDDEN, GATE = (
    f"{HOST}/news/2013-05-2{n}/{name}.html" for n, name in ((8, "harbour"), (7, "gull"), (7, "forbidden"), (8, "gate"))
)
UNNAMED = f"{HOST}/about/unnamed-story"
CHALLENGE: Answer = 200, HTML, b"<html><head><title>Are you a robot?</title></head><body><p>Robot?</p></body></html>"


def listing(*paths: str) -> Answer:
    """The publisher's page of a day."""
    stories = "".join(f'<li><a href="{path}">A story</a></li>' for path in paths)
    return 200, HTML, f'<html><body><ul class="stories">{stories}</ul></body></html>'.encode()


CAPTURES = [
    capture(QUAY, "2013-05-28T01:00", story(QUAY, "Quay Quiet")),
    capture(QUAY, "2013-05-29T01:00", story(QUAY, "Quay Quiet", extra="In the middle.")),
    capture(QUAY, "2014-05-29T01:00", story(QUAY, "Quay Is Quiet", extra="Corrected.")),
    capture("http://bloomberg.example/news/articles/2013-05-27/quay", "2016-05-29T01:00", story(QUAY, "Quay Is Quiet")),
    capture("https://www.bloomberg.example/news/2013-05-28/tern.html", "2013-05-28T05:00"),
    capture("http://mobile.bloomberg.example/news/2013-05-28/tern", "2013-05-28T06:00", story(TERN, "Tern Lands")),
    capture(HARBOUR, "2013-05-28T05:00", CHALLENGE),
    capture(
        DAY,
        "2013-06-01",
        listing(
            "/news/2013-05-27/quay.html",
            "/about/unnamed-story",
            "/video/123.html",
            "/news/2013-05-27/gone.html",
            "/news/2013-05-27/forbidden.html",
        ),
    ),
    capture(UNNAMED, "2013-07-01T00:00", story("/2013-05-27/unnamed", "Of No Dated Address")),
    capture(f"{HOST}/news/2013-05-27/gone.html", "2013-06-01", (404, HTML, b"<title>Gone</title>")),
    capture(FORBIDDEN, "2013-06-01", (403, HTML, b"<title>Forbidden</title>")),
    capture(f"{HOST}/news/2013-06-20/out-of-the-days.html", "2013-06-20"),
    capture("http://elsewhere.example/news/2013-05-27/other.html", "2013-06-20"),
]


@pytest.fixture(scope="module")
def pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """One server for all: it takes seconds to start."""
    folder = tmp_path_factory.mktemp("pywb")
    (folder / "warcs").mkdir()
    write_captures(folder / "warcs" / "one.warc.gz", CAPTURES[:6])
    write_captures(folder / "warcs" / "two.warc", CAPTURES[6:])
    with serving(folder / "warcs", folder / "work") as server:
        yield server


@pytest.fixture
def crawl(tmp_path: Path, site: Publisher) -> Crawler:
    """Crawls archives of a publisher that is no more."""
    return Crawler(tmp_path, site, modules="tests.crawls.past")


def at(index: str, replay: str) -> tuple[str, ...]:
    """Arguments for a run over the archive that answers there."""
    urls = {"NEWSCRAWL_WAYBACK_INDEX": index, "NEWSCRAWL_WAYBACK_REPLAY": replay, "NEWSCRAWL_ARCHIVE_DELAY": "0"}
    return (
        "-a",
        "source=wayback",
        *DAYS,
        *(word for name, value in urls.items() for word in ("-s", f"{name}={value}")),
    )


def fetched(run: Crawled) -> int:
    return counts(run).get("pages/asked", 0)


@pytest.mark.long
def test_a_day_of_a_real_archive(crawl: Crawler, pywb: Pywb) -> None:
    asking = at(pywb.cdx, pywb.replay)
    dry = crawl.without_store(*asking, "--dry-run", spider="past")
    assert (dry.returncode, dry.stderr) == (0, "")
    *table, line = dry.stdout.splitlines()
    assert [row.split() for row in table[1:]] == [["2013", "7", "0"], ["2014", "1", "0"], ["2016", "1", "0"]]
    assert line.startswith("past: dry run: pages to fetch: ")
    assert not (crawl.folder / "news.db").exists()
    assert not (crawl.folder / "warc").exists()

    run = past(crawl, *asking)
    assert (run.code, run.err) == (0, ""), "a challenge of then is history"
    assert {one["headline"] for one in articles(run.store).values()} == {
        "Quay Is Quiet",
        "Tern Lands",
        "Of No Dated Address",
    }
    ledger = {page.url: (page.state, page.reason) for page in run.pages}
    assert ledger[HARBOUR][0] == "blocked"
    assert ledger[FORBIDDEN] == ("refused", "http_403")
    assert ledger[f"{HOST}/news/2013-05-27/gone.html"] == ("refused", "http_404")
    assert ledger[f"{HOST}/video/123.html"] == ("refused", "video")
    assert "elsewhere" not in "".join(ledger)
    assert [(row[0].split("/")[-1], row[2][:10], row[4]) for row in revisions(crawl.folder) if "quay" in row[0]] == [
        ("quay", "2013-05-28", "Quay Quiet"),
        ("quay", "2014-05-29", "Quay Is Quiet"),
        ("quay", "2016-05-29", "Quay Is Quiet"),
    ]
    unnamed = next(row for row in captured(crawl.folder) if row[0] == normalize_by_publisher(UNNAMED))
    assert unnamed[1].startswith("2013-07-01 00:00:00"), "the capture nearest to the list's is of its own time"
    [ran] = run.store.runs()
    assert (ran.source, ran.arguments["since"]) == ("wayback", "2013-05-27")

    again = past(crawl, *asking)
    assert (again.code, fetched(again)) == (0, 0)
    assert again.out.startswith("past: done: 0 stored, 0 updated, 0 unchanged, ")
    assert again.out.rstrip().endswith("read before")
    every = past(crawl, *asking, "-a", "captures=all")
    assert fetched(every) == 1
    assert len([row for row in revisions(crawl.folder) if "quay" in row[0]]) == 4

    written = [one for file in sorted((crawl.folder / "warc").rglob("*.warc.gz")) for one in read_captures(file)]
    served = {(one.url.replace(":80", ""), one.captured_at): one.body for one in CAPTURES}
    assert all(served[one.url, one.captured_at] == one.body for one in written)
    assert len(written) == 8
    raw = b"".join(_unpacked(file) for file in (crawl.folder / "warc").rglob("*.warc.gz"))
    assert f"WARC-Source-URI: {pywb.replay.format(timestamp='20130528010000', url=QUAY)}".encode() in raw
    other = beside(crawl, "other")
    read = past(other, "-a", f"warc={crawl.folder}/warc/**/*.warc.gz")
    assert (read.code, read.err) == (0, "")
    assert texts(read.store) == texts(every.store)
    assert revisions(other.folder) == revisions(crawl.folder)
    assert rows(crawl.folder, "SELECT count(*) FROM captures WHERE file IS NULL AND state = 'stored'") == [(0,)]


@pytest.mark.long
def test_a_site_that_newscrawl_does_not_know(tmp_path: Path, site: Publisher, pywb: Pywb) -> None:
    crawl = Crawler(tmp_path, site, modules="newscrawl.spiders")
    run = crawl(*at(pywb.cdx, pywb.replay), "-a", "site=elsewhere.example", spider="news")
    assert (run.code, run.err) == (0, "")
    found = [("http://elsewhere.example/news/2013-05-27/other.html", "stored", "elsewhere.example")]
    assert [(page.url, page.state, page.site) for page in run.pages] == found


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


class Archive:
    """An archive whose answers a test sets: its index by a part of the query, its replay by the captured address."""

    def __init__(self, server: Publisher, *pages: Capture) -> None:
        self.server, self.pages = server, pages
        self.index = f"{server.base}/cdx"
        self.replay = f"{server.base}/web/{{timestamp}}id_/{{url}}"
        self.asking = at(self.index, self.replay)
        self.answers: dict[str, Answer] = {}
        """By a part of the requested address; others are answered from the pages."""
        self.limit = 1000
        self.hidden: tuple[Capture, ...] = ()
        """Captures that it replays, and does not list."""

    def path(self, one: Capture) -> str:
        return self.address(one).removeprefix(self.server.base)

    def parts(self, text: str) -> list[str]:
        """The requested parts of the index whose address contains a text."""
        return [path for path in self.server.paths if text in path]

    def answer(self, path: str) -> Answer:
        """The answer to a request."""
        for part, answer in self.answers.items():
            if part in path:
                return answer
        if path.startswith("/cdx?"):
            return self._rows(parse_qs(urlsplit(path).query))
        found = next((one for one in (*self.pages, *self.hidden) if self.address(one).endswith(path)), None)
        if found is None:
            return 404, HTML, b"<title>Not archived</title>"
        moment = format_datetime(found.captured_at, usegmt=True)
        return found.status, {**dict(found.headers), "Memento-Datetime": moment}, found.body

    def address(self, one: Capture) -> str:
        """Where a capture is replayed."""
        return self.replay.format(timestamp=f"{one.captured_at:%Y%m%d%H%M%S}", url=one.url)

    def _rows(self, query: dict[str, list[str]]) -> Answer:
        unwanted = [text.removeprefix("!urlkey:") for text in query["filter"] if text.startswith("!urlkey:")]
        matching = []
        for one in self.pages:
            host, _, path = one.url.partition("//")[2].removeprefix("www.").partition("/")
            is_excluded = any(re.fullmatch(each, f"key,of)/{path}") for each in unwanted)
            if f"{host}/{path}".startswith(query["url"][0]) and not is_excluded:
                matching.append(one)
        start = int(query.get("resumeKey", ["0"])[0])
        names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
        rows = [
            ["x", f"{one.captured_at:%Y%m%d%H%M%S}", one.url, "text/html", "200", f"{number:A>32}", "9"]
            for number, one in enumerate(matching)
        ][start : start + self.limit]
        rest: list[list[str]] = [[], [str(start + self.limit)]] if len(matching) > start + self.limit else []
        lines = ",\n".join(map(json.dumps, [names, *rows, *rest] if rows else []))
        return 200, {"Content-Type": "application/json"}, f"[{lines}]\n".encode()


class _Routes(dict[str, object]):
    """Routes of a server that all lead to an archive."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def get(self, path: str, default: object = None) -> object:
        return self.archive.answer(path) if path.startswith("/") and path != "/robots.txt" else default


@pytest.fixture
def archive(site: Publisher) -> Archive:
    """Of two days, a page each, and a third in a list."""
    pages = [
        capture(QUAY, "2013-05-28T01:00"),
        capture(TERN, "2013-05-28T05:00"),
        capture(GULL, "2013-05-28T05:00"),
    ]
    archive = Archive(site, *pages)
    site.routes = _Routes(archive)  # type: ignore[assignment]
    return archive


def headlines(run: Crawled) -> set[str]:
    return {one["headline"].removeprefix("Headline of ") for one in articles(run.store).values()}


def test_an_index_in_pieces(crawl: Crawler, archive: Archive) -> None:
    archive.limit = 1
    run = past(crawl, *archive.asking)
    assert (run.code, run.err) == (0, "")
    assert headlines(run) == {"quay.html", "tern.html", "gull.html"}
    assert [path for path in archive.server.paths if "resumeKey=1" in path]
    assert len(archive.server.paths) == len(set(archive.server.paths))


def test_an_index_that_answers_html_and_pages_that_fail(crawl: Crawler, archive: Archive) -> None:
    outage: Answer = 200, HTML, b"<html><body>The archive is down for maintenance.</body></html>"
    archive.answers = {"apps%2Fnews": outage, "/web/20130528050000id_/": (502, HTML, b"Bad Gateway")}
    run = past(crawl, *archive.asking)
    assert run.code == 7
    assert headlines(run) == {"quay.html"}
    assert run.out.startswith("past: partly failed: 1 stored, 0 updated, 0 unchanged, 2 failed (http_502 2)\n")
    assert "HTML or XML in place of an index" in run.err
    assert run.ledger[GULL.partition(":")[2]] == ("failed", "http_502")
    archive.answers = {"/web/20130528050000id_/": outage}
    again = past(crawl, *archive.asking)
    assert again.code == 7
    assert counts(again)["failed/no_capture"] == 2
    assert Counter(page.state for page in again.pages) == {"stored": 1, "failed": 2}
    assert not [one for one in articles(again.store).values() if archive.server.base in one["url"]]
    archive.answers = {}
    assert past(crawl, *archive.asking).out == "past: done: 2 stored, 0 updated, 0 unchanged, 1 read before\n"


def test_an_archive_that_asks_for_patience_is_given_it(crawl: Crawler, archive: Archive) -> None:
    busy: list[float] = []
    page = archive.answer(archive.address(archive.pages[0]).removeprefix(archive.server.base))

    class Once(dict[str, Answer]):
        def items(self):  # type: ignore[no-untyped-def]
            if not busy and archive.server.paths[-1].endswith("quay.html"):
                busy.append(time.monotonic())
                return [("quay", (503, {"Retry-After": "2"}, b""))]
            return [("quay.html", page)] if archive.server.paths[-1].endswith("quay.html") else []

    archive.answers = Once()
    run = past(crawl, *archive.asking)
    assert (run.code, headlines(run)) == (0, {"quay.html", "tern.html", "gull.html"})
    [later, *_] = [moment for moment, path, _ in archive.server.requests if moment > busy[0]]
    assert later - busy[0] >= 1.9


def test_an_archive_that_blocks_is_not_requested_again_and_the_next_run_fetches_the_rest(
    crawl: Crawler, archive: Archive
) -> None:
    archive.answers = {"/web/20130528050000id_/": (429, {"Retry-After": "3600"}, b"<title>Too Many Requests</title>")}
    run = past(crawl, *archive.asking)
    assert run.code == 4
    assert "HTTP 429, asks for 3600 s" in run.out
    assert len([path for path in archive.server.paths if "/20130528050000id_/" in path]) == 1
    assert {page.state for page in run.pages} <= {"stored", "discovered"}
    archive.answers = {}
    again = past(crawl, *archive.asking)
    assert (again.code, headlines(again)) == (0, {"quay.html", "tern.html", "gull.html"})
    archive.answers = {"/cdx": (429, {"Retry-After": "3600"}, b"")}
    archive.server.requests.clear()
    assert past(crawl, *archive.asking).code == 4
    assert len(archive.server.paths) == 1


def test_an_archive_that_is_away(crawl: Crawler, site: Publisher) -> None:
    away = past(
        crawl, *at("http://127.0.0.1:1/cdx", "http://127.0.0.1:1/web/{timestamp}id_/{url}"), "-s", "RETRY_TIMES=0"
    )
    assert away.code == 3
    assert "connection refused" in away.out


def test_a_run_over_an_archive_sends_no_ping_about_the_site(crawl: Crawler, site: Publisher) -> None:
    watched = ("-s", f"NEWSCRAWL_PING_URL={site.base}/ping")
    for given, is_pinged in (("source=wayback", False), ("warc=nothing", False), ("limit=none", True)):
        refused = crawl.without_store(*watched, "-a", given, spider="past")
        assert refused.returncode == 2
        assert ("NEWSCRAWL_PING_URL could not be pinged" in refused.stderr) is is_pinged  # the site takes no pings


def test_only_the_archive_is_requested_and_its_capture_times_are_used(crawl: Crawler, archive: Archive) -> None:
    quay, tern, gull = archive.pages
    to_the_site = {"Location": f"{archive.server.base.replace('127.0.0.1', 'localhost')}/live", "Memento-Datetime": "x"}
    status, headers, body = archive.answer(archive.address(tern).removeprefix(archive.server.base))
    nearby = archive.address(replace(tern, captured_at=tern.captured_at.replace(hour=7)))
    archive.answers = {
        archive.address(quay).removeprefix(archive.server.base): (301, to_the_site, b""),
        archive.address(tern).removeprefix(archive.server.base): (
            status,
            {**headers, "Content-Location": nearby},
            body,
        ),
        archive.address(gull).removeprefix(archive.server.base): (
            503,
            {"Retry-After": "3600", "Memento-Datetime": format_datetime(gull.captured_at, usegmt=True)},
            b"<title>Then</title>",
        ),
    }
    run = past(crawl, *archive.asking)
    assert run.code == 7
    ledger = {page.url: (page.state, page.reason) for page in run.pages}
    assert ledger == {QUAY: ("refused", "offsite"), TERN: ("stored", None), GULL: ("failed", "http_503")}
    assert "/live" not in archive.server.paths
    of_tern = [(row[1][:19], *row[3:]) for row in captured(crawl.folder) if row[0] == normalize_by_publisher(TERN)]
    assert of_tern == [
        ("2013-05-28 05:00:00", "discovered", "nearest_capture"),
        ("2013-05-28 07:00:00", "stored", None),
    ]


def test_politeness_is_the_default(crawl: Crawler, archive: Archive) -> None:
    run = past(crawl, *archive.asking, "-s", "NEWSCRAWL_ARCHIVE_DELAY=0.3", "-a", "limit=1", polite=True)
    assert run.code == 0
    gaps = [later - earlier for (earlier, _, _), (later, _, _) in pairwise(archive.server.requests)]
    assert min(gaps) >= 0.2
    assert sum(gaps) >= 0.29 * len(gaps)
    assert Counter(agent for _, _, agent in archive.server.requests).keys() == {f"newscrawl/{__version__}"}


def test_no_host_but_the_archive_is_requested(crawl: Crawler, archive: Archive) -> None:
    with publisher("127.0.0.2") as other:
        archive.answers = {"/web/": (302, {"Location": f"{other.base}/web/20130528050000id_/{TERN}"}, b"")}
        run = past(crawl, *archive.asking, "-a", "limit=1")
    assert other.requests == []
    assert {(page.state, page.reason) for page in run.pages if page.state != "discovered"} == {("refused", "offsite")}


RUNTIME_ERROR = "X-Archive-Wayback-Runtime-Error"
ROBOTS: Answer = 403, {"Content-Type": "text/plain"}, b"org.archive.RobotAccessControlException: Blocked By Robots\n"
REFUSALS: dict[str, tuple[Answer, str]] = {
    "excluded": ((403, {RUNTIME_ERROR: "AdministrativeAccessControlException: Blocked Site"}, b""), "archive_excluded"),
    "robots": (ROBOTS, "archive_robots"),
    "lost": ((404, {RUNTIME_ERROR: "ResourceNotInArchiveException"}, b""), "not_in_archive"),
    "live": ((503, {RUNTIME_ERROR: "LiveDocumentNotAvailableException: no"}, b""), "not_in_archive"),
    "soft": ((200, HTML, b"<p>The Wayback Machine has not archived that URL.</p>"), "not_in_archive"),
    "forbidden": ((403, HTML, b"<title>Forbidden</title>"), "http_403"),
}
"""By slug: what an archive answers instead of a capture, and the reason that is stored."""


def test_what_an_archive_refuses_costs_only_itself(crawl: Crawler, archive: Archive) -> None:
    slugs = (*REFUSALS, "nearby", "elsewhere", "loop")
    pages = {slug: capture(f"{HOST}/news/2013-05-27/{slug}.html", "2013-05-29T07:00") for slug in slugs}
    archive.pages = (*archive.pages, *pages.values())
    later = replace(pages["nearby"], captured_at=pages["nearby"].captured_at.replace(month=6))
    around = replace(pages["loop"], captured_at=later.captured_at)
    archive.hidden = (later,)
    refusals: dict[str, Answer] = {archive.path(pages[slug]): answer for slug, (answer, _) in REFUSALS.items()}
    refusals[archive.path(pages["nearby"])] = 302, {"Location": archive.path(later)}, b""
    refusals[archive.path(pages["elsewhere"])] = 302, {"Location": archive.path(archive.pages[0])}, b""
    refusals[archive.path(pages["loop"])] = 302, {"Location": archive.path(around)}, b""
    refusals[archive.path(around)] = 302, {"Location": archive.path(pages["loop"])}, b""
    refusals["url=mobile."] = ROBOTS
    archive.answers = refusals

    run = past(crawl, *archive.asking)
    assert run.code == 7
    assert headlines(run) == {"quay.html", "tern.html", "gull.html", "nearby.html"}
    ledger = {page.url.rpartition("/")[2].removesuffix(".html"): (page.state, page.reason) for page in run.pages}
    assert {slug: ledger[slug] for slug in REFUSALS} == {slug: ("refused", why) for slug, (_, why) in REFUSALS.items()}
    assert ledger["loop"] == ("refused", "redirect_loop")
    assert "1 refused in the index\n" in run.out
    assert "the archive refuses a part of its index (http" in run.out
    assert "publisher" not in run.out
    assert not [page for page in run.pages if archive.server.base in page.url]

    archive.server.requests.clear()
    again = past(crawl, *archive.asking)
    assert again.code == 7
    asked = [path for path in archive.server.paths if path.startswith("/web/")]
    assert asked == [archive.path(pages["forbidden"])], "only what no reason was given for"
    assert not [path for path in archive.server.paths if "url=mobile." in path]
    assert "1 refused in the index before and not due yet" in again.out

    crawl.later(days=31)
    archive.server.requests.clear()
    archive.answers = {}
    third = past(crawl, *archive.asking)
    assert (third.code, third.err) == (0, "")
    assert len([path for path in archive.server.paths if "url=mobile." in path]) == 1
    # read from the table: `later` shifts the times of articles too, and their digests notice
    stored = {headline.rpartition(" ")[2] for (headline,) in rows(crawl.folder, "SELECT headline FROM articles")}
    assert stored >= {f"{slug}.html" for slug in slugs if slug != "elsewhere"}


def test_a_failed_capture_is_fetched_again_after_a_pause(crawl: Crawler, archive: Archive) -> None:
    page = archive.pages[1]
    path = archive.path(page)
    without_body = re.sub(rb"<p>.*</p>", b"", story(TERN)[2])
    archive.answers = {path: (200, {**HTML, "Memento-Datetime": "Tue, 28 May 2013 05:00:00 GMT"}, without_body)}
    run = past(crawl, *archive.asking)
    [failed] = run.store.pages(state="failed")
    assert (failed.url, run.code) == (TERN, 7)
    again = past(crawl, *archive.asking)
    assert again.out == "past: done: 0 stored, 0 updated, 0 unchanged, 2 read before, 1 failed before and not due yet\n"
    assert again.store.put_back(urls=[TERN]) == 1
    assert past(crawl, *archive.asking).code == 7
    crawl.later(hours=1)
    archive.answers = {}
    assert past(crawl, *archive.asking).out == "past: done: 1 stored, 0 updated, 0 unchanged, 2 read before\n"


def test_an_index_that_is_cut_short_or_begins_again_is_not_done(crawl: Crawler, archive: Archive) -> None:
    """Once is no harm: the part is requested again. What stays so leaves captures unread, which is no exit code 0."""
    archive.limit = 2
    status, headers, rows = archive.answer("/cdx?url=bloomberg.example/news/&filter=none")
    cut: Answer = status, headers, rows[: len(rows) * 2 // 3]
    again: Answer = status, headers, rows.replace(b'["2"]', b'["another-key"]')
    archive.answers = {"url=bloomberg.example%2Fnews%2F2013-05-2&": cut}
    run = past(crawl, *archive.asking)
    assert (run.code, len(archive.parts("url=bloomberg.example%2Fnews%2F2013-05-2&"))) == (7, 3)
    assert headlines(run) == {"quay.html"}
    assert "the response is cut short" in run.err
    assert "not read, or not to the end: http" in run.out
    assert "scrapy pages" not in run.out
    archive.server.requests.clear()
    archive.answers = {"resumeKey=": again}
    loop = past(crawl, *archive.asking)
    assert (loop.code, len(archive.parts("resumeKey="))) == (7, 1)
    assert "the index returns the same rows again" in loop.err
    archive.answers = {}
    assert past(crawl, *archive.asking).code == 0


def test_advice_is_about_the_archive(crawl: Crawler, archive: Archive) -> None:
    archive.pages = ()
    nothing = past(crawl, *archive.asking)
    assert (nothing.code, "the archive has no captures of " in nothing.out) == (5, True)
    archive.answers = {"/cdx": (429, {"Retry-After": "3600"}, b"")}
    blocked = past(crawl, *archive.asking)
    assert (blocked.code, "Wait for an hour or more" in blocked.out) == (4, True)
    archive.answers = {"/cdx": (200, HTML, b"<html>Scheduled maintenance</html>")}
    down = past(crawl, *archive.asking)
    assert (down.code, "reach the archive" in down.out) == (3, True)
    assert "publisher" not in blocked.out + down.out
