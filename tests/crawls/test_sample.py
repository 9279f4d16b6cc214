"""The sample edition, as `scrapy crawl bloomberg -a source=sample` replays it."""

from newscrawl.storage import Query
from tests.crawls.crawler import Crawled, Crawler


def test_ids_do_not_depend_on_how_long_anything_takes(crawl: Crawler) -> None:
    first = list_ids(crawl("-a", "source=sample", spider="bloomberg"))
    (crawl.folder / "news.db").unlink()
    uneven = (
        "-s",
        "NEWSCRAWL_EXTRACT=tests.crawls.misbehaving:extract_unevenly",
        "-s",
        "NEWSCRAWL_EXTRACT_PROCESSES=2",
    )
    assert list_ids(crawl("-a", "source=sample", *uneven, spider="bloomberg")) == first


def list_ids(run: Crawled) -> list[tuple[int, str]]:
    found = sorted((hit.id, hit.url) for hit in run.store.search(Query(limit=None)))
    run.store.close()
    assert len(found) >= 40
    return found


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
