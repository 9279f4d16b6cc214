"""A publisher to crawl, and a crawler for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, publisher


@pytest.fixture
def site() -> Iterator[Publisher]:
    """A publisher on 127.0.0.1."""
    with publisher() as server:
        yield server


@pytest.fixture
def crawl(tmp_path: Path, site: Publisher) -> Crawler:
    """Crawls `site` into an empty folder."""
    return Crawler(tmp_path, site)
