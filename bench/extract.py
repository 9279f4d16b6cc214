"""How long extraction takes, as a ratio to parsing the same page with lxml, with trafilatura for comparison.

python -m bench.extract [GLOB ...]      pages to read; default: real pages beside the checkout, else the fixtures

Each round times the three in turn on one page, and the ratio is the median over the rounds. Times are CPU times, so
that other processes do not count.
"""

from __future__ import annotations

import argparse
import glob
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import lxml.html
import trafilatura
from rich.console import Console
from rich.table import Table

from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page as extract

_HERE = Path(__file__).parent
_DEFAULTS = (_HERE / "../../shared/bloomberg/pages/*.html", _HERE / "../tests/pages/*/*.html")


def main() -> None:
    """Print a row a page, and the medians over pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("globs", nargs="*")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    table = Table("page", "layout", "KiB", "lxml ms", "ours ms", "ours / lxml", "trafilatura / lxml", box=None)
    ours, theirs = [], []
    for path in _paths(options.globs):
        page = Page(url=path.as_uri(), body=path.read_bytes(), fetched_at=datetime.now(UTC), content_type="text/html")
        parse, read, peer = _timed(page, options.rounds)
        ours.append(statistics.median(_ratios(read, parse)))
        theirs.append(statistics.median(_ratios(peer, parse)))
        times = [f"{statistics.median(seconds) * 1000:.2f}" for seconds in (parse, read)]
        size = f"{len(page.body) / 1024:.0f}"
        table.add_row(path.stem[:40], extract(page).layout, size, *times, f"{ours[-1]:.2f}", f"{theirs[-1]:.1f}")
    table.add_row("median", "", "", "", "", f"{statistics.median(ours):.2f}", f"{statistics.median(theirs):.1f}")
    table.add_row("max", "", "", "", "", f"{max(ours):.2f}", f"{max(theirs):.1f}")
    Console(width=120).print(table)


def _paths(globs: list[str]) -> list[Path]:
    named = [path for pattern in globs for path in sorted(glob.glob(pattern))]
    paths = named or next(filter(None, (sorted(glob.glob(str(pattern))) for pattern in _DEFAULTS)))
    return [Path(path).resolve() for path in paths]


def _timed(page: Page, rounds: int) -> tuple[list[float], ...]:
    text = page.body.decode("utf-8", "replace")
    jobs: tuple[Callable[[], object], ...] = (
        lambda: lxml.html.fromstring(text),
        lambda: extract(page),
        lambda: trafilatura.bare_extraction(text, with_metadata=True),
    )
    times: tuple[list[float], ...] = ([], [], [])
    for _ in range(rounds + 1):
        for job, seconds in zip(jobs, times, strict=True):
            started = time.process_time()
            job()
            seconds.append(time.process_time() - started)
    return tuple(seconds[1:] for seconds in times)


def _ratios(ours: list[float], base: list[float]) -> list[float]:
    return [a / b for a, b in zip(ours, base, strict=True)]


if __name__ == "__main__":
    main()
