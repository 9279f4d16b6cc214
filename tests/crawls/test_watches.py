"""What a crawl does at its end: report new matches of saved searches, whatever comes of it."""

from __future__ import annotations

import json
from pathlib import Path

from newscrawl.batch.watches.webhook import make_secret
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, WatchTarget
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, article, feed
from tests.crawls.test_crawl import QUIET

A, B = (f"/news/articles/2024-03-05/{name}" for name in ("tern-lines", "gull-lines"))


def test_a_run_reports_new_matches_and_ends_well_if_a_webhook_fails(
    crawl: Crawler, site: Publisher, tmp_path: Path
) -> None:
    site.routes |= {A: article("Terns Return to the Lines"), B: article("Gulls Leave the Lines")}
    site.routes |= {"/feed.rss": feed(site.base, A, B), "/": QUIET}
    file, secret = tmp_path / "terns.json", make_secret()
    with open_archive(crawl.url) as store:
        targets = [WatchTarget(kind="feed", address=str(file))]
        # The loopback server of the crawl refuses a POST; its address is allowed, as that of the crawl is.
        targets.append(WatchTarget(kind="webhook", address=f"{site.base}/hook?token=hidden", secret=secret))
        store.add_watch("terns", Query(words="terns"), targets)
    run = crawl()
    new = "watch terns: 1 new article: Terns Return to the Lines\n"
    assert (run.code, run.out) == (0, f"loopback: done: 2 stored, 0 updated, 0 unchanged\n{new}")
    [warning] = [line for line in run.err.splitlines() if "WARNING" in line]
    assert "watch terns: webhook: 127.0.0.1: answered HTTP " in warning
    assert warning.endswith("; the next run tries again")
    assert "hidden" not in run.err
    assert secret not in run.err
    assert [item["title"] for item in json.loads(file.read_text())["items"]] == ["Terns Return to the Lines"]
    [_, hook] = run.store.watches()[0].targets
    assert (hook.waiting, hook.failures) == (1, 1)
