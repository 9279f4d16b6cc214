"""What a month costs: requests and bytes per new article, how late it is found, and how many edits are found.

python -m bench.frugality [--every 1h] [--seed 1] [--articles 20] [--page-kb 76]

The simulated publisher of tests/simulation (feeds, a news sitemap, monthly sitemaps; edits, a list that vanishes, an
ETag and a lastmod that lie, outages, a block of two days, a redesign) is crawled for thirty days at one interval.
"newscrawl" is the real crawl, over real HTTP, with a database. Beside it, of the same site at the same moments, two
crawlers reduced to their requests: "full" fetches every list and every page that a list names, each time; "once" for
every list if it changed, and for every page until it came.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from newscrawl.operations.durations import read_duration
from tests.simulation import month
from tests.simulation.reference import Full, Once
from tests.simulation.report import Yield
from tests.simulation.story import Plan


def _compared(yields: dict[str, Yield]) -> Table:
    table = Table("", *yields, title="A month", title_justify="left")
    columns = [each.rows() for each in yields.values()]
    for name in columns[0]:
        table.add_row(name, *(rows[name] for rows in columns))
    ours = yields["newscrawl"]
    requests = [ours.load.requests / each.load.requests for each in yields.values()]
    size = [ours.load.bytes / each.load.bytes for each in yields.values()]
    for name, ratios in (("newscrawl's requests to these", requests), ("newscrawl's bytes to these", size)):
        table.add_row(name, *(f"{ratio:.3f}" for ratio in ratios))
    return table


def main() -> None:
    """Live the month three times, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=read_duration, default="1h", help="between two crawls: 30m, 1h, 3h")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--articles", type=float, default=20, help="a day")
    parser.add_argument("--page-kb", type=int, default=76)
    options = parser.parse_args()
    plan, page_bytes = Plan(options.seed, articles_a_day=options.articles), options.page_kb * 1000
    moments = list(month.moments(options.every))
    with tempfile.TemporaryDirectory() as folder:
        lived = month.live(Path(folder), plan, every=options.every, page_bytes=page_bytes)
    references = {"full": Full, "once": Once}
    others = {name: reference(plan, page_bytes).lived(moments) for name, reference in references.items()}
    console = Console()
    console.print(_compared({"newscrawl": lived.found, **others}))
    for name, value in lived.conduct.rows().items():
        console.print(f"{name}: {value}", highlight=False)
    for run in lived.conduct.wrong_alarms:
        console.print(f"{run.at:%d %B, %H:%M}: exit code {run.code}: {run.line}", highlight=False)


if __name__ == "__main__":
    main()
