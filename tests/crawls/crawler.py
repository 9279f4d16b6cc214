"""Whole crawls, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import and_, select, update

from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageState, Store
from newscrawl.storage.articles.first_digests import compute_digests
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.tables import ArticleRow, Base, CaptureRow, table_of
from newscrawl.storage.types import UtcDateTime
from tests.crawls import preloaded
from tests.crawls.crawl_log import check_log
from tests.crawls.loopback import Publisher

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Crawled:
    """How a run ended, and its database."""

    code: int
    out: str
    err: str
    store: Store

    @property
    def ledger(self) -> dict[str, tuple[str, str | None]]:
        """State and reason of each page, by the path of its URL."""
        return {page.url.rpartition(":")[2].lstrip("0123456789"): (page.state, page.reason) for page in self.pages}

    @property
    def pages(self) -> list[PageState]:
        """Every page in the database."""
        return self.store.pages(limit=None)


class CrawlProcess(subprocess.Popen[str]):
    """A running crawl, whose log is checked for unhandled errors when it has ended."""

    expected_errors: Sequence[str] = ()
    """Texts that mark an error in the log as expected."""

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:  # noqa: A002
        """Read its output until it has ended. Raises CrawlLogError."""
        out, err = super().communicate(input, timeout)
        check_log(err or "", self.expected_errors)
        return out, err


class Crawler:
    """Starts `scrapy crawl` in a process of its own, with a database of its own.

    The log of each crawl is checked for unhandled errors, but for those in which one of `expected_errors` occurs.
    """

    def __init__(
        self, folder: Path, site: Publisher, *, url: str | None = None, modules: str = "tests.crawls.loopback"
    ) -> None:
        """Store into the database `url`, or else a file in the folder; find the spider in `modules`."""
        self.folder, self.site, self.modules = folder, site, modules
        self.url = url or f"sqlite:///{folder}/news.db"
        self.allowed = "1"
        """Which private addresses may be requested: any."""

    def environment(self) -> dict[str, str]:
        """The environment of the process."""
        path = str(PROJECT)
        return os.environ | {
            "PYTHONPATH": path,
            "LOOPBACK": self.site.base,
            "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": self.allowed,
            "NEWSCRAWL_DATABASE_URL": self.url,
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        }

    def command(self, *arguments: str, spider: str = "loopback", polite: bool = False) -> list[str]:
        """The command line; without pauses between requests unless it is `polite`."""
        without_pauses = [] if polite else ["-s", "DOWNLOAD_DELAY=0", "-s", "NEWSCRAWL_SLOWDOWN=0.05"]
        modules = [] if spider == "bloomberg" else ["-s", f"SPIDER_MODULES={self.modules}"]
        return [sys.executable, "-m", "scrapy", "crawl", spider, *modules, *without_pauses, *arguments]

    def start(
        self,
        *arguments: str,
        spider: str = "loopback",
        polite: bool = False,
        expected_errors: Sequence[str] = (),
        **options: Any,
    ) -> CrawlProcess:
        """Start a crawl in a process group of its own; `options` go to Popen. Without any, its output is captured."""
        caught: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
        command = self.command(*arguments, spider=spider, polite=polite)
        process = CrawlProcess(
            command, cwd=self.folder, env=self.environment(), text=True, encoding="utf-8", **caught | options
        )
        process.expected_errors = expected_errors
        return process

    def __call__(
        self, *arguments: str, spider: str = "loopback", polite: bool = False, expected_errors: Sequence[str] = ()
    ) -> Crawled:
        """Crawl, and wait for the end."""
        done = self.without_store(*arguments, spider=spider, polite=polite, expected_errors=expected_errors)
        return Crawled(done.returncode, done.stdout, done.stderr, open_archive(self.url))

    def without_store(
        self, *arguments: str, expected_errors: Sequence[str] = (), **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Crawl without opening the database afterwards, which may not exist; `options` go to `command`."""
        _python, _m, _scrapy, *command = self.command(*arguments, **options)
        return preloaded.run_scrapy(
            command, folder=self.folder, environment=self.environment(), expected_errors=expected_errors
        )

    def later(self, **span: float) -> None:
        """Shift every time in the database into the past by a span (arguments of timedelta).

        Captures stay, because their time is in their files as well.
        """
        engine = make_engine(parse_url(self.url))
        with engine.begin() as connection:
            for table in set(Base.metadata.sorted_tables) - {table_of(CaptureRow)}:
                moments = [column for column in table.columns if isinstance(column.type, UtcDateTime)]
                keys = list(table.primary_key.columns)
                for row in connection.execute(select(*keys, *moments)).mappings().all() if moments else ():
                    moved = {
                        column.name: row[column.name] - timedelta(**span) for column in moments if row[column.name]
                    }
                    same = and_(*(key == row[key.name] for key in keys))
                    if moved:
                        connection.execute(update(table).where(same).values(moved))
            compute_digests(connection, connection.scalars(select(table_of(ArticleRow).c.id)).all())
        engine.dispose()

    def end(self, running: CrawlProcess) -> Crawled:
        """Wait for the end of a crawl that was started."""
        out, err = running.communicate(timeout=60)
        return Crawled(running.returncode, out, err, open_archive(self.url))
