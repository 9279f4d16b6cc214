"""What reading the captures of an article again changes in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from newscrawl.article import Article, CaptureRef, Contact, Dateline, Image
from newscrawl.storage import CONTENT_FIELDS, PageResult, ReextractFilter, Store
from newscrawl.storage.articles.merge import content_text
from newscrawl.storage.articles.rows import load, load_histories
from tests.storage.captures import HOST, at, body, capture

LISTS = ("feed", "front_page")
OLD, NEW = "0.1.0+old", "0.1.0+new"


def ref(article: Article, **values: Any) -> CaptureRef:
    offset = round(article.fetched_at.timestamp())
    place: dict[str, Any] = {"file": "a.warc.gz", "offset": offset, "length": 100, "status": 200}
    return CaptureRef(url=article.url, captured_at=article.fetched_at, **(place | values))


def result(article: Article, **values: Any) -> PageResult:
    shown: dict[str, Any] = {
        "article": article,
        "spider": "sample",
        "status": 200,
        "capture": ref(article),
        "is_archived": True,
    }
    return PageResult(article.url, "stored", **(shown | values))


def refused(article: Article, reason: str = "unknown_layout") -> PageResult:
    return PageResult(
        article.url, "refused", reason=reason, spider="sample", status=200, capture=ref(article), is_archived=True
    )


Record = Callable[..., int]
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"])
"""For what is decided before a database is queried."""


@pytest.fixture
def read(store: Store, run_id: int) -> Record:
    """Record captures, one after the other; the number of the article of the last."""

    def recorded(*captures: Article, **values: Any) -> int:
        for each in captures:
            (saved,) = store.record([result(each, **values)], run_id=run_id, extractor=OLD)
        assert saved.article_id is not None
        return saved.article_id

    return recorded


def changes(store: Store, number: int, *readings: Article) -> dict[str, tuple[Any, Any]]:
    (article,) = store.reread({number: readings}, lists=LISTS)
    return article.changes


def apply(store: Store, run_id: int, number: int, *readings: Article) -> Article:
    store.rewrite({number: readings}, [result(each) for each in readings], lists=LISTS, run_id=run_id, extractor=NEW)
    found = store.article(number)
    assert found is not None
    return found.article


def spans(store: Store, number: int) -> list[tuple[Any, ...]]:
    with store._reading() as connection:
        known = load(connection, [number])
        return [
            (version.headline, version.seen_at, version.seen_until)
            for version in load_histories(connection, known)[number]
        ]


FIRST = capture(hours=0, byline=("Ann Bo",), section="Markets")
SAME = capture(hours=2, byline=("Ann Bo",), section="Markets")
LATER = capture(hours=5, byline=("Ann Bo",), section="Markets", headline="Harbour Wakes", body=body("They moved."))


@on_sqlite
@pytest.mark.parametrize(
    "captures",
    [
        [FIRST],
        [FIRST, SAME, LATER],
        [LATER, SAME, FIRST],
        [FIRST, capture(hours=3, access="teaser", body=body("The cranes"), section=None), LATER],
        [FIRST, capture(hours=1, layout="bloomberg_text", section=None, byline=())],
        [capture(hours=1, layout="bloomberg_text", section=None, byline=()), FIRST],
        [capture(hours=0, dek="So.", correction="Was so."), capture(hours=2), capture(hours=4, dek="So.")],
        [capture(section="S" * 700, language="x" * 60, byline=("B" * 700,), topics=("t" * 700,), tickers=("A" * 700,))],
        [capture(headline="Half \ud800 a pair", dek="nul \0", sources={"dek": "dom\0"})],
        [capture(published_at=at(-1.3), published_precision="second", updated_at=at(1 / 7))],
    ],
)
def test_the_same_reading_changes_nothing(store: Store, run_id: int, read: Record, captures: list[Article]) -> None:
    number = read(*captures)
    before, known = store.article(number), spans(store, number)
    assert changes(store, number, *captures) == {}
    assert changes(store, number, *captures[::-1]) == {}
    apply(store, run_id, number, *captures)
    assert (store.article(number), spans(store, number)) == (before, known)


def test_a_field_is_found_changed_and_lost(store: Store, run_id: int, read: Record) -> None:
    number = read(FIRST)
    better = replace(FIRST, byline=("Ann Bo", "Cy Do"), section=None, dek="No ships came", tickers=("SEA:US",))
    assert changes(store, number, better) == {
        "byline": (("Ann Bo",), ("Ann Bo", "Cy Do")),
        "section": ("Markets", None),
        "dek": (None, "No ships came"),
        "tickers": ((), ("SEA:US",)),
    }
    assert changes(store, number, better) == changes(store, number, better)
    stored = apply(store, run_id, number, better)
    assert content_text(stored) == content_text(better)
    found = store.article(number)
    assert found is not None
    assert found.revision == 1
    assert changes(store, number, better) == {}


def test_versions_keep_their_number_and_times_and_tell_otherwise(store: Store, run_id: int, read: Record) -> None:
    number = read(FIRST, SAME, LATER)
    known = spans(store, number)
    shouted = [replace(each, headline=each.headline.upper()) for each in (FIRST, SAME, LATER)]
    assert changes(store, number, *shouted) == {"headline": ("Harbour Wakes", "HARBOUR WAKES")}
    apply(store, run_id, number, *shouted)
    assert spans(store, number) == [(headline.upper(), begin, end) for headline, begin, end in known]


@on_sqlite
def test_an_older_version_that_reads_differently_is_reported(store: Store, run_id: int, read: Record) -> None:
    number = read(FIRST, LATER)
    older = replace(FIRST, headline="Harbour Is Quiet")
    assert changes(store, number, older, LATER) == {"revisions": (2, 2)}
    apply(store, run_id, number, older, LATER)
    assert spans(store, number) == [("Harbour Is Quiet", at(0), at(0)), ("Harbour Wakes", at(5), at(5))]


@on_sqlite
def test_what_was_no_version_to_begin_with_goes(store: Store, run_id: int, read: Record) -> None:
    """Two versions that differed by what the page around them said."""
    number = read(FIRST, replace(LATER, body=body("The cranes stood still on Tuesday.", "Sign up here.")))
    cleaned = replace(LATER, headline=FIRST.headline, body=FIRST.body)
    assert changes(store, number, FIRST, cleaned).keys() == {"headline", "body"}
    apply(store, run_id, number, FIRST, cleaned)
    assert spans(store, number) == [(FIRST.headline, at(0), at(5))]


@on_sqlite
def test_a_sighting_without_a_body_stays(store: Store, run_id: int, read: Record) -> None:
    number = read(FIRST)
    store.record([PageResult(FIRST.url, "unchanged", spider="sample", status=304)], run_id=run_id)
    known = spans(store, number)
    assert known[0][2] > at(5)
    apply(store, run_id, number, replace(FIRST, headline="Harbour Is Quiet"))
    assert spans(store, number) == [("Harbour Is Quiet", *known[0][1:])]


@on_sqlite
@pytest.mark.parametrize("kept", [[FIRST], [SAME], [FIRST, SAME]])
def test_a_newer_version_without_a_stored_capture_wins(
    store: Store, run_id: int, read: Record, kept: list[Article]
) -> None:
    newest = replace(LATER, section="Ports", byline=("Cy Do",))
    number = read(FIRST, SAME, newest)
    before = store.article(number)
    known = spans(store, number)
    assert changes(store, number, *kept) == {}
    readings = [replace(each, section="Wrong", byline=(), dek="Found", topics=("ports",)) for each in kept]
    assert changes(store, number, *readings) == {"topics": ((), ("ports",)), "dek": (None, "Found")}
    after = apply(store, run_id, number, *readings)
    assert before is not None
    assert (after.section, after.byline, after.headline) == ("Ports", ("Cy Do",), "Harbour Wakes")
    assert [span[1:] for span in spans(store, number)] == [span[1:] for span in known]
    with store._reading() as connection:  # else a page that reads as it once did would be taken for unchanged
        (mark,) = connection.exec_driver_sql("SELECT fingerprint FROM articles").one()
    assert store.record([result(replace(FIRST, fetched_at=at(50)))], run_id=run_id)[0].outcome == "updated"
    assert mark


@on_sqlite
def test_the_same_text_with_another_section_and_no_stored_capture(store: Store, run_id: int, read: Record) -> None:
    """The version is covered by a capture, but its other values come from a later one that is gone."""
    number = read(FIRST, replace(SAME, section="Ports"))
    assert changes(store, number, FIRST) == {}


@on_sqlite
def test_an_older_version_without_a_stored_capture_stays(store: Store, run_id: int, read: Record) -> None:
    number = read(replace(FIRST, tickers=("SEA:US",)), LATER)
    shouted = replace(LATER, headline="HARBOUR WAKES")
    assert changes(store, number, shouted).keys() == {"headline"}
    apply(store, run_id, number, shouted)
    assert [span[0] for span in spans(store, number)] == ["Harbour Falls Quiet", "HARBOUR WAKES"]


@on_sqlite
def test_only_a_text_is_stored_of_a_page_with_markup(store: Store, run_id: int, read: Record) -> None:
    number = read(FIRST)
    store.record([PageResult(FIRST.url, "unchanged", spider="sample", status=304)], run_id=run_id)
    known = spans(store, number)
    text = capture(hours=1, layout="bloomberg_text", headline="HARBOUR FALLS QUIET", body=body("The cranes | Menu"))
    assert changes(store, number, text) == {}
    found = replace(text, dateline=Dateline(place="Hull"))
    assert changes(store, number, found) == {"dateline": (None, Dateline(place="Hull"))}
    assert apply(store, run_id, number, found).body == FIRST.body
    assert spans(store, number) == known


@on_sqlite
def test_what_only_a_list_gave_stays(store: Store, run_id: int) -> None:
    listed = capture(
        access="blocked",
        body=(),
        layout="listed",
        tickers=("SEA:US",),
        section="Ports",
        sources={"tickers": "feed", "section": "feed", "headline": "feed"},
    )
    store.record([result(listed)], run_id=run_id)
    page = capture(hours=3, section="Markets", sources={"section": "dom"})
    (saved,) = store.record([result(page)], run_id=run_id)
    number = saved.article_id
    assert number is not None
    assert changes(store, number, page) == {}
    lost = replace(page, section=None, sources={})
    assert changes(store, number, lost) == {"section": ("Markets", None)}
    after = apply(store, run_id, number, lost)
    assert after.tickers == ("SEA:US",)
    assert after.sources["tickers"] == "feed"


@on_sqlite
def test_addresses_of_images_alone_are_no_change(store: Store, read: Record) -> None:
    crane = Image(url="https://assets.example/1/crane.jpg", caption="A crane")
    number = read(replace(FIRST, images=(crane,)))
    moved = replace(crane, url="https://assets.example/2/crane.jpg")
    assert changes(store, number, replace(FIRST, images=(moved,))) == {}
    credited = replace(moved, credit="Jo Doe")
    assert changes(store, number, replace(FIRST, images=(credited,))) == {"images": ((crane,), (credited,))}


@on_sqlite
def test_a_reading_that_another_capture_has_overtaken_takes_nothing_back(
    store: Store, run_id: int, read: Record
) -> None:
    number = read(FIRST)
    read(LATER)  # by a crawl, while the captures of before are read again
    store.rewrite({number: [replace(FIRST, dek="Found")]}, [result(FIRST)], lists=LISTS, run_id=run_id, extractor=NEW)
    assert [span[0] for span in spans(store, number)] == ["Harbour Falls Quiet", "Harbour Wakes"]
    found = store.article(number)
    assert found is not None
    assert found.article.headline == "Harbour Wakes"


def test_captures_tell_what_read_them_and_keep_where_they_came_from(store: Store, run_id: int) -> None:
    kept = result(FIRST, source="live", is_archived=False)
    (saved,) = store.record([kept], run_id=run_id, extractor=OLD)
    assert saved.article_id is not None
    again = store.start_run("sample", {}, source="reextract")
    reading = replace(FIRST, layout="bloomberg_2018")
    store.rewrite(
        {saved.article_id: [reading]}, [result(reading, source="warc")], lists=LISTS, run_id=again, extractor=NEW
    )
    (capture_now,) = store.captures(saved.article_id)
    assert (capture_now.extractor, capture_now.layout, capture_now.source) == (NEW, "bloomberg_2018", "live")


def wanted(store: Store, **values: Any) -> list[str]:
    batches = store.to_reread(ReextractFilter(**values), batch=2)
    return [state.url.rpartition("/")[2] for batch in batches for state in batch]


MISSING: dict[str, dict[str, Any]] = {
    "headline": {},
    "access": {},
    "body": {"body": body("Words.")},
    "canonical_url": {"canonical_url": f"{HOST}/canonical"},
    "post_id": {"post_id": "PQ1"},
    "dek": {"dek": "So."},
    "byline": {"byline": ("Ann Bo",)},
    "dateline": {"dateline": Dateline(agency="Bloomberg")},
    "published_at": {"published_at": at(0), "published_precision": "day"},
    "published_precision": {"published_at": at(0), "published_precision": "day"},
    "updated_at": {"updated_at": at(0)},
    "section": {"section": "Markets"},
    "topics": {"topics": ("ports",)},
    "tickers": {"tickers": ("SEA:US",)},
    "language": {"language": "en"},
    "abstract": {"abstract": ("Bullet",)},
    "correction": {"correction": "Was so."},
    "images": {"images": (Image(caption="A crane"),)},
    "contacts": {"contacts": (Contact(role="reporter", name="Ann Bo"),)},
    "assistance": {"assistance": ("Jo Doe",)},
    "description": {"description": "About boats."},
    "complete": {},
}


def test_every_field_that_may_be_missing_is_tried() -> None:
    assert set(MISSING) == set(CONTENT_FIELDS)


def test_articles_that_lack_a_field(store: Store, run_id: int) -> None:
    captures = [capture(f"with-{name}", **({"access": "teaser", "body": ()} | has)) for name, has in MISSING.items()]
    store.record([result(each) for each in captures], run_id=run_id)
    for name, has in MISSING.items():
        lacking = set(wanted(store, missing=name)) if has else set()
        having = {other for other in MISSING if has and has.items() <= MISSING[other].items()}
        assert lacking == {f"with-{other}" for other in MISSING if has and other not in having}, name
    assert not list(store.to_reread(ReextractFilter(missing="headline"), batch=50))
    assert not list(store.to_reread(ReextractFilter(missing="access"), batch=50))


def test_articles_of_a_layout_or_time_and_those_that_another_extraction_read(
    store: Store, run_id: int, read: Record
) -> None:
    read(capture("old", layout="bloomberg_2006", published_at=at(-100)))
    read(capture("new", published_at=at(1)))
    read(capture("undated"))
    assert wanted(store) == ["old", "new", "undated"]
    assert wanted(store, layout="bloomberg_2006") == ["old"]
    assert wanted(store, since=at(1)) == ["new"]
    assert wanted(store, since=at(1) + timedelta(seconds=1)) == []
    assert wanted(store, read_before=OLD) == []
    assert wanted(store, read_before=NEW) == ["old", "new", "undated"]
    store.record([result(capture("new", hours=2, published_at=at(1)))], run_id=run_id, extractor=NEW)
    assert wanted(store, read_before=OLD) == ["new", "new"]


@on_sqlite
def test_captures_without_bytes_or_of_another_status_are_left_out(store: Store, run_id: int) -> None:
    unkept = capture("unkept")
    store.record([result(unkept, capture=ref(unkept, file=None, offset=None, length=None))], run_id=run_id)
    gone = capture("gone")
    store.record([result(gone, capture=ref(gone, status=404))], run_id=run_id)
    assert wanted(store) == []


def test_captures_that_failed_are_read_again_by_the_same_version(store: Store, run_id: int, read: Record) -> None:
    read(capture("stored"))
    failed = replace(refused(capture("slow"), "timeout"), state="failed")
    store.record([failed, refused(capture("other"))], run_id=run_id, extractor=OLD)
    assert wanted(store, read_before=OLD) == ["slow"]


def test_pages_without_an_article_come_last_and_only_with_all(store: Store, run_id: int, read: Record) -> None:
    read(capture("stored"))
    listed = capture("listed", access="blocked", body=(), layout="listed", sources={"headline": "feed"})
    store.record(
        [
            refused(capture("unknown")),
            refused(capture("early"), "out_of_dates"),
            PageResult(
                listed.url,
                "refused",
                reason="unknown_layout",
                article=listed,
                spider="sample",
                status=200,
                capture=ref(listed),
            ),
        ],
        run_id=run_id,
        extractor=OLD,
    )
    assert wanted(store) == ["stored", "unknown", "listed"]
    assert wanted(store, read_before=OLD) == []
    assert wanted(store, layout="listed") == []
    assert wanted(store, missing="body") == []
    batches: Sequence[Sequence[Any]] = list(store.to_reread(ReextractFilter(), batch=10))
    assert [state.article_id for state in batches[-1]] == [None, None]
