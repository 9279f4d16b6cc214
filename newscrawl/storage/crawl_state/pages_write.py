"""Writing the ledger: a row for every address, from the moment it is found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from newscrawl.article import Article, CaptureRef, Link
from newscrawl.states import ARCHIVE_SOURCES, PageState, State
from newscrawl.storage.articles.merge import is_listed
from newscrawl.storage.crawl_state import pages_read
from newscrawl.storage.tables import ArticleRow, PageRow, table_of
from newscrawl.storage.values import Values, sanitize, split_sorted, truncate

Outcome = Literal["stored", "updated", "unchanged", "refused", "failed", "blocked", "discovered"]
PutBack = Literal["failed", "blocked", "refused"]
_PUT_BACK: tuple[PutBack, ...] = ("failed", "blocked", "refused")
_FAILED: tuple[State, ...] = ("failed", "blocked")
_OF_THE_LIVE = ("due_at", "etag", "last_modified")
"""Columns of which the past of a page tells nothing."""
_PAGES = table_of(PageRow)


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of a page.

    One that is "stored" brings its article. "unchanged" is an answer without a body (304): the article of the page is
    as it was. One that is "discovered" was not asked for after all, and keeps waiting. Any but "unchanged" may bring a
    headline-only article (access "blocked"), and none but "stored" another one (ValueError).
    """

    url: str
    """The address by which it was found, in any spelling."""
    state: State
    _: KW_ONLY
    reason: str | None = None
    """A short, stable code, such as ExtractError.reason."""
    article: Article | None = None
    status: int | None = None
    """HTTP status."""
    spider: str
    source: str | None = None
    """Where it was found; kept only for an address that the ledger does not know yet."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the answer, as sent."""
    due_at: datetime | None = None
    """When to ask for it next; None: not again."""
    capture: CaptureRef | None = None
    """The answer that it was read from, where that is kept."""
    is_past: bool = False
    """Whether it comes from an archive: it tells how a page once was, not how it is."""

    def __post_init__(self) -> None:
        if self.state == "stored" and self.article is None:
            raise ValueError(f"{self.url}: a page is stored with its article")
        if self.article and (self.state == "unchanged" or (self.state != "stored" and not is_listed(self.article))):
            raise ValueError(f"{self.url}: a page that is {self.state} brings no such article")


@dataclass(frozen=True, slots=True)
class Saved:
    """What recording a page did.

    "updated": the article reads otherwise than before, or has a version more. "discovered": the page waits.
    """

    outcome: Outcome
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What recording needs to know of a page's row."""

    state: State
    failures: int
    article_id: int | None
    access: str | None
    """Of its article."""
    source: str | None
    """Where it was found."""

    @property
    def waits(self) -> bool:
        """Whether the live crawl is to ask for it yet."""
        return self.state in _FAILED or (self.state == "discovered" and self.source not in ARCHIVE_SOURCES)


def entries(connection: Connection, hashes: Collection[str]) -> dict[str, Entry]:
    """The rows of these hashes that are there."""
    own = (_PAGES.c.url_hash, _PAGES.c.state, _PAGES.c.failures, _PAGES.c.article_id)
    asked = select(*own, ArticleRow.access, _PAGES.c.source)
    joined = asked.outerjoin_from(_PAGES, ArticleRow, ArticleRow.id == _PAGES.c.article_id)
    found = (connection.execute(joined.where(_PAGES.c.url_hash.in_(part))) for part in split_sorted(set(hashes)))
    return {hashed: Entry(*values) for rows in found for hashed, *values in rows}


def discover(connection: Connection, links: Iterable[Link], *, run_id: int, spider: str) -> list[PageState | None]:
    """Enter what lists tell; see Store.discover."""
    hashed = [(pages_read.url_hash(link.url), link) for link in links]
    known = pages_read.known(connection, (at for at, _ in hashed))
    now, after, answers = datetime.now(UTC), dict(known), []
    for at, link in hashed:
        before = after.get(at)
        answers.append(before)
        after[at] = _told_more(before, link) if before else _new(link, now, run_id, spider)
    _insert(connection, [_listed(at, page) for at, page in after.items() if at not in known])
    _update(connection, [_heard(at, after[at]) for at, page in known.items() if after[at] is not page])
    return answers


def _new(link: Link, now: datetime, run_id: int, spider: str) -> PageState:
    url = sanitize(link.url)
    return PageState(
        url=url,
        state="discovered",
        reason=None,
        status=None,
        article_id=None,
        spider=spider,
        source=truncate(link.source),
        attempts=0,
        discovered_at=now,
        tried_at=None,
        listed_at=link.updated_at,
        link=pages_read.told_link(url, pages_read.told_values(link)),
        run_id=run_id,
    )


def _told_more(page: PageState, link: Link) -> PageState:
    """The page with what the link tells besides; itself where that is nothing."""
    if link.updated_at and (page.listed_at is None or link.updated_at > page.listed_at):
        page = replace(page, listed_at=link.updated_at)
    if page.link is None and (told := pages_read.told_values(link)):
        page = replace(page, link=pages_read.told_link(page.url, told))
    return page


def _listed(hashed: str, page: PageState) -> Values:
    """The row of a new page."""
    own = {name: getattr(page, name) for name in ("state", "spider", "run_id", "listed_at")}
    return _row(page.url, hashed, page.discovered_at, page.source) | own | {"told": pages_read.told_values(page.link)}


def _heard(hashed: str, page: PageState) -> Values:
    return {"known_hash": hashed, "told": pages_read.told_values(page.link), "listed_at": page.listed_at}


def enter(
    connection: Connection,
    done: Iterable[tuple[str, PageResult, Saved]],
    before: Mapping[str, Entry],
    *,
    run_id: int,
    now: datetime,
) -> None:
    """Write what became of the pages, with their hashes; of several results for one address the last try counts."""
    last = _last_tries(done, before)
    values = {at: _became(*pair, before.get(at), now) | {"run_id": run_id} for at, pair in last.items()}
    new = [
        _row(result.url, at, now, result.source) | {"attempts": int(_is_try(result, None))} | values[at]
        for at, (result, _) in last.items()
        if at not in before
    ]
    _insert(connection, new)
    tried = {at: at in before and _is_try(result, before[at]) for at, (result, _) in last.items()}
    _update(connection, [{"known_hash": at, **values[at]} for at in last if tried[at] and not last[at][0].is_past])
    past = [{"known_hash": at, **values[at]} for at in last if tried[at] and last[at][0].is_past]
    _update(connection, [{name: row[name] for name in row.keys() - set(_OF_THE_LIVE)} for row in past])
    led = {at: values[at]["article_id"] for at in last if at in before and not tried[at]}
    _update(connection, [{"known_hash": at, "article_id": article_id} for at, article_id in led.items() if article_id])


def put_back(connection: Connection, holds: Iterable[ColumnElement[bool]]) -> int:
    """Make pages "discovered" again, as if they had not been asked for; how many."""
    again: Values = {"state": "discovered", "reason": None, "failures": 0, "due_at": None}
    # Without validators: what says "not modified" cannot be put right by asking the same again.
    again |= {"etag": None, "last_modified": None}
    asked = update(_PAGES).where(_PAGES.c.state.in_(_PUT_BACK), *holds)
    return connection.execute(asked.values(again)).rowcount


def _last_tries(
    done: Iterable[tuple[str, PageResult, Saved]], before: Mapping[str, Entry]
) -> dict[str, tuple[PageResult, Saved]]:
    """By hash, the last result that is a try, or else the last; with the article that any of them has led to."""
    last: dict[str, tuple[PageResult, Saved]] = {}
    for at, result, saved in done:
        earlier = last.get(at, (result, saved))
        counts = _is_try(result, before.get(at)) and not (result.is_past and earlier[0].state == "stored")
        counted, kept = (result, saved) if counts or at not in last else earlier
        last[at] = counted, replace(kept, article_id=saved.article_id or earlier[1].article_id)
    return last


def _is_try(result: PageResult, page: Entry | None) -> bool:
    """Whether a result says what became of its page.

    How a page once was does not, where it is known how it is: that it has an article, or is to be asked for again.
    """
    if result.is_past and page:
        has_article = page.article_id is not None and page.access != "blocked"
        return not has_article and (result.state == "stored" or not page.waits)
    return result.state != "discovered"


def _became(result: PageResult, saved: Saved, before: Entry | None, now: datetime) -> Values:
    """The values of a page's row that a result changes, but for the number of tries."""
    state = _state(result, saved, before)
    if state == "discovered":
        result = replace(result, due_at=None, etag=None, last_modified=None)
    return {
        "state": state,
        "reason": result.reason and truncate(result.reason),
        "status": result.status,
        "article_id": saved.article_id,
        "spider": result.spider,
        "tried_at": now if result.state != "discovered" else None,
        "failures": (before.failures if before else 0) + 1 if result.state in _FAILED else 0,
        "due_at": result.due_at,
        "etag": result.etag and sanitize(result.etag),
        "last_modified": result.last_modified and sanitize(result.last_modified),
    }


def _state(result: PageResult, saved: Saved, before: Entry | None) -> State:
    """A page is "unchanged" that led to this article before; another address of the article is "stored"."""
    led = before.article_id if before else None
    if result.state == "unchanged":  # to what? Without an article it must be asked for again, without validators
        return "unchanged" if saved.article_id or led else "discovered"
    return "unchanged" if saved.outcome == "unchanged" and led == saved.article_id else result.state


def _row(url: str, hashed: str, now: datetime, source: str | None) -> Values:
    return {
        "url": sanitize(url),
        "url_hash": hashed,
        "discovered_at": now,
        "source": source and truncate(source),
        "attempts": 0,
    }


def _insert(connection: Connection, rows: Sequence[Values]) -> None:
    if rows:
        connection.execute(insert(_PAGES), rows)


def _update(connection: Connection, rows: Sequence[Values]) -> None:
    """Write these values into the rows of their "known_hash"; all have the same names."""
    if not rows:
        return
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "known_hash"}
    if "state" in values:
        values["attempts"] = _PAGES.c.attempts + 1
    if "article_id" in values:
        values["article_id"] = func.coalesce(bindparam("article_id"), _PAGES.c.article_id)  # the archive still has it
    connection.execute(update(_PAGES).where(_PAGES.c.url_hash == bindparam("known_hash")).values(values), rows)
