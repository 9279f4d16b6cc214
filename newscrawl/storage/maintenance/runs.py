"""Checks of runs: what each has stored against the root of its hash tree."""

from __future__ import annotations

from newscrawl.storage.crawl_state.run_leaves import find_changed_items, find_wrong_roots, save_missing_roots
from newscrawl.storage.maintenance.check import Check, CheckResult

CHECKS = (
    Check(
        name="roots",
        holds="what each run stored has the root that the run saved at its end",
        find=lambda connection: CheckResult.of(find_wrong_roots(connection)),
        repair=save_missing_roots,
        remedy="somebody has changed what the run stored: compare with a backup, or with a root noted elsewhere",
    ),
    Check(
        name="stored",
        holds="the digests of articles and captures are those that a run stored",
        find=lambda connection: CheckResult.of(find_changed_items(connection)),
        remedy="somebody has changed them together with their digests: `scrapy reextract --all` shows what",
    ),
)
