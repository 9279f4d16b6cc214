"""`scrapy watch`, as a person and as cron calls it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.sample import EDITION
from tests.commands.calling import Done, Scrapy
from tests.commands.test_export import archive, keep, story

__all__ = ["archive"]
Watch = Callable[..., Done]


@pytest.fixture
def url(archive: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(archive, tmp_path / 'news.db')}"


@pytest.fixture
def watch(scrapy: Scrapy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawl.settings")
    return lambda *arguments: scrapy("watch", *arguments, columns=200, NEWSCRAWL_DATABASE_URL=url)


def test_from_adding_to_removing(watch: Watch, url: str, tmp_path: Path) -> None:
    assert watch("list").stdout == "No search is saved; `scrapy watch add NAME WORDS` saves one.\n"
    added = watch("add", "ports", "cranes", "--section", "ports", "--feed", "ports.rss")
    assert added.stdout == "watch ports: added; 3 stored articles match, and those to come are reported\n"
    assert (tmp_path / "ports.rss").is_file()
    watch("add", "all")
    assert watch("run").stdout == "", "cron mails what a command prints"
    keep(url, story(7), story(8))
    planned = watch("run", "--dry-run", "ports").stdout
    lines = planned.splitlines()
    assert lines[0] == "watch ports: 1 new article: Tide 7 Comes In"
    assert lines[1].split() == ["6", "2016-03-07", "Tide", "7", "Comes", "In"]
    assert lines[2].strip().startswith("https://")
    done = watch("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert planned in done.stdout
    assert "watch all: 2 new articles: Tide 8 Comes In, and 1 more\n" in done.stdout
    assert "watch ports: 1 article reported by feed\n" in done.stdout
    assert watch("run").stdout == ""
    shown = watch("list").stdout.splitlines()
    assert shown[0].startswith("all: all articles (7 matches, checked ")
    assert shown[1].startswith("ports: cranes, section=ports (4 matches, checked ")
    assert shown[2].startswith(f"  feed {tmp_path}/ports.rss: last report 20")
    [_, row] = json.loads(watch("list", "--format", "json").stdout)
    assert (row["name"], row["conditions"]) == ("ports", {"words": "cranes", "section": "ports"})
    assert "ports" in watch("list", "--format", "csv").stdout
    assert watch("remove", "ports").stdout == "watch ports: removed; its articles stay\n"
    assert watch("list").stdout.startswith("all: ")


def test_a_webhook_shows_its_key_once_and_its_address_never(watch: Watch) -> None:
    added = watch("add", "ports", "--webhook", "http://127.0.0.1:1/x?token=hidden", "--include-stored")
    assert added.stdout.count("whsec_") == 1
    assert "watch ports: webhook: 127.0.0.1: 127.0.0.1 is no public address; NEWSCRAWL_ALLOW" in added.stderr
    assert added.returncode == 1
    for done in (watch("list"), watch("list", "--format", "json"), watch("test", "ports"), watch("run")):
        assert "whsec_" not in done.stdout + done.stderr
        assert "hidden" not in done.stdout + done.stderr
    assert "webhook 127.0.0.1: no report yet; 5 articles waiting; failed 2 times: " in watch("list").stdout


def test_mistakes_are_named(watch: Watch) -> None:
    for arguments, message in (
        (["frob"], "say what to do: add, list, run, test or remove"),
        (["add"], "add: give the name of the saved search"),
        (["add", "a b"], "'a b': a name has letters, digits, and _ . - inside"),
        (["list", "x"], "list: too many words"),
        (["run", "--mail", "a@b.example"], "--mail does not go with run"),
        (["run", "--section", "x"], "--section does not go with run"),
        (["add", "x", "--feed", "x.pdf"], "a feed ends in one of these"),
        (["add", "x", "--webhook", "hooks"], "a webhook is an address that begins with"),
    ):
        done = watch(*arguments)
        assert done.returncode == 2
        assert message in " ".join((done.stdout + done.stderr).split())
    watch("add", "x")
    for arguments, message in (
        (["add", "x"], "there is a watch x already"),
        (["run", "y"], "y: there is no such saved search"),
        (["test", "x"], "watch x: has no target to test"),
    ):
        done = watch(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr


@pytest.mark.usefixtures("quick_workers")
def test_an_ingest_reports_new_matches(scrapy: Scrapy, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    with open_archive(url):
        pass
    scrapy("watch", "add", "ferries", "ferry", "--feed", f"{tmp_path}/f.json", NEWSCRAWL_DATABASE_URL=url)
    done = scrapy("ingest", "--workers", "1", str(EDITION), NEWSCRAWL_DATABASE_URL=url)
    assert done.returncode in (0, 7)
    assert "watch ferries: 6 new articles: " in done.stdout
    assert len(json.loads((tmp_path / "f.json").read_text())["items"]) == 6


def test_a_copy_has_no_saved_search(watch: Watch, scrapy: Scrapy, url: str, tmp_path: Path) -> None:
    watch("add", "ports", "--webhook", "https://hooks.example/hidden")
    scrapy("export", f"{tmp_path}/copy.db", NEWSCRAWL_DATABASE_URL=url)
    with open_archive(f"sqlite:///{tmp_path}/copy.db") as store:
        assert store.watches() == []
