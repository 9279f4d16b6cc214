"""The command `newscrawl`: the same as `scrapy`, in any folder, and without Scrapy where that is not needed."""

from __future__ import annotations

import json
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from newscrawl import __version__, commands, console
from newscrawl.configuration import DEFAULT, load_configuration
from newscrawl.export import display
from newscrawl.operations.archive import open_archive
from newscrawl.programs import PROGRAMS, load_program
from tests.commands.calling import Scrapy
from tests.storage.captures import capture, result

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'news.db'}"
    with open_archive(url) as store:
        articles = [capture(name, headline=f"Tide {name} Turns", section="Sea") for name in "abc"]
        run = store.start_run("bloomberg", {})
        store.record([result(article) for article in articles], run_id=run)
        store.end_run(run, finish_reason="finished", exit_code=0, counts={"outcome/stored": 3})
    return url


@pytest.fixture
def scrapy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Scrapy:
    return Scrapy(capsys, monkeypatch)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    try:
        code = console.main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    "arguments",
    [
        ["articles"],
        ["articles", "tide", "--format", "json"],
        ["articles", "--show", "99"],
        ["articles", "--sort", "newest", "--format", "csv"],
        ["articles", "--newest=1"],
        ["articles", "--limit", "many"],
        ["articles", "--count-by", "section", "--sort", "newest"],
        ["runs", "--check"],
        ["runs", "--check", "--spider", "nobody"],
        ["runs", "--format", "csv"],
        ["stats", "--format", "json"],
        ["pages"],
        ["sites", "--check"],
        ["extract", "--format", "html"],
        ["extract", "none.html"],
        ["db", "questions", "newest"],
        ["schedule", "nobody"],
        ["config", "contact", "-s", "NEWSCRAWL_CONTACT=pilot@tern.example"],
        ["runs", "-s", "NEWSCRAWL_CONTCAT=x"],
        ["runs", "--nolog", "--format", "json"],
    ],
)
def test_it_prints_what_scrapy_prints_and_ends_alike(
    scrapy: Scrapy, capsys: pytest.CaptureFixture[str], url: str, arguments: list[str]
) -> None:
    command, *rest = arguments
    database = ["-s", f"NEWSCRAWL_DATABASE_URL={url}"]
    expected = scrapy(command, *rest, *database)
    code, out, err = run(capsys, command, *rest, *database)
    ages = re.compile(r"\b\d+ seconds? ago|age=\d+s")  # the second may begin between the two
    assert (code, ages.sub("", out)) == (expected.returncode, ages.sub("", expected.stdout))
    program = Path(sys.argv[0]).name
    assert err.splitlines()[-1:] == [
        line.replace(f"{program}: error:", "newscrawl: error:") for line in expected.stderr.splitlines()[-1:]
    ]


def test_programs_need_neither_scrapy_nor_the_reading_room(tmp_path: Path, url: str) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>No article.</p></body></html>")
    lines = [
        ["articles", "tide"],
        ["articles", "--show", "1"],
        ["runs", "--check"],
        ["extract", str(page)],
        ["stats"],
        ["pages"],
        ["clusters"],
        ["sites"],
        ["config"],
        ["db", "questions", "newest"],
        ["export", str(tmp_path / "all.jsonl")],
        ["--help"],
        ["artcles"],
    ]
    code = f"""
import json, sys
from newscrawl.console import main
loaded = []
for line in {lines!r}:
    main([*line, "-s", "NEWSCRAWL_DATABASE_URL={url}"] if line[0][0] != "-" else line)
    foreign = [name for name in ("scrapy", "twisted", "newscrawl.web", "datasette", "alembic") if name in sys.modules]
    loaded.append([line[0], foreign])
print(json.dumps(loaded))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert [each for each in json.loads(done.stdout.splitlines()[-1]) if each[1]] == []
    assert (tmp_path / "all.jsonl").read_text().count("\n") == 3


def test_help_lists_every_command_on_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert (code, out) == run(capsys, "--help")[:2]
    assert code == 0
    assert all(f"\n  {name} " in out for name in (*PROGRAMS, "crawl"))
    assert "shell" in out
    assert out.count("\n") <= 32
    assert max(map(len, out.splitlines())) <= 110


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (
            ["artcles"],
            2,
            "newscrawl: there is no command artcles; the closest is articles; `newscrawl",
        ),
        (["crwal", "x"], 2, "the closest is crawl"),
        (["zzzz"], 2, "newscrawl: there is no command zzzz; `newscrawl --help` lists all"),
        (["--verbose"], 2, "there is no option --verbose without a command"),
        (["init", "a", "b"], 2, "newscrawl: error: give one folder, or none"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, line: str
) -> None:
    ended, out, err = run(capsys, *arguments)
    assert (ended, out) == (code, "")
    assert line in err.splitlines()[-1]


def test_version_and_help_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"newscrawl {__version__}\n", "")
    code, out, _ = run(capsys, "help", "articles")
    assert (code, out.splitlines()[0]) == (0, "usage: newscrawl articles [options] [WORDS]")
    assert (code, out) == run(capsys, "articles", "--help")[:2]


def test_messages_name_the_command_that_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "see `scrapy pages --state failed`, `scrapy.cfg`\n  scrapy articles x\nthe scrapy project"
    for program in ("/venv/bin/scrapy", "/usr/bin/pytest", "/a/b/__main__.py"):
        monkeypatch.setattr(sys, "argv", [program])
        assert display.name_commands(text) == text
    for program in ("/venv/bin/newscrawl", "newscrawl.exe", "/site-packages/newscrawl/__main__.py"):
        monkeypatch.setattr(sys, "argv", [program])
        named = "see `newscrawl pages --state failed`, `scrapy.cfg`\n  newscrawl articles x\nthe scrapy project"
        assert display.name_commands(text) == named


@pytest.mark.parametrize(
    "arguments",
    [
        *(["runs"], ["pages"], ["sites"], ["watch", "list"], ["articles"], ["clusters"], ["stats"], ["db", "check"]),
        *(["articles", "--help"], ["watch", "--help"], ["db", "--help"], ["browse", "--help"], ["db", "questions"]),
        *(["runs", "--show", "9"], ["sites", "none.example"], ["pages", "https://none.example/", "--retry"]),
    ],
)
def test_no_hint_names_scrapy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/venv/bin/newscrawl"])
    monkeypatch.chdir(tmp_path)
    open_archive("sqlite:///news.db").close()
    _, out, err = run(capsys, *arguments)
    assert "newscrawl" in out + err or arguments == ["db", "check"]
    assert "scrapy " not in (out + err).replace("Of scrapy", "")


def test_spiders_of_genspider_are_known(tmp_path: Path) -> None:
    package = tmp_path / "newscrawl"
    shutil.copytree(ROOT / "newscrawl", package)  # with its compiled code
    spider = "import scrapy\nclass Eider(scrapy.Spider):\n    name = 'eider'\n"
    (package / "spiders" / "eider.py").write_text(spider, "utf-8")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newscrawl", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert " crawl eider " in call("schedule", "eider").stdout
    assert " crawl bloomberg " in call("schedule").stdout  # the only publisher
    with open_archive(f"sqlite:///{tmp_path}/news.db") as store:
        store.end_run(store.start_run("eider", {}), finish_reason="finished", exit_code=0, counts={})
    assert call("runs", "--check").stdout.startswith("NEWSCRAWL OK - eider: done ")


def test_init_writes_settings_that_change_nothing_and_replaces_no_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "init")
    assert code == 0
    assert out.startswith("wrote newscrawl.toml")
    text = Path("newscrawl.toml").read_text("utf-8")
    configuration = load_configuration(environ={})
    assert configuration.file == tmp_path / "newscrawl.toml"
    assert {setting.origin for setting in configuration.settings.values()} == {DEFAULT}
    Path("newscrawl.toml").write_text(text.replace('# contact = ""', 'contact = "pilot@tern.example"'), "utf-8")
    assert load_configuration(environ={})["NEWSCRAWL_CONTACT"] == "pilot@tern.example"
    code, out, err = run(capsys, "init")
    assert (code, out, err) == (1, "", "newscrawl.toml: is there already, and stays as it is\n")
    assert run(capsys, "init", "deep/er")[0] == 0
    assert Path("deep/er/newscrawl.toml").read_text("utf-8") == text


def test_the_table_is_complete() -> None:
    modules = {info.name for info in pkgutil.iter_modules(commands.__path__)}
    assert set(PROGRAMS) <= modules <= {*PROGRAMS, "crawl", *console.OF_SCRAPY}
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["scrapy.commands"]
    # Not ours: they would replace Scrapy's own in every project of the environment.
    assert points == {name: f"newscrawl.commands.{name}:Command" for name in PROGRAMS}
    for name in PROGRAMS:
        assert load_program(name).DESCRIPTION
