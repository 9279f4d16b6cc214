"""`scrapy work` and `scrapy schedule --queue`, before any crawl."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl import console
from newscrawl.cli import work
from tests.storage.conftest import scratch


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    with scratch("postgresql", f"newscrawl_test_work_{os.getpid()}") as address:
        monkeypatch.setenv("NEWSCRAWL_DATABASE_URL", address)
        yield address


@pytest.mark.parametrize("words", [["work"], ["schedule", "--queue", "-a", "site=quay.example"]])
def test_without_postgresql_one_line_says_what_to_do(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSCRAWL_DATABASE_URL", "sqlite:///news.db")
    assert console.main(words) == 1
    line = capsys.readouterr().err
    assert line.startswith("the queue needs PostgreSQL, and the database is sqlite: set NEWSCRAWL_DATABASE_URL=postgre")
    assert line.endswith(" schedule --install`\n")
    assert line.count("\n") == 1


@pytest.mark.usefixtures("url")
def test_without_procrastinate_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(work, "find_spec", lambda name: None)
    assert console.main(["work"]) == 1
    assert capsys.readouterr().err == "the queue needs procrastinate: pip install 'newscrawl[queue]'\n"


@pytest.mark.usefixtures("url")
def test_sites_are_registered_listed_changed_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> str:
        assert console.main(["schedule", "--queue", *words]) == 0
        return capsys.readouterr().out

    lines = '[[site]]\nurl = "quay.example"\ndelay = 5\n[[site]]\nurl = "pier.example"\n[[site]]\nurl = "no site"\n'
    (tmp_path / "sites.toml").write_text(lines, "utf-8")
    sites = ["-a", "sites=sites.toml"]
    assert "No site is in the queue" in run("--list")
    assert run(*sites, "--every", "1h", "--dry-run").startswith("2 new sites, 0 changed, 0 as before: each every 1 h\n")
    assert "No site is in the queue" in run("--list")
    assert run(*sites, "--every", "1h").startswith("2 new sites, 0 changed")
    assert run(*sites, "-a", "limit=9", "--every", "1h").startswith("0 new sites, 2 changed")
    assert run("bloomberg", "--every", "20m").startswith("1 new site, 0 changed")
    listed = run("--list")
    assert [line.split()[0] for line in listed.splitlines()[1:4]] == ["bloomberg", "pier.example", "quay.example"]
    assert run("-a", "site=pier.example,ferry.example", "--remove") == (
        "1 site removed from the queue; stored articles stay\nferry.example: was not in the queue\n"
    )
    assert "pier.example" not in run("--list")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--at", "04:15", "bloomberg"], 2, "--queue takes --every, not --at"),
        (["-a", "source=wayback", "-a", "since=2020", "bloomberg"], 1, "source= cannot be combined with --queue"),
        (["news"], 1, "name the sites: -a sites=FILE"),
        (["--install", "bloomberg"], 2, "--install and --systemd without"),
    ],
)
@pytest.mark.usefixtures("url")
def test_what_the_queue_cannot_do_is_refused(
    words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        ended: object = console.main(["schedule", "--queue", *words])
    except SystemExit as error:  # argparse
        ended = error.code
    assert ended == code
    assert message in capsys.readouterr().err
