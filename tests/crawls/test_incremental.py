"""Runs one after the other, as cron starts them: what is requested again, and what is not."""

from __future__ import annotations

import pytest

from newscrawl.storage import Query
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, XML, Answer, Publisher, article, feed, sitemap

A, B, C = (f"/news/articles/2024-03-0{n}/{name}" for n, name in ((5, "tern-lines"), (6, "oil"), (7, "rain")))
FRONT = 200, HTML, b"<html><body><a href='/markets'>Markets</a></body></html>"


def serve(site: Publisher, *paths: str) -> None:
    site.routes |= {path: article(f"Headline of {path}") for path in (A, B, C)}
    site.routes |= {"/feed.rss": feed(site.base, *paths), "/": FRONT}


def feed_with_headline(site: Publisher, headline: str, path: str) -> Answer:
    """A feed with all that an item can tell."""
    item = f"""<item><title>{headline}</title><link>{site.base}{path}</link>
    <dc:creator>Ada Okafor, Jun-ho Baek</dc:creator><description>Boats will run later.</description>
    <pubDate>Tue, 05 Mar 2024 10:15:00 GMT</pubDate>
    <category domain="stock-symbol">TRN:LN</category></item>"""
    rss = f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{item}</channel></rss>'
    return 200, XML, rss.encode()


def test_lists_without_change_for_an_hour_are_skipped_for_an_hour(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    assert crawl().out == "loopback: done: 2 stored, 0 updated, 0 unchanged\n"
    site.requests.clear()
    assert crawl().code == 0
    assert site.paths == ["/feed.rss", "/"]  # nobody knows yet how often they change
    crawl.later(hours=1)
    crawl()
    site.requests.clear()
    again = crawl()
    assert (again.code, site.requests) == (0, [])
    assert again.out.startswith("loopback: done: 0 stored, 0 updated, 0 unchanged, no list is due before 20")


def test_stored_pages_are_not_fetched_again(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    crawl()
    serve(site, A, B, C)
    crawl.later(hours=7)
    site.requests.clear()
    assert crawl().out == "loopback: done: 1 stored, 0 updated, 0 unchanged\n"
    assert sorted(site.paths) == sorted(["/feed.rss", "/", C])


def test_a_list_is_requested_with_its_validators(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    status, headers, body = feed(site.base, A)
    site.routes["/feed.rss"] = (
        status,
        headers | {"ETag": '"one"', "Last-Modified": "Tue, 05 Mar 2024 10:15:00 GMT"},
        body,
    )
    crawl()
    site.routes["/feed.rss"] = 304, {}, b""
    crawl.later(hours=1)
    run = crawl()
    assert run.code == 0, run.err
    assert run.store.runs()[0].counts["lists/unchanged"] == 1
    sent_headers = [headers for path, headers in site.headers if path == "/feed.rss"]
    assert [(sent["If-None-Match"], sent["If-Modified-Since"]) for sent in sent_headers] == [
        (None, None),
        ('"one"', "Tue, 05 Mar 2024 10:15:00 GMT"),
    ]


def test_an_article_is_looked_at_again_while_it_is_young(crawl: Crawler, site: Publisher) -> None:
    path = "/news/articles/undated/young"
    serve(site, path)
    young = article("Young")
    status, headers, body = young[0], young[1], young[2].replace(b'datetime="2024-03-05T10:15:00.000Z"', b"")
    site.routes[path] = status, headers | {"ETag": '"v1"'}, body
    crawl()
    site.routes[path] = status, headers | {"ETag": '"v2"'}, body.replace(b"Young</h1>", b"Young No More</h1>")
    crawl.later(hours=2)
    assert crawl().out.startswith("loopback: done: 0 stored, 1 updated, 0 unchanged")
    site.routes[path] = 304, {"ETag": '"v2"'}, b""
    crawl.later(days=40)
    run = crawl()
    assert run.out.startswith("loopback: done: 0 stored, 0 updated, 1 unchanged")
    assert run.ledger[path] == ("unchanged", None)
    site.requests.clear()
    crawl.later(days=40)
    crawl()
    assert path not in site.paths


@pytest.mark.long
def test_failed_pages_are_retried_with_growing_gaps_and_then_given_up(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    site.routes[A] = 500, {}, b""
    quick = ("-s", "RETRY_ENABLED=0")
    assert crawl(*quick).code == 7
    crawl(*quick)
    assert site.paths.count(A) == 1
    for tried, hours in enumerate((0.5, 2, 8, 30, 24 * 4, 24 * 9), 2):
        crawl.later(hours=hours)
        run = crawl(*quick)
        assert site.paths.count(A) == tried
    [page] = [page for page in run.pages if page.url.endswith(A)]
    assert (page.state, page.reason, page.due_at) == ("failed", "http_500", None)


def test_an_article_without_a_page_is_stored_as_a_headline_and_completed_later(crawl: Crawler, site: Publisher) -> None:
    serve(site)
    site.routes["/feed.rss"] = feed_with_headline(site, "Tern Lines to Run Later", A)
    site.routes[A] = 403, HTML, b"Forbidden"
    run = crawl()
    assert run.code == 4
    assert "1 kept as a headline" in run.out
    [hit] = run.store.search(Query(words="tern"))
    assert (hit.headline, hit.dek, hit.byline) == (
        "Tern Lines to Run Later",
        "Boats will run later.",
        ("Ada Okafor", "Jun-ho Baek"),
    )
    assert (hit.access, hit.tickers) == ("blocked", ("TRN:LN",))
    assert run.ledger[A] == ("blocked", "http_403")

    site.routes[A] = article("Tern Lines to Run Later")
    crawl.later(hours=3)
    run = crawl()
    assert run.code == 0, run.out
    [hit] = run.store.search(Query(words="tern"))
    assert (hit.access, hit.revision, run.ledger[A]) == ("full", 1, ("stored", None))


def test_pages_of_a_blocking_host_are_stored_as_headlines_without_a_request(crawl: Crawler, site: Publisher) -> None:
    serve(site)
    first = "/news/articles/2024-03-04/first"
    site.routes[first] = 403, HTML, b"Forbidden"
    status, headers, body = feed_with_headline(site, "Tern Lines to Run Later", A)
    extra = f"<channel><item><title>First</title><link>{site.base}{first}</link></item>".encode()
    site.routes["/feed.rss"] = status, headers, body.replace(b"<channel>", extra)
    run = crawl("-s", "CONCURRENT_REQUESTS=1")
    assert run.ledger == {first: ("blocked", "http_403"), A: ("discovered", None)}
    assert {hit.headline for hit in run.store.search(Query())} == {"First", "Tern Lines to Run Later"}


def test_a_dry_run_reports_what_it_would_fetch_and_why_and_writes_nothing(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, "/news/videos/2024-03-05/v")
    run_before_all = crawl.without_store("-a", "dry_run=1")
    assert run_before_all.returncode == 0, run_before_all.stderr
    assert not (crawl.folder / "news.db").exists()
    lines = run_before_all.stdout.splitlines()
    assert [line.split()[-1] for line in lines[:-1]] == [f"{site.base}{A}", f"{site.base}/news/videos/2024-03-05/v"]
    assert lines[0].startswith("new (feed)")
    assert "not fetched: video" in lines[1]
    assert lines[-1] == "loopback: dry run: pages to fetch: 1, lists fetched: 2"
    assert A not in site.paths

    crawl()
    serve(site, A, B)
    crawl.later(hours=7)
    dry = crawl("-a", "dry_run=1")
    assert [line.split()[-1] for line in dry.out.splitlines()[:-1]] == [f"{site.base}{B}"]
    assert len(dry.store.runs()) == 1
    assert [page.url for page in dry.pages if page.url.endswith(B)] == []


def test_the_reader_of_a_dry_run_may_stop_listening(crawl: Crawler, site: Publisher) -> None:
    serve(site, *(f"/news/articles/2024-03-05/{n}" for n in range(3000)))
    running = crawl.start("-a", "dry_run=1")
    assert running.stdout
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr
    assert (running.stderr.read(), running.wait(30)) == ("", 0)
    running.stderr.close()


def test_a_vanished_list_is_reported_once_and_the_others_go_on(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    site.routes["/"] = 200, HTML, f'<a href="{B}">Oil</a>'.encode()
    assert crawl().code == 0
    del site.routes["/feed.rss"]
    crawl.later(hours=7)
    run = crawl()
    assert run.code == 7
    assert "this list is gone (http_404)" in run.err
    crawl.later(hours=7)
    run = crawl()
    assert (run.code, run.err) == (0, "")


@pytest.mark.parametrize("empty", [(200, XML, b"<rss><channel/></rss>"), (404, {}, b"")])
def test_nothing_where_there_always_was_something(crawl: Crawler, site: Publisher, empty: Answer) -> None:
    serve(site, A)
    assert crawl().code == 0
    site.routes |= {"/feed.rss": empty, "/": (200, HTML, b"<a href='/x'>x</a>")}
    crawl.later(hours=7)
    run = crawl()
    assert run.code == 5, run.out


def test_a_silent_site_is_reported_by_runs_that_fetch_no_list(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    assert crawl().code == 0
    site.routes |= {"/feed.rss": (503, {}, b""), "/": (503, {}, b"")}
    crawl.later(hours=7)
    quick = ("-s", "RETRY_ENABLED=0", "-L", "CRITICAL")
    assert crawl(*quick).code == 3
    site.requests.clear()
    again = crawl(*quick)
    assert (again.code, site.requests) == (3, [])


def test_monthly_sitemaps_are_read_once_and_again_when_their_index_says_so(crawl: Crawler, site: Publisher) -> None:
    def index(*months: tuple[str, str]) -> Answer:
        entries = (
            f"<sitemap><loc>{site.base}/news-{month}.xml</loc><lastmod>{lastmod}</lastmod></sitemap>"
            for month, lastmod in months
        )
        return 200, XML, f"<sitemapindex>{''.join(entries)}</sitemapindex>".encode()

    serve(site)
    site.routes["/robots.txt"] = 200, {}, f"User-agent: *\nSitemap: {site.base}/news-index.xml\n".encode()
    site.routes["/news-index.xml"] = index(
        ("2024-01", "2024-01-31"), ("2024-02", "2024-02-29"), ("2024-03", "2024-03-07")
    )
    site.routes |= {f"/news-2024-0{n}.xml": sitemap(site.base, path) for n, path in ((1, A), (2, B), (3, C))}
    run = crawl()
    assert [path for path in site.paths if "news-2024" in path] == ["/news-2024-03.xml"]
    assert run.ledger == {C: ("stored", None)}
    site.requests.clear()
    crawl.later(hours=7)
    site.routes["/news-2024-03.xml"] = sitemap(site.base, C, A)
    site.routes["/news-index.xml"] = index(("2024-02", "2024-02-29"), ("2024-03", "2026-03-08"))
    run = crawl()
    assert [path for path in site.paths if "news-2024" in path] == ["/news-2024-03.xml"]
    assert run.ledger[A] == ("stored", None)


def test_a_quiet_run_prints_nothing_on_success(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    run = crawl("-L", "WARNING")
    assert (run.code, run.out, run.err) == (0, "", "")
