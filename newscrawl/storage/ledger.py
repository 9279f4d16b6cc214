"""The ledger: a row for every address, from the moment it is found; and the runs that dealt with them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, func, insert, select, update

from newscrawl.article import Article, Link
from newscrawl.storage.columns import NAME_LENGTH
from newscrawl.storage.rows import Values, cut, storable
from newscrawl.storage.tables import PageRow, table_of
from newscrawl.urls import normal_form

State = Literal["discovered", "stored", "refused", "failed", "blocked"]
Outcome = Literal["stored", "updated", "unchanged", "refused", "failed", "blocked"]
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of a page. One that is "stored" brings its article, and no other does (ValueError)."""

    url: str
    """The address by which it was found, in any spelling."""
    state: Literal["stored", "refused", "failed", "blocked"]
    _: KW_ONLY
    reason: str | None = None
    """A short, stable code, such as ExtractError.reason."""
    article: Article | None = None
    status: int | None = None
    """HTTP status."""
    spider: str
    source: str | None = None
    """Where it was found; kept only for an address that the ledger does not know yet."""

    def __post_init__(self) -> None:
        if (self.state == "stored") != (self.article is not None):
            raise ValueError(f"{self.url}: a page is stored with its article, and only then")


@dataclass(frozen=True, slots=True)
class Saved:
    """What recording a page did. "updated": the article reads otherwise than before, or has a version more."""

    outcome: Outcome
    article_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """A row of the ledger; times are UTC."""

    url: str
    state: State
    reason: str | None
    status: int | None
    article_id: int | None
    spider: str
    source: str | None
    attempts: int
    discovered_at: datetime
    tried_at: datetime | None
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a spider; times are UTC. Without ended_at it still runs, or was killed."""

    id: int
    spider: str
    arguments: Mapping[str, str]
    started_at: datetime
    ended_at: datetime | None
    finish_reason: str | None
    exit_code: int | None
    counts: Mapping[str, int]


def url_hash(url: str) -> str:
    """32 hex digits, the same for all spellings of an address."""
    return hashlib.blake2b(normal_form(storable(url)).encode(), digest_size=16).hexdigest()


def discover(connection: Connection, links: Iterable[Link], *, run_id: int, spider: str) -> None:
    """Add the addresses that the ledger does not know, in their order."""
    found: dict[str, Link] = {}
    for link in links:
        found.setdefault(url_hash(link.url), link)
    before, now = known(connection, found), datetime.now(UTC)
    rows = [
        _row(link.url, hashed, now)
        | {"state": "discovered", "spider": spider, "source": cut(link.source), "run_id": run_id}
        for hashed, link in found.items()
        if hashed not in before
    ]
    if rows:
        connection.execute(insert(table_of(PageRow)), rows)


def enter(connection: Connection, results: Sequence[PageResult], saved: Sequence[Saved], *, run_id: int) -> None:
    """Write what became of the pages; of several results for one address the last counts."""
    now = datetime.now(UTC)
    last = {url_hash(result.url): (result, kept) for result, kept in zip(results, saved, strict=True)}
    before = known(connection, last)
    tried = {hashed: _tried(*pair, now=now) | {"run_id": run_id} for hashed, pair in last.items()}
    new = [
        _row(last[hashed][0].url, hashed, now)
        | values
        | {"attempts": 1, "source": last[hashed][0].source and cut(last[hashed][0].source or "")}
        for hashed, values in tried.items()
        if hashed not in before
    ]
    old = [{"known_hash": hashed, **values} for hashed, values in tried.items() if hashed in before]
    pages = table_of(PageRow)
    if new:
        connection.execute(insert(pages), new)
    if old:
        values: dict[str, Any] = {name: bindparam(name) for name in old[0] if name != "known_hash"}
        values["attempts"] = pages.c.attempts + 1
        values["article_id"] = func.coalesce(bindparam("article_id"), pages.c.article_id)  # the archive still has it
        connection.execute(update(pages).where(pages.c.url_hash == bindparam("known_hash")).values(values), old)


def known(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of the hashes that have a row."""
    asked = sorted(hashes)
    found: set[str] = set()
    for part in _chunks(asked):
        found.update(connection.scalars(select(PageRow.url_hash).where(PageRow.url_hash.in_(part))))
    return found


def _row(url: str, hashed: str, now: datetime) -> Values:
    return {"url": storable(url), "url_hash": hashed, "discovered_at": now, "attempts": 0}


def _tried(result: PageResult, saved: Saved, *, now: datetime) -> Values:
    return {
        "state": result.state,
        "reason": result.reason and cut(result.reason, NAME_LENGTH),
        "status": result.status,
        "article_id": saved.article_id,
        "spider": result.spider,
        "tried_at": now,
    }


def _chunks(hashes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(hashes), _CHUNK):
        yield hashes[start : start + _CHUNK]
