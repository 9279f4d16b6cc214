"""The captures of pages: where the bytes of each stand, and what it was read as."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, insert, select, update

from newscrawl.article import CaptureRef
from newscrawl.states import OUT_OF_DATES, CaptureState
from newscrawl.storage.ledger import PageResult, Saved
from newscrawl.storage.pages import url_hash
from newscrawl.storage.rows import Values, chunks, cut, storable
from newscrawl.storage.tables import ArchiveFileRow, CaptureRow, PageRow, RunRow, table_of

_CAPTURES, _PAGES, _FILES, _RUNS = map(table_of, (CaptureRow, PageRow, ArchiveFileRow, RunRow))
_POORER = "conversion"
"""The kind of a capture of which only the text is kept: one of the page itself takes its place."""
_READING = ("state", "reason", "layout", "extractor", "run_id")
"""Columns of how a capture was read: another reading of it changes these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """What was read of an archive file."""

    path: str
    size: int
    modified_at: datetime
    captures: int = 0
    broken: int = 0
    finished_at: datetime | None = None
    """When all of it was stored; None: it was not."""


def enter(
    connection: Connection, results: Iterable[tuple[PageResult, Saved]], *, run_id: int, extractor: str | None
) -> None:
    """Enter the captures of results whose pages have their rows.

    One that is known is told where it is kept and how it was read now, but for a text (WET) where the page is known.
    """
    told: dict[tuple[str, datetime], Values] = {}
    for result, _ in results:
        if kept := result.capture:
            at, values = (url_hash(result.url), kept.captured_at), _values(result, kept)
            if at not in told or _tells_more(values, told[at]["kind"]):
                told[at] = values
    if not told:
        return
    ids = _page_ids(connection, {hashed for hashed, _ in told})
    rows = {
        (ids[hashed], moment): values | {"extractor": extractor, "run_id": run_id}
        for (hashed, moment), values in told.items()
    }
    kinds = _kinds(connection, rows)
    new = [{"page_id": at[0], "captured_at": at[1], **values} for at, values in rows.items() if at not in kinds]
    _insert(connection, new)
    _enter_again(connection, {at: values for at, values in rows.items() if _tells_more(values, kinds.get(at))})


def known(connection: Connection, refs: Sequence[CaptureRef], arguments: Mapping[str, str]) -> list[bool]:
    """Whether each of these captures, in order, is in the database; a text (WET) is no page that is known.

    Nor is one that was out of the dates of the run that read it, unless these are those of `arguments` too.
    """
    hashes = [url_hash(ref.url) for ref in refs]
    found: dict[tuple[str, datetime], str] = {}
    own = (_PAGES.c.url_hash, _CAPTURES.c.captured_at, _CAPTURES.c.kind, _CAPTURES.c.reason, _RUNS.c.arguments)
    of_pages = _CAPTURES.join(_PAGES, _PAGES.c.id == _CAPTURES.c.page_id)
    asked = select(*own).select_from(of_pages.outerjoin(_RUNS, _RUNS.c.id == _CAPTURES.c.run_id))
    for part in chunks(set(hashes)):
        for hashed, moment, kind, reason, given in connection.execute(asked.where(_PAGES.c.url_hash.in_(part))):
            if reason != OUT_OF_DATES or _dates(given or {}) == _dates(arguments):
                found[hashed, moment] = kind
    kinds = [found.get((hashed, ref.captured_at)) for hashed, ref in zip(hashes, refs, strict=True)]
    return [bool(kind) and (kind != _POORER or ref.kind == _POORER) for ref, kind in zip(refs, kinds, strict=True)]


def original(connection: Connection, digest: str) -> CaptureRef | None:
    """A capture that holds the payload of this digest itself; None where there is none.

    Of several the one entered last: it was written because the others were not there any more.
    """
    held = (_CAPTURES.c.digest == digest, _CAPTURES.c.kind == "response", _CAPTURES.c.file.is_not(None))
    row = connection.execute(states().where(*held).order_by(_CAPTURES.c.id.desc()).limit(1)).first()
    return _state(row).ref if row else None


def latest(connection: Connection, url: str) -> CaptureRef | None:
    """The last capture of a page that has a payload, and is kept; None where there is none."""
    kept = (_CAPTURES.c.file.is_not(None), _CAPTURES.c.status == 200, _CAPTURES.c.kind.in_(("response", "revisit")))
    of_page = states().where(_PAGES.c.url_hash == url_hash(url), *kept)
    row = connection.execute(of_page.order_by(_CAPTURES.c.captured_at.desc()).limit(1)).first()
    return _state(row).ref if row else None


def of_article(connection: Connection, article_id: int) -> list[CaptureState]:
    """All captures of the pages that led to an article, oldest first."""
    return of_articles(connection, [article_id])


def of_articles(connection: Connection, ids: Collection[int]) -> list[CaptureState]:
    """All captures of the pages that led to these articles, oldest first."""
    asked = states().where(_PAGES.c.article_id.in_(ids))
    return read(connection, asked.order_by(_CAPTURES.c.captured_at, _CAPTURES.c.id))


def progress(connection: Connection, path: str) -> FileProgress | None:
    """What was read of a file; None for one that is not known."""
    names = [_FILES.c[name] for name in FileProgress.__dataclass_fields__]
    row = connection.execute(select(*names).where(_FILES.c.path_hash == _path_hash(path))).mappings().first()
    return FileProgress(**row) if row else None


def save_progress(connection: Connection, file: FileProgress, *, run_id: int) -> None:
    """Enter what was read of a file."""
    values = {name: getattr(file, name) for name in FileProgress.__dataclass_fields__} | {"run_id": run_id}
    at = _path_hash(file.path)
    if connection.execute(update(_FILES).where(_FILES.c.path_hash == at).values(values)).rowcount == 0:
        connection.execute(insert(_FILES), values | {"path_hash": at})


def _dates(arguments: Mapping[str, str]) -> tuple[str | None, ...]:
    return arguments.get("since"), arguments.get("until")


def _path_hash(path: str) -> str:
    return hashlib.blake2b(path.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _values(result: PageResult, ref: CaptureRef) -> Values:
    layout = result.article.layout if result.article and result.state == "stored" else None
    return {
        "source": cut(result.source or "live"),
        "kind": ref.kind,
        "status": ref.status,
        "digest": ref.digest,
        "file": ref.file and storable(ref.file),
        "file_offset": ref.offset,
        "file_length": ref.length,
        "state": result.state,
        "reason": result.reason and cut(result.reason),
        "layout": layout and cut(layout),
    }


def _page_ids(connection: Connection, hashes: Collection[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for part in chunks(hashes):
        ids.update(connection.execute(select(_PAGES.c.url_hash, _PAGES.c.id).where(_PAGES.c.url_hash.in_(part))).all())
    return ids


def _kinds(connection: Connection, keys: Collection[tuple[int, datetime]]) -> dict[tuple[int, datetime], str]:
    """Those of these captures that are known, by page and moment."""
    found: dict[tuple[int, datetime], str] = {}
    for part in chunks({page_id for page_id, _ in keys}):
        asked = select(_CAPTURES.c.page_id, _CAPTURES.c.captured_at, _CAPTURES.c.kind)
        for page_id, moment, kind in connection.execute(asked.where(_CAPTURES.c.page_id.in_(part))):
            found[page_id, moment] = kind
    return {key: found[key] for key in keys if key in found}


def _tells_more(values: Values, known: str | None) -> bool:
    return known is not None and (values["kind"] != _POORER or known == _POORER)


def _insert(connection: Connection, rows: Sequence[Values]) -> None:
    if rows:
        connection.execute(insert(_CAPTURES), sorted(rows, key=lambda row: (row["captured_at"], row["page_id"])))


def _enter_again(connection: Connection, rows: Mapping[tuple[int, datetime], Values]) -> None:
    for (page_id, moment), values in rows.items():
        this = and_(_CAPTURES.c.page_id == page_id, _CAPTURES.c.captured_at == moment)
        told = values if values["file"] else {name: values[name] for name in _READING}
        connection.execute(update(_CAPTURES).where(this).values(told))


def read(connection: Connection, asked: Select[*tuple[Any, ...]]) -> list[CaptureState]:
    """What a question that begins with `states` finds."""
    return [_state(row) for row in connection.execute(asked)]


def states() -> Select[*tuple[Any, ...]]:
    """The captures, with their pages."""
    own = [_CAPTURES.c[name] for name in CaptureState.__dataclass_fields__ if name not in ("url", "article_id")]
    return select(*own, _PAGES.c.url, _PAGES.c.article_id).join_from(
        _CAPTURES, _PAGES, _PAGES.c.id == _CAPTURES.c.page_id
    )


def _state(row: Any) -> CaptureState:
    return CaptureState(**row._mapping)
