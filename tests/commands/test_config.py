"""`newscrawl config`: what is set, and where."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from newscrawl import console
from tests.commands.calling import Scrapy

SECRET = "tide-Mill-42"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, and one in it, which is the current one."""
    toml = 'database_url = "sqlite:///in/news.db"\nmax_wait = 5\n[scrapy]\nDOWNLOAD_DELAY = 2\n'
    (tmp_path / "newscrawl.toml").write_text(toml, "utf-8")
    (tmp_path / ".env").write_text(f"NEWSCRAWL_PING_URL=https://hc.example/{SECRET}\n", "utf-8")
    (below := tmp_path / "below").mkdir()
    monkeypatch.chdir(below)
    monkeypatch.delenv("NEWSCRAWL_CONFIG")
    monkeypatch.setenv("NEWSCRAWL_CONTACT", "desk@quay.example")
    return tmp_path


def test_every_setting_with_its_value_and_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        console.main(["config", "-s", "NEWSCRAWL_CLUSTERS=off", "-s", f"FTP_PASSWORD={SECRET}", "--format=json"]) == 0
    )
    out, err = capsys.readouterr()
    rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(out)}
    assert rows["NEWSCRAWL_DATABASE_URL"] == (f"sqlite:///{folder}/in/news.db", "../newscrawl.toml:1")
    assert rows["NEWSCRAWL_WARC_DIR"] == (f"{folder}/warc", "default")
    assert rows["NEWSCRAWL_MAX_WAIT"] == ("5", "../newscrawl.toml:2")
    assert rows["NEWSCRAWL_PING_URL"] == ("https://hc.example/***", "../.env:1")
    assert rows["NEWSCRAWL_CONTACT"] == ("desk@quay.example", "environment")
    assert rows["NEWSCRAWL_CLUSTERS"] == ("0", "-s")
    assert rows["DOWNLOAD_DELAY"] == ("2", "../newscrawl.toml:4")
    assert rows["FTP_PASSWORD"] == ("***", "-s")
    assert (err, SECRET in out) == ("", False)


def test_some_settings_by_any_spelling(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["config", "max_wait", "NEWSCRAWL_CONTACT", "download_delay", "--format", "csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["setting"] for row in rows] == ["NEWSCRAWL_CONTACT", "NEWSCRAWL_MAX_WAIT", "DOWNLOAD_DELAY"]
    assert console.main(["config", "max_wait"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["Setting", "Value", "From"],
        ["max_wait", "5", "../newscrawl.toml:2"],
        ["read:", f"{folder}/newscrawl.toml", "and", f"{folder}/.env"],
    ]
    assert console.main(["config", "warc"]) == 1
    assert capsys.readouterr().err == "warc: there is no such setting; the closest is warc_dir\n"


@pytest.mark.usefixtures("folder")
def test_the_settings_of_a_scrapy_project_are_a_source(scrapy: Scrapy, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are above newscrawl.toml, and below the environment and .env."""
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawl.settings")
    done = scrapy("config", "--format=json", NEWSCRAWL_SLOWDOWN="3")
    rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(done.stdout)}
    # The settings of this test process were read where no file is.
    assert rows["NEWSCRAWL_MAX_WAIT"] == ("120", "settings.py")
    assert rows["NEWSCRAWL_PING_URL"][1] == "../.env:1"
    assert rows["NEWSCRAWL_CONTACT"] == ("desk@quay.example", "environment")
    assert rows["NEWSCRAWL_SLOWDOWN"] == ("3", "-s")


def test_an_invalid_configuration_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["articles", "-s", "NEWSCRAWL_CONTCAT=x"]) == 2
    expected = "-s NEWSCRAWL_CONTCAT: there is no such setting; the closest is NEWSCRAWL_CONTACT\n"
    assert capsys.readouterr() == ("", expected)
    (folder / "newscrawl.toml").write_text("max_wiat = 5", "utf-8")
    assert console.main(["articles"]) == 2
    expected = "../newscrawl.toml:1: max_wiat: there is no such setting; the closest is max_wait\n"
    assert capsys.readouterr() == ("", expected)


@pytest.mark.parametrize(
    "command", ["check", "crawl", "fetch", "list", "parse", "runspider", "runs", "settings", "shell", "view"]
)
def test_every_command_of_scrapy_that_may_crawl_checks_its_settings(scrapy: Scrapy, command: str) -> None:
    done = scrapy(command, "-s", "DOWLOAD_DELAY=2", "https://quay.example/")
    expected = "-s DOWLOAD_DELAY: there is no such setting; the closest is DOWNLOAD_DELAY\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_a_log_level_is_checked_and_may_be_in_lower_case(scrapy: Scrapy) -> None:
    done = scrapy("settings", "-L", "loud", "--get", "LOG_LEVEL")
    assert (done.returncode, done.stderr.startswith("-s LOG_LEVEL=loud: give one of CRITICAL, ERROR, ")) == (2, True)
    assert scrapy("settings", "-L", "debug", "--get", "LOG_LEVEL").stdout == "DEBUG\n"
