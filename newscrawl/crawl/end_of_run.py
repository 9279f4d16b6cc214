"""What happens when a run has ended: drift detection, the row of the run, metrics, clusters."""

from __future__ import annotations

import logging
from functools import partial

from newscrawl.address_policy import read_allowed
from newscrawl.batch.clusters import update_clusters_after_run
from newscrawl.batch.watches import describe_new, make_delivery, run_watches
from newscrawl.crawl.embedded import EmbeddedRun
from newscrawl.crawl.network.pace import Slowdown, find_delay
from newscrawl.crawl.policy import drift
from newscrawl.crawl.run_database import RunDatabase
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import LostDatabaseError, StorageError
from newscrawl.operations import embedded_runs, exit_codes, metrics
from newscrawl.operations.exit_codes import Conclusion, ExitCode
from newscrawl.storage import SiteResult

logger = logging.getLogger(__name__)

_READ = ("lists/read", "lists/unchanged", "pages/answered")
"""Counts of what shows that a site was read."""
_PAST_RUNS = 1000
"""Runs whose counts say what is usual: most runs of a frugal month read no page."""


def conclude(spider: NewsSpider, reason: str) -> Conclusion:
    """Conclude how a run ended, from its counts and Scrapy's finish reason."""
    stats = spider.crawler.stats.get_stats()
    if isinstance(spider, EmbeddedRun):
        return embedded_runs.conclude(stats, reason, is_resumable=bool(spider.crawler.settings["JOBDIR"]))
    if len(spider.sites) > 1 and spider.mode is RunMode.LIVE:
        return exit_codes.conclude_sites(stats, reason, spider.counts_of_sites(), spider.site_troubles)
    return exit_codes.conclude(stats, reason)


class EndOfRun:
    """The last steps of a run, once every page has its result."""

    def __init__(self, spider: NewsSpider, run_database: RunDatabase) -> None:
        self._spider, self._run_database, self._store = spider, run_database, run_database.store
        self._settings, self._stats = spider.crawler.settings, spider.crawler.stats

    async def finish(self, reason: str) -> None:
        # The order matters: drift decides the exit code, and metrics are read from the ended run. The end is pinged by
        # `scrapy crawl` instead, which also knows of runs that could not start.
        arguments, is_history = self._spider.arguments, self._spider.mode.is_history
        if arguments.selective or (arguments.full and not is_history):
            await self._detect_drift()
        if exit_codes.count(self._stats.get_stats(), "outcome/failed"):
            self._stats.set_value("newscrawl/ledger/failed", await self._run_database.call(self._count_failed, 0))
        is_ended = await self._run_database.call(partial(self._end, reason), default=False)
        path = self._settings["NEWSCRAWL_PROMETHEUS_FILE"]
        if is_ended and path and not is_history:
            await self._run_database.call(partial(self._write_metrics, path), None)
        if reason == "finished" and self._settings.getbool("NEWSCRAWL_CLUSTERS"):
            await self._run_database.call(self._update_clusters, None)
        if is_ended and reason == "finished":
            await self._run_database.call(self._report_matches, None)

    async def _detect_drift(self) -> None:
        for site in self._spider.sites:
            counts = self._spider.site_counts[site.name]
            if not counts.get(drift.PAGES):
                continue
            read_past = partial(self._store.past_counts, site.name, drift.PAGES, limit=_PAST_RUNS)
            if change := drift.find(counts, await self._run_database.call(read_past, [])):
                self._spider.count("drift", site=site.name)
                self._spider.report_trouble(str(change), url=site.home)

    def _count_failed(self) -> int:
        return self._store.state_counts(spider=self._spider.name).get("failed", 0)

    def _end(self, reason: str) -> bool:
        stats = self._stats.get_stats()
        self._store.end_run(
            self._run_database.run_id,
            finish_reason=reason,
            exit_code=int(conclude(self._spider, reason).code),
            counts=exit_codes.counts(stats),
            site_counts=self._find_site_counts() if len(self._spider.sites) > 1 else None,
        )
        if self._spider.mode is RunMode.LIVE:
            self._store.end_sites(self._find_site_results(), run_id=self._run_database.run_id)
        return True

    def _find_site_counts(self) -> dict[str, dict[str, int]]:
        """Return the counts of each site, with how the run ended there."""
        by_site = self._spider.counts_of_sites()
        codes = exit_codes.conclude_each_site(self._stats.get_stats(), by_site)
        return {site: {**counts, "exit_code": int(codes[site])} for site, counts in by_site.items()}

    def _find_site_results(self) -> dict[str, SiteResult]:
        by_site, troubles = self._spider.counts_of_sites(), self._spider.site_troubles
        codes = exit_codes.conclude_each_site(self._stats.get_stats(), by_site)
        homes = {site.name: site.home for site in self._spider.sites}
        slowdown = self._spider.crawler.get_downloader_middleware(Slowdown)
        return {
            site: SiteResult(
                was_read=any(counts.get(name) for name in _READ),
                delay_seconds=find_delay(self._spider.crawler, homes[site]),
                trouble=_describe_trouble(codes[site], troubles.get(site)),
                pause_seconds=slowdown.find_pause(homes[site]) if slowdown else 0.0,
            )
            for site, counts in by_site.items()
        }

    def _write_metrics(self, path: str) -> None:
        name, source = self._spider.name, self._spider.arguments.source
        [run] = self._store.runs(1, spider=name, source=source, ended=True)
        good = self._store.runs(1, spider=name, source=source, exit_code=int(ExitCode.DONE))
        states = self._store.state_counts(spider=name)
        last_success, articles = good[0].ended_at if good else None, self._store.totals()["articles"]
        metrics.write_metrics(path, run=run, last_success=last_success, states=states, articles=articles)

    def _update_clusters(self) -> None:
        try:
            update_clusters_after_run(self._store)
        except LostDatabaseError:
            raise
        except StorageError as error:  # the run has ended well all the same
            logger.warning("articles were not searched for copies, which the next run does: %s", error)

    def _report_matches(self) -> None:
        """Report new matches of saved searches; what fails is reported by the next run."""
        try:
            if watches := self._store.watches():
                allowed = read_allowed(self._settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"])
                lines: list[str] = []
                self._stats.set_value(exit_codes.NEW_MATCHES, lines)
                delivery = make_delivery(allowed, str(self._settings["NEWSCRAWL_MAIL_SERVER"] or ""))
                for result in run_watches(self._store, watches, delivery):
                    if result.new:
                        line = describe_new(self._store, result)
                        logger.info("%s", line)
                        lines.append(line)
                    for trouble in result.troubles:
                        logger.warning("watch %s: %s; the next run tries again", result.watch.name, trouble)
        except LostDatabaseError:
            raise
        except StorageError as error:  # the run has ended well all the same
            logger.warning("new matches of saved searches were not reported, which the next run does: %s", error)


def _describe_trouble(code: ExitCode, detail: str | None) -> str | None:
    """Describe how a run ended badly on a site: "blocked (captcha)"; None if it did not."""
    if code is ExitCode.DONE:
        return None
    name = code.name.lower().replace("_", " ")
    return f"{name} ({detail})" if detail else name
