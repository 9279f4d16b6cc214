"""Layout drift: whether the pages of a run lack a field more often than the site's pages did before.

Counts by name: "fields/pages" (pages extracted, or failed for a missing field), "fields/without_headline" and so on.

A one-sided binomial test compares a run with the uncertain rate of earlier runs (a beta distribution): with little
history, more pages must lack the field. Runs with drift are no part of the history, so the alarm lasts until the layout
is fixed, or until no run from before the drift is in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma

PAST_RUNS, PAST_PAGES = 30, 500  # size of the history: at least so many runs with pages, and so many pages

PAGES, _WITHOUT = "fields/pages", "fields/without_"
_ESSENTIAL = ("headline", "body")
_REQUIRED = (*_ESSENTIAL, "layout")
_PAGES_WITHOUT_PAST = 5
"""Number of pages without an essential field that raises the alarm even if no page ever had one."""
_PRIOR_MISSING, _PRIOR_PRESENT = 1.0, 25.0
"""The assumed history of a new site, in pages: three without a field raise the alarm after fifteen with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A field that pages lack more often than before."""

    field: str
    missing: int
    pages: int  # of the run, merged with earlier ones if it had one or two
    past_rate: float | None  # the share of pages that lacked it before; None without a history

    def __str__(self) -> str:
        before = "" if self.past_rate is None else f", {self.past_rate:.1%} before".replace("%", " %")
        return f"{self.field.replace('_', ' ')} missing on {self.missing} of {self.pages} pages{before}"


@dataclass(frozen=True, slots=True)
class _Sample:
    missing: int = 0
    pages: int = 0

    def __add__(self, other: _Sample) -> _Sample:
        return _Sample(self.missing + other.missing, self.pages + other.pages)


@dataclass(frozen=True, slots=True)
class _Test:
    """When a field raises the alarm."""

    least_pages: int
    least_share: float
    chance_of_all: float
    """The alarm is raised below this chance when every page lacks the field, as after a redesign."""
    chance_of_some: float


_TEST_OF_REQUIRED = _Test(least_pages=3, least_share=0.1, chance_of_all=1e-4, chance_of_some=1e-6)
# pages without a byline or section come in batches: newsletters, graphics
_TEST_OF_OTHERS = _Test(least_pages=10, least_share=0.5, chance_of_all=1e-9, chance_of_some=1e-9)


def find(now: Mapping[str, int], past: Sequence[Mapping[str, int]]) -> Drift | None:
    """Find the drift of a run from its counts and those of earlier runs, newest first: headline, body, layout first."""
    if not now.get(PAGES):
        return None

    def rank(field: str) -> tuple[int, str]:
        return _REQUIRED.index(field) if field in _REQUIRED else len(_REQUIRED), field

    runs = [now, *_counted(past)]
    fields = sorted((name.removeprefix(_WITHOUT) for name in now if name.startswith(_WITHOUT)), key=rank)
    return next((drift for field in fields if (drift := _drift(field, runs))), None)


def _counted(past: Iterable[Mapping[str, int]]) -> Iterator[Mapping[str, int]]:
    runs = pages = 0
    for run in past:
        if runs >= PAST_RUNS and pages >= PAST_PAGES:
            return
        if run.get(PAGES):
            runs, pages = runs + 1, pages + run[PAGES]
            yield run


def _drift(field: str, runs: Iterable[Mapping[str, int]]) -> Drift | None:
    test = _TEST_OF_REQUIRED if field in _REQUIRED else _TEST_OF_OTHERS
    latest, *earlier = _samples(field, runs, test.least_pages)
    past = _Sample()
    for sample in reversed(earlier):
        if not _alarms(field, test, sample, past):
            past += sample
    if not _alarms(field, test, latest, past):
        return None
    rate = past.missing / past.pages if past.pages else None
    return Drift(field=field, missing=latest.missing, pages=latest.pages, past_rate=rate)


def _samples(field: str, runs: Iterable[Mapping[str, int]], least_pages: int) -> Iterator[_Sample]:
    """Merge neighbouring runs, newest first, until each sample has enough pages."""
    sample = _Sample()
    for run in runs:
        sample += _Sample(min(run.get(_WITHOUT + field, 0), run[PAGES]), run[PAGES])
        if sample.pages >= least_pages:
            yield sample
            sample = _Sample()
    if sample.pages:
        yield sample


def _alarms(field: str, test: _Test, sample: _Sample, past: _Sample) -> bool:
    ever = sample + past
    if field in _ESSENTIAL and ever.missing == ever.pages >= _PAGES_WITHOUT_PAST:
        return True
    if sample.pages < test.least_pages or sample.missing < sample.pages * test.least_share:
        return False
    if sample.missing * past.pages <= past.missing * sample.pages:
        return False
    return _chance(sample, past) < (test.chance_of_all if sample.missing == sample.pages else test.chance_of_some)


def _chance(sample: _Sample, past: _Sample) -> float:
    """The chance that as many pages lack the field at the rate of the past (beta-binomial distribution)."""
    missing, present = past.missing + _PRIOR_MISSING, past.pages - past.missing + _PRIOR_PRESENT
    pages, chance = sample.pages, 0.0
    for count in range(sample.missing, pages + 1):
        ways = lgamma(pages + 1) - lgamma(count + 1) - lgamma(pages - count + 1)
        chance += exp(ways + _log_beta(missing + count, present + pages - count) - _log_beta(missing, present))
    return chance


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
