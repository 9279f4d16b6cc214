"""Terminals that have few characters: what they lack is escaped, and no command ends with a traceback."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.utils.project import get_project_settings

from newscrawl.article import Article, Block
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
HEADLINE = "Fähre “Żuraw” → 港口 🚢"
COMMANDS = (
    ("articles",),
    ("articles", "港口"),
    ("articles", "f\udce4hre"),  # an argument that is not in the encoding of the file system
    ("articles", "--show", "1"),
    ("articles", "--diff", "1"),
    ("articles", "--count-by", "author"),
    ("stats",),
    ("clusters",),
    ("sites",),
    ("pages",),
    ("pages", "--state", "failed"),
    ("pages", "--retry", "https://quay.example/港口"),
    ("runs",),
    ("db", "questions"),
    ("articles", "--help"),
    ("crawl", "--help"),
    ("articles", "--show", "żuraw"),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('encodings')}/news.db"
    article = Article(
        url="https://quay.example/2026/ferry",
        publisher="Żuraw Post",
        layout="generic",
        headline=HEADLINE,
        byline=("Łucja Ørsted",),
        published_at=AT,
        published_precision="second",
        fetched_at=AT,
        access="full",
        body=(Block(kind="paragraph", text="Die Fähre – sie kam zurück … “heute”."),),
    )
    later = replace(article, headline=f"{HEADLINE} kehrt zurück", fetched_at=AT.replace(hour=15))
    with open_archive(url) as store:
        for number, read in enumerate((article, later)):
            run_id = store.start_run("żuraw", {"urls": "港口"}, source="live")
            result = PageResult(url=read.url, state="stored", article=read, spider="żuraw")
            missed = PageResult(
                url=f"https://quay.example/港口-{number}", state="failed", reason="timeout", spider="żuraw"
            )
            store.record([result], run_id=run_id)
            store.record([missed], run_id=run_id)
            store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    return url


def read_back(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@dataclass
class Terminal:
    """What commands print to standard output and standard error, on a terminal of an encoding."""

    url: str
    encoding: str
    monkeypatch: pytest.MonkeyPatch
    out: str = ""
    err: str = ""

    def run(self, *arguments: str) -> int:
        settings = get_project_settings()
        settings.set("NEWSCRAWL_DATABASE_URL", self.url, priority="cmdline")
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=self.encoding, newline="") for _ in range(2))
        with self.monkeypatch.context() as patched:
            patched.setenv("COLUMNS", "100")
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as ended:
                execute(["scrapy", *arguments], settings)
        self.out, self.err = map(read_back, (out, err))
        return int(ended.value.code or 0)


@pytest.fixture
def terminal(url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(url, request.param, monkeypatch)


@pytest.mark.parametrize("terminal", ["ascii", "latin-1", "cp1252"], indirect=True)
def test_no_command_fails_on_what_the_terminal_lacks(terminal: Terminal) -> None:
    printed = ""
    for arguments in COMMANDS:
        assert terminal.run(*arguments) == ("żuraw" in arguments), arguments
        assert "Traceback" not in terminal.err
        printed += terminal.out
    for escaped in (r"\u017buraw", r"\u6e2f\u53e3", r"\ud83d\udea2", "->"):
        assert escaped in printed, escaped
    assert r"\u017curaw: there is no such article" in terminal.err


@pytest.mark.parametrize("terminal", ["ascii", "latin-1"], indirect=True)
def test_json_stays_valid_and_loses_nothing(terminal: Terminal) -> None:
    terminal.run("articles", "--format", "json")
    [article] = json.loads(terminal.out)
    assert article["headline"] == f"{HEADLINE} kehrt zurück"


@pytest.mark.parametrize("terminal", ["ascii"], indirect=True)
def test_csv_is_escaped_and_files_are_utf_8(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("articles", "--format", "csv")
    [row] = csv.DictReader(io.StringIO(terminal.out))
    assert row["headline"].startswith(r"F\u00e4hre \u201c\u017buraw\u201d")
    file = tmp_path / "out.csv"
    assert terminal.run("export", str(file)) == 0
    assert HEADLINE in file.read_text("utf-8")
