"""The README's questions to the database find something in the sample edition, which its readers have before them."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.calling import Scrapy
from tests.crawls.preloaded import run_scrapy

_ROOT = Path(__file__).parents[2]
_QUERY = (_ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Query\n")[2].partition("\n## ")[0]
_COMMANDS = re.findall(r"^    scrapy (.+)$", _QUERY, re.MULTILINE)
_SELECTS = re.findall(r"^    (SELECT .+;)$", _QUERY, re.MULTILINE)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the sample edition, crawled."""
    folder = tmp_path_factory.mktemp("sample")
    settings = (f"NEWSCRAWL_DATABASE_URL=sqlite:///{folder}/news.db", f"NEWSCRAWL_WARC_DIR={folder}")
    crawl = ["crawl", "bloomberg", "-a", "source=sample"]
    crawl += [word for setting in settings for word in ("-s", setting)]
    run_scrapy(crawl, folder=_ROOT, environment=os.environ).check_returncode()
    return f"sqlite:///{folder}/news.db"


def test_there_are_examples() -> None:
    assert (len(_COMMANDS), len(_SELECTS)) >= (10, 5)


@pytest.mark.parametrize("line", _COMMANDS)
def test_a_command_finds_something(
    scrapy: Scrapy, url: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawl.settings")
    monkeypatch.chdir(tmp_path)  # some write files
    done = scrapy(*shlex.split(line, comments=True), NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No article matches" not in done.stdout


@pytest.mark.parametrize("select", _SELECTS)
def test_a_select_finds_something(url: str, select: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute(select).fetchall()
