"""Captures on the three databases: where the bytes of each stand, what it was read as, and whose word counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from newscrawl.article import Article, CaptureRef, Link
from newscrawl.errors import LockedError, StorageError
from newscrawl.storage import CaptureState, FileProgress, PageResult, PageState, RecordedPage, Run, Store
from tests.storage.captures import HOST, at, body, capture

Enter = Callable[..., list[RecordedPage]]
MICROSECOND = 1 / 3_600_000_000
"""Of an hour."""


def url_of(slug: str) -> str:
    return f"{HOST}/news/articles/2016-03-01/{slug}"


def ref(slug: str = "a", hours: float = 0, **values: Any) -> CaptureRef:
    """A capture that is kept at byte 100 of a file."""
    fields: dict[str, Any] = {"status": 200, "digest": "sha1:A", "file": "2016-03/a.warc.gz", "offset": 100}
    return CaptureRef(url=url_of(slug), captured_at=at(hours), length=50, **(fields | values))


def read(kept: CaptureRef, state: Any = "stored", **values: Any) -> PageResult:
    """What a capture was read as: with its article where it is stored."""
    slug = kept.url.rpartition("/")[2]
    hours = (kept.captured_at - at(0)).total_seconds() / 3600
    article = values.pop("article", capture(slug, hours) if state == "stored" else None)
    fields: dict[str, Any] = {"spider": "sample", "source": "live", "status": kept.status, "capture": kept}
    return PageResult(kept.url, state, article=article, **(fields | values))


@pytest.fixture
def enter(store: Store, run_id: int) -> Enter:
    """Record results as one batch."""
    return lambda *results, extractor="2": store.record(list(results), run_id=run_id, extractor=extractor)


@pytest.fixture
def page(store: Store) -> Callable[[str], PageState]:
    """The row of a page, by its slug."""

    def found(slug: str = "a") -> PageState:
        (state,) = store.pages(urls=[url_of(slug)])
        return state

    return found


def of(store: Store, article_id: int | None = None) -> list[CaptureState]:
    """The captures of an article, by default of that of the page "a"."""
    found = store.article(article_id or url_of("a"))
    assert found
    return store.captures(found.id)


def test_a_capture_tells_where_it_is_and_what_it_was_read_as(store: Store, enter: Enter) -> None:
    kept = ref(hours=MICROSECOND * 123456)
    (saved,) = enter(read(kept))
    (state,) = of(store, saved.article_id)
    assert state == CaptureState(
        id=state.id,
        url=url_of("a"),
        captured_at=kept.captured_at,
        source="live",
        kind="response",
        status=200,
        digest="sha1:A",
        file="2016-03/a.warc.gz",
        file_offset=100,
        file_length=50,
        state="stored",
        reason=None,
        layout="bloomberg_2015",
        extractor="2",
        article_id=saved.article_id,
    )
    assert state.ref == kept


def test_several_captures_of_a_page_in_one_batch_and_later(store: Store, enter: Enter) -> None:
    refused = read(ref(hours=5, status=404), "refused", reason="http_404", is_archived=True)
    enter(read(ref(hours=2)), read(ref("b", 1)), read(ref(hours=0)), refused)
    enter(read(ref(hours=1)), read(ref(hours=2)))
    (article,) = {state.article_id for state in of(store)}
    states = [(state.captured_at, state.state, state.reason, state.layout) for state in of(store, article)]
    stored = ("stored", None, "bloomberg_2015")
    assert states == [
        (at(0), *stored),
        (at(1), *stored),
        (at(2), *stored),
        (at(5), "refused", "http_404", None),
    ]


def test_captures_under_all_addresses_of_an_article_are_its_captures(store: Store, enter: Enter) -> None:
    other = read(ref("moved", 1, digest="sha1:B"), article=capture("a", 1))
    (first, second) = enter(read(ref()), other)
    assert first.article_id == second.article_id
    assert [state.url for state in of(store, first.article_id)] == [url_of("a"), url_of("moved")]


def test_the_same_capture_again_changes_how_it_was_read_and_nothing_else(store: Store, enter: Enter) -> None:
    enter(read(ref(), "failed", reason="no_body"), extractor="1")
    nowhere = replace(ref(), file=None, offset=None, length=None, digest=None)
    again = read(nowhere, article=capture("a", layout="bloomberg_2018"), source="reading")
    (saved,) = enter(again, extractor="2")
    (state,) = of(store, saved.article_id)
    assert (state.state, state.reason, state.layout, state.extractor) == ("stored", None, "bloomberg_2018", "2")
    assert (state.ref, state.source) == (ref(), "live")
    enter(read(replace(ref(), file="moved.warc.gz", offset=7)))
    (state,) = of(store, saved.article_id)
    assert (state.file, state.file_offset) == ("moved.warc.gz", 7)


TEXT = ref(kind="conversion", file="a.wet.gz", digest="sha1:T")


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("order", [("conversion", "response"), ("response", "conversion")])
def test_a_text_gives_way_to_the_page_and_never_the_reverse(
    store: Store, enter: Enter, order: tuple[str, ...], at_once: bool
) -> None:
    article = capture("a", layout="bloomberg_text")
    results = {"conversion": read(TEXT, article=article, is_archived=True), "response": read(ref())}
    batches = [order] if at_once else [(kind,) for kind in order]
    for batch in batches:
        enter(*(results[kind] for kind in batch))
    (state,) = of(store)
    assert (state.kind, state.ref, state.layout) == ("response", ref(), "bloomberg_2015")


def test_a_text_is_known_as_a_text_and_not_as_the_page(store: Store, enter: Enter) -> None:
    enter(read(TEXT, article=capture("a", layout="bloomberg_text")), read(ref("b")))
    refs = [ref(), TEXT, ref("b"), replace(TEXT, url=url_of("b")), ref("b", 1), ref("c")]
    assert [known is not None for known in store.captured(refs)] == [False, True, True, True, False, False]
    assert store.captured([]) == []


def test_a_capture_outside_the_dates_of_its_run_is_known_to_runs_that_do_not_want_it_either(
    store: Store, enter: Enter
) -> None:
    enter(read(ref(), "refused", reason="out_of_dates", published_at=at(2), is_archived=True))

    def is_known(**options: Any) -> bool:
        (known,) = store.captured([ref()], **options)
        return known is not None

    assert is_known()  # by a run over the same dates
    assert not is_known(arguments={"since": "2016-01-01"})
    assert not is_known(arguments={"since": "2016-01-01"}, is_wanted=lambda published_at: published_at == at(2))
    assert is_known(arguments={"since": "2020-01-01"}, is_wanted=lambda published_at: published_at > at(2))


def test_the_original_of_a_payload_is_the_last_stored_response(store: Store, enter: Enter) -> None:
    enter(
        read(ref(hours=3, kind="revisit", file="3.warc.gz")),
        read(ref(hours=2, file=None)),
        read(ref(hours=4, digest="sha1:B", file="4.warc.gz")),
        read(replace(TEXT, captured_at=at(6), digest="sha1:A")),
    )
    assert store.original("sha1:A") is None
    enter(read(ref(hours=1, file="1.warc.gz")))
    enter(read(ref("b", hours=0, file="0.warc.gz")))  # written later, as the first was not there any more
    found = store.original("sha1:A")
    assert found
    assert (found.file, found.url) == ("0.warc.gz", url_of("b"))
    assert store.original("sha1:C") is None


def test_the_latest_capture_of_a_page_has_its_payload(store: Store, enter: Enter) -> None:
    assert store.latest_capture(url_of("a")) is None
    enter(read(ref(hours=1, file="1.warc.gz")), read(ref(hours=0, file="0.warc.gz")))
    enter(
        read(ref(hours=2, status=404, file="2.warc.gz"), "refused", reason="http_404"),
        read(ref(hours=3, status=304, kind="revisit", file="3.warc.gz"), "unchanged"),
        read(ref(hours=4, file=None)),
        read(replace(TEXT, captured_at=at(5)), article=capture("a", 5, layout="bloomberg_text")),
        read(ref("b", hours=6, file="6.warc.gz")),
    )
    for address in (url_of("a"), f"{url_of('a')}?srnd=feed"):
        found = store.latest_capture(address)
        assert found
        assert found.file == "1.warc.gz"
    enter(read(ref(hours=3.5, kind="revisit", file="35.warc.gz")))
    found = store.latest_capture(url_of("a"))
    assert found
    assert (found.file, found.kind) == ("35.warc.gz", "revisit")


LIVE: dict[str, Any] = {"etag": '"v1"', "last_modified": "Tue, 01 Mar 2016 12:00:00 GMT", "due_at": at(99)}
PAST: dict[str, Any] = {"is_archived": True, "source": "wayback"}


@pytest.mark.parametrize("state", ["stored", "refused", "failed", "blocked"])
def test_the_past_takes_nothing_from_a_page_that_has_its_article(
    store: Store, enter: Enter, page: Callable[[], PageState], state: Any
) -> None:
    (saved,) = enter(read(ref(hours=9), **LIVE))
    before = page()
    assert (before.etag, before.due_at) == ('"v1"', at(99))
    enter(read(ref(hours=1), state, reason=None if state == "stored" else "x", **PAST))
    assert page() == before
    assert [(one.captured_at, one.state) for one in of(store, saved.article_id)] == [(at(1), state), (at(9), "stored")]


@pytest.mark.parametrize("state", ["failed", "blocked"])
def test_a_page_to_be_retried_remains_so_whatever_an_archive_has(
    enter: Enter, page: Callable[[], PageState], state: Any
) -> None:
    enter(read(ref(hours=9, status=403), state, reason="http_403", **LIVE))
    before = page()
    enter(read(ref(hours=1, status=404), "refused", reason="http_404", **PAST))
    assert page() == before
    (saved,) = enter(read(ref(hours=2), **PAST))
    after = page()
    assert (after.state, after.article_id, after.failures) == ("stored", saved.article_id, 0)
    assert (after.due_at, after.etag, after.last_modified) == (before.due_at, before.etag, before.last_modified)


@pytest.mark.parametrize("state", ["refused", "failed", "blocked"])
def test_a_page_that_waits_for_the_live_crawl_goes_on_waiting(
    store: Store, run_id: int, enter: Enter, page: Callable[[str], PageState], state: Any
) -> None:
    store.discover([Link(url=url_of("a"), source="feed")], run_id=run_id, spider="sample")
    store.discover([Link(url=url_of("b"), source="cdx")], run_id=run_id, spider="sample")
    enter(*(read(ref(slug, status=404), state, reason="x", **PAST) for slug in "ab"))
    assert (page("a").state, page("a").attempts) == ("discovered", 0)
    assert (page("b").state, page("b").reason, page("b").attempts) == (state, "x", 1)  # only an archive knows of it
    enter(read(ref("a", hours=1), **PAST))
    assert page("a").state == "stored"


def test_the_past_of_a_page_that_nobody_knows_is_what_is_known_of_it(
    enter: Enter, page: Callable[[], PageState]
) -> None:
    enter(read(ref(status=404), "refused", reason="http_404", **PAST))
    assert (page().state, page().source) == ("refused", "wayback")
    enter(read(ref(hours=1), **PAST), read(ref(hours=2, status=404), "refused", reason="http_404", **PAST))
    assert page().state == "stored"


def test_what_waits_only_in_an_archive_is_not_due(store: Store, run_id: int) -> None:
    links = [
        Link(url=url_of(slug), source=source)
        for slug, source in (("a", "feed"), ("b", "cdx"), ("c", "warc"), ("d", "sitemap"))
    ]
    store.discover(links, run_id=run_id, spider="sample")
    assert [page.url for page in store.due("sample", at(0))] == [link.url for link in links]
    due = store.due("sample", at(0), but_from=("cdx", "warc"))
    assert [page.url for page in due] == [links[0].url, links[3].url]
    assert [page.url for page in store.due("sample", at(0), but_from=("cdx",), limit=2)] == [links[0].url, links[2].url]


def test_a_page_without_a_source_is_due_whatever_is_left_out(store: Store, run_id: int) -> None:
    store.record([PageResult(url_of("a"), "failed", spider="sample", due_at=at(0))], run_id=run_id)
    assert [page.source for page in store.due("sample", at(1), but_from=("cdx",))] == [None]


def test_runs_over_different_sources_are_at_work_at_once_and_over_one_are_not(store: Store) -> None:
    def alive(_: Run) -> bool:
        return True

    live = store.start_run("sample", {}, is_alive=alive)
    past = store.start_run("sample", {}, source="wayback", is_alive=alive)
    for source, run_id in (("live", live), ("wayback", past)):
        with pytest.raises(LockedError) as caught:
            store.start_run("sample", {}, source=source, is_alive=alive)
        assert caught.value.run_id == run_id
    store.start_run("other", {}, is_alive=alive)
    store.end_run(live, finish_reason="finished", exit_code=0, counts={})
    store.start_run("sample", {}, is_alive=alive)
    assert {run.source for run in store.runs(spider="sample")} == {"live", "wayback"}


def test_a_dead_run_over_another_source_is_closed_as_well(store: Store) -> None:
    store.start_run("sample", {}, source="wayback")
    store.start_run("sample", {}, is_alive=lambda run: run.source == "live")
    assert [run.finish_reason for run in store.runs()] == [None, "killed"]


def test_how_far_a_file_is_read_is_entered_with_what_was_read(store: Store, run_id: int) -> None:
    file = FileProgress(path="/archive/ü.warc.gz", size=900, modified_at=at(0), captures=1)
    assert store.file_progress(file.path) is None
    store.record([read(ref())], run_id=run_id, files=[file])
    assert store.file_progress(file.path) == file
    done = replace(file, captures=3, broken=1, finished_at=at(2))
    store.record([], run_id=run_id, files=[done])
    assert store.file_progress(file.path) == done
    with pytest.raises(StorageError):  # no such run: neither is stored
        store.record([read(ref("b"))], run_id=run_id + 99, files=[replace(done, captures=9)])
    assert (store.file_progress(file.path), store.pages(urls=[url_of("b")])) == (done, [])


def test_an_archive_leaves_a_page_to_its_site(
    store: Store, enter: Enter, page: Callable[[str], PageState], run_id: int
) -> None:
    store.discover([Link(url=url_of("a"), source="feed")], run_id=run_id, spider="news", site="tern.example")
    enter(read(ref(), spider="news", site="news.tern.example", is_archived=True))
    assert (page("a").state, page("a").site) == ("stored", "tern.example")
    enter(read(ref("a", 1), spider="news", site="news.tern.example"))
    assert page("a").site == "news.tern.example"


def plain(hours: float = 0, **values: Any) -> Article:
    return capture("a", hours, layout="bloomberg_text", **values)


MARKUP = capture("a", 5, section="markets", body=body("The cranes stood still.", "Nobody minded."))
AS_TEXT = body("The cranes stood still.", "Nobody minded.", "Share on all networks")


@pytest.mark.parametrize("hours", [1, 9])
@pytest.mark.parametrize("text_first", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_plain_text_fills_gaps_and_is_no_version_where_there_is_a_page(
    store: Store, keep: Callable[..., list[RecordedPage]], hours: float, text_first: bool, at_once: bool
) -> None:
    text = plain(hours, headline="HARBOUR FALLS QUIET", byline=("Ann Bo",), section="MARKETS", body=AS_TEXT)
    order = (text, MARKUP) if text_first else (MARKUP, text)
    for batch in [order] if at_once else [(one,) for one in order]:
        keep(*batch)
    found = store.article(url_of("a"))
    assert found
    article = found.article
    assert (article.headline, article.section, article.body) == (MARKUP.headline, "markets", MARKUP.body)
    assert (article.byline, article.layout) == (("Ann Bo",), "bloomberg_2015")
    assert found.revision == 1


def test_plain_texts_are_versions_of_each_other(store: Store, keep: Callable[..., list[RecordedPage]]) -> None:
    keep(plain(0))
    (saved,) = keep(plain(1, headline="Harbour Wakes"))
    found = store.article(saved.article_id or 0)
    assert found
    assert (saved.outcome, found.revision, found.article.headline) == ("updated", 2, "Harbour Wakes")


def test_two_that_turn_out_to_be_one_read_as_the_page(store: Store, keep: Callable[..., list[RecordedPage]]) -> None:
    """A page that has the keys of a text's article and of a page's article joins them."""
    keep(capture("a", 1, headline="As a Page", post_id="A1", url=url_of("x")))
    keep(plain(9, headline="AS A TEXT"))
    (joined,) = keep(capture("a", 2, headline="As a Page", post_id="A1"))
    found = store.article(joined.article_id or 0)
    assert found
    assert (found.article.headline, found.revision) == ("As a Page", 1)
    assert store.totals()["articles"] == 1
