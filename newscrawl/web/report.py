"""The report: the archive's numbers, its charts and its last runs, as one page that stands alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newscrawl.operations.durations import in_short
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.health import ending, tally
from newscrawl.operations.process import is_alive
from newscrawl.storage import Query, Run, Statistics, Store
from newscrawl.web import standalone
from newscrawl.web.overview import overview

_RUNS = 12
_NEWEST = 12


@dataclass(frozen=True, slots=True)
class Ended:
    """A run, and how it ended, in words."""

    run: Run
    word: str
    """"done", "partly failed", "killed", "at work"."""
    took: str
    tally: str
    """What became of its pages."""


def page(store: Store, now: datetime) -> str:
    """The report of an archive as HTML; `now` is when it is made."""
    told, runs = store.statistics(), store.runs(_RUNS)
    return standalone.page(
        "report.html",
        "alone.css",
        "charts.css",
        told=told,
        now=now,
        figures=_figures(told),
        charts=overview(told),
        runs=[Ended(run, ending(run, is_alive), in_short(run.duration), tally(run)) for run in runs],
        codes=[code for code in ExitCode if code in {run.exit_code for run in runs}],
        newest=store.search(Query(limit=_NEWEST)),
    )


def _figures(told: Statistics) -> dict[str, int]:
    """The numbers at the top, by name."""
    revised = told.totals["revisions"] - told.totals["articles"]
    figures = {"articles": told.articles, "of them without a date": told.undated, "later versions": revised}
    figures |= {name: told.totals[name] for name in ("authors", "pages", "runs")}
    return {name: number for name, number in figures.items() if number > 0 or name == "articles"}
