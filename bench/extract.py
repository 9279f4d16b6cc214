"""How long extraction takes, as a ratio to parsing the same page with lxml, and to trafilatura.

python -m bench.extract [GLOB ...] [--gold FOLDER]

Pages of known layouts are those that GLOB names; default: real pages beside the checkout, else the fixtures. Pages of
any site are every 20th of the gold sets in FOLDER (default: beside the checkout), else fixtures.

Each round times the three in turn on one page, and the ratio is the median over the rounds. Times are CPU times, so
that other processes do not count.
"""

from __future__ import annotations

import argparse
import glob
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import trafilatura
from rich.console import Console
from rich.table import Table

from bench.anynews import load_sets
from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.errors import ExtractError

_HERE = Path(__file__).parent
_DEFAULTS = (_HERE / "../../shared/bloomberg/pages/*.html", _HERE / "../tests/pages/*/*.html")


def main() -> None:
    """Print a row a page of a known layout, and the medians and maxima of those and of the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("globs", nargs="*")
    parser.add_argument("--gold", type=Path, default=_HERE / "../../shared/anynews")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    columns = "page", "layout", "KiB", "lxml ms", "ours ms", "ours / lxml", "trafilatura / lxml", "ours / trafilatura"
    table = Table(*columns, box=None)
    known = [_measure(page, options.rounds) for page in _read_pages(_paths(options.globs))]
    for each in known:
        table.add_row(*each.cells())
    _add_summary(table, "known layouts", known)
    with tempfile.TemporaryDirectory() as folder:
        unknown = [_measure(page, options.rounds // 5 or 1) for page in _unknown_pages(options.gold, Path(folder))]
    _add_summary(table, "any site", [each for each in unknown if each.layout == "generic"])
    Console(width=140).print(table)


@dataclass(frozen=True)
class _Times:
    """CPU times of a page in seconds, by round: parsed by lxml, read by newscrawl and by trafilatura."""

    page: Page
    layout: str
    parse: list[float]
    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Medians of newscrawl to lxml, trafilatura to lxml, and newscrawl to trafilatura."""
        pairs = (self.ours, self.parse), (self.theirs, self.parse), (self.ours, self.theirs)
        parts = [statistics.median(a / b for a, b in zip(*pair, strict=True)) for pair in pairs]
        return parts[0], parts[1], parts[2]

    def cells(self) -> list[str]:
        times = [f"{statistics.median(seconds) * 1000:.2f}" for seconds in (self.parse, self.ours)]
        name, size = Path(urlsplit(self.page.url).path).stem[:40], f"{len(self.page.body) / 1024:.0f}"
        return [name, self.layout, size, *times, *_format(self.ratios)]


def _format(ratios: Sequence[float]) -> list[str]:
    return [f"{ratios[0]:.2f}", f"{ratios[1]:.1f}", f"{ratios[2]:.2f}"]


def _add_summary(table: Table, name: str, times: list[_Times]) -> None:
    for label, combine in (("median", statistics.median), ("max", max)):
        ratios = [combine(each) for each in zip(*(each.ratios for each in times), strict=True)] if times else []
        table.add_row(f"{name}: {label} of {len(times)} pages", "", "", "", "", *(_format(ratios) if ratios else ()))


def _paths(globs: list[str]) -> list[Path]:
    named = [path for pattern in globs for path in sorted(glob.glob(pattern))]
    paths = named or next(filter(None, (sorted(glob.glob(str(pattern))) for pattern in _DEFAULTS)))
    return [Path(path).resolve() for path in paths]


def _read_pages(paths: Iterable[Path]) -> Iterator[Page]:
    for path in paths:
        yield Page(url=path.as_uri(), body=path.read_bytes(), fetched_at=datetime.now(UTC), content_type="text/html")


def _unknown_pages(gold: Path, folder: Path) -> Iterator[Page]:
    sets = list(load_sets(gold, folder, ()))
    if not sets:
        yield from _read_pages(sorted((_HERE / "../tests/pages/generic").resolve().glob("*.html")))
    for each in (each for one in sets for each in one.pages[::20]):
        body = Path(each["file"]).read_bytes()
        yield Page(url=each["url"], body=body, fetched_at=datetime.now(UTC), content_type="text/html")


def _measure(page: Page, rounds: int) -> _Times:
    text = page.body.decode("utf-8", "replace")
    jobs: tuple[Callable[[], object], ...] = (
        lambda: lxml.html.fromstring(text),
        lambda: _read_layout(page),
        lambda: trafilatura.bare_extraction(text, with_metadata=True),
    )
    times: tuple[list[float], ...] = ([], [], [])
    for _ in range(rounds + 1):
        for job, seconds in zip(jobs, times, strict=True):
            started = time.process_time()
            job()
            seconds.append(time.process_time() - started)
    return _Times(page, _read_layout(page), *(seconds[1:] for seconds in times))


def _read_layout(page: Page) -> str:
    try:
        return extract(page).layout
    except ExtractError as error:
        return f"refused: {error.reason}"


if __name__ == "__main__":
    main()
