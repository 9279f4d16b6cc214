"""The sample edition, as `scrapy crawl bloomberg -a source=sample` replays it."""

from tests.crawls.crawler import Crawler


def test_two_visits_and_the_same_again(crawl: Crawler) -> None:
    first = crawl("-a", "source=sample", spider="bloomberg")
    assert (first.code, first.err) == (0, "")
    articles = first.store.totals()["articles"]
    assert articles >= 40
    assert first.out.startswith(f"bloomberg: done: {articles} stored, 2 updated, 2 unchanged, 6 refused (")
    assert {(page.state, page.reason) for page in first.pages if page.state != "stored"} >= {
        ("refused", "video"),
        ("refused", "audio"),
        ("refused", "section_front"),
        ("refused", "http_404"),
        ("refused", "robots_txt"),
        ("blocked", "challenge_title"),
        ("blocked", "challenge_path"),
    }
    assert not [page for page in first.pages if page.state in ("discovered", "failed")]
    revisions = first.store.totals()["revisions"]
    assert revisions == articles + 1

    again = crawl("-a", "source=sample", spider="bloomberg")
    assert again.code == 0
    assert again.out.startswith("bloomberg: done: 0 stored, 0 updated, ")
    assert again.store.totals()["articles"] == articles
    assert again.store.totals()["revisions"] == revisions


def test_of_some_days(crawl: Crawler) -> None:
    run = crawl("-a", "source=sample", "-a", "since=2019-03-01", "-a", "until=2019-03-31", spider="bloomberg")
    assert run.code == 0, run.err
    stored = [page.url for page in run.pages if page.state == "stored"]
    assert stored
    assert all("/2019-03-" in url for url in stored)
