"""What archives have of an invented publisher, as records of WARC files, and what a crawl of them left behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newscrawl.archives.capture import Capture
from newscrawl.publishers import normalize_by_publisher
from newscrawl.storage import Query, Store
from tests.archives.building import record, response, revisit
from tests.crawls.crawler import Crawled, Crawler
from tests.crawls.loopback import Answer, article

HOST = "http://www.bloomberg.example"
QUAY, TERN = f"{HOST}/news/2013-05-27/quay.html", f"{HOST}/news/2013-05-28/tern.html"
DAYS = ("-a", "since=2013-05-27", "-a", "until=2013-05-28")


def capture(url: str, when: str, answer: Answer | None = None) -> Capture:
    """A capture of an answer, by default a story of the day in its address."""
    status, headers, body = answer or story(url)
    moment = datetime.fromisoformat(when).replace(tzinfo=UTC)
    return Capture(url=url, status=status, headers=tuple(headers.items()), body=body, captured_at=moment)


def story(url: str, headline: str = "", **more: str) -> Answer:
    """The page of a story, of the day in its address."""
    return article(headline or f"Headline of {url.rpartition('/')[2]}", url.split("/")[-2], **more)


def page_record(url: str, when: str, answer: Answer | None = None) -> bytes:
    """The WARC record of a capture."""
    status, headers, body = answer or story(url)
    block = response(body, *(f"{name}: {value}" for name, value in headers.items()), status=f"{status} OK")
    return record(block, date=f"{when}Z", WARC_Target_URI=url)


def text_record(url: str, when: str, text: str) -> bytes:
    """The record of a page's text, as a WET file has it."""
    headers = {"WARC_Target_URI": url, "Content_Type": "text/plain"}
    return record(text.encode(), kind="conversion", date=f"{when}Z", **headers)


def revisit_record(url: str, when: str, digest: str) -> bytes:
    """The WARC record of a capture whose payload is elsewhere."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return revisit(head, date=f"{when}Z", WARC_Target_URI=url, WARC_Payload_Digest=digest)


def past(crawler: Crawler, *arguments: str, **options: Any) -> Crawled:
    """A crawl of the publisher's past."""
    return crawler(*arguments, spider="past", **options)


def beside(crawler: Crawler, name: str) -> Crawler:
    """A crawler like that, with a database of its own in a folder beside."""
    folder = crawler.folder / name
    folder.mkdir(exist_ok=True)
    return Crawler(folder, crawler.site, modules=crawler.modules)


def articles(store: Store) -> dict[str, dict[str, Any]]:
    """The articles as JSON, by headline and address."""
    found = (stored.article.to_json() for stored in store.articles(Query(limit=None)))
    return {f"{one['headline']} {one['url']}": one for one in found}


def texts(store: Store) -> list[dict[str, Any]]:
    """What the articles tell, wherever and whenever they were fetched, in an order of its own."""
    contents = [{**one, "url": None, "fetched_at": None, "sources": None} for one in articles(store).values()]
    return sorted(contents, key=json.dumps)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What the database in a folder says."""
    with closing(sqlite3.connect(folder / "news.db")) as database:
        return database.execute(query).fetchall()


def revisions(folder: Path) -> list[tuple[Any, ...]]:
    """Every version of every article, in order, with when it was seen."""
    return rows(
        folder,
        "SELECT min(k.key), r.number, r.seen_at, r.seen_until, r.headline, r.access"
        " FROM revisions r JOIN article_keys k ON k.article_id = r.article_id"
        " WHERE k.key NOT LIKE 'id:%' GROUP BY r.article_id, r.number"
        " ORDER BY 1, 2",
    )


def captured(folder: Path) -> list[tuple[Any, ...]]:
    """Every capture: of which page, in whatever spelling, when, of what kind, and what it was read as."""
    found = rows(
        folder,
        "SELECT p.url, c.captured_at, c.kind, c.state, c.reason FROM captures c JOIN pages p ON p.id = c.page_id",
    )
    return sorted((normalize_by_publisher(url), *rest) for url, *rest in found)


def counts(run: Crawled) -> Mapping[str, int]:
    """What the last run counted."""
    return run.store.runs(1)[0].counts
