"""What `sites` prints of a site: read for all sites at once, or for one, and converted to text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newscrawl.cli.output import shorten
from newscrawl.operations.completeness import KINDS, Estimate, Unknown
from newscrawl.operations.site_health import (
    RECENT,
    WINDOW,
    Refusals,
    count_refusals,
    estimate_completeness,
    find_start,
)
from newscrawl.storage import ListFacts, SiteSummary, Store

_LISTS_SINCE = timedelta(days=7)
_MAX_REASONS = 3


@dataclass(frozen=True, slots=True)
class SiteDetails:
    """A site with what follows from its numbers."""

    summary: SiteSummary
    refusals: Refusals
    completeness: Estimate | Unknown

    @property
    def trouble(self) -> str | None:
        return self.summary.state.trouble if self.summary.state else None

    @property
    def per_day(self) -> float:
        return self.summary.recent / RECENT.days

    @property
    def lists(self) -> Counter[str]:
        """Lists that can be read, by kind."""
        alive = [each for each in self.summary.lists if each.outcome in ("read", "unchanged")]
        return Counter(KINDS.get(each.source, each.source) for each in alive)

    @property
    def bad_lists(self) -> int:
        return sum(each.outcome in ("failed", "blocked") or _is_lost(each) for each in self.summary.lists)


def _is_lost(each: ListFacts) -> bool:
    return each.outcome == "gone" and each.entries > 0


def read_details(store: Store, now: datetime, name: str | None = None) -> list[SiteDetails]:
    """Read what is known of all sites, or of one, in alphabetical order."""
    summaries = summarize_sites(store, now, name)
    starts = {key: find_start(summary, now) for key, summary in summaries.items()}
    listed = store.count_listed({key: start for key, start in starts.items() if isinstance(start, datetime)})
    return [
        SiteDetails(summary, count_refusals(summary), _estimate(summary, starts[key], listed.get(key, {})))
        for key, summary in summaries.items()
    ]


def summarize_sites(store: Store, now: datetime, name: str | None) -> dict[str, SiteSummary]:
    since, lists_since, runs_since = (now - age for age in (RECENT, _LISTS_SINCE, WINDOW))
    return store.summarize_sites(since=since, lists_since=lists_since, runs_since=runs_since, site=name)


def _estimate(
    summary: SiteSummary, start: datetime | Unknown, listed: Mapping[frozenset[str], int]
) -> Estimate | Unknown:
    return start if isinstance(start, Unknown) else estimate_completeness(summary, listed)


def to_values(row: SiteDetails) -> dict[str, Any]:
    """Convert a site for export; shares are from 0 to 1, times UTC."""
    state, complete = row.summary.state, row.completeness
    is_known = isinstance(complete, Estimate)
    names = ("home", "title", "added_at", "tried_at", "read_at", "delay_seconds", "trouble")
    return {
        "site": row.summary.site,
        **{name: getattr(state, name, None) for name in names},
        "lists": [f"{kind} {n}" for kind, n in sorted(row.lists.items())],
        "bad_lists": row.bad_lists,
        "articles": row.summary.articles,
        "articles_per_day": round(row.per_day, 2),
        "pages": row.summary.pages.total(),
        "refused": row.refusals.refused,
        "refused_share": row.refusals.share and round(row.refusals.share, 4),
        "reasons": [f"{reason} {n}" for reason, n in row.refusals.reasons.items()],
        "completeness": round(complete.share, 4) if isinstance(complete, Estimate) else None,
        "completeness_low": round(complete.low, 4) if isinstance(complete, Estimate) else None,
        "completeness_high": round(complete.high, 4) if isinstance(complete, Estimate) else None,
        "completeness_is_limit": complete.is_limit if isinstance(complete, Estimate) else None,
        "completeness_unknown": None if is_known else complete.reason,  # type: ignore[union-attr]
    }


def describe_lists(row: SiteDetails, *, wide: bool) -> str:
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(row.lists.items())) if wide else str(row.lists.total())
    return f"{kinds or 'none'}{f', {row.bad_lists} bad' if row.bad_lists else ''}"


def describe_refusals(refusals: Refusals, number: int = _MAX_REASONS) -> str:
    """Describe the share of pages that gave no article, with the most frequent reasons."""
    if refusals.share is None:
        return "-"
    reasons = ", ".join(list(refusals.reasons)[:number])
    return f"{round(100 * refusals.share)} % {shorten(reasons, 16 * number)}".rstrip()


def describe_share(estimate: Estimate | Unknown) -> str:
    """Describe an estimate: "93 % (88-96)"; of a limit, "≤ 93 %"."""
    if isinstance(estimate, Unknown):
        return "unknown"
    low, share, high = (round(100 * value) for value in (estimate.low, estimate.share, estimate.high))
    return f"{'≤ ' if estimate.is_limit else ''}{share} % ({low}-{high})"
