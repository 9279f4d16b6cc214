"""Whole crawls, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newscrawl.storage import PageState, Store
from tests.crawl.loopback import Publisher

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Crawled:
    """What a run left behind."""

    code: int
    out: str
    err: str
    store: Store

    @property
    def ledger(self) -> dict[str, tuple[str, str | None]]:
        """State and reason by the path of the address."""
        return {page.url.rpartition(":")[2].lstrip("0123456789"): (page.state, page.reason) for page in self.pages}

    @property
    def pages(self) -> list[PageState]:
        """The ledger's rows."""
        return self.store.pages(limit=None)


class Crawler:
    """Starts `scrapy crawl` in a process of its own, with a database of its own."""

    def __init__(
        self, folder: Path, site: Publisher, *, url: str | None = None, modules: str = "tests.crawl.loopback"
    ) -> None:
        """Into the database of `url`, or a file in the folder; the spider is found in `modules`."""
        self.folder, self.site, self.modules = folder, site, modules
        self.url = url or f"sqlite:///{folder}/news.db"

    def environment(self) -> dict[str, str]:
        """Of the process: warnings are errors in it as here."""
        path = str(PROJECT)
        return os.environ | {
            "PYTHONPATH": path,
            "LOOPBACK": self.site.base,
            "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": "1",
            "NEWSCRAWL_DATABASE_URL": self.url,
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        }

    def command(self, *arguments: str, spider: str = "loopback", polite: bool = False) -> list[str]:
        """The command line; without waiting between requests unless it is polite."""
        hasty = [] if polite else ["-s", "DOWNLOAD_DELAY=0", "-s", "NEWSCRAWL_SLOWDOWN=0.05"]
        modules = [] if spider == "bloomberg" else ["-s", f"SPIDER_MODULES={self.modules}"]
        return [sys.executable, "-m", "scrapy", "crawl", spider, *modules, *hasty, *arguments]

    def start(self, *arguments: str, spider: str = "loopback", **options: Any) -> subprocess.Popen[str]:
        """Begin a crawl, as the leader of a process group; `options` are Popen's, its output is caught without any."""
        caught: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
        command = self.command(*arguments, spider=spider)
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment(), text=True, encoding="utf-8", **caught | options
        )

    def __call__(self, *arguments: str, spider: str = "loopback", polite: bool = False) -> Crawled:
        """Crawl, to the end."""
        done = subprocess.run(
            self.command(*arguments, spider=spider, polite=polite),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Crawled(done.returncode, done.stdout, done.stderr, Store.open(self.url))

    def end(self, running: subprocess.Popen[str]) -> Crawled:
        """What a crawl that was started leaves behind, when it has ended."""
        out, err = running.communicate(timeout=60)
        return Crawled(running.returncode, out, err, Store.open(self.url))
