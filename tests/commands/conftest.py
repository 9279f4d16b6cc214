"""Commands, called."""

from __future__ import annotations

from multiprocessing import get_context

import pytest

from tests.commands.calling import Scrapy


@pytest.fixture
def quick_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that read captures, each forked from one that has loaded all: what takes them longest is that."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["newscrawl.batch.worker_pool"])
    monkeypatch.setattr("newscrawl.batch.worker_pool._SPAWN", context)


@pytest.fixture
def scrapy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Scrapy:
    return Scrapy(capsys, monkeypatch)
