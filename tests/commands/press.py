"""Archives of invented stories, extraction that misbehaves where a page says so, and what a database holds."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import time
from base64 import b32encode
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import UnknownLayoutError
from newscrawl.storage.engine import parse_url
from newscrawl.storage.tables import Base
from tests.archives.building import PACKED, record, response
from tests.archives.building import revisit as revisit_record
from tests.crawls.loopback import article

HOST = "https://www.bloomberg.example"
DAY = datetime(2024, 3, 5, 12, tzinfo=UTC)
FUNCTION = "tests.commands.press:extract"
_OURS = {"id", "run_id", "discovered_at", "tried_at", "finished_at", "started_at", "ended_at", "alive_at", "changed_at"}
_OURS |= {"checksums", "capture_id"}
"""Columns of numbers that a database gives, and of when we did what we did; checksums have that of changed_at."""
_TOLD = ("articles", "article_keys", "authors", "revisions", "pages", "captures", "tickers", "topics", "images")


def address(number: int | str) -> str:
    return f"{HOST}/news/articles/2024-03-05/story-{number}"


def when(hours: float = 0) -> datetime:
    return DAY + timedelta(hours=hours)


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def digest(body: bytes) -> str:
    return f"sha1:{b32encode(hashlib.sha1(body).digest()).decode()}"


def story(
    number: int | str, hours: float = 0, *, url: str = "", headline: str = "", extra: str = "", day: str = "2024-03-05"
) -> bytes:
    """The record of a page."""
    _, _, body = article(headline or f"Story {number}", day, extra=extra)
    answer = response(body, "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}")
    values = {"WARC_Target_URI": url or address(number), "WARC_Payload_Digest": digest(body)}
    return record(answer, date=stamp(when(hours)), **values)


def revisit(number: int | str, hours: float, body: bytes | None = None, *, status: str = "", **values: str) -> bytes:
    """A record that says that a page was the same: by the digest of its body, or by what is told."""
    if body is not None:
        values = {"WARC_Payload_Digest": digest(body), **values}
    head = response(b"", status=status) if status else b""
    profile = values.pop("profile", "identical-payload-digest")
    return revisit_record(head, profile, date=stamp(when(hours)), **{"WARC_Target_URI": address(number), **values})


def body_of(number: int | str) -> bytes:
    return article(f"Story {number}")[2]


def write(path: Path, records: Sequence[bytes], packing: str = "plain") -> Path:
    path.write_bytes(PACKED[packing](list(records)))
    return path


def extract(page: Page, *, max_bytes: int) -> Article:
    """Extraction, but for what a page orders in a comment: "die", "hang", "slow" or "refuse"."""
    if b"order: die" in page.body:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"order: hang" in page.body:
        time.sleep(600)
    if b"order: slow" in page.body:
        time.sleep(0.01)
    if b"order: refuse" in page.body:
        raise UnknownLayoutError(page.url, "unknown_layout")
    return extract_page(page, max_bytes=max_bytes)


def rows(url: str, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        result = [dict(row) for row in connection.execute(select(Base.metadata.tables[table])).mappings()]
    engine.dispose()
    return result


def contents(url: str) -> dict[str, list[str]]:
    """What a database tells of articles, pages and captures, whatever their numbers and the times of our doings."""
    names: dict[int, str] = {}
    for row in sorted(rows(url, "article_keys"), key=lambda row: str(row["key"]), reverse=True):
        names[row["article_id"]] = row["key"]
    pages = {row["id"]: row["url_hash"] for row in rows(url, "pages")}
    named = {"article_id": names, "page_id": pages}

    def values(row: dict[str, Any]) -> str:
        shown = {name: named[name].get(value) if name in named else value for name, value in row.items()}
        return repr({name: value for name, value in sorted(shown.items()) if name not in _OURS})

    held = {table: rows(url, table) for table in _TOLD}
    for row in held["articles"]:
        # Of the first of several that was stored, in any order; the digest is also of these two.
        row["url"] = row["fetched_at"] = row["content_digest"] = names[row["id"]]
    for row in held["images"]:
        row["url"] = None
    for row in held["pages"]:
        row["url"] = row["attempts"] = None  # as spelt first; and two tries in one batch count once
    return {table: sorted(map(values, held[table])) for table in _TOLD}


def everything(file: Path) -> list[str]:
    """All that stands in a database file."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def health(file: Path) -> list[str]:
    """What SQLite's own checks of a database and of its full-text index find wrong."""
    with closing(sqlite3.connect(file)) as connection:
        result = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        result += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        connection.execute("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
        return result
