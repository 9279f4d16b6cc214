"""Crawling unknown sites next to trafilatura and news-please: recall, false articles, duplicates, requests per article.

python -m bench.discovery [--peers PYTHON] [--news-please PYTHON] [--only NAME …] [--sites 60] [--once]

The sites are those of tests/world: sixty, of twenty kinds, on one server that counts. Each crawler gets the home pages
and nothing else, without pauses, and crawls twice (unless --once): the second time nothing is new. newscrawl and
news-please take the server as their proxy; trafilatura's names are resolved to it. --peers names an interpreter with
trafilatura, --news-please one with news-please (python -m venv np && np/bin/pip install news-please).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Store
from tests.world import SITES, Measured, World, measure, serve

_PEERS = Path(__file__).parent / "peers"
Found = Mapping[str, list[str]]
"""URLs that were reported as articles, by the name of the line that they are in."""


@dataclass(frozen=True)
class Crawl:
    """A world to crawl, and where a crawler keeps its files between its two runs."""

    world: World
    folder: Path

    @property
    def homes(self) -> list[str]:
        return [site.home for site in self.world.sites]

    def run(self, command: Iterable[object], **environment: str) -> None:
        """Run a crawler to its end. Raises SystemExit with what it said if it failed.

        Exit codes from 3 up are newscrawl's, of conditions such as a site that blocks.
        """
        variables = os.environ | {"PYTHONPATH": str(Path.cwd())} | environment
        words = [str(word) for word in command]
        done = subprocess.run(words, env=variables, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode in (1, 2) or done.returncode < 0:
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}")

    def write(self, name: str, content: object) -> Path:
        (path := self.folder / name).write_text(json.dumps(content))
        return path


def read_urls(archive: Store) -> list[str]:
    """Return the URLs of articles with a text: of a page that is gone, the headline is kept."""
    return [stored.article.url for stored in archive.articles(Query(limit=None)) if stored.article.body]


def crawl_newscrawl(crawl: Crawl, python: str) -> Found:
    (sites := crawl.folder / "sites.txt").write_text("\n".join(crawl.homes))
    database = f"sqlite:///{crawl.folder}/news.db"
    settings = {
        "DOWNLOAD_DELAY": 0,
        "NEWSCRAWL_SLOWDOWN": 0.05,
        "LOG_LEVEL": "ERROR",
        "NEWSCRAWL_DATABASE_URL": database,
    }
    words = (word for name, value in settings.items() for word in ("-s", f"{name}={value}"))
    command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites={sites}", *words]
    crawl.run(command, http_proxy=crawl.world.proxy, SCRAPY_SETTINGS_MODULE="newscrawl.settings")
    with open_archive(database) as archive:
        return {"newscrawl": read_urls(archive)}


def crawl_trafilatura(crawl: Crawl, python: str) -> Found:
    known = crawl.folder / "known.json"
    if not known.exists():
        known.write_text("[]")
    port = urlsplit(crawl.world.proxy).port
    result = crawl.folder / "trafilatura.json"
    crawl.run(
        [python, _PEERS / "trafilatura_discovery.py", port, crawl.write("homes.json", crawl.homes), known, result]
    )
    found = json.loads(result.read_text())
    known.write_text(json.dumps(json.loads(known.read_text()) + found["fetched"]))
    return {"trafilatura": found["articles"], "trafilatura, only with metadata": found["complete"]}


def crawl_news_please(crawl: Crawl, python: str) -> Found:
    result = crawl.folder / "news-please.json"
    script, homes = _PEERS / "news_please_discovery.py", crawl.write("homes.json", crawl.homes)
    crawl.run([python, script, homes, crawl.folder / "news-please", result], http_proxy=crawl.world.proxy)
    return {"news-please": json.loads(result.read_text())}


CRAWLERS: dict[str, tuple[Callable[[Crawl, str], Found], str]] = {
    "newscrawl": (crawl_newscrawl, ""),
    "trafilatura": (crawl_trafilatura, "trafilatura"),
    "news-please": (crawl_news_please, "newsplease"),
}
"""Each with the module that its interpreter must have."""


def _has_module(python: str, module: str) -> bool:
    return (
        not module
        or not subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode
    )


def _add_row(table: Table, name: str, first: Measured, second: int | None) -> None:
    table.add_row(
        name,
        f"{first.recall:.3f}",
        f"{len(first.false)} ({first.false_share:.1%})",
        str(len(first.duplicates)),
        f"{first.requests} ({first.requests_per_article:.2f})",
        "" if second is None else str(second),
    )


def main() -> None:
    """Crawl the world twice with each crawler, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--news-please", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--only", action="append", choices=[*CRAWLERS])
    parser.add_argument("--sites", type=int, default=len(SITES))
    parser.add_argument("--once", action="store_true", help="no second run (news-please needs half an hour for one)")
    parser.add_argument("--show", action="store_true", help="the URLs that are false, twice there, or missing")
    options = parser.parse_args()
    console = Console(width=160, highlight=False)
    columns = ("recall", "false articles", "duplicates", "requests (per article found)", "requests of a second run")
    table = Table("", *columns, box=None)
    for name in options.only or CRAWLERS:
        crawler, module = CRAWLERS[name]
        python = options.news_please if name == "news-please" else options.peers
        if not _has_module(python, module):
            console.print(f"{name} is not installed in {python}: see python -m bench.discovery --help")
            continue
        with tempfile.TemporaryDirectory() as folder, serve(SITES[: options.sites], named=True) as world:
            crawl = Crawl(world, Path(folder))
            found = crawler(crawl, python)
            measured = {line: measure(world, urls) for line, urls in found.items()}
            world.forget()
            if not options.once:
                crawler(crawl, python)
            for line, one in measured.items():
                _add_row(table, line, one, None if options.once else world.requests)
                if options.show:
                    _print_details(line, one, console)
    console.print(table)


def _print_details(name: str, measured: Measured, console: Console) -> None:
    for kind in ("false", "duplicates", "missing"):
        for url in getattr(measured, kind):
            console.print(f"{name} {kind}: {url}")


if __name__ == "__main__":
    main()
