"""Clusters on the three databases, and their precision and recall on invented stories."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from newscrawl.article import Article
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Store
from newscrawl.storage.duplicates import clusters
from newscrawl.storage.engine import make_engine, parse_url
from tests.storage.captures import Keep, at, body, capture, result
from tests.storage.labelled import Labelled, articles

PROJECT = Path(__file__).parents[3]
LABELLED = articles()
STORIES = {name: [each for each in LABELLED if each.story == name] for name in {each.story for each in LABELLED}}
Sql = Callable[[str], list[Any]]


def article(slug: str, labelled: Labelled, **fields: Any) -> Article:
    access = "full" if labelled.paragraphs else "blocked"
    given: dict[str, Any] = {"headline": labelled.headline, "published_at": labelled.published_at, "access": access}
    return capture(slug, body=body(*labelled.paragraphs), **(given | fields))


def versions(story: str) -> list[Article]:
    """The articles of a story, each under an address of its own."""
    return [article(f"{story}-{number}".replace(" ", "-"), labelled) for number, labelled in enumerate(STORIES[story])]


def compare_all(store: Store, batch: int = 200) -> int:
    return sum(store.compare(batch=batch))


def partition(store: Store, ids: Sequence[int]) -> set[frozenset[int]]:
    return {frozenset(hit.id for hit in store.cluster_members(number)) for number in ids}


@pytest.fixture
def sql(url: str) -> Iterator[Sql]:
    engine = make_engine(parse_url(url))

    def run(statement: str) -> list[Any]:
        with engine.begin() as connection:
            done = connection.execute(text(statement))
            return [tuple(row) for row in done] if done.returns_rows else []

    yield run
    engine.dispose()


@contextmanager
def archive_of(order: Sequence[int], batch: int) -> Iterator[list[frozenset[int]]]:
    """For each labelled article, the articles of its cluster, if they are stored in this order."""
    with open_archive("sqlite://") as store:
        run_id = store.start_run("sample", {})
        results = [result(article(f"story-{number}", LABELLED[number])) for number in order]
        saved = store.record(results, run_id=run_id)
        assert compare_all(store, batch) >= len(order)
        number_of = {page.article_id: number for page, number in zip(saved, order, strict=True)}
        ids = {number: at for at, number in number_of.items()}
        members = [store.cluster_members(ids[number] or 0) for number in range(len(LABELLED))]
        yield [frozenset(number_of[hit.id] for hit in hits) for hits in members]


@pytest.fixture(scope="module")
def in_order() -> list[frozenset[int]]:
    """The cluster of each labelled article, if they come in the order of the files."""
    with archive_of(range(len(LABELLED)), batch=200) as members:
        return members


def test_precision_and_recall(in_order: list[frozenset[int]]) -> None:
    """`python -m bench.clusters labelled` prints them for each file."""
    pairs = set(combinations(range(len(LABELLED)), 2))
    same = {pair for pair in pairs if LABELLED[pair[0]].story == LABELLED[pair[1]].story}
    joined = {pair for pair in pairs if pair[1] in in_order[pair[0]]}
    assert len(joined & same) / len(joined) >= 0.9
    assert len(joined & same) / len(same) >= 0.79


@pytest.mark.parametrize(("seed", "batch"), [(1, 7), (2, 40), (3, 200)])
def test_the_order_in_which_they_come_does_not_matter(in_order: list[frozenset[int]], seed: int, batch: int) -> None:
    order = list(range(len(LABELLED)))
    random.Random(seed).shuffle(order)
    with archive_of(order, batch) as members:
        assert members == in_order


def test_a_cluster_has_the_id_of_its_first_article(store: Store, keep: Keep, sql: Sql) -> None:
    saved = keep(*reversed(versions("smelter strike")), *versions("wheat, Monday"), *versions("wheat, Tuesday"))
    ids = [page.article_id or 0 for page in saved]
    assert (store.uncompared(), store.cluster_totals()) == (7, (0, 0))
    assert partition(store, ids[:1]) == {frozenset(ids[:1])}  # alone until it is compared
    assert list(store.compare(batch=3)) == [3, 3, 1]
    assert (store.uncompared(), store.cluster_totals()) == (0, (1, 5))
    assert partition(store, ids) == {frozenset(ids[:5]), frozenset(ids[5:6]), frozenset(ids[6:])}
    first = ids[4]
    assert [hit.id for hit in store.cluster_members(ids[2])] == ids[4::-1]
    assert [hit.id for hit in store.cluster_members(ids[2], limit=2)] == ids[4:2:-1]
    (cluster,) = store.clusters()
    assert (cluster.id, cluster.articles, cluster.headline) == (
        first,
        5,
        "Kaldvik Smelter Workers Walk Out Over Shifts",
    )
    assert cluster.first_published_at == datetime(2014, 5, 6, 0, 40, tzinfo=UTC)
    assert sql("SELECT cluster_id, articles, headline FROM clusters") == [(first, 5, cluster.headline)]
    shown = dict(sql("SELECT id, cluster_id FROM latest"))
    assert shown == dict.fromkeys(ids[:5], first) | {number: number for number in ids[5:]}


def test_only_new_and_changed_articles_are_compared(store: Store, keep: Keep) -> None:
    one, two, three = versions("bridge")
    ids = [page.article_id or 0 for page in keep(one, two)]
    assert compare_all(store) == 2
    assert compare_all(store) == 0
    ids += [page.article_id or 0 for page in keep(three, *versions("headline of another day"))]
    assert compare_all(store) == 2
    assert partition(store, ids) == {frozenset(ids[:3]), frozenset(ids[3:])}


def test_a_cluster_splits_when_an_article_gets_another_text(store: Store, keep: Keep, sql: Sql) -> None:
    one, two, three = versions("bridge")
    ids = [page.article_id or 0 for page in keep(one, two, three)]
    compare_all(store)
    assert partition(store, ids) == {frozenset(ids)}
    other = STORIES["column, republished"][0]
    keep(article("bridge-0", other, fetched_at=at(1), published_at=one.published_at))
    assert compare_all(store) == 3  # those of its cluster are compared again
    assert partition(store, ids) == {frozenset(ids[:1]), frozenset(ids[1:])}
    assert next(store.clusters()).id == ids[1]
    keep(article("bridge-0", STORIES["bridge"][0], fetched_at=at(2)))
    compare_all(store)
    assert partition(store, ids) == {frozenset(ids)}
    assert next(store.clusters()).id == ids[0]
    assert sql("SELECT count(*) FROM article_clusters") == [(3,)]


def test_merged_articles_leave_no_rows(store: Store, keep: Keep, sql: Sql) -> None:
    one, two, three = versions("bridge")
    ids = [page.article_id or 0 for page in keep(one, two, three)]
    compare_all(store)
    keep(capture("bridge-1", hours=1, headline=two.headline, canonical_url=one.url, body=two.body))
    assert store.article(ids[1]) == store.article(ids[0])
    compare_all(store)
    assert partition(store, [ids[0]]) == {frozenset((ids[0], ids[2]))}
    for table in ("article_clusters", "cluster_marks"):
        assert sql(f"SELECT count(*) FROM {table} WHERE article_id = {ids[1]}") == [(0,)]


def test_a_deleted_article_leaves_its_cluster(store: Store, keep: Keep, sql: Sql) -> None:
    ids = [page.article_id or 0 for page in keep(*versions("bridge"))]
    compare_all(store)
    sql(f"DELETE FROM articles WHERE id = {ids[0]}")
    assert partition(store, ids[1:]) == {frozenset({number}) for number in ids[1:]}
    assert store.uncompared() == 2
    compare_all(store)
    assert partition(store, ids[1:]) == {frozenset(ids[1:])}


def test_what_an_article_is_to_those_before_it(store: Store, keep: Keep, sql: Sql) -> None:
    text = " ".join(f"The board heard boatman {at} on what he pays for each of his {at + 2} boats." for at in range(30))
    headlines = ["Board Hears the Boatmen", "Boatmen Heard", "Heard: Boats", "Board Hears the Boatmen (Update 1)"]
    bodies = [body(text), body(text), body(text, "It ended."), body(text, "It ended late.")]
    given = enumerate(zip(headlines, bodies, strict=True))
    pages = keep(*(capture(f"p{n}", headline=line, body=each, published_at=at(n)) for n, (line, each) in given))
    noted = capture("p4", headline="Boats", body=body(text), published_at=at(4), correction="There are 30 boatmen.")
    ids = [page.article_id or 0 for page in (*pages, *keep(noted))]
    compare_all(store)
    members = [(member.id, member.relation) for member in store.cluster_members(ids[2])]
    assert members == list(zip(ids, [None, "copy", "near copy", "update", "correction"], strict=True))
    same_text = "SELECT count(*) FROM article_clusters GROUP BY cluster_id, text_hash ORDER BY 1 DESC"
    assert sql(same_text) == [(3,), (1,), (1,)]


def test_clusters_become_one_when_an_article_connects_them(store: Store, keep: Keep) -> None:
    words = [" ".join(f"w{at}" for at in range(start, start + 60)) for start in (0, 60)]
    apart = [capture(f"p{n}-{at_}", body=body(words[n]), published_at=at(n + at_)) for n in (1, 0) for at_ in (0, 5)]
    ids = [page.article_id or 0 for page in keep(*apart)]
    compare_all(store)
    assert partition(store, ids) == {frozenset(ids[:2]), frozenset(ids[2:])}
    ids += [page.article_id or 0 for page in keep(capture("both", body=body(*words), published_at=at(-1)))]
    compare_all(store)
    assert partition(store, ids) == {frozenset(ids)}
    assert next(store.clusters()).id == ids[-1]


def test_a_mark_is_of_few_articles_and_copies_are_found_nevertheless(
    store: Store, keep: Keep, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_SHARED", 3)
    notice = " ".join(f"legal{at}" for at in range(60))
    texts = [f"{' '.join(f'n{n}w{at}' for at in range(100))} {notice}" for n in range(8)]
    one = [
        capture(f"p{n}-{at_}", body=body(text), published_at=at(n)) for n, text in enumerate(texts) for at_ in (1, 2)
    ]
    ids = [page.article_id or 0 for page in keep(*one)]
    compare_all(store, batch=5)
    assert partition(store, ids) == {frozenset(ids[at : at + 2]) for at in range(0, 16, 2)}
    ((most,),) = sql("SELECT count(*) FROM cluster_marks GROUP BY mark ORDER BY 1 DESC LIMIT 1")
    assert most == 3


def test_an_interrupted_comparison_continues(store: Store, keep: Keep) -> None:
    ids = [page.article_id or 0 for page in keep(*versions("ferry merger"), *versions("bridge"))]
    assert next(store.compare(batch=3)) == 3
    assert store.uncompared() == len(ids) - 3
    assert compare_all(store, batch=2) == len(ids) - 3
    assert partition(store, ids) == {frozenset(ids[:-3]), frozenset(ids[-3:])}


def test_an_article_that_is_committed_after_a_later_one_is_compared(store: Store, keep: Keep, sql: Sql) -> None:
    """Writers run side by side, so its changed_at is that of an article that was there before."""
    ids = [page.article_id or 0 for page in keep(*versions("bridge"))]
    compare_all(store)
    for table in ("article_clusters", "cluster_marks"):
        sql(f"DELETE FROM {table} WHERE article_id = {ids[0]}")
    assert (store.uncompared(), compare_all(store), store.uncompared()) == (1, 1, 0)
    assert partition(store, ids) == {frozenset(ids)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_changes_give_the_same_clusters_as_one_comparison(seed: int) -> None:
    """Articles come, become others and one with others, in any order."""
    chance = random.Random(seed)
    choices = [each for each in LABELLED if len(STORIES[each.story]) > 2]
    with open_archive("sqlite://") as store, open_archive("sqlite://") as afresh:
        run_id = store.start_run("sample", {})
        for step in range(12):
            slugs = chance.sample([f"story-{number}" for number in range(40)], 8)
            now = [article(slug, chance.choice(choices), fetched_at=at(step)) for slug in slugs]
            if step % 3 == 2:
                now[0] = article(slugs[0], chance.choice(choices), fetched_at=at(step), canonical_url=now[1].url)
            store.record([result(each) for each in now], run_id=run_id)
            for _ in zip(
                range(chance.choice([1, 2, 99])), store.compare(batch=chance.choice([2, 5, 200])), strict=False
            ):
                pass
        compare_all(store)
        remaining = list(store.articles(Query(limit=None)))
        results = [result(each.article, f"https://x.example/{each.id}") for each in remaining]
        saved = afresh.record(results, run_id=afresh.start_run("sample", {}))
        compare_all(afresh)
        assert len({page.article_id for page in saved}) == len(remaining) > 25
        number_of = {page.article_id: each.id for page, each in zip(saved, remaining, strict=True)}
        expected = partition(afresh, [page.article_id or 0 for page in saved])
        assert max(map(len, expected)) > 2
        members = partition(store, [each.id for each in remaining])
        assert members == {frozenset(number_of[number] for number in story) for story in expected}


_COMPARING = """
import sys
from newscrawl.operations.archive import open_archive
with open_archive(sys.argv[1]) as store:
    for compared in store.compare(batch=5):
        print(compared, flush=True)
"""


@pytest.mark.parametrize("batches", [1, 6])
def test_a_killed_process_leaves_complete_batches(tmp_path: Path, batches: int) -> None:
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        run_id = store.start_run("sample", {})
        several = [labelled for labelled in LABELLED if len(STORIES[labelled.story]) > 1]
        results = [result(article(f"story-{number}", labelled)) for number, labelled in enumerate(several)]
        ids = [page.article_id or 0 for page in store.record(results, run_id=run_id)]
        command = [sys.executable, "-c", _COMPARING, f"sqlite:///{tmp_path / 'news.db'}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as process:
            assert process.stdout
            for _ in range(batches):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        left = store.uncompared()
        assert left <= len(ids) - 5 * batches
        assert left % 5 == len(ids) % 5 or left == 0
        assert compare_all(store) == left
        interrupted = partition(store, ids)
    with open_archive("sqlite://") as store:
        run_id = store.start_run("sample", {})
        assert [page.article_id for page in store.record(results, run_id=run_id)] == ids
        compare_all(store)
        assert partition(store, ids) == interrupted
