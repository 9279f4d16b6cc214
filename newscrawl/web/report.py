"""The report file: figures, charts, the last runs and the newest articles, as one standalone page."""

from __future__ import annotations

from datetime import datetime

from newscrawl.operations.durations import in_short
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.health import describe_end, format_outcomes
from newscrawl.operations.process import is_alive
from newscrawl.storage import Query, Store
from newscrawl.web.overview import draw_statistics
from newscrawl.web.standalone import render_page

_RUNS = 12
_NEWEST = 12


def render_report(store: Store, now: datetime) -> str:
    statistics, runs = store.statistics(), store.runs(_RUNS)
    exit_codes = {run.exit_code for run in runs}
    return render_page(
        "report.html",
        "standalone.css",
        "charts.css",
        statistics=statistics,
        charts=draw_statistics(statistics),
        now=now,
        runs=[(run, describe_end(run, is_alive), in_short(run.duration), format_outcomes(run)) for run in runs],
        codes=[code for code in ExitCode if code in exit_codes],
        newest=store.search(Query(limit=_NEWEST)),
    )
