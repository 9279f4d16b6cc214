"""An archive of the sample edition and a hostile article, and its web application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from tests.crawls.preloaded import run_scrapy
from tests.storage.captures import result

if TYPE_CHECKING:
    from tests.web.reader import Reader

EXTRA = "datasette is not installed; get it: pip install -r requirements-extras.txt"


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that no test writes to."""
    pytest.importorskip("datasette", reason=EXTRA)
    from tests.web.reader import HOSTILE, REWRITTEN

    folder = tmp_path_factory.mktemp("archive")
    file = folder / "news.db"
    crawl = ["crawl", "bloomberg", "-a", "source=sample"]
    settings = ["-s", f"NEWSCRAWL_DATABASE_URL=sqlite:///{file}", "-s", f"NEWSCRAWL_WARC_DIR={folder / 'warc'}"]
    run_scrapy([*crawl, *settings], folder=Path.cwd(), environment=os.environ).check_returncode()
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        store.record([result(HOSTILE), result(REWRITTEN)], run_id=run_id)
    return file


@pytest.fixture(scope="session")
def reader(archive: Path) -> Iterator[Reader]:
    from newscrawl.web.app import open_app
    from tests.web.reader import Reader

    with open_app(archive) as app:
        yield Reader(app)


@pytest.fixture(scope="session")
def number_of(archive: Path) -> dict[str, int]:
    """The id of every article, by the first word of its headline."""
    with open_archive(f"sqlite:///{archive}", create=False) as store:
        return {stored.article.headline.split()[0]: stored.id for stored in store.articles(Query(limit=None))}
