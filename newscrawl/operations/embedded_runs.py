"""How a crawl ended that newscrawl did not plan: from Scrapy's counts, and those of the pages that passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import ARTICLES, OUTCOMES, PREFIX, Conclusion, ExitCode, count

_IGNORED_STATUS = "httperror/response_ignored_status_count/"
_ADVICE = {
    ExitCode.BLOCKED: "crawl less often, name a contact in USER_AGENT, and contact the publisher",
    ExitCode.NOTHING_FOUND: "see with `scrapy parse URL` whether the spider finds pages, and whether they are articles",
}
"""What to do, where it is not what the spiders of newscrawl need."""


def conclude(stats: Mapping[str, Any], finish_reason: str, *, is_resumable: bool) -> Conclusion:
    """Conclude how a crawl ended; `is_resumable`: it has a JOBDIR, so that it may have nothing left to fetch.

    It found nothing if it scraped no item at all, or if pages passed and none was an article.
    """
    articles = sum(count(stats, name) for name in (*(f"outcome/{name}" for name in ARTICLES), "extracted"))
    passed = articles + sum(count(stats, f"outcome/{name}") for name in OUTCOMES if name not in ARTICLES)
    items = int(stats.get("item_scraped_count", 0))
    answered = int(stats.get("response_received_count", 0))
    failed = int(stats.get("downloader/exception_count", 0)) if not answered else 0
    rejected = int(stats.get("httperror/response_ignored_count", 0)) if not (passed or items) else 0
    derived = {
        "pages/asked": passed if not articles else 0,
        "pages/answered": answered if not rejected else 0,
        "links/found": passed + items + int(is_resumable),
        "hosts/unreachable": failed + rejected,
        "hosts/blocked": count(stats, "outcome/blocked") if not articles else 0,
    }
    known = {**stats, **{PREFIX + name: n for name, n in derived.items()}}
    statuses = [name.rpartition("/")[2] for name in stats if name.startswith(_IGNORED_STATUS)]
    if rejected and statuses:
        known.setdefault(f"{PREFIX}trouble", f"HTTP status {', '.join(sorted(statuses))}")
    conclusion = exit_codes.conclude(known, finish_reason)
    return replace(conclusion, advice=_ADVICE.get(conclusion.code, conclusion.advice))
