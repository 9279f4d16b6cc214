"""Calling a command as a person does, in this process, which is quicker than in one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from scrapy.cmdline import execute
from scrapy.utils.project import get_project_settings

import newscrawl.settings  # noqa: F401 - read before any test changes the environment
from tests.crawls.crawl_log import check_log


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Scrapy:
    """`scrapy COMMAND ARGUMENTS`, on a terminal of so many columns, with settings."""

    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, command: str, *arguments: str, columns: int = 80, **settings: Any) -> Done:
        self.monkeypatch.setenv("COLUMNS", str(columns))
        project = get_project_settings()
        project.setdict(settings, priority="cmdline")
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            execute(["scrapy", command, *arguments], project)
        out, err = self.capsys.readouterr()
        check_log(err)
        return Done(int(ended.value.code or 0), out, err)
