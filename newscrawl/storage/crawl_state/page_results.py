"""What became of fetched pages, and how that changes their rows in the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select

from newscrawl.states import ARCHIVE_SOURCES, RefusalKind, State, classify_refusal, count_failures
from newscrawl.storage.crawl_state.outcomes import PageResult, RecordedPage
from newscrawl.storage.crawl_state.pages import insert_pages, new_page_values, update_pages
from newscrawl.storage.tables import ArticleRow, PageRow, table_of
from newscrawl.storage.values import Values, sanitize, split_sorted, truncate

_FAILED: tuple[State, ...] = ("failed", "blocked")
_WITHOUT_ARTICLE: tuple[State, ...] = ("refused", *_FAILED)
_LIVE_COLUMNS = ("due_at", "etag", "last_modified", "site")
"""Columns that only a live answer may set."""
_PAGES = table_of(PageRow)


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What recording needs to know of a page's row."""

    state: State
    failures: int
    article_id: int | None
    refusal: str | None
    access: str | None
    """Of its article."""
    source: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether the live crawl still has to fetch it."""
        is_open = self.state in (*_FAILED, "discovered") or self.refusal == RefusalKind.NOT_WANTED
        return is_open and self.source not in ARCHIVE_SOURCES


def read_known_pages(connection: Connection, hashes: Collection[str]) -> dict[str, KnownPage]:
    """Return the known pages of these hashes, by hash."""
    pages: dict[str, KnownPage] = {}
    for part in split_sorted(set(hashes)):
        for hashed, *values in connection.execute(_KNOWN, {"hashes": part}):
            pages[hashed] = KnownPage(*values)
    return pages


_KNOWN = (
    select(_PAGES.c.url_hash, _PAGES.c.state, _PAGES.c.failures, _PAGES.c.article_id, _PAGES.c.refusal)
    .add_columns(ArticleRow.access, _PAGES.c.source)
    .outerjoin_from(_PAGES, ArticleRow, ArticleRow.id == _PAGES.c.article_id)
    .where(_PAGES.c.url_hash.in_(bindparam("hashes")))
)


def save_results(
    connection: Connection,
    results: Iterable[tuple[str, PageResult, RecordedPage]],
    known: Mapping[str, KnownPage],
    *,
    run_id: int,
    extractor: str | None,
) -> None:
    """Write results, each with the hash of its page; of several results of a page the last try counts."""
    now = datetime.now(UTC)
    new: list[Values] = []
    tries: list[Values] = []
    past_tries: list[Values] = []
    articles: list[Values] = []
    for hashed, (result, recorded) in _last_tries(results, known).items():
        page = known.get(hashed)
        values = _page_values(result, recorded, page, now) | {"run_id": run_id}
        values["extractor"] = extractor if values["refusal"] == RefusalKind.BY_CONTENT else None
        is_try = _is_try(result, page)
        if page is None:
            new.append(new_page_values(result.url, hashed, now, result.source) | {"attempts": int(is_try)} | values)
        elif is_try and result.is_archived:
            past = {name: value for name, value in values.items() if name not in _LIVE_COLUMNS}
            past_tries.append({"known_hash": hashed, **past})
        elif is_try:
            tries.append({"known_hash": hashed, **values})
        elif recorded.article_id:
            articles.append({"known_hash": hashed, "article_id": recorded.article_id})
    insert_pages(connection, new)
    update_pages(connection, tries)
    update_pages(connection, past_tries)
    update_pages(connection, articles)


def _last_tries(
    results: Iterable[tuple[str, PageResult, RecordedPage]], known: Mapping[str, KnownPage]
) -> dict[str, tuple[PageResult, RecordedPage]]:
    """Return the last try of each page, or its last result if none is a try, with the article that any of them has."""
    last: dict[str, tuple[PageResult, RecordedPage]] = {}
    for hashed, result, recorded in results:
        if (earlier := last.get(hashed)) is None:
            last[hashed] = result, recorded
            continue
        counts = _is_try(result, known.get(hashed)) and not (result.is_archived and earlier[0].state == "stored")
        counted, page = (result, recorded) if counts else earlier
        last[hashed] = counted, replace(page, article_id=recorded.article_id or earlier[1].article_id)
    return last


def _is_try(result: PageResult, page: KnownPage | None) -> bool:
    """Whether a result says what became of its page.

    An archived one does not if the page already has an article, or still waits for the live crawl and this is only a
    part of it.
    """
    if result.state == "discovered":
        return False
    if result.is_archived and page:
        has_article = page.article_id is not None and page.access != "blocked"
        is_stored = result.state == "stored" and bool(result.article and result.article.complete)
        return not has_article and (is_stored or not page.is_waiting)
    return True


def _page_values(result: PageResult, recorded: RecordedPage, page: KnownPage | None, now: datetime) -> Values:
    """Return the values of a page's row that a result changes, except the number of tries."""
    if result.reason == "redirects_to_known" and page and page.article_id is not None:
        # Another run stored it through this address, or this one did before: it leads to its article as ever.
        result = replace(result, state="unchanged", reason=None, refusal=None)
    state, refusal = _page_state(result, recorded, page), _find_refusal(result)
    if state == "discovered":
        # Without validators: a 304 for a page without an article would never bring one.
        result = replace(result, due_at=None, etag=None, last_modified=None)
    return {
        "state": state,
        "reason": result.reason and truncate(result.reason),
        "status": result.status,
        "article_id": recorded.article_id,
        "spider": result.spider,
        "site": truncate(result.site or result.spider),
        "tried_at": now if result.state != "discovered" else None,
        "failures": _count_failures(result, page, refusal) if refusal else 0,
        "refusal": refusal and refusal.value,
        "published_at": result.published_at,
        "due_at": result.due_at,
        "etag": result.etag and sanitize(result.etag),
        "last_modified": result.last_modified and sanitize(result.last_modified),
    }


def _find_refusal(result: PageResult) -> RefusalKind | None:
    if result.state not in _WITHOUT_ARTICLE:
        return None
    return result.refusal or classify_refusal(result.reason)


def _count_failures(result: PageResult, page: KnownPage | None, refusal: RefusalKind) -> int:
    if result.is_archived and result.state != "failed":  # another capture of the page is no retry
        return page.failures if page else 0
    before = RefusalKind(page.refusal) if page and page.refusal else None
    return count_failures(before, page.failures if page else 0, refusal)


def _page_state(result: PageResult, recorded: RecordedPage, page: KnownPage | None) -> State:
    """A page that led to the same article before is "unchanged"; a new address of the article is "stored"."""
    known_article = page.article_id if page else None
    if result.state == "unchanged":
        return "unchanged" if recorded.article_id or known_article else "discovered"
    is_same = recorded.outcome == "unchanged" and known_article == recorded.article_id
    return "unchanged" if is_same else result.state
