"""Addresses of this machine and of local networks: what a run says that does not fetch them, and one that may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.states import ListState
from newscrawl.storage import PageResult
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, article, feed

NEWS = "/news/articles/2024-03-05"
A = f"{NEWS}/a"


def test_a_private_address_is_no_answer_and_a_run_that_may_go_there_does_so_at_once(
    crawl: Crawler, site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "allowed", "")
    led = f"{NEWS}/led"
    site.routes |= {"/feed.rss": feed(site.base, A, led), A: article("Inside"), led: article("Behind the Redirect")}
    run = crawl()
    host = site.base.removeprefix("http://")
    assert (run.code, run.err, site.requests, run.pages) == (3, "", [], [])
    assert run.out.startswith(f"loopback: unreachable ({host}: 127.0.0.1 is a private address): 0 stored")
    assert f"loopback: what to do: {host} (127.0.0.1 is a private address): nothing was sent there. " in run.out
    assert "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES" in run.out
    assert run.store.lists("loopback") == []
    with open_archive(crawl.url) as store:  # as a redirect leaves them
        run_id = store.runs(1)[0].id
        due = datetime.now(UTC) + timedelta(hours=6)
        state = ListState(url=f"{site.base}/feed.rss", source="feed", outcome="gone", reason="private_address")
        store.save_list("loopback", replace(state, asked_at=datetime.now(UTC), due_at=due, failures=3), run_id=run_id)
        missed = PageResult(url=f"{site.base}{led}", state="failed", reason="private_address", spider="loopback")
        store.record([replace(missed, due_at=due)], run_id=run_id)
    monkeypatch.setattr(crawl, "allowed", "127.0.0.1")
    allowed = crawl()
    assert (allowed.code, allowed.err) == (0, "")
    assert {page.state for page in allowed.pages} == {"stored"}
    assert len(allowed.pages) == 2
