"""What is summarized of sites, on the three databases."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from newscrawl.article import Link
from newscrawl.states import ListState
from newscrawl.storage import ListFacts, PageResult, SiteResult, Store
from tests.storage.captures import HOST, at, capture

SITE = "quay.example"


def test_a_summary_counts_what_there_is_of_each_site(store: Store) -> None:
    run = store.start_run("news", {}, sites=[SITE])
    store.start_sites({SITE: (f"https://{SITE}/", None)}, run_id=run)
    store.end_sites({SITE: SiteResult(was_read=True, delay_seconds=1, trouble=None)}, run_id=run)
    counts = {"outcome/stored": 2}
    store.end_run(run, finish_reason="finished", exit_code=0, counts={}, site_counts={SITE: counts})
    urls = [f"{HOST}/news/{n}" for n in range(3)]
    for source, named in (("feed", urls[:2]), ("news_sitemap", urls[1:])):
        store.discover([Link(url=url, source=source) for url in named], run_id=run, spider="news", site=SITE)
    results = [
        PageResult(url, "stored", article=capture(f"story-{n}", url=url, published_at=at(n)), spider="news", site=SITE)
        for n, url in enumerate(urls[:2])
    ]
    store.record([*results, PageResult(urls[2], "refused", reason="video", spider="news", site=SITE)], run_id=run)
    store.save_list(SITE, ListState(url=f"{HOST}/feed", source="feed", outcome="read", asked_at=at(0)), run_id=run)
    store.save_list(SITE, ListState(url=f"{HOST}/new", source="feed"), run_id=run)
    since = at(0) + (at(1) - at(0)) / 2
    summaries = store.summarize_sites(since=since, lists_since=at(0), runs_since=at(0) - timedelta(days=9999))
    [summary] = summaries.values()
    assert (summary.site, summary.articles, summary.recent, summary.runs) == (SITE, 2, 1, 1)
    assert summary.state == store.sites()[0]
    assert summary.pages == {("stored", None): 2, ("refused", "video"): 1}
    assert summary.lists == [ListFacts("feed", "read", 0, None)], "the other one was not requested yet"
    both = {SITE: Counter({frozenset({"feed"}): 1, frozenset({"feed", "news_sitemap"}): 1})}
    assert store.count_listed({SITE: at(0)}) == both
    assert store.count_listed({SITE: at(1)}) == {SITE: Counter({frozenset({"feed", "news_sitemap"}): 1})}
    assert store.recent_site_counts(since=at(0) - timedelta(days=9999)) == {SITE: [counts]}
    assert store.summarize_sites(since=since, lists_since=at(0), runs_since=at(0), site="pier.example") == {}
