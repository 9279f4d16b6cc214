"""Feeds of searches: the same articles as the page, in any reader, and nothing twice."""

from __future__ import annotations

import json

import feedparser
import pytest

from tests.web.reader import Reader

SEARCH = "q=harbor&since=2010&sort=oldest"


def test_a_search_names_its_feeds(reader: Reader) -> None:
    page = reader.page(f"/search?{SEARCH}&page=2")
    links = {link.get("type"): link.get("href") for link in page.xpath("//link[@rel='alternate']")}
    assert links == {
        "application/rss+xml": "/search.rss?q=harbor&since=2010",
        "application/feed+json": "/search.json?q=harbor&since=2010",
    }
    shown = page.xpath("//main//a[contains(@href, '/search.rss') or contains(@href, '/search.json?')]")
    assert [link.text for link in shown] == ["RSS", "JSON Feed"]
    for path in links.values():
        assert reader.get(path).status_code == 200


def test_feeds_have_the_articles_of_the_search_the_newest_first(reader: Reader) -> None:
    found = [json.loads(line) for line in reader.get("/search.jsonl?q=harbor&sort=newest").text.splitlines()]
    rss, feed = reader.get("/search.rss?q=harbor"), reader.get("/search.json?q=harbor")
    assert rss.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert feed.headers["content-type"] == "application/feed+json; charset=utf-8"
    parsed = feedparser.parse(rss.content)
    assert not parsed.bozo
    assert len(found) > 1
    assert [entry.title for entry in parsed.entries] == [article["headline"] for article in found]
    assert parsed.feed.title == "Sample Edition: harbor"
    assert [item["title"] for item in feed.json()["items"]] == [article["headline"] for article in found]
    none = feedparser.parse(reader.get("/search.rss?q=zyzzyva").content)
    assert (none.bozo, none.entries) == (False, [])


@pytest.mark.parametrize("path", ["/search.rss?q=harbor", "/search.json?q=harbor"])
def test_a_feed_that_has_not_changed_is_not_sent_again(reader: Reader, path: str) -> None:
    first = reader.get(path)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    assert reader.get(path).headers["etag"] == tag
    for conditions, status in (
        ({"if_none_match": tag}, 304),
        ({"if_none_match": f'"x", W/{tag}'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"x"', "if_modified_since": date}, 200),
        ({"if_modified_since": date}, 304),
        ({"if_modified_since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"if_modified_since": "yesterday"}, 200),
    ):
        answer = reader.get(path, **conditions)
        assert (answer.status_code, answer.headers["etag"]) == (status, tag), conditions
        assert bool(answer.text) is (status == 200)
    other = reader.get(path.replace("harbor", "ferry"), if_none_match=tag)
    assert other.status_code == 200
