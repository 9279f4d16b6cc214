"""Deleted articles, which nothing brings back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from newscrawl.article import CaptureRef, Link
from newscrawl.operations.archive import open_archive
from newscrawl.states import DELETED, RefusalKind
from newscrawl.storage import Deletion, PageResult, Query, ReextractFilter, Store
from tests.storage.captures import HOST, at, body, capture, result

_LONG = body("The cranes stood still on Tuesday, and nobody knew why the gulls had left the quay to themselves. " * 3)


def make(slug: str, hours: float = 0, **fields: object) -> PageResult:
    """A page with its capture, in a WARC file."""
    article = capture(slug, hours, headline=slug, **fields)
    ref = CaptureRef(url=article.url, captured_at=article.fetched_at, status=200, file="a.warc.gz", offset=1, length=9)
    return replace(result(article), capture=ref)


@pytest.fixture
def stocked(store: Store, run_id: int) -> Store:
    first = (make("a", byline=("Ann Bo",)), make("b", byline=("Ann Bo", "Cy Do")), make("c", body=_LONG))
    store.record(first, run_id=run_id, extractor="1")
    store.record([make("b", 2, body=body("Another text.")), make("d", body=_LONG)], run_id=run_id, extractor="1")
    list(store.compare())
    return store


def delete(store: Store, *slugs: str) -> None:
    ids = [hit.id for hit in store.search(Query(limit=None)) if hit.headline in slugs]
    assert sum(store.delete_articles(ids)) == len(slugs)


def headlines(store: Store) -> list[str]:
    return sorted(hit.headline for hit in store.search(Query(limit=None)))


def assert_sound(store: Store) -> None:
    assert [result for check in store.checks() if (result := store.examine(check)).count] == []


def test_all_that_belongs_to_an_article_goes(stocked: Store) -> None:
    ids = [hit.id for hit in stocked.search(Query(author="Cy Do"))]
    expected = Deletion(articles=1, revisions=2, pages=1, captures=2)
    assert stocked.count_deletion(ids) == expected
    delete(stocked, "b")
    assert headlines(stocked) == ["a", "c", "d"]
    assert stocked.totals()["authors"] == 1
    assert stocked.search(Query(words="another")) == []
    (page,) = stocked.pages(reason=DELETED)
    assert (page.state, page.refusal, page.article_id, page.due_at) == ("refused", RefusalKind.PERMANENT, None, None)
    assert_sound(stocked)


def test_the_rest_of_a_story_is_compared_again(stocked: Store) -> None:
    (cluster,) = stocked.clusters()
    delete(stocked, "c")
    assert stocked.uncompared() == 1
    list(stocked.compare())
    assert (cluster.articles, list(stocked.clusters())) == (2, [])
    assert_sound(stocked)


def test_nothing_brings_it_back(stocked: Store, run_id: int) -> None:
    delete(stocked, "b", "d")
    again = make("b", 3)
    elsewhere = replace(make("elsewhere", 3, canonical_url=again.url), is_archived=True, source="warc")
    listed = PageResult(
        make("d").url, "failed", reason="timeout", article=capture("d", 4, access="blocked", body=()), spider="sample"
    )
    recorded = stocked.record([again, elsewhere, listed, make("new", 3)], run_id=run_id, extractor="2")
    assert [(each.outcome, each.reason) for each in recorded] == [
        ("refused", DELETED),
        ("refused", DELETED),
        ("failed", "timeout"),
        ("stored", None),
    ]
    assert headlines(stocked) == ["a", "c", "new"]
    read = [each.url for batch in stocked.to_reread(ReextractFilter(), batch=9) for each in batch]
    assert {url.rpartition("/")[2] for url in read} == {"a", "c", "new"}
    assert not stocked.due("sample", at(9999))[1:]
    assert_sound(stocked)


def test_a_page_that_is_put_back_may_be_stored(stocked: Store, run_id: int) -> None:
    delete(stocked, "b", "d")
    assert stocked.put_back(urls=[make("b").url]) == 1
    read = {each.url.rpartition("/")[2] for batch in stocked.to_reread(ReextractFilter(), batch=9) for each in batch}
    assert read == {"a", "b", "c"}
    recorded = stocked.record([make("b", 5), make("d", 5)], run_id=run_id)
    assert [each.outcome for each in recorded] == ["stored", "refused"]
    assert_sound(stocked)


def test_no_other_article_gets_the_number(stocked: Store, run_id: int) -> None:
    (newest,) = stocked.search(Query(words="headline:d"))
    delete(stocked, "d")
    stocked.record([make("e"), make("f")], run_id=run_id)
    assert min(hit.id for hit in stocked.search(Query(limit=None)) if hit.headline in "ef") > newest.id
    assert stocked.article(newest.id) is None


def test_an_address_of_a_deleted_article_may_lead_to_another(stocked: Store, run_id: int) -> None:
    delete(stocked, "b")
    moved = make("a", 5, canonical_url=make("b").url)
    (recorded,) = stocked.record([moved], run_id=run_id)
    assert recorded.outcome in ("updated", "unchanged")
    assert headlines(stocked) == ["a", "c", "d"]


def test_a_list_that_names_a_deleted_page_changes_nothing(stocked: Store, run_id: int) -> None:
    delete(stocked, "a")
    link = Link(url=f"{HOST}/news/articles/2016-03-01/a", source="feed")
    (known,) = stocked.discover([link], run_id=run_id, spider="sample")
    assert [each.refusal for each in stocked.known([link]) if each] == [RefusalKind.PERMANENT]
    assert known is not None


_KILLED = """
import os, signal, sys
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
with open_archive(sys.argv[1]) as store:
    for number, _ in enumerate(store.delete_articles(sorted(store.ids(Query(limit=None))))):
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_a_killed_deletion_leaves_a_sound_database(store: Store, url: str, run_id: int) -> None:
    store.record([make(f"story-{number}", byline=(f"By {number}",)) for number in range(700)], run_id=run_id)
    store.close()
    command = [sys.executable, "-c", _KILLED, url]
    done = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": os.getcwd()})
    assert done.returncode == -signal.SIGKILL
    with open_archive(url) as opened:
        left = opened.totals()["articles"]
        assert 0 < left < 700
        assert_sound(opened)
        assert sum(opened.delete_articles(sorted(opened.ids(Query(limit=None))))) == left
        assert_sound(opened)
        assert (opened.totals()["articles"], opened.totals()["authors"]) == (0, 0)
