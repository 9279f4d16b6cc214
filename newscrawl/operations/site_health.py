"""How sites fare: how complete their articles are, and what a monitor should report about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from statistics import median

from newscrawl.operations.completeness import KINDS, Estimate, Unknown, estimate_coverage
from newscrawl.operations.durations import in_words
from newscrawl.operations.health import Status
from newscrawl.states import RefusalKind, classify_refusal
from newscrawl.storage import SiteSummary

RECENT = timedelta(days=7)
"""What "articles a day" is about."""
WINDOW = timedelta(days=14)
"""Articles older than this say nothing about how complete a site is now."""
MAX_AGE = _DAY = timedelta(days=1)
_ENOUGH = 200
"""Articles from which completeness is estimated: about 5 points to both sides."""
_UNDATED_SPAN = timedelta(hours=6)
"""How long an entry presumably stays on lists that do not date them."""
_CRITICAL_SHARE = 0.1
_MAX_SHOWN = 5
_MIN_PAGES, _MIN_PAST_PAGES = 20, 50
_MIN_JUMP = 0.2
_STORED = ("stored", "unchanged")
_CRITICAL = ("blocked", "not read")


@dataclass(frozen=True, slots=True)
class Refusals:
    """The pages of a site that were tried, and those of them that gave no article."""

    tried: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """The most frequent first."""

    @property
    def refused(self) -> int:
        return sum(self.reasons.values())

    @property
    def share(self) -> float | None:
        return self.refused / self.tried if self.tried else None


def count_refusals(summary: SiteSummary) -> Refusals:
    """Count the pages of a site that are refused, failed or blocked at the moment, by reason."""
    reasons: Counter[str] = Counter()
    for (state, reason), pages in summary.pages.items():
        if state in ("refused", "failed", "blocked"):
            reasons[reason or state] += pages
    tried = sum(pages for (state, _), pages in summary.pages.items() if state != "discovered")
    return Refusals(tried, dict(reasons.most_common()))


def find_start(summary: SiteSummary, now: datetime) -> datetime | Unknown:
    """Return since when every list of a site could have named what was published; Unknown where there was none.

    The first run sees what is on the shortest list. Later runs see everything, unless entries leave all lists between
    two of them.
    """
    state = summary.state
    if state is None or state.read_at is None:
        return Unknown("it was not crawled yet")
    spans = _find_spans(summary)
    # of many articles, a few days say enough
    window = min(WINDOW, max(_DAY, RECENT * _ENOUGH / summary.recent)) if summary.recent else WINDOW
    begin = max(state.added_at - min(spans.values(), default=timedelta()), now - window)
    watched = state.read_at - max(state.added_at, now - WINDOW)
    pause = watched / (summary.runs - 1) if summary.runs > 1 else timedelta()
    if pause > max(spans.values(), default=_UNDATED_SPAN):
        return Unknown(f"read every {in_words(pause)}, and entries leave its lists sooner")
    return begin


def _find_spans(summary: SiteSummary) -> dict[str, timedelta]:
    """Return how long entries stay on each kind of list: on the longest sitemap, and on a usual feed."""
    seconds: dict[str, list[int]] = {}
    for each in summary.lists:
        if each.span_seconds and each.outcome in ("read", "unchanged"):
            seconds.setdefault(KINDS.get(each.source, each.source), []).append(each.span_seconds)
    longest = {kind: max(spans) if kind == "sitemap" else median(spans) for kind, spans in seconds.items()}
    return {kind: timedelta(seconds=span) for kind, span in longest.items()}


def estimate_completeness(summary: SiteSummary, listed: Mapping[frozenset[str], int]) -> Estimate | Unknown:
    """Estimate the share of a site's articles that is stored: that lists name, and of those the stored ones.

    `listed` counts the stored articles since `find_start` by the sources of the lists that name them.
    """
    cells: Counter[frozenset[str]] = Counter()
    for sources, articles in listed.items():
        cells[frozenset(KINDS[source] for source in sources if source in KINDS)] += articles
    coverage = estimate_coverage({named: n for named, n in cells.items() if named})
    return coverage if isinstance(coverage, Unknown) else coverage.scale(find_stored_share(summary))


def find_stored_share(summary: SiteSummary) -> float:
    """Return the share of the articles that lists name which is stored; pages not read yet count as the others."""
    stored = pending = others = 0
    for (state, reason), pages in summary.pages.items():
        if state in _STORED:
            stored += pages
        elif state != "refused" or classify_refusal(reason) is RefusalKind.TEMPORARY:
            pending += pages
        elif classify_refusal(reason) is not RefusalKind.NOT_WANTED:
            others += pages
    if not stored:
        return 0.0
    return stored / (stored + pending * stored / (stored + others))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a monitor should report about a site."""

    site: str
    kind: str
    """blocked, not read, more refused, or lists gone."""
    detail: str


def find_problems(
    summary: SiteSummary, counts: Sequence[Mapping[str, int]], *, now: datetime, max_age: timedelta
) -> Iterator[Problem]:
    """Find what is wrong with a site; `counts` are those of its last runs, newest first."""
    state = summary.state
    if state is None:
        return
    if state.trouble and state.trouble.startswith("blocked"):
        yield Problem(summary.site, "blocked", state.trouble.removeprefix("blocked").strip(" ()"))
    age = now - (state.read_at or state.added_at)
    if age > max_age:
        why = f", {state.trouble}" if state.trouble and not state.trouble.startswith("blocked") else ""
        yield Problem(summary.site, "not read", f"for {in_words(age)}{why}")
    if jump := find_jump(counts):
        yield Problem(summary.site, "more refused", f"{round(100 * jump[1])} % after {round(100 * jump[0])} %")
    # a list that was empty, or never there, is no loss
    if gone := sum(each.outcome == "gone" and each.entries > 0 for each in summary.lists):
        yield Problem(summary.site, "lists gone", f"{gone} of {len(summary.lists)}")


def find_jump(counts: Sequence[Mapping[str, int]]) -> tuple[float, float] | None:
    """Return the share of pages without an article before and now, if it has risen far beyond chance; else None."""
    samples = [_count_pages(each) for each in counts]
    now_bad = now_all = 0
    while samples and now_all < _MIN_PAGES:
        bad, pages = samples.pop(0)
        now_bad, now_all = now_bad + bad, now_all + pages
    past_bad, past_all = (sum(column) for column in zip(*samples, strict=True)) if samples else (0, 0)
    if now_all < _MIN_PAGES or past_all < _MIN_PAST_PAGES:
        return None
    past, now = past_bad / past_all, now_bad / now_all
    pooled = (past_bad + now_bad) / (past_all + now_all)
    error = sqrt(pooled * (1 - pooled) * (1 / past_all + 1 / now_all))
    return (past, now) if now - past > max(_MIN_JUMP, 4 * error) else None


def _count_pages(counts: Mapping[str, int]) -> tuple[int, int]:
    bad = sum(counts.get(f"outcome/{name}", 0) for name in ("refused", "failed", "blocked"))
    wanted = bad - counts.get("refused/out_of_dates", 0)
    return wanted, wanted + sum(counts.get(f"outcome/{name}", 0) for name in ("stored", "updated", "unchanged"))


def format_problems(summaries: Sequence[SiteSummary], problems: Sequence[Problem], *, idle: int) -> tuple[Status, str]:
    """Return the status of some sites and the line about them; `idle` others are no longer crawled.

    It is CRITICAL where every tenth site or more is blocked or not read; of fewer than ten, one.
    """
    by_kind: dict[str, list[Problem]] = {kind: [] for kind in ("blocked", "not read", "more refused", "lists gone")}
    for problem in problems:
        by_kind[problem.kind].append(problem)
    critical = {problem.site for problem in problems if problem.kind in _CRITICAL}
    status = Status.WARNING if problems else Status.OK
    if critical and len(critical) >= _CRITICAL_SHARE * len(summaries):
        status = Status.CRITICAL
    troubled = len({problem.site for problem in problems})
    parts = [_describe_problems(kind, found) for kind, found in by_kind.items() if found]
    text = f"{troubled} of {len(summaries)} sites: {'; '.join(parts)}" if parts else _describe_good(len(summaries))
    figures = [f"sites={len(summaries)}", f"idle={idle}"]
    figures += [f"{kind.replace(' ', '_')}={len(found)}" for kind, found in by_kind.items()]
    return status, f"NEWSCRAWL {status.name} - {text.replace('|', '/')} | {' '.join(figures)}"


def _describe_good(sites: int) -> str:
    return "1 site is well" if sites == 1 else f"{sites} sites are well"


def _describe_problems(kind: str, problems: Sequence[Problem]) -> str:
    shown = [f"{each.site} ({each.detail})" if each.detail else each.site for each in problems[:_MAX_SHOWN]]
    more = f" and {len(problems) - _MAX_SHOWN} more" if len(problems) > _MAX_SHOWN else ""
    return f"{kind} {', '.join(shown)}{more}"
