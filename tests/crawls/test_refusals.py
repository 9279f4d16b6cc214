"""Pages that give no article: when later runs fetch them again, and what is known of them meanwhile."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from newscrawl.storage import Query
from tests.crawls.crawler import Crawled, Crawler
from tests.crawls.loopback import HTML, XML, Publisher, Raw, Route, article, feed

DAY = "/news/articles/2024-03-05"
A, B, C = f"{DAY}/tern-lines", f"{DAY}/oil", f"{DAY}/rain"
FRONT = 200, HTML, b"<html><body><h1>Tern Post</h1><a href='/markets'>Markets</a></body></html>"
TEXT = {"Content-Type": "text/plain"}
NAV = "<nav>" + "".join(f'<a href="/{n}">Section {n} of the Tern Post</a> ' for n in range(9)) + "</nav>"
STORIES = "".join(f'<tr><td><a href="/{n}">Ferry {n} sails</a></td></tr>' for n in range(30))


def listed(site: Publisher, *paths: str, at: datetime | None = None) -> Route:
    """A feed of pages that gives their headlines, and when they were published or changed."""
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    items = "".join(f"<item><title>Of {path}</title><link>{site.base}{path}</link>{date}</item>" for path in paths)
    return 200, XML, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def html(body: str, head: str = "") -> Route:
    return 200, HTML, f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def cut(answer: bytes) -> Raw:
    """A response that ends early."""

    def write(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(answer)}\r\n\r\n"
        connection.sendall(head.encode() + answer[: len(answer) // 2])

    return Raw(write)


TEMPORARY: dict[str, Route] = {
    "http_404": (404, HTML, b"<title>Not here</title>"),
    "http_400": (400, HTML, b"Bad"),
    "http_406": (406, HTML, b""),
    "http_451": (451, HTML, b""),
    "empty": (200, HTML, b""),
    "empty-204": (204, {}, b""),
    "empty-space": (200, HTML, b" \r\n\t "),
    "redirect_loop": (302, {"Location": f"{DAY}/redirect_loop"}, b""),
    "bad_redirect": (302, {"Location": "http://[tern/"}, b""),
    "redirects_to_front": (302, {"Location": "/?utm_source=gone"}, b""),
    "redirects_to_front-index": (301, {"Location": "/index.html"}, b""),
    "placeholder-title": html(NAV + f"<table>{STORIES}</table>", "<title>Page not found - Tern Post</title>"),
    "placeholder-soon": html("<h1>Coming soon</h1><p>This story is being written.</p>"),
    "placeholder-sorry": html(f"{NAV}<h2>Sorry, we couldn’t find that page</h2><table>{STORIES}</table>"),
    "placeholder-german": html(f"{NAV}<h1>Seite nicht gefunden</h1><table>{STORIES}</table>"),
    "unknown_layout-shell": html('<div id="root"></div><script src="/app.js"></script>', "<title>Tern Post</title>"),
    "robots_txt": article("Under a rule"),
}
"""What servers send for a page that is there later, by its reason."""
FAILING: dict[str, Route] = {
    "http_500": (500, HTML, b"Oh"),
    "partial_content": (206, HTML | {"Content-Range": "bytes 0-99/9999"}, article("In part")[2][:99]),
    "unexpected_304": (304, {}, b""),
}
AGAIN = {name: f"{DAY}/{name}" for name in (*TEMPORARY, *FAILING)}


def reason_of(name: str) -> str:
    return name.partition("-")[0]


def serve_broken(site: Publisher) -> None:
    site.routes = {AGAIN[name]: answer for name, answer in (TEMPORARY | FAILING).items()}
    site.routes |= {"/": FRONT, "/index.html": FRONT, "/?utm_source=gone": FRONT}
    site.routes["/robots.txt"] = 200, TEXT, f"User-agent: *\nDisallow: {AGAIN['robots_txt']}\n".encode()
    site.routes["/feed.rss"] = listed(site, *AGAIN.values())


def serve_mended(site: Publisher) -> None:
    site.routes |= {path: article(f"Mended {name}") for name, path in AGAIN.items()}
    site.routes["/robots.txt"] = 200, TEXT, b"User-agent: *\nAllow: /\n"


def check_broken(run: Crawled) -> None:
    expected = {path: ("failed" if name in FAILING else "refused", reason_of(name)) for name, path in AGAIN.items()}
    assert run.ledger == expected
    assert {page.refusal for page in run.pages} == {"temporary"}
    assert all(page.due_at for page in run.pages)
    hits = run.store.search(Query())
    assert sorted(hit.headline for hit in hits) == sorted(f"Of {path}" for path in AGAIN.values())
    assert {hit.access for hit in hits} == {"blocked"}


def test_what_may_be_there_later_is_fetched_later(crawl: Crawler, site: Publisher) -> None:
    serve_broken(site)
    first = crawl("-s", "RETRY_TIMES=0")
    assert first.code == 7
    check_broken(first)
    site.requests.clear()
    assert not {*crawl("-s", "RETRY_TIMES=0").ledger} - {*AGAIN.values()}
    assert not {*site.paths} & {*AGAIN.values()}  # too early
    serve_mended(site)
    crawl.later(hours=1)
    mended = crawl()
    assert {*mended.ledger.values()} == {("stored", None)}
    assert {hit.access for hit in mended.store.search(Query())} == {"full"}


def test_a_list_that_reports_it_is_enough(crawl: Crawler, site: Publisher) -> None:
    serve_broken(site)
    crawl("-s", "RETRY_TIMES=0")
    serve_mended(site)
    site.routes["/feed.rss"] = listed(site, *AGAIN.values(), at=datetime.now(UTC) + timedelta(seconds=2))
    assert {*crawl().ledger.values()} == {("stored", None)}


def test_a_page_is_given_up_after_the_last_pause_until_a_list_reports_it(crawl: Crawler, site: Publisher) -> None:
    site.routes = {"/feed.rss": listed(site, A), "/": FRONT}
    run = crawl()
    with run.store._writing() as connection:  # five retries have failed
        connection.exec_driver_sql("UPDATE pages SET failures = 6, attempts = 6")
    crawl.later(days=15)
    (page,) = crawl().pages
    assert (page.state, page.reason, page.failures, page.due_at) == ("refused", "http_404", 7, None)
    crawl.later(days=40)
    site.requests.clear()
    assert (crawl().ledger[A], A in site.paths) == (("refused", "http_404"), False)
    crawl.later(days=1)
    site.routes |= {"/feed.rss": listed(site, A, at=datetime.now(UTC)), A: article("Found at last")}
    assert crawl().ledger[A] == ("stored", None)


def test_what_is_gone_for_good_stays_so(crawl: Crawler, site: Publisher) -> None:
    video = "/news/videos/2024-03-05/tides"
    site.routes = {A: (410, HTML, b""), "/feed.rss": listed(site, A, video), "/": FRONT}
    crawl()
    site.routes |= {A: article("Back"), video: article("Tides")}
    crawl.later(days=400)
    site.routes["/feed.rss"] = listed(site, A, video, at=datetime.now(UTC))
    run = crawl()
    assert run.ledger == {A: ("refused", "http_410"), video: ("refused", "video")}
    assert {page.refusal for page in run.pages} == {"permanent"}
    assert [page.attempts for page in run.pages] == [1, 1]


CONTENT: dict[str, Route] = {
    "not_html": (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7"),
    "video": html(f"<h1>Tides</h1><table>{STORIES}</table>", '<meta property="og:type" content="video.other">'),
    "section_front": html(
        NAV + f"<table>{STORIES}</table>", '<meta property="og:type" content="website"><title>Ports</title>'
    ),
    "unknown_layout": html(NAV + f"<table>{STORIES}</table>", "<title>Ports</title>"),
    "offsite": (302, {"Location": "http://elsewhere.example/"}, b""),
}


def test_what_is_refused_by_its_content_is_fetched_once_more_then_when_something_changes(
    crawl: Crawler, site: Publisher
) -> None:
    paths = {name: f"{DAY}/{name}" for name in CONTENT}
    site.routes = {paths[name]: answer for name, answer in CONTENT.items()}
    site.routes |= {"/feed.rss": listed(site, *paths.values()), "/": FRONT}
    refused = {path: ("refused", name) for name, path in paths.items()}

    def requested_after(**span: float) -> set[str]:
        crawl.later(**span)
        site.requests.clear()
        assert crawl().ledger == refused
        return {*site.paths} & {*paths.values()}

    assert (crawl().code, requested_after(days=26)) == (5, set())
    assert requested_after(days=4) == {*paths.values()}
    assert requested_after(days=400) == set()
    crawl.later(days=1)
    site.routes["/feed.rss"] = listed(site, *paths.values(), at=datetime.now(UTC))
    site.routes |= {path: article(f"An article after all: {name}") for name, path in paths.items()}
    site.routes["/feed.rss"] = listed(site, *paths.values(), at=datetime.now(UTC))
    assert {*crawl().ledger.values()} == {("stored", None)}


def test_another_version_of_the_extractor_reads_refused_pages_again(crawl: Crawler, site: Publisher) -> None:
    site.routes = {A: CONTENT["unknown_layout"], B: (404, HTML, b""), "/feed.rss": feed(site.base, A, B), "/": FRONT}
    run = crawl()
    (page,) = (page for page in run.pages if page.refusal == "by content")
    with run.store._writing() as connection:
        connection.exec_driver_sql("UPDATE pages SET extractor = '0.0.1+older' WHERE extractor IS NOT NULL")
    site.routes |= {A: article("Readable now"), B: article("Back")}
    site.requests.clear()
    assert crawl().ledger == {A: ("stored", None), B: ("refused", "http_404")}
    assert page.extractor not in (None, "0.0.1+older")


DATED = {f"/news/articles/s{n}": day for n, day in enumerate(("2026-11-26", "2026-11-20", "2026-10-01", "2025-01-01"))}


def test_what_only_the_dates_of_a_run_exclude_is_stored_by_the_next_that_wants_it(
    crawl: Crawler, site: Publisher
) -> None:
    site.routes = {path: article(f"Of {day}", day) for path, day in DATED.items()}
    site.routes |= {"/feed.rss": feed(site.base, *DATED), "/": FRONT}
    since = ("-a", "since=2026-11-25")
    first = crawl(*since)
    assert (first.code, first.out) == (
        0,
        "loopback: done: 1 stored, 0 updated, 0 unchanged, 3 refused (out_of_dates 3)\n",
    )
    site.requests.clear()
    assert crawl(*since).code == 0
    assert not {*site.paths} & {*DATED}  # known to be too old
    middle = crawl("-a", "since=2026-11-01")
    assert [path for path in site.paths if path in DATED] == ["/news/articles/s1"]
    assert middle.out == "loopback: done: 1 stored, 0 updated, 0 unchanged\n"
    del site.routes["/feed.rss"]  # no list names them any more
    last = crawl("-a", "until=2026-10-01")
    assert {*last.ledger.values()} == {("stored", None)}


def test_a_limit_ends_no_page(crawl: Crawler, site: Publisher) -> None:
    site.routes = {path: article(f"Headline of {path}") for path in (A, B, C)}
    site.routes |= {"/feed.rss": feed(site.base, A, B, C), "/": FRONT}
    assert [len(crawl("-a", "limit=1").store.search(Query())) for _ in range(3)] == [1, 2, 3]


def test_a_cut_page_is_fetched_again(crawl: Crawler, site: Publisher) -> None:
    site.routes = {A: cut(article("Whole")[2]), "/feed.rss": listed(site, A), "/": FRONT}
    run = crawl("-s", "RETRY_TIMES=0")
    assert (run.code, [page.state for page in run.pages]) == (7, ["failed"])
    assert [hit.headline for hit in run.store.search(Query())] == [f"Of {A}"]
    site.routes |= {A: article("Whole"), "/feed.rss": listed(site, A, at=datetime.now(UTC) + timedelta(seconds=2))}
    assert crawl().ledger[A] == ("stored", None)


@pytest.mark.parametrize("name", ["partial_content", "unexpected_304"])
def test_a_site_that_answers_oddly_is_no_unreachable_site(crawl: Crawler, site: Publisher, name: str) -> None:
    site.routes[A] = FAILING[name]
    run = crawl("-a", f"urls={site.base}{A}")
    assert (run.code, run.ledger[A]) == (7, ("failed", name))
    assert "Traceback" not in run.err


def test_many_pages_that_redirect_to_the_front_page_are_gone_for_now(crawl: Crawler, site: Publisher) -> None:
    site.routes = {path: (302, {"Location": "/"}, b"") for path in (A, B, C)}
    site.routes |= {"/feed.rss": feed(site.base, A, B, C), "/": FRONT}
    assert crawl().ledger == dict.fromkeys((A, B, C), ("refused", "redirects_to_front"))
    site.routes |= {path: article(f"Headline of {path}") for path in (A, B, C)}
    crawl.later(days=1)
    assert {*crawl().ledger.values()} == {("stored", None)}


def test_a_page_of_another_site_is_left_alone(crawl: Crawler, site: Publisher) -> None:
    elsewhere = "http://tern.example:1/news/2024-03-05/ferry"
    site.routes = {"/feed.rss": feed(site.base, A), "/": FRONT, A: article("Here")}
    run = crawl("-a", f"urls={elsewhere}", "-s", "RETRY_TIMES=0")
    assert [page.state for page in run.pages] == ["discovered"]
    crawl.later(days=1)
    (after,) = (page for page in crawl().pages if page.url == elsewhere)
    assert (after.state, after.reason, after.attempts) == ("discovered", None, 0)
