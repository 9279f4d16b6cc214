"""Recording a batch: articles and their ledger rows, in a handful of statements whatever its size.

One SELECT finds what the keys of the batch are known as. A capture with the fingerprint of the stored article is
done with that. The others become drafts, which take in their captures in memory and are then written table by table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, FromClause, bindparam, delete, func, insert, select, update

from newscrawl.article import Article
from newscrawl.storage.articles import rows
from newscrawl.storage.articles.merge import (
    Version,
    as_in,
    fingerprint,
    is_listed,
    is_newer,
    is_plain_text,
    merged,
    telling,
    version,
    weave,
    weave_all,
)
from newscrawl.storage.crawl_state.captures import FileProgress, save_captures, save_progress
from newscrawl.storage.crawl_state.page_results import (
    KnownPage,
    PageResult,
    RecordedPage,
    read_known_pages,
    save_results,
)
from newscrawl.storage.database import Database
from newscrawl.storage.duplicates import clusters
from newscrawl.storage.keys import article_keys, url_hash
from newscrawl.storage.tables import ArticleKeyRow, ArticleRow, AuthorRow, Base, PageRow, RevisionRow, table_of
from newscrawl.storage.values import Values, is_storable, sanitize, split_sorted

_ARTICLES, _KEYS, _PAGES, _REVISIONS = map(table_of, (ArticleRow, ArticleKeyRow, PageRow, RevisionRow))


@dataclass(frozen=True, slots=True)
class _Capture:
    article: Article
    keys: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What one SELECT tells of a stored article."""

    id: int
    fingerprint: str
    fetched_at: datetime
    revision: int
    seen_until: datetime


@dataclass(slots=True, eq=False)
class Draft:
    """An article while the batch changes it."""

    id: int | None
    article: Article
    history: tuple[Version, ...]
    fingerprint: str
    changed: bool = False
    """Whether its rows must be written."""
    retired: list[int] = field(default_factory=list)
    """Ids of stored articles that it has swallowed."""
    into: Draft | None = None
    """The draft that has swallowed it."""

    def take(self, capture: _Capture) -> bool:
        """Take in a capture. Whether the article, or its history, reads otherwise now."""
        seen = version(capture.article)
        newer, history = self._with(capture, seen)
        article = merged(self.article, capture.article) if newer else merged(capture.article, self.article)
        fetched = capture.article if self.is_listed and newer else self.article
        article = as_in(history[-1], replace(article, url=fetched.url))
        otherwise = telling(article) != telling(self.article) or _texts(history) != _texts(self.history)
        mark = capture.fingerprint if newer and history[-1].text == seen.text else self.fingerprint
        article = article if otherwise else self._as_first_told(capture)
        self.changed |= article != self.article or history != self.history or mark != self.fingerprint
        self.article, self.history, self.fingerprint = article, history, mark
        return otherwise

    def _as_first_told(self, capture: _Capture) -> Article:
        """The article, with where it was read of the earliest capture that tells it: in whatever order they come."""
        first = capture.article
        if capture.fingerprint != self.fingerprint or first.fetched_at >= self.article.fetched_at:
            return self.article
        return replace(
            self.article,
            fetched_at=first.fetched_at,
            layout=first.layout,
            sources={**self.article.sources, **first.sources},
            images=first.images,
        )

    def _with(self, capture: _Capture, seen: Version) -> tuple[bool, tuple[Version, ...]]:
        """Whether a capture tells how the article reads now, and the history with it.

        A plain text has lost what markup tells: it fills gaps, and is no version, where a page of markup is known.
        """
        was_text, is_text = is_plain_text(self.article), is_plain_text(capture.article)
        if was_text == is_text or self.is_listed or is_listed(capture.article):
            return is_newer(seen, self.history), weave(self.history, seen)
        return (False, self.history) if is_text else (True, (seen,))

    def swallow(self, other: Draft) -> None:
        """Become one with an article that has turned out to be the same."""
        older, newer = sorted((self, other), key=lambda draft: draft.standing)
        if is_plain_text(older.article) and not is_plain_text(newer.article):
            self.history = newer.history
        else:
            self.history = weave_all(self.history, other.history)
        article = replace(merged(older.article, newer.article), url=self.article.url)
        self.article, self.fingerprint = as_in(self.history[-1], article), newer.fingerprint
        self.retired += [*other.retired, *([other.id] if other.id is not None else [])]
        self.changed, other.into = True, self

    @property
    def standing(self) -> tuple[bool, bool, datetime]:
        """Of two, which counts as the newer one."""
        return not self.is_listed, not is_plain_text(self.article), self.history[-1].seen_until

    @property
    def is_listed(self) -> bool:
        """Whether it is only what lists told so far."""
        return self.history[-1].is_listed

    @property
    def final(self) -> Draft:
        """The draft that this one has become part of; itself, mostly."""
        return self.into.final if self.into else self


class RecordStore(Database):
    """Recording what became of pages."""

    def record(
        self,
        results: Sequence[PageResult],
        *,
        run_id: int,
        extractor: str | None = None,
        files: Sequence[FileProgress] = (),
    ) -> list[RecordedPage]:
        """Store results, all or none, with their articles and captures; one RecordedPage for each, in order.

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
        with self._writing() as connection:
            recorded = record(connection, results, run_id=run_id, extractor=extractor)
            for file in files:
                save_progress(connection, file, run_id=run_id)
            return recorded


def record(
    connection: Connection, results: Sequence[PageResult], *, run_id: int, extractor: str | None = None
) -> list[RecordedPage]:
    """Write a batch; see Store.record."""
    now, hashes = datetime.now(UTC), [url_hash(result.url) for result in results]
    before = read_known_pages(connection, hashes)
    captures = {
        at: _capture(result.article, before.get(hashes[at])) for at, result in enumerate(results) if result.article
    }
    stored = _record_captures(connection, captures, extractor)
    saved = [_saved(result, stored.get(at)) for at, result in enumerate(results)]
    save_results(connection, zip(hashes, results, saved, strict=True), before, run_id=run_id, now=now)
    save_captures(connection, zip(hashes, results, strict=True), run_id=run_id, extractor=extractor)
    same = {at: hashes[at] for at, result in enumerate(results) if result.state == "unchanged"}
    current = _see_pages_again(connection, set(same.values()), now)
    return [current.get(same[at], RecordedPage("discovered")) if at in same else kept for at, kept in enumerate(saved)]


def _saved(result: PageResult, stored: RecordedPage | None) -> RecordedPage:
    """What a headline-only article became does not say what became of its page."""
    if stored is None or result.state == "stored":
        return stored or RecordedPage(result.state)
    return replace(stored, outcome=result.state)


def _record_captures(
    connection: Connection, captures: Mapping[int, _Capture], extractor: str | None
) -> dict[int, RecordedPage]:
    known = _known(connection, {key for capture in captures.values() for key in capture.keys})
    fast = {at: found for at, capture in captures.items() if (found := _unchanged(capture, known))}
    rest = {at: capture for at, capture in captures.items() if at not in fast}
    ids = {known[key].id for capture in rest.values() for key in capture.keys if key in known}
    for at in [at for at, found in fast.items() if found.id in ids]:  # another capture of the batch changes it
        del fast[at]
    drafts = _load_drafts(connection, ids, known)
    drafted = {at: _take(captures[at], drafts) for at in captures if at not in fast}
    write(connection, drafts, new_keys=drafts.keys() - known.keys(), extractor=extractor)
    _see_again(connection, [(found, captures[at].article.fetched_at) for at, found in fast.items()])
    saved = {at: RecordedPage("unchanged", found.id) for at, found in fast.items()}
    return saved | {at: replace(done, article_id=draft.final.id) for at, (done, draft) in drafted.items()}


def _capture(article: Article, page: KnownPage | None) -> _Capture:
    told = telling(article)
    if not is_storable(told, article.url, article.layout, *article.sources.values()):
        article = Article.from_json(sanitize(article.to_json()))
        told = telling(article)
    return _Capture(article, _keys(article, page), fingerprint(told))


def _keys(article: Article, page: KnownPage | None) -> tuple[str, ...]:
    """What the article of a page is known by: also by what a list told of this page, wherever the page has led since.

    A list tells of the article that its page led to; of others it knows nothing.
    """
    own = [f"id:{page.article_id}"] if page and page.article_id else []
    if own and is_listed(article):
        return tuple(own)
    keys = article_keys(article.url, article.canonical_url, article.post_id)
    return (*keys, *(own if page and page.access == "blocked" else ()))


def _known(connection: Connection, keys: Collection[str]) -> dict[str, _Known]:
    """The stored articles of these keys; "id:N" is N itself."""
    numbers = {int(key.removeprefix("id:")) for key in keys if key.startswith("id:")}
    named = [key for key in keys if not key.startswith("id:")]
    by_key = _current(connection, _KEYS.c.key, _KEYS.join(_ARTICLES, _ARTICLES.c.id == _KEYS.c.article_id), named)
    by_id = _current(connection, _ARTICLES.c.id, _ARTICLES, numbers)
    return by_key | {f"id:{at}": found for at, found in by_id.items()}


def _current(
    connection: Connection, by: Column[Any], articles: FromClause, asked: Collection[Any]
) -> dict[Any, _Known]:
    """What is known of the articles whose `by` is one of those asked for, by it."""
    newest = (_REVISIONS.c.article_id == _ARTICLES.c.id) & (_REVISIONS.c.number == _ARTICLES.c.revision)
    told = (_ARTICLES.c.id, _ARTICLES.c.fingerprint, _ARTICLES.c.fetched_at, _ARTICLES.c.revision)
    statement = select(by, *told, _REVISIONS.c.seen_until).select_from(articles.join(_REVISIONS, newest))
    found = (connection.execute(statement.where(by.in_(part))) for part in split_sorted(asked))
    return {key: _Known(*values) for part in found for key, *values in part}


def _unchanged(capture: _Capture, known: Mapping[str, _Known]) -> _Known | None:
    """The stored article, where all keys lead to it and it says exactly this."""
    found = known.get(capture.keys[0])
    if found is None or found.fingerprint != capture.fingerprint or capture.article.fetched_at < found.fetched_at:
        return None
    same = all(key in known and known[key].id == found.id for key in capture.keys)
    return found if same else None


def _load_drafts(connection: Connection, ids: set[int], known: Mapping[str, _Known]) -> dict[str, Draft]:
    """Drafts of these stored articles, by every key of theirs that is asked for."""
    if not ids:
        return {}
    articles = rows.load(connection, ids)
    histories = rows.load_histories(connection, articles)
    marks = {found.id: found.fingerprint for found in known.values()}
    drafts = {at: Draft(at, article, histories[at], marks[at]) for at, article in articles.items()}
    return {key: drafts[found.id] for key, found in known.items() if found.id in drafts}


def _take(capture: _Capture, drafts: dict[str, Draft]) -> tuple[RecordedPage, Draft]:
    """Put a capture into its draft, making or joining drafts as its keys say."""
    meant = dict.fromkeys(drafts[key].final for key in capture.keys if key in drafts)
    oldest_first = sorted(meant, key=lambda draft: (draft.id is None, draft.id or 0))
    if not oldest_first:
        draft = Draft(None, capture.article, (version(capture.article),), capture.fingerprint, changed=True)
        drafts.update(dict.fromkeys(capture.keys, draft))
        return RecordedPage("stored"), draft
    draft, *others = oldest_first
    first = all(known.is_listed for known in meant) and not is_listed(capture.article)
    for other in others:
        draft.swallow(other)
    drafts.update(dict.fromkeys(capture.keys, draft))
    otherwise = draft.take(capture)
    return RecordedPage("stored" if first else "updated" if otherwise or others else "unchanged"), draft


def write(connection: Connection, drafts: Mapping[str, Draft], new_keys: Iterable[str], extractor: str | None) -> None:
    """Write the drafts that are changed, by their keys, of which some are new."""
    changed = [draft for draft in dict.fromkeys(draft.final for draft in drafts.values()) if draft.changed]
    if not changed:
        return
    shared = {"extractor": extractor, "changed_at": after_all(connection)}
    _update_articles(connection, [draft for draft in changed if draft.id is not None], shared)
    _insert_articles(connection, [draft for draft in changed if draft.id is None], shared)
    written = {draft.id: draft for draft in changed if draft.id is not None}
    _insert_parts(connection, {article_id: draft.article for article_id, draft in written.items()})
    revisions = [row for at, draft in written.items() for row in rows.revision_values(at, draft.history)]
    _insert(connection, RevisionRow, revisions)
    _insert(connection, ArticleKeyRow, [{"key": key, "article_id": drafts[key].final.id} for key in sorted(new_keys)])
    for article_id, draft in written.items():
        for retired in draft.retired:
            _retire(connection, retired, article_id)


def after_all(connection: Connection) -> datetime:
    """Now; or just after the last change, where the clock was set back: who has read so far has missed nothing."""
    last = connection.scalar(select(func.max(_ARTICLES.c.changed_at)))
    now = datetime.now(UTC)
    return max(now, last + timedelta(microseconds=1)) if last else now


def _values(draft: Draft, shared: Values) -> Values:
    values = rows.article_values(draft.article, revision=len(draft.history), fingerprint=draft.fingerprint)
    return values | shared


def _insert_articles(connection: Connection, drafts: Sequence[Draft], shared: Values) -> None:
    if drafts:
        # Two new articles never share an address. Ids in the order of the rows would cost SQLite a statement a row.
        statement = insert(_ARTICLES).returning(_ARTICLES.c.url, _ARTICLES.c.id)
        ids: dict[str, int] = dict(connection.execute(statement, [_values(draft, shared) for draft in drafts]).all())
        for draft in drafts:
            draft.id = ids[draft.article.url]


def _update_articles(connection: Connection, drafts: Sequence[Draft], shared: Values) -> None:
    """Update the rows themselves, and take away what hangs on them, to be written anew."""
    if drafts:
        connection.execute(
            update(_ARTICLES).where(_ARTICLES.c.id == bindparam("known_id")),
            [{"known_id": draft.id, **_values(draft, shared)} for draft in drafts],
        )
        ids = [draft.id for draft in drafts]
        parts: tuple[type[Base], ...] = (*rows.PARTS, RevisionRow)
        for table in map(table_of, parts):
            connection.execute(delete(table).where(table.c.article_id.in_(ids)))


def _insert_parts(connection: Connection, articles: Mapping[int, Article]) -> None:
    authors = _author_ids(connection, {name for article in articles.values() for name in rows.names(article)})
    parts = [rows.part_values(article_id, article, authors) for article_id, article in articles.items()]
    for row in rows.PARTS:
        _insert(connection, row, [values for part in parts for values in part[row]])


def _author_ids(connection: Connection, names: set[str]) -> dict[str, int]:
    """The id of every name; those that are not there yet are added."""
    found: dict[str, int] = {}
    for part in split_sorted(names):
        found.update(connection.execute(select(AuthorRow.name, AuthorRow.id).where(AuthorRow.name.in_(part))).all())
    new = [{"name": name} for name in sorted(names - found.keys())]
    if new:
        added = insert(table_of(AuthorRow)).returning(AuthorRow.name, AuthorRow.id)
        found.update(connection.execute(added, new).all())
    return found


def _retire(connection: Connection, retired: int, into: int) -> None:
    """Point all that led to the row of a merged article to the one that it is part of; its number still finds it."""
    for row in (ArticleKeyRow, PageRow):
        table = table_of(row)
        connection.execute(update(table).where(table.c.article_id == retired).values(article_id=into))
    connection.execute(insert(_KEYS), {"key": f"id:{retired}", "article_id": into})
    clusters.forget(connection, retired)
    connection.execute(delete(_ARTICLES).where(_ARTICLES.c.id == retired))


def _see_pages_again(connection: Connection, hashes: Collection[str], now: datetime) -> dict[str, RecordedPage]:
    """Enter that the articles of these pages read now as they did; by the pages' hashes."""
    led = _PAGES.join(_ARTICLES, _ARTICLES.c.id == _PAGES.c.article_id)
    seen = _current(connection, _PAGES.c.url_hash, led, hashes)
    _see_again(connection, [(found, now) for found in seen.values()])
    return {hashed: RecordedPage("unchanged", found.id) for hashed, found in seen.items()}


def _see_again(connection: Connection, sightings: Iterable[tuple[_Known, datetime]]) -> None:
    latest = {found.id: (found, moment) for found, moment in sorted(sightings, key=lambda pair: pair[1])}
    again = [
        {"known_id": at, "known_number": found.revision, "moment": moment}
        for at, (found, moment) in latest.items()
        if moment > found.seen_until
    ]
    if again:
        current = (_REVISIONS.c.article_id == bindparam("known_id")) & (
            _REVISIONS.c.number == bindparam("known_number")
        )
        connection.execute(update(_REVISIONS).where(current).values(seen_until=bindparam("moment")), again)


def _insert(connection: Connection, row: type[Base], values: Sequence[Values]) -> None:
    if values:
        connection.execute(insert(table_of(row)), values)


def _texts(history: Iterable[Version]) -> list[tuple[object, ...]]:
    return [shown.text for shown in history]
