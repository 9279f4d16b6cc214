"""Captures that are read again: what a better reading makes of an article, and writing it.

A changed field is a correction of ours, and no revision of theirs: the versions of an article stay where they are in
time, and only tell more, or otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import reduce
from http import HTTPStatus
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from newscrawl.article import Article, Image
from newscrawl.states import CaptureState
from newscrawl.storage.articles import rows
from newscrawl.storage.articles.merge import (
    Version,
    as_in,
    fingerprint,
    is_plain_text,
    joined,
    merged,
    telling,
    version,
)
from newscrawl.storage.articles.record import Draft, record, write
from newscrawl.storage.crawl_state.captures import read_captures, read_captures_of, select_captures
from newscrawl.storage.crawl_state.page_results import PageResult
from newscrawl.storage.database import Database
from newscrawl.storage.tables import (
    ArticleAuthorRow,
    ArticleRow,
    CaptureRow,
    ContactRow,
    ImageRow,
    PageRow,
    TickerRow,
    TopicRow,
    table_of,
)

_ARTICLES, _CAPTURES, _PAGES = map(table_of, (ArticleRow, CaptureRow, PageRow))
_LISTED = "blocked"
"""The access of what only a list told."""
_OURS = ("url", "publisher", "layout", "fetched_at", "sources")
"""Fields that say how it was read, and not what it tells."""
CONTENT_FIELDS = tuple(field.name for field in fields(Article) if field.name not in _OURS)
"""Fields that a reading may change."""
_PARTS = {
    "images": ImageRow.article_id,
    "topics": TopicRow.article_id,
    "tickers": TickerRow.article_id,
    "contacts": ContactRow.article_id,
}
_ROLES = {"byline": "byline", "assistance": "assistance"}
_DATELINE = (ArticleRow.dateline_place, ArticleRow.dateline_date_text, ArticleRow.dateline_agency)
_EMPTY = {"body": ArticleRow.word_count == 0, "dateline": and_(*(part.is_(None) for part in _DATELINE))}
_BY_WISH = "out_of_dates"
"""Why a page was refused that could be read: another reading is none the wiser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReextractFilter:
    """Which articles are read again: those of which all that is given holds."""

    layout: str | None = None
    since: datetime | None = None
    """Published at this moment (UTC) or later."""
    missing: str | None = None
    """A field (one of CONTENT_FIELDS) that they lack."""
    read_before: str | None = None
    """A version of the extraction: those are left out of which every capture was read with it."""

    @property
    def is_all(self) -> bool:
        """Whether nothing narrows it: then pages that led to no article are meant too."""
        return self.layout is None and self.since is None and self.missing is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReextractedArticle:
    """What reading its captures again makes of an article."""

    article_id: int
    before: Article
    after: Article
    history: tuple[Version, ...]
    """Its versions now, oldest first."""
    was: tuple[Version, ...]
    fingerprint: str

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """The fields that read otherwise, with what they were and are; "revisions" where only older versions do."""
        told = {name: (getattr(self.before, name), getattr(self.after, name)) for name in CONTENT_FIELDS}
        changed = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
        if not changed and [each.text for each in self.was] != [each.text for each in self.history]:
            changed["revisions"] = (len(self.was), len(self.history))
        return changed


class ReextractStore(Database):
    """Reading stored captures again with a newer extraction."""

    def to_reread(self, wanted: ReextractFilter, *, batch: int) -> Iterator[list[CaptureState]]:
        """Iterate over the stored captures of wanted articles, all of an article together, some articles at a time.

        If all articles are wanted, the captures of pages without an article follow. Each batch is its own transaction.
        """
        last = 0
        while True:
            with self._reading() as connection:
                ids = wanted_articles(connection, wanted, last, batch)
                captures = read_captures_of(connection, ids)
            if not ids:
                break
            last = ids[-1]
            yield [capture for capture in captures if capture.file and capture.status == HTTPStatus.OK]
        last = 0
        while wanted.is_all:
            with self._reading() as connection:
                captures = pages_without_article(connection, wanted, last, batch)
            if not captures:
                return
            last = captures[-1].id
            yield captures

    def reread(self, readings: Mapping[int, Sequence[Article]], *, lists: Collection[str]) -> list[ReextractedArticle]:
        """Return what new readings of all its captures change in each article, by id, without writing anything.

        `lists` names the discovery modules: a value that came from a list is kept, since no page repeats it.
        """
        with self._reading() as connection:
            return list(reread(connection, readings, lists))

    def rewrite(
        self,
        readings: Mapping[int, Sequence[Article]],
        results: Sequence[PageResult],
        *,
        lists: Collection[str],
        run_id: int,
        extractor: str,
    ) -> list[ReextractedArticle]:
        """As `reread`; and write the articles without a new revision, and how each capture was read."""
        with self._writing() as connection:
            articles = list(reread(connection, readings, lists))
            rewrite(connection, [article for article in articles if article.changes], extractor)
            record(connection, results, run_id=run_id, extractor=extractor)
            return articles


def wanted_articles(connection: Connection, wanted: ReextractFilter, after: int, limit: int) -> list[int]:
    """The next articles that have captures to be read again, by number, from the one `after` which they come."""
    of_article = (_PAGES.c.article_id == _ARTICLES.c.id, _CAPTURES.c.page_id == _PAGES.c.id)
    with_captures = exists().where(*of_article, *_kept(wanted))
    paged = (_ARTICLES.c.id > after, _ARTICLES.c.access != _LISTED)
    asked = select(_ARTICLES.c.id).where(*paged, with_captures, *_conditions(wanted))
    return list(connection.scalars(asked.order_by(_ARTICLES.c.id).limit(limit)))


def pages_without_article(
    connection: Connection, wanted: ReextractFilter, after: int, limit: int
) -> list[CaptureState]:
    """The next kept captures of pages that led to no article, or to what only a list told, by number."""
    without = or_(_PAGES.c.article_id.is_(None), _ARTICLES.c.access == _LISTED)
    unread = or_(_CAPTURES.c.reason.is_(None), _CAPTURES.c.reason != _BY_WISH)
    conditions = (_CAPTURES.c.id > after, without, unread, *_kept(wanted))
    asked = select_captures().outerjoin(_ARTICLES, _ARTICLES.c.id == _PAGES.c.article_id).where(*conditions)
    found = read_captures(connection, asked.order_by(_CAPTURES.c.id).limit(limit))
    return [replace(state, article_id=None) for state in found]


def _kept(wanted: ReextractFilter) -> Iterator[ColumnElement[bool]]:
    yield _CAPTURES.c.file.is_not(None)
    yield _CAPTURES.c.status == 200
    if wanted.read_before:
        yield or_(_CAPTURES.c.extractor.is_(None), _CAPTURES.c.extractor != wanted.read_before)


def reread(
    connection: Connection, readings: Mapping[int, Sequence[Article]], lists: Collection[str]
) -> Iterator[ReextractedArticle]:
    """What the readings of all its kept captures, in any order, make of each article; `lists` name sources of lists."""
    known = rows.load(connection, readings.keys())
    histories = rows.load_histories(connection, known)
    marks = select(_ARTICLES.c.id, _ARTICLES.c.fingerprint).where(_ARTICLES.c.id.in_(known))
    fingerprints: dict[int, str] = dict(connection.execute(marks).all())
    for article_id, before in known.items():
        if found := _in_order(map(rows.as_stored, readings[article_id])):
            stored = _Stored(article_id, before, histories[article_id], fingerprints[article_id])
            yield _reread(stored, found, lists)


def rewrite(connection: Connection, changed: Sequence[ReextractedArticle], extractor: str) -> None:
    """Write articles as they read now."""
    drafts = {
        str(each.article_id): Draft(each.article_id, each.after, each.history, each.fingerprint, changed=True)
        for each in changed
    }
    write(connection, drafts, new_keys=(), extractor=extractor)


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    article: Article
    history: tuple[Version, ...]
    fingerprint: str


def _in_order(readings: Iterable[Article]) -> list[Article]:
    """Oldest first, but texts before pages of markup, which tell more."""
    return sorted(readings, key=lambda article: (not is_plain_text(article), article.fetched_at))


def _reread(stored: _Stored, readings: Sequence[Article], lists: Collection[str]) -> ReextractedArticle:
    before, was = stored.article, stored.history
    pages = [article for article in readings if not is_plain_text(article)]
    if is_plain_text(before) and not pages:
        pages = [*readings]
    history = joined([piece for known in was for piece in _pieces(known, pages)])
    is_current = bool(pages) and pages[-1].fetched_at >= before.fetched_at
    told = reduce(merged, _tellers(before, was, readings, pages) if is_current else [*readings, before])
    told = as_in(history[-1], replace(told, url=before.url))
    if [_seen(image) for image in told.images] == [_seen(image) for image in before.images]:
        told = replace(told, images=before.images)  # their addresses change with the host, and with every resizing
    return ReextractedArticle(
        article_id=stored.id,
        before=before,
        after=_with_what_lists_told(told, before, lists),
        history=history,
        was=was,
        fingerprint=fingerprint(telling(pages[-1])) if is_current else stored.fingerprint,
    )


def _tellers(
    before: Article, was: Iterable[Version], readings: Sequence[Article], pages: Sequence[Article]
) -> Sequence[Article]:
    """Who tells of an article, in order: its readings, and where not all was kept, what it was before them."""
    is_covered = all(any(_shows(known, article) for article in pages) for known in was)
    return readings if is_covered else [before, *readings]


def _seen(image: Image) -> tuple[str | None, str | None]:
    return image.caption, image.credit


def _shows(known: Version, article: Article) -> bool:
    return known.seen_at <= article.fetched_at <= known.seen_until


def _pieces(known: Version, readings: Sequence[Article]) -> Sequence[Version]:
    """A version as its captures read now, one after the other within its time; itself where none is kept."""
    shown = joined([version(article) for article in readings if _shows(known, article)] or [known])
    begun = [replace(shown[0], seen_at=known.seen_at), *shown[1:]]
    return [*begun[:-1], replace(begun[-1], seen_until=known.seen_until)]


def _with_what_lists_told(told: Article, before: Article, lists: Collection[str]) -> Article:
    """The article with what no page tells, and a list told once."""
    gaps = [name for name in CONTENT_FIELDS if before.sources.get(name) in lists and not getattr(told, name)]
    values = {name: getattr(before, name) for name in gaps}
    return replace(told, **values, sources={**told.sources, **{name: before.sources[name] for name in gaps}})


def _conditions(wanted: ReextractFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.layout:
        conditions.append(ArticleRow.layout == wanted.layout)
    if wanted.since:
        conditions.append(ArticleRow.published_at >= wanted.since)
    if wanted.missing:
        conditions.append(_lacks(wanted.missing))
    return conditions


def _lacks(field: str) -> ColumnElement[bool]:
    """That an article lacks a field. Raises KeyError for one that is none."""
    if field in _PARTS:
        return ~exists().where(_PARTS[field] == ArticleRow.id)
    if field in _ROLES:
        held = (ArticleAuthorRow.article_id == ArticleRow.id, ArticleAuthorRow.role == _ROLES[field])
        return ~exists().where(*held)
    if field in _EMPTY:
        return _EMPTY[field]
    column = _ARTICLES.c[field]
    return column == [] if field == "abstract" else column.is_(None)
