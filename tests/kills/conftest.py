"""A site that minds no client that hangs up, and an empty database of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawls.loopback import Publisher
from tests.kills.edition import publisher
from tests.storage.conftest import scratch


@pytest.fixture
def site() -> Iterator[Publisher]:
    """A publisher on 127.0.0.1."""
    with publisher() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table, of each kind; servers where they answer."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/news.db"
    else:
        with scratch(request.param, f"newscrawl_kills_{os.getpid()}") as made:
            yield made
