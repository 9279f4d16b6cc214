"""Reading stored captures again: what a newer extraction changes in an article, and writing it.

A changed field is a correction of ours, not a revision of theirs: the versions of an article keep their times, and only
say more, or something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from http import HTTPStatus
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, and_, exists, func, or_, select

from newscrawl.article import Article, Image
from newscrawl.errors import RejectedRowError
from newscrawl.states import DELETED, OUTSIDE_DATES, UNSTORABLE, CaptureState
from newscrawl.storage.articles import rows
from newscrawl.storage.articles.draft import Draft
from newscrawl.storage.articles.merge import (
    CONTENT_FIELDS,
    VERSION_FIELDS,
    Version,
    add_versions,
    content_text,
    fingerprint,
    is_plain_text,
    join_versions,
    make_version,
    measure_text,
    merge,
    with_version,
)
from newscrawl.storage.articles.record import RecordStore, insert_revisions, record_results, write_drafts
from newscrawl.storage.articles.stored_rows import StoredRows, read_stored_rows
from newscrawl.storage.crawl_state.captures import read_captures, read_captures_of, select_captures
from newscrawl.storage.crawl_state.outcomes import PageResult
from newscrawl.storage.crawl_state.runs import check_lock
from newscrawl.storage.query.names import has_publisher
from newscrawl.storage.splitting import write_apart
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, CaptureRow, PageRow, table_of
from newscrawl.storage.types import Json

_ARTICLES, _CAPTURES, _PAGES = map(table_of, (ArticleRow, CaptureRow, PageRow))
_STATUSES = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
"""HTTP statuses of captures that have an article, or the begin of one."""
_SHOWN = 1000
_LISTED = "blocked"
"""The access of headline-only articles, which a list gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReextractFilter:
    """Which articles to read again: those that match every given condition."""

    layout: str | None = None
    since: datetime | None = None
    """Published at this moment (UTC) or later."""
    publisher: str | None = None
    """As in newscrawl.storage.Query."""
    missing: str | None = None
    """A field, one of CONTENT_FIELDS, that they lack."""
    read_before: str | None = None
    """A version of the extraction: articles whose captures were all read with it, and none failed, are left out."""

    @property
    def is_all(self) -> bool:
        """Whether no condition is given: then pages without an article are included."""
        return (self.layout or self.since or self.publisher or self.missing) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReextractedArticle:
    """What reading its captures again makes of an article."""

    article_id: int
    before: Article
    after: Article
    history_before: tuple[Version, ...]
    history_after: tuple[Version, ...]
    """Its versions, oldest first."""
    fingerprint: str

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """The changed fields, with their values before and after; "revisions" if only older versions changed."""
        changes: dict[str, tuple[Any, Any]] = {}
        for name in CONTENT_FIELDS:
            before, after = getattr(self.before, name), getattr(self.after, name)
            if before != after:
                changes[name] = before, after
        contents = [[version.content for version in history] for history in (self.history_before, self.history_after)]
        if not changes and contents[0] != contents[1]:
            changes["revisions"] = (len(self.history_before), len(self.history_after))
        return changes


@dataclass(frozen=True, slots=True)
class _ArticleReading:
    """What is written together: an article and its captures, or (None) a capture without one."""

    article_id: int | None
    readings: Sequence[Article]
    results: Sequence[PageResult]


class ReextractStore(RecordStore):
    """Reading stored captures again with a newer extraction."""

    def to_reread(self, wanted: ReextractFilter, *, batch: int) -> Iterator[list[CaptureState]]:
        """Iterate over the stored captures of wanted articles, all of an article together, some articles at a time.

        The first batch has one article, and each twice as many as the one before, up to `batch`: a run that is killed
        early has done something.

        If all articles are wanted, the captures of pages without an article follow. Each batch is its own transaction.
        """
        last, size = 0, 1
        while True:
            with self._reading() as connection:
                ids = _read_article_ids(connection, wanted, last, size)
                captures = read_captures_of(connection, ids)
            if not ids:
                break
            last, size = ids[-1], min(2 * size, batch)
            yield [capture for capture in captures if capture.file and capture.status in _STATUSES]
        last = 0
        while wanted.is_all:
            with self._reading() as connection:
                captures = _read_captures_without_article(connection, wanted, last, size)
            if not captures:
                return
            last, size = captures[-1].id, min(2 * size, batch)
            yield captures

    def reread(self, readings: Mapping[int, Sequence[Article]], *, lists: Collection[str]) -> list[ReextractedArticle]:
        """Return what new readings of all its captures change in each article, by id, without writing anything.

        `lists` names the discovery modules: a value that came from a list is kept, since no page repeats it. Damaged
        articles are left out, unless the readings have another value for all that is damaged.
        """
        with self._reading() as connection:
            return list(_reextract(connection, readings, lists))

    def extractors(self, ids: Collection[int]) -> dict[int, str | None]:
        """Return which version of the extraction read each of these articles."""
        statement = select(_ARTICLES.c.id, _ARTICLES.c.extractor).where(_ARTICLES.c.id.in_(ids))
        with self._reading() as connection:
            return {row.id: row.extractor for row in connection.execute(statement)}

    def count_unverifiable(self) -> tuple[int, list[int]]:
        """Count the articles without a stored capture that was read as a page, and return the first ids."""
        of_article = (_PAGES.c.article_id == _ARTICLES.c.id, _CAPTURES.c.page_id == _PAGES.c.id)
        stored = exists().where(*of_article, _CAPTURES.c.file.is_not(None), _CAPTURES.c.status.in_(_STATUSES))
        without = or_(_ARTICLES.c.access == _LISTED, ~stored)
        with self._reading() as connection:
            count = connection.scalar(select(func.count()).select_from(_ARTICLES).where(without)) or 0
            first = select(_ARTICLES.c.id).where(without).order_by(_ARTICLES.c.id).limit(_SHOWN)
            return count, list(connection.scalars(first))

    def rewrite(
        self,
        readings: Mapping[int, Sequence[Article]],
        results: Sequence[PageResult],
        *,
        lists: Collection[str],
        run_id: int,
        extractor: str,
    ) -> list[ReextractedArticle]:
        """As `reread`; and write the articles without a new revision, and how each capture was read.

        A damaged article is left out, with its captures, unless they have another value for all that is damaged. An
        article that the database rejects stays as it is, and its captures have failed (UNSTORABLE).
        """

        def write(part: Sequence[_ArticleReading]) -> list[list[ReextractedArticle]]:
            of_part = [result for each in part for result in each.results]
            readings = {each.article_id: each.readings for each in part if each.article_id is not None}
            return [self._rewrite(readings, of_part, lists, run_id, extractor)]

        def write_rejected(each: _ArticleReading, error: RejectedRowError) -> list[ReextractedArticle]:
            failed = [replace(result, state="failed", reason=UNSTORABLE, article=None) for result in each.results]
            self.record(failed, run_id=run_id, extractor=extractor)
            return []

        try:
            return self._rewrite(readings, results, lists, run_id, extractor)
        except RejectedRowError as error:
            parts = _split_readings(readings, results)
            return [article for each in write_apart(write, parts, write_rejected, error) for article in each]

    def _rewrite(
        self,
        readings: Mapping[int, Sequence[Article]],
        results: Sequence[PageResult],
        lists: Collection[str],
        run_id: int,
        extractor: str,
    ) -> list[ReextractedArticle]:
        with self._writing() as connection:
            check_lock(connection, run_id)
            articles = list(_reextract(connection, readings, lists))
            drafts = {
                str(each.article_id): Draft(
                    each.article_id, each.after, each.history_after, each.fingerprint, is_changed=True
                )
                for each in articles
                if each.changes
            }
            written = write_drafts(connection, drafts, new_keys=(), extractor=extractor)
            insert_revisions(connection, written, run_id=run_id)
            sound = {each.article_id for each in articles}
            left_out = {id(reading) for at, read in readings.items() if at not in sound for reading in read}
            results = [result for result in results if id(result.article) not in left_out]
            record_results(connection, results, run_id=run_id, extractor=extractor)
            return articles


def _split_readings(readings: Mapping[int, Sequence[Article]], results: Sequence[PageResult]) -> list[_ArticleReading]:
    """Return the readings of each article with the results that they are of, and each other result by itself."""
    article_ids = {id(reading): article_id for article_id, read in readings.items() for reading in read}
    by_article: defaultdict[int, list[PageResult]] = defaultdict(list)
    others: list[_ArticleReading] = []
    for result in results:
        if (article_id := article_ids.get(id(result.article))) is None:
            others.append(_ArticleReading(None, (), [result]))
        else:
            by_article[article_id].append(result)
    return [*(_ArticleReading(at, read, by_article[at]) for at, read in readings.items()), *others]


def _read_article_ids(connection: Connection, wanted: ReextractFilter, after: int, limit: int) -> list[int]:
    """Return the next wanted articles with stored captures, by id."""
    of_article = (_PAGES.c.article_id == _ARTICLES.c.id, _CAPTURES.c.page_id == _PAGES.c.id)
    statement = select(_ARTICLES.c.id).where(
        _ARTICLES.c.id > after, _ARTICLES.c.access != _LISTED, exists().where(*of_article, *_are_stored(wanted))
    )
    if wanted.layout:
        statement = statement.where(_ARTICLES.c.layout == wanted.layout)
    if wanted.since:
        statement = statement.where(_ARTICLES.c.published_at >= wanted.since)
    if wanted.publisher:
        statement = statement.where(has_publisher(connection, wanted.publisher))
    if wanted.missing:
        statement = statement.where(_is_missing(wanted.missing))
    return list(connection.scalars(statement.order_by(_ARTICLES.c.id).limit(limit)))


def _read_captures_without_article(
    connection: Connection, wanted: ReextractFilter, after: int, limit: int
) -> list[CaptureState]:
    """Return the next stored captures of pages without an article, or with a headline-only one, by id."""
    without = or_(_PAGES.c.article_id.is_(None), _ARTICLES.c.access == _LISTED)
    # The dates of its run excluded it, or a person deleted it; another extraction does not change that.
    not_excluded = or_(_CAPTURES.c.reason.is_(None), _CAPTURES.c.reason.not_in((OUTSIDE_DATES, DELETED)))
    statement = select_captures().outerjoin(_ARTICLES, _ARTICLES.c.id == _PAGES.c.article_id)
    statement = statement.where(_CAPTURES.c.id > after, without, not_excluded, *_are_stored(wanted))
    captures = read_captures(connection, statement.order_by(_CAPTURES.c.id).limit(limit))
    return [replace(capture, article_id=None) for capture in captures]


def _are_stored(wanted: ReextractFilter) -> Iterator[ColumnElement[bool]]:
    yield _CAPTURES.c.file.is_not(None)
    yield _CAPTURES.c.status.in_(_STATUSES)
    if wanted.read_before:
        is_unread = or_(_CAPTURES.c.extractor.is_(None), _CAPTURES.c.extractor != wanted.read_before)
        yield or_(is_unread, _CAPTURES.c.state == "failed")


def _is_missing(field: str) -> ColumnElement[bool]:
    """Whether an article lacks a field. Raises KeyError for an unknown one."""
    if field in rows.LISTS:
        return ~exists().where(table_of(rows.LISTS[field]).c.article_id == _ARTICLES.c.id)
    if field in rows.ROLES:
        return ~exists().where(ArticleAuthorRow.article_id == _ARTICLES.c.id, ArticleAuthorRow.role == field)
    if field == "dateline":
        return and_(*(_ARTICLES.c[column].is_(None) for column in rows.DATELINE))
    if field == "body":
        return _ARTICLES.c.word_count == 0
    column = _ARTICLES.c[field]
    if isinstance(column.type, Boolean):
        return column.is_(False)
    return column == [] if isinstance(column.type, Json) else column.is_(None)


def _reextract(
    connection: Connection, readings: Mapping[int, Sequence[Article]], lists: Collection[str]
) -> Iterator[ReextractedArticle]:
    stored, _ = rows.load_sound(connection, readings.keys(), verify=False)
    histories, _ = rows.load_sound_histories(connection, stored, verify=False)
    damaged = _find_damaged(connection, histories)
    statement = select(_ARTICLES.c.id, _ARTICLES.c.fingerprint).where(_ARTICLES.c.id.in_(stored))
    fingerprints: dict[int, str] = dict(connection.execute(statement).all())
    for article_id, history in histories.items():
        # Oldest first, but texts before pages of markup, which say more.
        in_order = sorted(
            map(rows.as_stored, readings[article_id]), key=lambda read: (not is_plain_text(read), read.fetched_at)
        )
        if in_order:
            draft = Draft(article_id, stored[article_id], history, fingerprints[article_id])
            merged = _merge_readings(article_id, draft, in_order, lists)
            if article_id not in damaged or _replaces(merged, damaged[article_id]):
                yield merged


def _find_damaged(connection: Connection, ids: Collection[int]) -> dict[int, StoredRows]:
    """Return those of these articles of which something is not as it was stored."""
    return {at: article for at, article in read_stored_rows(connection, ids).items() if article.all_damage()}


def _replaces(merged: ReextractedArticle, damaged: StoredRows) -> bool:
    """Whether all that is damaged has other values now: what is kept of an article gets a new digest."""
    versions = {version.content for version in merged.history_after}
    for number, (revision, version) in enumerate(zip(damaged.revisions, merged.history_before, strict=False), 1):
        if revision.damage() and (version.content in versions or not revision.damage().keys() <= {*VERSION_FIELDS}):
            return False
        if revision.number != number:
            return False
    fields = {name.partition("_")[0] if name in rows.DATELINE else name for name in damaged.damage()}
    return fields - rows.DERIVED <= merged.changes.keys()


def _merge_readings(
    article_id: int, stored: Draft, readings: Sequence[Article], lists: Collection[str]
) -> ReextractedArticle:
    before = stored.article
    whole = [article for article in readings if article.complete]
    # Earlier versions of newscrawl took cut captures for whole ones.
    cut_at = {article.fetched_at for article in readings if not article.complete}
    known = [each for each in stored.history if not {each.seen_at, each.seen_until} <= cut_at or _is_shown(each, whole)]
    if whole:
        is_known = before.complete and known[-1:] == [stored.history[-1]]
        after, history, read = _merge_whole(before if is_known else None, known, whole, before)
    elif known:
        after, history, read = with_version(before, known[-1]), tuple(known), None
    else:
        read = max(readings, key=measure_text)
        history = add_versions([make_version(read)], map(make_version, readings))
        after = with_version(read, history[-1])
    after = replace(after, url=before.url)
    if _without_urls(after.images) == _without_urls(before.images):
        after = replace(after, images=before.images)
    return ReextractedArticle(
        article_id=article_id,
        before=before,
        after=_keep_listed_values(after, before, lists),
        history_before=stored.history,
        history_after=history,
        fingerprint=fingerprint(content_text(read)) if read else stored.fingerprint,
    )


def _merge_whole(
    before: Article | None, known: Sequence[Version], readings: Sequence[Article], stored: Article
) -> tuple[Article, tuple[Version, ...], Article | None]:
    """Return the article, its versions, and the reading that shows how it reads now, if one does.

    `before` is the stored article, or None where only cut captures showed it so.
    """
    pages = [article for article in readings if not is_plain_text(article)]
    if is_plain_text(stored) and not pages:
        pages = [*readings]
    if not known:
        history = join_versions([make_version(page) for page in pages or readings])
        return with_version(reduce(merge, readings), history[-1]), history, (pages or readings)[-1]
    history = join_versions([piece for each in known for piece in _reread_version(each, pages)])
    is_current = bool(pages) and (before is None or pages[-1].fetched_at >= before.fetched_at)
    if before is None or (is_current and all(_is_shown(each, pages) for each in known)):
        in_order = [*readings]
    elif is_current:  # not every capture was stored: the rest is known from the article itself
        in_order = [before, *readings]
    else:
        in_order = [*readings, before]
    return with_version(reduce(merge, in_order), history[-1]), history, pages[-1] if is_current else None


def _without_urls(images: Iterable[Image]) -> list[tuple[str | None, str | None]]:
    """Leave out the addresses of images: they change with the host, and with every resizing."""
    return [(image.caption, image.credit) for image in images]


def _is_shown(known: Version, readings: Sequence[Article]) -> bool:
    return any(_shows(known, article) for article in readings)


def _shows(known: Version, article: Article) -> bool:
    return known.seen_at <= article.fetched_at <= known.seen_until


def _reread_version(known: Version, readings: Sequence[Article]) -> Sequence[Version]:
    """Return a version as its captures read now, within its time; itself if none is stored."""
    shown = join_versions([make_version(article) for article in readings if _shows(known, article)] or [known])
    first = replace(shown[0], seen_at=known.seen_at)
    versions = [first, *shown[1:]]
    return [*versions[:-1], replace(versions[-1], seen_until=known.seen_until)]


def _keep_listed_values(after: Article, before: Article, lists: Collection[str]) -> Article:
    """Return the article with the values that a list gave and no page has."""
    gaps = [name for name in CONTENT_FIELDS if before.sources.get(name) in lists and not getattr(after, name)]
    values = {name: getattr(before, name) for name in gaps}
    return replace(after, **values, sources={**after.sources, **{name: before.sources[name] for name in gaps}})
