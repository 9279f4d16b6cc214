"""Commands, called."""

from __future__ import annotations

import pytest

from tests.commands.calling import Scrapy


@pytest.fixture
def scrapy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Scrapy:
    return Scrapy(capsys, monkeypatch)
