"""What a crawl does at its end: search its articles for copies, whatever comes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from newscrawl.operations.archive import open_archive
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, article, feed
from tests.crawls.test_crawl import QUIET

A, B = (f"/news/articles/2024-03-05/{name}" for name in ("tern-lines", "tern-lines-again"))


def test_a_run_clusters_its_articles_and_ends_well_if_it_cannot(
    crawl: Crawler, site: Publisher, tmp_path: Path
) -> None:
    site.routes |= {A: article("Terns Return to the Lines"), B: article("Terns Return to the Lines")}
    site.routes |= {"/feed.rss": feed(site.base, A, B), "/": QUIET}
    with open_archive(crawl.url):
        pass
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON article_clusters BEGIN SELECT raise(ABORT, 'not now'); END"
    execute(tmp_path, refuse)
    run = crawl()
    assert (run.code, run.out) == (0, "loopback: done: 2 stored, 0 updated, 0 unchanged\n")
    assert (run.err.count("\n"), "the next run does: " in run.err, "not now" in run.err) == (1, True, True)
    assert run.store.runs()[0].exit_code == 0
    execute(tmp_path, "DROP TRIGGER refuse")

    off = crawl("-s", "NEWSCRAWL_CLUSTERS=0")
    assert (off.code, off.err, off.store.uncompared()) == (0, "", 2)

    on = crawl()
    assert (on.code, on.err, on.store.uncompared(), on.store.cluster_totals()) == (0, "", 0, (1, 2))


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "news.db")) as connection:
        connection.execute(statement)
