"""Recording a batch of page results in a few statements, whatever its size.

One SELECT finds which articles the keys of the batch belong to. A capture with the fingerprint of the stored article
needs no more than its time. The others become drafts, which merge captures in memory and are then written table by
table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    FromClause,
    Insert,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from newscrawl.article import Article
from newscrawl.errors import RejectedRowError
from newscrawl.states import DELETED, UNSTORABLE, RefusalKind
from newscrawl.storage.articles import digests, rows
from newscrawl.storage.articles.deletion import find_deleted, find_last_deleted
from newscrawl.storage.articles.draft import Draft, KeyedArticle
from newscrawl.storage.articles.merge import content_text, fingerprint, is_listed, make_version
from newscrawl.storage.articles.stored_rows import StoredRows, keep_damage, keep_damaged_versions, read_stored_rows
from newscrawl.storage.crawl_state.captures import read_capture_ids, save_captures, save_progress
from newscrawl.storage.crawl_state.outcomes import FileProgress, PageResult, RecordedPage
from newscrawl.storage.crawl_state.page_results import (
    KnownPage,
    read_known_pages,
    save_results,
)
from newscrawl.storage.crawl_state.run_leaves import save_leaves
from newscrawl.storage.crawl_state.runs import check_lock
from newscrawl.storage.database import Database
from newscrawl.storage.duplicates import clusters
from newscrawl.storage.keys import article_keys, text_key, url_hash
from newscrawl.storage.query import watches
from newscrawl.storage.splitting import write_apart
from newscrawl.storage.tables import ArticleKeyRow, ArticleRow, AuthorRow, Base, PageRow, RevisionRow, table_of
from newscrawl.storage.transactions import lock_rows, require_exclusive
from newscrawl.storage.types import Name
from newscrawl.storage.values import Values, is_storable, sanitize, split_sorted, truncate

ARTICLE_DAMAGED = "article_damaged"
"""Why a page failed whose stored article is damaged."""
_UNTIL_REPAIRED = timedelta(days=1)
_UNTIL_RAISED = timedelta(days=30)
"""The pause before the one retry of a page that the database did not take: by then its limits may be higher."""
_MAX_KNOWN_NAMES = 20_000
_ARTICLES, _KEYS, _PAGES, _REVISIONS = map(table_of, (ArticleRow, ArticleKeyRow, PageRow, RevisionRow))
_AUTHORS = table_of(AuthorRow)
# Statements of every batch: to make one costs more than to run it.
_LAST_CHANGE = select(func.max(_ARTICLES.c.changed_at))
_INSERT_ARTICLES = insert(_ARTICLES).returning(_ARTICLES.c.url, _ARTICLES.c.id)
_AUTHOR_IDS = select(_AUTHORS.c.name, _AUTHORS.c.id).where(_AUTHORS.c.name.in_(bindparam("names")))
_INSERT_AUTHORS = insert(_AUTHORS).returning(_AUTHORS.c.name, _AUTHORS.c.id)


@dataclass(frozen=True, slots=True)
class _StoredState:
    """What decides whether a capture changes a stored article."""

    id: int
    fingerprint: str
    fetched_at: datetime
    revision: int
    seen_until: datetime


class RecordStore(Database):
    """Recording what became of pages."""

    _known_names: frozenset[str] = frozenset()
    """Authors that were in the database: a batch with no other ones needs no transaction before its own."""

    def record(
        self,
        results: Sequence[PageResult],
        *,
        run_id: int,
        extractor: str | None = None,
        files: Sequence[FileProgress] = (),
    ) -> list[RecordedPage]:
        """Store results with their articles and captures, in one transaction; one RecordedPage for each, in order.

        If the database rejects a row, its page is recorded as failed (UNSTORABLE), and all others are stored, in
        several transactions. Raises StorageError where that is no help, LostLockError where another process has
        taken the run for killed: then nothing of the last one is stored.

        An article that shares a key (newscrawl.urls.article_keys) with a stored one is the same article. If it shares
        keys with two, they become one, under the lower id; the other id still finds it. Captures may come in any order
        of fetched_at: newscrawl.storage.articles.merge says what each changes. U+0000 and surrogates, which databases
        reject, become U+FFFD.

        A page that is "stored" again and reads as before becomes "unchanged". The first capture of a page whose article
        was headline-only is "stored", not "updated".

        `extractor` is the version of the extraction that read the captures. A result with is_archived changes its
        page only if nothing better is known. `files` are archive files, with what was read when these results are
        stored.
        """

        def write(part: Sequence[PageResult], files: Sequence[FileProgress] = ()) -> list[RecordedPage]:
            def write_part(connection: Connection) -> list[RecordedPage]:
                check_lock(connection, run_id)
                recorded = record_results(connection, part, run_id=run_id, extractor=extractor)
                for file in files:
                    save_progress(connection, file, run_id=run_id)
                return recorded

            self._add_authors(part)
            return self._write_concurrently(write_part)

        def write_unstorable(result: PageResult, error: RejectedRowError) -> RecordedPage:
            with self._reading() as connection:
                hashed = url_hash(connection, result.url)
                page = read_known_pages(connection, [hashed]).get(hashed)
            failed = _fail_unstorable(result, page, datetime.now(UTC))
            try:
                (recorded,) = write([failed])
            except RejectedRowError:
                (recorded,) = write([replace(failed, status=None, source=None, capture=None)])
            return replace(recorded, outcome="failed", problem=str(error))

        try:
            return write(results, files)
        except RejectedRowError as error:
            if not results:
                raise
            recorded = write_apart(write, results, write_unstorable, error)
            write((), files)
            return recorded

    def _add_authors(self, results: Iterable[PageResult]) -> None:
        """Add new names in a short transaction of their own, where others write at the same time.

        Of two batches with the same new name, the second would wait for the end of the first, and run again.
        """
        if self._engine.dialect.name == "sqlite" or self._find_shared():
            return
        names = {sanitize(name) for result in results if result.article for name in rows.author_names(result.article)}
        if new := names - self._known_names:
            self._write_concurrently(lambda connection: _author_ids(connection, new))
            known = self._known_names | new
            self._known_names = known if len(known) <= _MAX_KNOWN_NAMES else frozenset(new)


def record_results(
    connection: Connection, results: Sequence[PageResult], *, run_id: int, extractor: str | None = None
) -> list[RecordedPage]:
    """Write a batch; see RecordStore.record."""
    now, hashes = datetime.now(UTC), [url_hash(connection, result.url) for result in results]
    lock_rows(connection, _PAGES.c.url_hash, set(hashes))
    pages = read_known_pages(connection, hashes)
    locked = _lock_articles(connection, {page.article_id for page in pages.values() if page.article_id})
    if locked:
        pages = read_known_pages(connection, hashes)  # what they say of their articles may have changed meanwhile
    readings: dict[int, KeyedArticle] = {}
    for place, result in enumerate(results):
        if result.article:
            site = result.site or result.spider
            readings[place] = _make_reading(connection, result.article, pages.get(hashes[place]), site)
    deleted = _find_deleted(connection, readings)
    readings = {place: reading for place, reading in readings.items() if place not in deleted}
    stored, written, rejected = _record_articles(connection, readings, extractor, locked)
    results = [_reject(result, now) if at in rejected else result for at, result in enumerate(results)]
    results = [_refuse_deleted(result) if at in deleted else result for at, result in enumerate(results)]
    recorded = []
    for place, result in enumerate(results):
        page = stored.get(place, RecordedPage(result.state))
        # What becomes of a headline-only article does not say what became of its page.
        reason = result.reason if place in rejected | deleted else None
        recorded.append(page if result.state == "stored" else replace(page, outcome=result.state, reason=reason))
    saved = zip(hashes, results, recorded, strict=True)
    save_results(connection, saved, pages, run_id=run_id, extractor=extractor)
    save_captures(connection, zip(hashes, results, strict=True), run_id=run_id, extractor=extractor)
    insert_revisions(connection, written, run_id=run_id)
    unchanged = {place: hashes[place] for place, result in enumerate(results) if result.state == "unchanged"}
    seen = _extend_page_articles(connection, set(unchanged.values()), now)
    for place, hashed in unchanged.items():
        recorded[place] = seen.get(hashed, RecordedPage("discovered"))
    return recorded


def _reject(result: PageResult, now: datetime) -> PageResult:
    """Return what becomes of a page whose article is damaged: it fails, and is tried again when that is repaired."""
    if result.state != "stored":
        return replace(result, article=None)
    return replace(result, state="failed", reason=ARTICLE_DAMAGED, article=None, due_at=now + _UNTIL_REPAIRED)


def _find_deleted(connection: Connection, readings: Mapping[int, KeyedArticle]) -> set[int]:
    """Return the readings, by place, of articles that were deleted."""
    deleted = find_deleted(connection, (key for reading in readings.values() for key in reading.keys))
    places = {place for place, reading in readings.items() if not deleted.isdisjoint(reading.keys)}
    # Another stored article may have got an address that once led to a deleted one.
    stored = _read_stored(connection, {key for place in places for key in readings[place].keys}) if places else {}
    return {place for place in places if stored.keys().isdisjoint(readings[place].keys)}


def _refuse_deleted(result: PageResult) -> PageResult:
    if result.state != "stored":
        return replace(result, article=None)
    return replace(result, state="refused", reason=DELETED, article=None, due_at=None, etag=None, last_modified=None)


def _fail_unstorable(result: PageResult, page: KnownPage | None, now: datetime) -> PageResult:
    """Return the result of a page of which the database takes only that it failed, and where its capture is."""
    failures = page.failures if page and page.refusal == RefusalKind.BY_CONTENT else 0
    return replace(
        result,
        state="failed",
        reason=UNSTORABLE,
        refusal=RefusalKind.BY_CONTENT,
        article=None,
        etag=None,
        last_modified=None,
        published_at=None,
        due_at=None if failures or result.is_archived else now + _UNTIL_RAISED,
    )


def _make_reading(connection: Connection, article: Article, page: KnownPage | None, site: str) -> KeyedArticle:
    content = content_text(article)
    if not is_storable(content, article.url, article.layout, *article.sources.values()):
        article = Article.from_json(sanitize(article.to_json()))
        content = content_text(article)
    return KeyedArticle(article, _find_keys(connection, article, page, site), fingerprint(content), truncate(site))


def _find_keys(connection: Connection, article: Article, page: KnownPage | None, site: str) -> tuple[str, ...]:
    """Return the keys of a page's article on a site; "id:N" is the article that the page led to before."""
    known = (f"id:{page.article_id}",) if page and page.article_id else ()
    if known and is_listed(article):
        # A list says something of the article that its page led to, and of no other.
        return known
    keys = article_keys(connection, article.url, article.canonical_url, article.post_id)
    if by_text := text_key(article, site):
        keys = (*keys, by_text)
    return (*keys, *known) if page and page.access == "blocked" else keys


def _record_articles(
    connection: Connection, readings: Mapping[int, KeyedArticle], extractor: str | None, locked: Collection[int]
) -> tuple[dict[int, RecordedPage], Mapping[int, Draft], set[int]]:
    """Write the articles that readings, by their place in the batch, make or change.

    Returns what became of each; the written articles, whose revisions are to be inserted; and the readings whose
    stored article is damaged so that it cannot be read.
    """
    keys = {key for reading in readings.values() for key in reading.keys}
    stored = _read_stored(connection, keys)
    while newly_locked := _lock_articles(connection, {state.id for state in stored.values()}.difference(locked)):
        locked = {*locked, *newly_locked}
        stored = _read_stored(connection, keys)
    unchanged: dict[int, _StoredState] = {}
    changing: set[int] = set()
    for place, reading in readings.items():
        if state := _find_unchanged(reading, stored):
            unchanged[place] = state
        else:
            changing |= {stored[key].id for key in reading.keys if key in stored}
    # An article that another capture of the batch changes needs all of its captures.
    unchanged = {place: state for place, state in unchanged.items() if state.id not in changing}
    drafts, damaged = _load_drafts(connection, changing, stored)
    if damaged:
        rejected = {
            place
            for place, reading in readings.items()
            if any(key in stored and stored[key].id in damaged for key in reading.keys)
        }
        sound = {place: reading for place, reading in readings.items() if place not in rejected}
        recorded, written, _ = _record_articles(connection, sound, extractor, locked)
        return recorded, written, rejected
    drafted = {place: _draft(readings[place], drafts) for place in readings if place not in unchanged}
    written = write_drafts(connection, drafts, new_keys=drafts.keys() - stored.keys(), extractor=extractor)
    _extend_versions(connection, [(state, readings[place].article.fetched_at) for place, state in unchanged.items()])
    recorded = {place: RecordedPage("unchanged", state.id) for place, state in unchanged.items()}
    recorded |= {place: replace(page, article_id=draft.final.id) for place, (page, draft) in drafted.items()}
    return recorded, written, set()


def _lock_articles(connection: Connection, ids: Collection[int]) -> Collection[int]:
    """Lock the rows of articles, for all that belongs to them; return those that were locked."""
    return ids if lock_rows(connection, _ARTICLES.c.id, ids) else ()


def _read_stored(connection: Connection, keys: Collection[str]) -> dict[str, _StoredState]:
    """Return the stored articles of these keys, by key."""
    ids = {int(key.removeprefix("id:")) for key in keys if key.startswith("id:")}
    names = [key for key in keys if not key.startswith("id:")]
    by_key: dict[str, _StoredState] = _select_stored(connection, _BY_KEY, names)
    by_id = _select_stored(connection, _BY_ID, ids)
    return by_key | {f"id:{article_id}": state for article_id, state in by_id.items()}


def _select_stored(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: Collection[Any]
) -> dict[Any, _StoredState]:
    """Return the articles in which the column of a statement has one of these values, by that value."""
    stored = {}
    for part in split_sorted(values):
        for value, *state in connection.execute(statement, {"values": part}):
            stored[value] = _StoredState(*state)
    return stored


def _make_select(by: Column[Any], articles: FromClause) -> Select[*tuple[Any, ...]]:
    newest = (_REVISIONS.c.article_id == _ARTICLES.c.id) & (_REVISIONS.c.number == _ARTICLES.c.revision)
    columns = (_ARTICLES.c.id, _ARTICLES.c.fingerprint, _ARTICLES.c.fetched_at, _ARTICLES.c.revision)
    statement = select(by, *columns, _REVISIONS.c.seen_until).select_from(articles.join(_REVISIONS, newest))
    return statement.where(by.in_(bindparam("values")))


_BY_KEY = _make_select(_KEYS.c.key, _KEYS.join(_ARTICLES, _ARTICLES.c.id == _KEYS.c.article_id))
_BY_ID = _make_select(_ARTICLES.c.id, _ARTICLES)
_BY_PAGE = _make_select(_PAGES.c.url_hash, _PAGES.join(_ARTICLES, _ARTICLES.c.id == _PAGES.c.article_id))


def _find_unchanged(reading: KeyedArticle, stored: Mapping[str, _StoredState]) -> _StoredState | None:
    """Return the stored article if all keys lead to it and it has exactly this content."""
    state = stored.get(reading.keys[0])
    if state is None or state.fingerprint != reading.fingerprint or reading.article.fetched_at < state.fetched_at:
        return None
    is_same = all(key in stored and stored[key].id == state.id for key in reading.keys)
    return state if is_same else None


def _load_drafts(
    connection: Connection, ids: set[int], stored: Mapping[str, _StoredState]
) -> tuple[dict[str, Draft], Collection[int]]:
    """Return drafts of these stored articles, by every known key of each, and the ids of those that cannot be read."""
    if not ids:
        return {}, ()
    articles, damaged = rows.load_sound(connection, ids)
    histories, with_damaged_version = rows.load_sound_histories(connection, articles)
    suspicious = damaged | with_damaged_version
    stored_rows: Mapping[int, StoredRows] = {}
    if suspicious:
        readable, damaged = rows.load_sound(connection, suspicious, verify=False)
        readable_histories, with_damaged_version = rows.load_sound_histories(connection, readable, verify=False)
        articles, histories = articles | readable, histories | readable_histories
        stored_rows = read_stored_rows(connection, readable_histories.keys())
    fingerprints = {state.id: state.fingerprint for state in stored.values()}
    drafts = {at: Draft(at, articles[at], history, fingerprints[at]) for at, history in histories.items()}
    for at, row in stored_rows.items():
        drafts[at].damaged.append(row)
    by_key = {key: drafts[state.id] for key, state in stored.items() if state.id in drafts}
    return by_key, damaged | with_damaged_version if suspicious else ()


def _draft(reading: KeyedArticle, drafts: dict[str, Draft]) -> tuple[RecordedPage, Draft]:
    """Merge a reading into its draft; make a new one, or join several, if its keys say so."""
    known = dict.fromkeys(drafts[key].final for key in reading.keys if key in drafts)
    oldest_first = sorted(known, key=lambda draft: (draft.id is None, draft.id or 0))
    if not oldest_first:
        history = (make_version(reading.article),)
        draft = Draft(None, reading.article, history, reading.fingerprint, is_changed=True, site=reading.site)
        drafts.update(dict.fromkeys(reading.keys, draft))
        return RecordedPage("stored"), draft
    draft, *others = oldest_first
    is_first_page = all(each.is_listed for each in known) and not is_listed(reading.article)
    for other in others:
        draft.absorb(other)
    drafts.update(dict.fromkeys(reading.keys, draft))
    is_different = draft.add(reading)
    if is_first_page:
        return RecordedPage("stored"), draft
    return RecordedPage("updated" if is_different or others else "unchanged"), draft


def write_drafts(
    connection: Connection, drafts: Mapping[str, Draft], new_keys: Iterable[str], extractor: str | None
) -> Mapping[int, Draft]:
    """Write the changed ones of drafts, which are given by key, and insert the keys that are new.

    Returns what was written, by id, for `insert_revisions`: a revision names its capture, which may not have a row yet.
    """
    changed = [draft for draft in dict.fromkeys(draft.final for draft in drafts.values()) if draft.is_changed]
    if not changed:
        return {}
    if any(draft.retired for draft in changed):
        # That changes keys, pages and clusters which no result of this transaction names.
        require_exclusive(connection)
    shared: Values = {"extractor": extractor, "changed_at": next_changed_at(connection)}
    _update_articles(connection, [draft for draft in changed if draft.id is not None], shared)
    _insert_articles(connection, [draft for draft in changed if draft.id is None], shared)
    written = {draft.id: draft for draft in changed if draft.id is not None}
    _insert_parts(connection, {article_id: draft.article for article_id, draft in written.items()})
    _insert(connection, ArticleKeyRow, [{"key": key, "article_id": drafts[key].final.id} for key in sorted(new_keys)])
    for article_id, draft in written.items():
        for retired in draft.retired:
            _retire(connection, retired, article_id)
    return written


def insert_revisions(connection: Connection, written: Mapping[int, Draft], *, run_id: int | None) -> None:
    """Insert the revisions of written articles, each with its capture, and the leaves of the run's hash tree."""
    captures = read_capture_ids(connection, written)
    revisions = [row for at, draft in written.items() for row in _revision_values(at, draft, captures[at])]
    _insert(connection, RevisionRow, revisions)
    if run_id is not None:
        save_leaves(
            connection, run_id, "article", {at: d for at, draft in written.items() if (d := draft.content_digest)}
        )


def _revision_values(article_id: int, draft: Draft, captures: Mapping[datetime, int]) -> list[Values]:
    values = rows.revision_values(article_id, draft.history, captures)
    for damaged in draft.damaged:
        keep_damaged_versions(values, damaged)
    return values


def rewrite_articles(connection: Connection, drafts: Sequence[Draft], shared: Values) -> None:
    """Write the rows of stored articles again, except for their revisions, which `insert_revisions` inserts."""
    _update_articles(connection, drafts, shared)
    _insert_parts(connection, {draft.id: draft.article for draft in drafts if draft.id is not None})


def next_changed_at(connection: Connection) -> datetime:
    """Return now, or just after the last change if the clock was set back: exports miss nothing then."""
    last = connection.scalar(_LAST_CHANGE)
    now = datetime.now(UTC)
    return max(now, last + timedelta(microseconds=1)) if last else now


def _article_values(draft: Draft, shared: Values) -> Values:
    values = rows.article_values(draft.article, revision=len(draft.history), fingerprint=draft.fingerprint, **shared)
    for damaged in draft.damaged:
        values |= keep_damage(values, draft.article, damaged)
    draft.content_digest = values["content_digest"]
    return values


def _insert_articles(connection: Connection, drafts: Sequence[Draft], shared: Values) -> None:
    if drafts:
        # Two new articles never share an address. Ids in the order of the rows would cost SQLite a statement a row.
        values = [{**_article_values(draft, shared), "site": draft.site} for draft in drafts]
        if connection.dialect.name == "sqlite":
            values = [{**row, "id": number} for number, row in enumerate(values, _find_next_id(connection))]
        ids: dict[str, int] = dict(connection.execute(_INSERT_ARTICLES, values).all())
        for draft in drafts:
            draft.id = ids[draft.article.url]


def _find_next_id(connection: Connection) -> int:
    """Return the first number that no article had: SQLite gives the highest again, once it is deleted or merged."""
    last = connection.scalar(select(func.max(_ARTICLES.c.id))) or 0
    number = max(last, find_last_deleted(connection)) + 1
    while connection.scalar(select(_KEYS.c.key).where(_KEYS.c.key == f"id:{number}")):
        number += 1
    return number


def _update_articles(connection: Connection, drafts: Sequence[Draft], shared: Values) -> None:
    """Update the rows of articles, and delete the rows that refer to them, which are inserted again."""
    if drafts:
        connection.execute(
            update(_ARTICLES).where(_ARTICLES.c.id == bindparam("known_id")),
            [{"known_id": draft.id, **_article_values(draft, shared)} for draft in drafts],
        )
        ids = [draft.id for draft in drafts]
        parts: tuple[type[Base], ...] = (*rows.PARTS, RevisionRow)
        for table in map(table_of, parts):
            connection.execute(delete(table).where(table.c.article_id.in_(ids)))


def _insert_parts(connection: Connection, articles: Mapping[int, Article]) -> None:
    authors = _author_ids(connection, {name for article in articles.values() for name in rows.author_names(article)})
    parts = [rows.part_values(article_id, article, authors) for article_id, article in articles.items()]
    for row in rows.PARTS:
        _insert(connection, row, [values for part in parts for values in part[row]])


def _author_ids(connection: Connection, names: set[str]) -> dict[str, int]:
    """Return the id of every name; new names are inserted."""
    ids: dict[str, int] = {}
    for part in split_sorted(names):
        ids.update(connection.execute(_AUTHOR_IDS, {"names": part}).all())
    if new := [{"name": name} for name in sorted(names - ids.keys())]:
        ids.update(connection.execute(_INSERT_AUTHORS, new).all())
    return ids


def _retire(connection: Connection, retired: int, into: int) -> None:
    """Delete the row of an article that is part of another now; what led to it, and its id, lead to the other."""
    for row in (ArticleKeyRow, PageRow):
        table = table_of(row)
        connection.execute(update(table).where(table.c.article_id == retired).values(article_id=into))
    connection.execute(insert(_KEYS), {"key": f"id:{retired}", "article_id": into})
    clusters.forget(connection, [retired])
    watches.follow_merge(connection, retired, into)
    connection.execute(delete(_ARTICLES).where(_ARTICLES.c.id == retired))


def _extend_page_articles(connection: Connection, hashes: Collection[str], now: datetime) -> dict[str, RecordedPage]:
    """Save that the articles of these pages still read the same; what became of each page, by its hash."""
    seen = _select_stored(connection, _BY_PAGE, hashes)
    _extend_versions(connection, [(state, now) for state in seen.values()])
    return {hashed: RecordedPage("unchanged", state.id) for hashed, state in seen.items()}


def _extend_versions(connection: Connection, sightings: Iterable[tuple[_StoredState, datetime]]) -> None:
    """Save when the newest versions of articles were seen again."""
    latest = {state.id: (state, moment) for state, moment in sorted(sightings, key=lambda pair: pair[1])}
    changes = [
        {"known_id": state.id, "known_number": state.revision, "moment": moment}
        | {"checksum": digests.checksum(digests.dumps(moment))}
        for state, moment in latest.values()
        if moment > state.seen_until
    ]
    if changes:
        others = func.substr(_REVISIONS.c.checksums, 1, digests.LENGTH_BEFORE_LAST, type_=Name)
        statement = update(_REVISIONS).values(
            seen_until=bindparam("moment"), checksums=others + bindparam("checksum", type_=Name)
        )
        statement = statement.where(_REVISIONS.c.article_id == bindparam("known_id"))
        connection.execute(statement.where(_REVISIONS.c.number == bindparam("known_number")), changes)


def _insert(connection: Connection, row: type[Base], values: Sequence[Values]) -> None:
    if values:
        connection.execute(_make_insert(table_of(row)), values)


_make_insert: Callable[[Table], Insert] = cache(insert)
