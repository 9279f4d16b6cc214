"""Restoring damaged articles: each column from a value that matches its checksum, wherever that is found.

Values come from what the row itself repeats (a body and its text), from the revisions, and from the captures as they
are read today. A column whose former value is nowhere to be found is taken from the captures as they read now, or else
from the version before. If there is neither, the article stays as it is. Digests and checksums are computed from what
was restored, never from a damaged value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from newscrawl.article import Article, Block, encode_block
from newscrawl.errors import DamagedRowError
from newscrawl.states import CaptureState
from newscrawl.storage.articles import rows
from newscrawl.storage.articles.digests import PART_FIELDS, checksum, version_digest
from newscrawl.storage.articles.draft import Draft, KeyedArticle
from newscrawl.storage.articles.merge import (
    VERSION_FIELDS,
    Version,
    content_text,
    find_standing,
    fingerprint,
    make_version,
)
from newscrawl.storage.articles.record import insert_revisions, rewrite_articles
from newscrawl.storage.articles.stored_rows import StoredRevision, StoredRow, StoredRows, encode_value, read_stored_rows
from newscrawl.storage.crawl_state.captures import read_captures_of
from newscrawl.storage.search import sqlite
from newscrawl.storage.tables import ArticleAuthorRow, ArticleClusterRow, ArticleRow, AuthorRow, table_of

_ARTICLES, _AUTHORS, _PEOPLE, _CLUSTERS = map(table_of, (ArticleRow, AuthorRow, ArticleAuthorRow, ArticleClusterRow))
_CAPTURES = "its captures as they are read today"
_TIMES = ("seen_at", "seen_until")


@dataclass(slots=True, kw_only=True)
class RestoredArticle:
    """What became of a damaged article."""

    article_id: int
    damaged: Mapping[str, str]
    """What was wrong, by column or field."""
    restored: list[str] = field(default_factory=list)
    """Columns that have their former values again."""
    replaced: dict[str, str] = field(default_factory=dict)
    """Columns whose former values are lost, and where the new ones are from."""
    lost: list[str] = field(default_factory=list)
    """Columns for which there is no value: then nothing of the article was changed."""

    @property
    def is_restored(self) -> bool:
        return not self.lost


@dataclass(slots=True)
class _Evidence:
    """Where values may come from."""

    stored: StoredRows
    readings: Sequence[Article]
    """Its captures as they are read now: those that count least first, then oldest first."""
    captures: Sequence[CaptureState]
    clusters_changed_at: datetime | None
    extractor: str
    replayed: Draft | None = None
    """The article as its captures make it today; None: there are none."""

    def __post_init__(self) -> None:
        if self.readings:
            first, *others = self.readings
            draft = Draft(None, first, (make_version(first),), fingerprint(content_text(first)))
            for reading in others:
                draft.add(KeyedArticle(reading, (), fingerprint(content_text(reading))))
            self.replayed = draft

    @property
    def articles(self) -> list[Article]:
        return [*([self.replayed.article] if self.replayed else []), *reversed(self.readings)]

    @property
    def versions(self) -> list[Version]:
        return [*(self.replayed.history if self.replayed else ()), *map(make_version, self.readings)]


def restore_article(
    connection: Connection, article_id: int, readings: Sequence[Article], *, run_id: int | None, extractor: str
) -> RestoredArticle | None:
    """Restore an article and its revisions from these readings of its captures; None if nothing is damaged.

    Without a run, only former values are restored: others would be changes that belong to a run.
    """
    stored = read_stored_rows(connection, [article_id]).get(article_id)
    if stored is None or not (damaged := stored.all_damage()):
        return None
    result = RestoredArticle(article_id=article_id, damaged=damaged)
    evidence = _collect_evidence(connection, stored, readings, extractor)
    values = _restore_columns(evidence, result, may_replace=run_id is not None)
    if values is None:
        return result
    history = _restore_history(evidence, values, result, may_replace=run_id is not None)
    if history is None:
        result.lost = result.lost or ["revisions"]
        return result
    _write(connection, evidence.stored, (values, history), result, run_id)
    return result


def _collect_evidence(
    connection: Connection, stored: StoredRows, readings: Iterable[Article], extractor: str
) -> _Evidence:
    in_order = sorted(map(rows.as_stored, readings), key=lambda read: (find_standing(read), read.fetched_at))
    try:
        captures = read_captures_of(connection, [stored.id])
        own = select(_CLUSTERS.c.changed_at).where(_CLUSTERS.c.article_id == stored.id)
        changed_at = connection.scalar(own)
    except DamagedRowError:
        captures, changed_at = [], None
    return _Evidence(stored, in_order, captures, changed_at, extractor)


def _restore_columns(evidence: _Evidence, result: RestoredArticle, *, may_replace: bool) -> dict[str, Any] | None:
    """Return the values of the article's columns and fields; None if one is lost."""
    stored = evidence.stored
    damaged = [name for name in stored.damage() if name in stored.names]
    if "content_digest" in stored.damage() and not stored.checksums:
        return _replace_all(evidence, result, may_replace=may_replace)
    values = {name: value for name, value in stored.values.items() if name not in damaged}
    for name in sorted(damaged, key=lambda name: (name in rows.DERIVED, name != "body")):
        found = _find_former(stored, name, _list_candidates(evidence, values, name))
        if found is not None:
            values[name] = found[0]
            result.restored.append(name)
        elif name in rows.DERIVED:
            continue  # computed below
        elif (other := _find_replacement(evidence, name) if may_replace else None) is not None:
            values[name], result.replaced[name] = other
        else:
            result.lost.append(name)
    return None if result.lost else values


def _replace_all(evidence: _Evidence, result: RestoredArticle, *, may_replace: bool) -> dict[str, Any] | None:
    """Return all values from the captures, because it is not known which of those of the row are damaged."""
    if evidence.replayed is None:
        result.lost.append("content_digest")
        return None
    article = evidence.replayed.article
    if rows.content_digest(article) == evidence.stored.digest:
        result.restored.append("content_digest")
    elif may_replace:
        result.replaced["content_digest"] = _CAPTURES
    else:
        result.lost.append("content_digest")
        return None
    return {**_column_values(article), "extractor": evidence.extractor}


def _find_former(stored: StoredRow, name: str, candidates: Iterable[Any]) -> tuple[Any] | None:
    """Return the first candidate that matches the checksum of a column, in a tuple because it may be None."""
    recorded = stored.checksums.get(name)
    for candidate in candidates if recorded else ():
        try:
            if checksum(encode_value(name, candidate)) == recorded:
                return (candidate,)
        except (TypeError, ValueError, AttributeError):
            continue  # made of values that are damaged themselves
    return None


def _list_candidates(evidence: _Evidence, values: Mapping[str, Any], name: str) -> Iterator[Any]:
    stored = evidence.stored
    yield from (None, [], {}, "", True, False)
    if name in stored.values:
        yield stored.values[name]
    for article in evidence.articles:
        yield _column_values(article)[name] if name not in ("revision", "changed_at", "extractor") else None
    if name in VERSION_FIELDS:
        yield from (revision.values.get(name) for revision in reversed(stored.revisions))
    if name == "body":
        yield from _bodies_of_text(values.get("body_text", stored.values.get("body_text")), stored.values.get("body"))
    elif name in PART_FIELDS:
        yield from _without_one(stored.values.get(name) or [])
    else:
        yield from _list_bookkeeping(evidence, values, name)


def _list_bookkeeping(evidence: _Evidence, values: Mapping[str, Any], name: str) -> Iterator[Any]:
    text = _text_of(values.get("body"))
    derived: dict[str, Iterable[Any]] = {
        "body_text": [text],
        "word_count": [] if text is None else [len(text.split())],
        "revision": [len(evidence.stored.revisions)],
        "changed_at": [evidence.clusters_changed_at],
        "extractor": [evidence.extractor, *(capture.extractor for capture in evidence.captures)],
        "layout": [capture.layout for capture in evidence.captures],
        "fetched_at": _known_times(evidence),
        "url": [capture.url for capture in evidence.captures],
        "canonical_url": [capture.url for capture in evidence.captures],
    }
    yield from derived.get(name, ())


def _known_times(evidence: _Evidence) -> Iterator[datetime]:
    for capture in evidence.captures:
        yield capture.captured_at
    for reading in evidence.readings:
        yield reading.fetched_at
    if "fetched_at" in evidence.stored.values:
        yield evidence.stored.values["fetched_at"]
    for revision in evidence.stored.revisions:
        yield from (revision.values[name] for name in _TIMES if name in revision.values)


def _text_of(body: Any) -> str | None:
    try:
        return "\n\n".join(block["text"] for block in body)
    except (TypeError, KeyError):
        return None


def _bodies_of_text(text: Any, damaged_body: Any) -> Iterator[Any]:
    """Guess the body of a text: the kinds of its blocks as they still read, or all of them paragraphs."""
    if isinstance(text, str):
        texts = text.split("\n\n")
        yield [{"kind": "paragraph", "text": each} for each in texts]
        if isinstance(damaged_body, list) and len(damaged_body) == len(texts):
            yield [{**block, "text": each} for block, each in zip(damaged_body, texts, strict=True)]


def _without_one(parts: Sequence[Any]) -> Iterator[Any]:
    """Leave each part out in turn: a damaged number makes a row that of another article."""
    for at in range(len(parts)):
        yield [*parts[:at], *parts[at + 1 :]]


def _find_replacement(evidence: _Evidence, name: str) -> tuple[Any, str] | None:
    """Return a value for a column whose former one is lost, and where it is from; None if there is none."""
    if evidence.replayed:
        value = _column_values(evidence.replayed.article)[name]
        return (value, _CAPTURES) if value not in (None, [], {}) else None
    if name in VERSION_FIELDS:
        for revision in reversed(evidence.stored.revisions):
            value = revision.values.get(name) if revision.is_intact(name) else None
            if value is not None:
                return value, f"revision {revision.number}"
    return None


def _column_values(article: Article) -> dict[str, Any]:
    values = rows.article_values(
        article, revision=0, fingerprint=fingerprint(content_text(article)), extractor=None, changed_at=None
    )
    return values | rows.encode_parts(article)


def _restore_history(
    evidence: _Evidence, values: Mapping[str, Any], result: RestoredArticle, *, may_replace: bool
) -> list[Version] | None:
    """Return the versions of the article; None if a part of one is lost."""
    stored = evidence.stored
    if "revisions" in result.damaged:
        return _find_missing_revisions(evidence, result)
    following = values["body"]
    history: list[Version] = []
    for at in range(len(stored.revisions) - 1, -1, -1):
        version = _restore_revision(evidence, at, following, result, may_replace=may_replace)
        if version is None:
            return None
        history.insert(0, version)
        history[0] = replace(version, complete=bool(values["complete"]))
        following = _encode_body(version)
    return history


def _find_missing_revisions(evidence: _Evidence, result: RestoredArticle) -> list[Version] | None:
    """Return the versions that the captures make, if they are as many as there were, and those that are left."""
    replayed, stored = evidence.replayed, evidence.stored
    if replayed is None or len(replayed.history) != stored.values.get("revision"):
        return None
    made = {rows.version_digest(version) for version in replayed.history}
    if any(revision.digest not in made for revision in stored.revisions):
        return None
    result.restored.append("revisions")
    return [*replayed.history]


def _restore_revision(
    evidence: _Evidence, at: int, following: Any, result: RestoredArticle, *, may_replace: bool
) -> Version | None:
    stored = evidence.stored.revisions[at]
    damaged = [name for name in stored.damage() if name in stored.names]
    values = {name: value for name, value in stored.values.items() if name not in damaged}
    before = evidence.stored.revisions[at - 1] if at else None
    for name in sorted(damaged, key=lambda name: (name == "body_text", name != "seen_at")):
        label = f"revision {stored.number}: {name}"
        found = _find_former(stored, name, _list_revision_candidates(evidence, stored, at, values, name))
        found = found or _find_captured(evidence, stored, name) or _find_body(evidence, stored, values, name)
        if found is not None:
            values[name] = found[0]
            result.restored.append(label)
        elif name in ("number", "body_text"):
            continue  # they follow from the others
        elif (other := _replace_in_revision(evidence, before, values, name) if may_replace else None) is not None:
            values[name], result.replaced[label] = other
        else:
            result.lost.append(label)
            return None
    try:
        body = tuple(Block(**block) for block in (following if values["body"] is None else values["body"]))
    except TypeError:
        result.lost.append(f"revision {stored.number}: body")
        return None
    return Version(**{name: values[name] for name in (*_TIMES, *VERSION_FIELDS)} | {"body": body})


def _encode_body(version: Version) -> list[dict[str, str]]:
    return list(map(encode_block, version.body))


def _find_captured(evidence: _Evidence, stored: StoredRow, name: str) -> tuple[Any] | None:
    """Return a time that a capture has: then its checksum is damaged."""
    moments = [capture.captured_at for capture in evidence.captures] if name in _TIMES else []
    return (stored.values[name],) if stored.values.get(name) in moments else None


def _find_body(evidence: _Evidence, stored: StoredRow, values: Mapping[str, Any], name: str) -> tuple[Any] | None:
    """Return the body with which a version has its digest, where no checksum says which it had."""
    others = [other for other in VERSION_FIELDS if other != "body"]
    if name != "body" or any(other not in values for other in others):
        return None
    pieces = {other: encode_value(other, values[other]) for other in others}
    for body in map(_encode_body, evidence.versions):
        if version_digest(pieces | {"body": encode_value("body", body)}) == stored.digest:
            return (body,)
    return None


def _list_revision_candidates(
    evidence: _Evidence, stored: StoredRevision, at: int, values: Mapping[str, Any], name: str
) -> Iterator[Any]:
    yield None
    if name in _TIMES:
        yield from _known_times(evidence)
        yield from (values[other] for other in _TIMES if other in values)
    elif name == "number":
        yield at + 1
    elif name == "body_text":
        yield _text_of(values.get("body"))
    elif name == "body":
        yield from map(_encode_body, evidence.versions)
        yield from _bodies_of_text(stored.values.get("body_text"), stored.values.get("body"))
    else:
        yield evidence.stored.values.get(name)
        yield from (getattr(version, name) for version in evidence.versions)
        yield from (revision.values.get(name) for revision in evidence.stored.revisions)


def _replace_in_revision(
    evidence: _Evidence, before: StoredRevision | None, values: Mapping[str, Any], name: str
) -> tuple[Any, str] | None:
    if name in _TIMES:
        return None
    first, last = values.get("seen_at"), values.get("seen_until")
    if first and last:
        for reading in reversed(evidence.readings):
            value = _column_values(reading)[name]
            if first <= reading.fetched_at <= last and value:
                return value, _CAPTURES
    value = before.values.get(name) if before and before.is_intact(name) else None
    return (value, f"revision {before.number}") if before and value is not None else None


def _write(
    connection: Connection,
    stored: StoredRows,
    restored: tuple[Mapping[str, Any], Sequence[Version]],
    result: RestoredArticle,
    run_id: int | None,
) -> None:
    """Write the values and versions of an article, unless its digest shows that they are not those it had."""
    values, history = restored
    parts = {name: values[name] for name in PART_FIELDS}
    part_rows = {
        name: [dict(part) if isinstance(part, Mapping) else {"text": part} for part in parts[name]]
        for name in rows.LISTS
    }
    try:
        article = rows.make_article(values, parts, part_rows)
        is_former = rows.content_digest(article) == stored.digest
    except (TypeError, ValueError, AttributeError) as error:
        result.lost.append(str(error))
        return
    if stored.digest and not is_former and not result.replaced and "content_digest" not in result.damaged:
        result.lost.append("content_digest")
        return
    result.restored += [name for name in ("content_digest", "checksums") if name in stored.damage()]
    mark = values.get("fingerprint") or fingerprint(content_text(article))
    draft = Draft(stored.id, article, tuple(history), mark, is_changed=True)
    _rename_authors(connection, stored.id, parts)
    shared = {"extractor": values.get("extractor"), "changed_at": _next_changed_at(connection)}
    with sqlite.without_triggers(connection):
        rewrite_articles(connection, [draft], shared)
    insert_revisions(connection, {stored.id: draft}, run_id=None if is_former else run_id)


def _next_changed_at(connection: Connection) -> datetime:
    """Return now, or just after the last change if the clock was set back; damaged times are left out."""
    now = datetime.now(UTC)
    believable = _ARTICLES.c.changed_at <= now + timedelta(days=1)
    try:
        last = connection.scalar(select(func.max(_ARTICLES.c.changed_at)).where(believable))
    except DamagedRowError:  # of this or another damaged article
        last = None
    return max(now, last + timedelta(microseconds=1)) if last else now


def _rename_authors(connection: Connection, article_id: int, parts: Mapping[str, Sequence[str]]) -> None:
    """Give authors their names back whose rows in `authors` are damaged: no row has the right name then."""
    columns = (_PEOPLE.c.role, _PEOPLE.c.position, _AUTHORS.c.id, _AUTHORS.c.name)
    statement = select(*columns).join(_AUTHORS, _AUTHORS.c.id == _PEOPLE.c.author_id)
    for role, position, author_id, name in connection.execute(
        statement.where(_PEOPLE.c.article_id == article_id)
    ).all():
        names = parts.get(role, ())
        right = names[position - 1] if 0 < position <= len(names) else name
        if right != name and connection.scalar(select(_AUTHORS.c.id).where(_AUTHORS.c.name == right)) is None:
            connection.execute(update(_AUTHORS).where(_AUTHORS.c.id == author_id).values(name=right))
