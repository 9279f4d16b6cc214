"""Commands, called."""

from __future__ import annotations

import pytest

from tests.commands.calling import Scrapy
from tests.crawls import preloaded


@pytest.fixture
def quick_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that are forked from a process that has imported everything: imports are most of their work."""
    preloaded.start_server()
    monkeypatch.setattr("newscrawl.batch.worker_pool._SPAWN", preloaded.FORKS)


@pytest.fixture
def scrapy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Scrapy:
    return Scrapy(capsys, monkeypatch)
