"""Views for people, so that a first query is one line of SQL.

They hold no data: every upgrade recreates them, and migrations leave them alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """A view: what it shows, what its columns hold, and its SELECT with the phrases of `_PHRASES` in braces."""

    name: str
    meaning: str
    columns: Mapping[str, str]
    select: str


_PHRASES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "byline": "(SELECT group_concat(name, ', ') FROM (SELECT u.name AS name {authors} ORDER BY w.position))",
        "tickers": "(SELECT group_concat(ticker, ' ') FROM (SELECT ticker FROM tickers WHERE article_id = a.id "
        "ORDER BY position))",
        "day": "date(a.published_at)",
        "newest": "a.published_at DESC, a.id DESC",
        "seconds": "cast(round((julianday(coalesce(r.ended_at, r.alive_at)) - julianday(r.started_at)) * 86400) AS "
        "INTEGER)",
        "count": "json_extract(r.counts, '$.\"outcome/{outcome}\"')",
    },
    "postgresql": {
        "byline": "(SELECT string_agg(u.name, ', ' ORDER BY w.position) {authors})",
        "tickers": "(SELECT string_agg(ticker, ' ' ORDER BY position) FROM tickers WHERE article_id = a.id)",
        "day": "(a.published_at AT TIME ZONE 'UTC')::date",
        "newest": "a.published_at DESC NULLS LAST, a.id DESC",
        "seconds": "round(extract(epoch FROM coalesce(r.ended_at, r.alive_at) - r.started_at))::bigint",
        "count": "(r.counts ->> 'outcome/{outcome}')::bigint",
    },
    "mariadb": {
        "byline": "(SELECT group_concat(u.name ORDER BY w.position SEPARATOR ', ') {authors})",
        "tickers": "(SELECT group_concat(ticker ORDER BY position SEPARATOR ' ') FROM tickers WHERE article_id = a.id)",
        "day": "date(a.published_at)",
        "newest": "a.published_at DESC, a.id DESC",
        "seconds": "round(timestampdiff(MICROSECOND, r.started_at, coalesce(r.ended_at, r.alive_at)) / 1000000)",
        "count": "cast(json_value(r.counts, '$.\"outcome/{outcome}\"') AS SIGNED)",
    },
}
_AUTHORS = "FROM article_authors w JOIN authors u ON u.id = w.author_id WHERE w.article_id = a.id AND w.role = 'byline'"

_ARTICLE = {
    "id": "Number of the article: articles.id.",
    "published_at": "When it was published, according to the publisher; UTC.",
    "headline": "The headline.",
    "url": "The publisher's own URL of it, or else the one that it was fetched from.",
}

_OUTCOMES = {
    "stored": "Number of articles stored for the first time.",
    "updated": "Number of articles that had changed.",
    "unchanged": "Number of articles that had not changed.",
    "refused": "Number of pages that were not articles.",
    "failed": "Number of pages that failed.",
    "blocked": "Number of pages that were blocked.",
}
"""Counts of a run that have a column."""

VIEWS = (
    DatabaseView(
        "latest",
        "Articles as people list them, newest first.",
        {
            "id": _ARTICLE["id"],
            "published_at": _ARTICLE["published_at"],
            "headline": _ARTICLE["headline"],
            "dek": "The line under the headline.",
            "byline": "Who wrote it: names in order, separated by commas.",
            "section": "The publisher's section.",
            "tickers": "Securities that it names, separated by spaces.",
            "access": "full, teaser or blocked (headline only).",
            "word_count": "Number of words in the body.",
            "revision": "Number of versions seen.",
            "cluster_id": "The article published first of those that are copies of it; its own id if none is.",
            "url": _ARTICLE["url"],
        },
        "SELECT a.id, a.published_at, a.headline, a.dek, {byline}, a.section, {tickers}, a.access, a.word_count, "
        "a.revision, coalesce(c.cluster_id, a.id), coalesce(a.canonical_url, a.url) FROM articles a "
        "LEFT JOIN article_clusters c ON c.article_id = a.id ORDER BY {newest}",
    ),
    DatabaseView(
        "clusters",
        "Articles that are copies, updates and corrections of each other, the last published first.",
        {
            "cluster_id": "The one that was published first: articles.id.",
            "articles": "Number of articles in the cluster.",
            "first_published_at": "When the first of them was published; UTC.",
            "last_published_at": "When the last of them was published; UTC.",
            "headline": "The headline of the first.",
        },
        "SELECT c.cluster_id, count(*), min(a.published_at), max(a.published_at), "
        "(SELECT f.headline FROM articles f WHERE f.id = c.cluster_id) "
        "FROM article_clusters c JOIN articles a ON a.id = c.article_id "
        "WHERE c.cluster_id IN (SELECT o.cluster_id FROM article_clusters o WHERE o.cluster_id <> o.article_id) "
        "GROUP BY c.cluster_id ORDER BY max(a.published_at) DESC, c.cluster_id DESC",
    ),
    DatabaseView(
        "articles_by_day",
        "Number of articles published each day.",
        {
            "day": "Day of publication, in UTC; NULL: unknown.",
            "publisher": "The publisher.",
            "articles": "Number of articles.",
            "teasers": "Number of them stored only as a teaser.",
            "headlines": "Number of them stored only as a headline.",
            "words": "Number of words in their bodies.",
        },
        "SELECT {day}, a.publisher, count(*), sum(CASE WHEN a.access = 'teaser' THEN 1 ELSE 0 END), "
        "sum(CASE WHEN a.access = 'blocked' THEN 1 ELSE 0 END), sum(a.word_count) "
        "FROM articles a GROUP BY {day}, a.publisher ORDER BY {day} DESC",
    ),
    DatabaseView(
        "articles_by_author",
        "Number of articles by each author.",
        {
            "author": "The name.",
            "articles": "Number of articles with the name in the byline.",
            "assisted": "Number of articles that name it for assistance.",
            "first_published_at": "When the oldest of them was published; UTC.",
            "last_published_at": "When the newest of them was published; UTC.",
        },
        "SELECT u.name, sum(CASE WHEN w.role = 'byline' THEN 1 ELSE 0 END), "
        "sum(CASE WHEN w.role = 'assistance' THEN 1 ELSE 0 END), min(a.published_at), max(a.published_at) "
        "FROM authors u JOIN article_authors w ON w.author_id = u.id JOIN articles a ON a.id = w.article_id "
        "GROUP BY u.id, u.name ORDER BY count(*) DESC, u.name",
    ),
    DatabaseView(
        "articles_by_section",
        "Number of articles in each section.",
        {
            "publisher": "The publisher.",
            "section": "The section, in its most frequent spelling; NULL: unknown.",
            "articles": "Number of articles.",
            "first_published_at": "When the oldest of them was published; UTC.",
            "last_published_at": "When the newest of them was published; UTC.",
        },
        "SELECT s.publisher, max(CASE WHEN s.place = 1 THEN trim(s.section) END), sum(s.articles), "
        "min(s.first_published_at), max(s.last_published_at) FROM "
        "(SELECT a.publisher, a.section, lower(trim(a.section)) AS folded, count(*) AS articles, "
        "min(a.published_at) AS first_published_at, max(a.published_at) AS last_published_at, "
        "row_number() OVER (PARTITION BY a.publisher, lower(trim(a.section)) ORDER BY count(*) DESC, a.section) "
        "AS place FROM articles a GROUP BY a.publisher, a.section) s "
        "GROUP BY s.publisher, s.folded ORDER BY sum(s.articles) DESC, s.folded",
    ),
    DatabaseView(
        "ticker_mentions",
        "Every mention of a security by an article, newest first.",
        {
            "ticker": "Symbol, colon, exchange; or the symbol alone.",
            "published_at": _ARTICLE["published_at"],
            "headline": _ARTICLE["headline"],
            "article_id": _ARTICLE["id"],
            "url": _ARTICLE["url"],
        },
        "SELECT t.ticker, a.published_at, a.headline, a.id, coalesce(a.canonical_url, a.url) "
        "FROM tickers t JOIN articles a ON a.id = t.article_id ORDER BY {newest}",
    ),
    DatabaseView(
        "revisions_readable",
        "Every version of every article in full, with what changed in it; oldest first.",
        {
            "article_id": _ARTICLE["id"],
            "number": "1 for the oldest version seen.",
            "seen_at": "When this version was first seen; UTC.",
            "seen_until": "When this version was last seen; UTC.",
            "headline": "The headline of this version.",
            "dek": "The dek of this version.",
            "correction": "The correction note of this version.",
            "access": "full, teaser or blocked: how much of this version was shown.",
            "body_text": "The body of this version.",
            "headline_changed": "1: the headline differs from the version before.",
            "dek_changed": "1: the dek differs from the version before.",
            "correction_changed": "1: the correction differs from the version before.",
            "body_changed": "1: the body differs from the version before.",
            "url": _ARTICLE["url"],
        },
        "SELECT r.article_id, r.number, r.seen_at, r.seen_until, r.headline, r.dek, r.correction, r.access, "
        "coalesce((SELECT n.body_text FROM revisions n WHERE n.article_id = r.article_id AND n.number >= r.number "
        "AND n.body_text IS NOT NULL ORDER BY n.number LIMIT 1), a.body_text), "
        "CASE WHEN p.headline <> r.headline THEN 1 ELSE 0 END, "
        "CASE WHEN p.number IS NOT NULL AND coalesce(p.dek, '') <> coalesce(r.dek, '') THEN 1 ELSE 0 END, "
        "CASE WHEN p.number IS NOT NULL AND coalesce(p.correction, '') <> coalesce(r.correction, '') THEN 1 ELSE 0 "
        "END, "
        "CASE WHEN p.body_text IS NOT NULL THEN 1 ELSE 0 END, coalesce(a.canonical_url, a.url) "
        "FROM revisions r JOIN articles a ON a.id = r.article_id "
        "LEFT JOIN revisions p ON p.article_id = r.article_id AND p.number = r.number - 1 "
        "ORDER BY r.article_id, r.number",
    ),
    DatabaseView(
        "pages_by_reason",
        "What became of the discovered URLs.",
        {
            "spider": "The spider.",
            "site": "The site: sites.site.",
            "state": "discovered, stored, unchanged, refused, failed or blocked.",
            "reason": "Why, as a short code.",
            "pages": "Number of URLs.",
            "last_tried_at": "When the last of them was tried; UTC.",
        },
        "SELECT p.spider, p.site, p.state, p.reason, count(*), max(p.tried_at) FROM pages p "
        "GROUP BY p.spider, p.site, p.state, p.reason ORDER BY count(*) DESC, p.state, p.reason",
    ),
    DatabaseView(
        "pages_due",
        "URLs to be fetched, or fetched again, the next one first.",
        {
            "spider": "The spider.",
            "site": "The site: sites.site.",
            "due_at": "When to fetch it; UTC. NULL: in the next run.",
            "state": "discovered, stored, unchanged, refused, failed or blocked.",
            "reason": "Why it was refused, failed or blocked, as a short code.",
            "failures": "Number of times in a row that it gave no article for reasons of the same kind.",
            "url": "The URL as first discovered.",
        },
        "SELECT p.spider, p.site, p.due_at, p.state, p.reason, p.failures, p.url FROM pages p "
        "WHERE p.state = 'discovered' OR p.due_at IS NOT NULL "
        "ORDER BY CASE WHEN p.due_at IS NULL THEN 0 ELSE 1 END, p.due_at, p.id",
    ),
    DatabaseView(
        "captures_readable",
        "Every capture of every page, newest first, and where its bytes are stored.",
        {
            "url": "The URL of the page as first discovered.",
            "captured_at": "When the server responded; UTC.",
            "source": "Where the capture came from: live, warc, wayback, commoncrawl, sample and so on.",
            "status": "HTTP status of the response.",
            "state": "What it was read as: stored (an article), unchanged, refused, failed or blocked.",
            "reason": "Why it is not an article, as a short code.",
            "layout": "The layout that read it.",
            "extractor": "Version of the extraction that read it.",
            "file": "The WARC file, relative to NEWSCRAWL_WARC_DIR or absolute; NULL: not stored.",
            "file_offset": "Byte of the file at which its record starts.",
            "digest": "Digest of the payload as sent.",
            "article_id": "The article that the page led to: articles.id.",
        },
        "SELECT p.url, c.captured_at, c.source, c.status, c.state, c.reason, c.layout, c.extractor, c.file, "
        "c.file_offset, c.digest, p.article_id FROM captures c JOIN pages p ON p.id = c.page_id "
        "ORDER BY c.captured_at DESC, c.id DESC",
    ),
    DatabaseView(
        "runs_readable",
        "Every run, newest first, with its duration and outcomes.",
        {
            "id": "Number of the run: runs.id.",
            "spider": "The spider.",
            "started_at": "When it started; UTC.",
            "seconds": "Duration until its end, or until its last heartbeat.",
            "finish_reason": "finished, shutdown, killed and so on; NULL: not ended.",
            "exit_code": "Exit code of the command; NULL: not ended, or killed.",
            **_OUTCOMES,
        },
        "SELECT r.id, r.spider, r.started_at, {seconds}, r.finish_reason, r.exit_code, {counts} FROM runs r "
        "ORDER BY r.id DESC",
    ),
)


def drop(connection: Connection) -> None:
    """Drop the views that exist."""
    for view in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view.name}")


def create(connection: Connection) -> None:
    """Create all views, in the SQL of the connection's database."""
    own = _PHRASES[connection.dialect.name]
    counts = ", ".join(f"coalesce({own['count'].format(outcome=outcome)}, 0)" for outcome in _OUTCOMES)
    phrases = {name: sql.replace("{authors}", _AUTHORS) for name, sql in own.items()} | {"counts": counts}
    for view in VIEWS:
        select = view.select.format_map(phrases)
        connection.exec_driver_sql(f"CREATE VIEW {view.name} ({', '.join(view.columns)}) AS {select}")
