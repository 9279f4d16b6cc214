"""`scrapy db`, as a person calls it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from newscrawl.article import CaptureRef
from newscrawl.operations.archive import open_archive
from newscrawl.operations.process import identity
from newscrawl.storage import QUESTIONS
from newscrawl.storage.docs.dictionary import markdown
from newscrawl.storage.engine import make_engine, parse_url
from tests.commands.calling import Done, Scrapy
from tests.storage.captures import at, capture, result
from tests.storage.released import make

Call = Callable[..., Done]
DOCS = Path(__file__).parents[2] / "docs" / "questions.md"
HOW = "run: scrapy db questions --sample > docs/questions.md"


@pytest.fixture
def db(scrapy: Scrapy, tmp_path: Path) -> Callable[..., Done]:
    """`scrapy db ARGUMENTS` over a file of the folder."""

    def call(*arguments: str, file: str = "news.db") -> Done:
        return scrapy(
            "db",
            *arguments,
            NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path / file}",
            NEWSCRAWL_WARC_DIR=str(tmp_path / "warc"),
        )

    return call


def test_upgrade_creates_a_database_and_leaves_a_current_one_unchanged(db: Call) -> None:
    first, second = db("upgrade"), db("upgrade")
    assert (first.returncode, first.stdout) == (0, "database made, at version 0007\n")
    assert (second.returncode, second.stdout) == (0, "database at version 0007, nothing to do\n")


def test_upgrade_rejects_a_foreign_database(db: Call, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE customers (id)")
    done = db("upgrade", file="other.db")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "is not a newscrawl database" in done.stderr


def test_schema_is_the_data_dictionary(db: Call) -> None:
    done = db("schema")
    assert (done.returncode, done.stdout) == (0, markdown())


def test_documented_questions_and_answers_are_current(db: Call) -> None:
    done = db("questions", "--sample")
    assert (done.returncode, done.stderr) == (0, "")
    written = DOCS.read_text(encoding="utf-8")
    assert [part for part in done.stdout.split("\n## ") if part not in written] == [], HOW
    assert done.stdout == written, HOW
    assert "No rows: " not in done.stdout
    assert len(QUESTIONS) == 25


def test_one_question_is_answered_from_the_database(db: Call) -> None:
    db("upgrade")
    done = db("questions", "gaps")
    assert (done.returncode, done.stdout.splitlines()[2][:7]) == (0, "`gaps` ")
    assert done.stdout.endswith("No rows: the database has none.\n")
    assert "there is no question 'gap'; there are newest, " in db("questions", "gap").stderr


@pytest.fixture
def news(db: Call, tmp_path: Path) -> Path:
    """A database of one article."""
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        run_id = store.start_run("sample", {})
        store.record([result(capture())], run_id=run_id)
        store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    return tmp_path / "news.db"


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_check_finds_and_repairs_errors(db: Call, news: Path) -> None:
    well = db("check")
    assert (well.returncode, well.stderr) == (0, "")
    assert well.stdout.endswith("\nAll is well: 21 checks.\n")
    execute(news, "UPDATE articles SET word_count = 1", "UPDATE revisions SET headline = 'a\x1b[31mb'")
    bad = db("check")
    assert (bad.returncode, bad.stdout.count(" ok ")) == (1, 18)
    assert "article 1: word_count, revision 1: headline\n" in bad.stdout
    assert f"1 wrong  words       word counts are right\n{'':26}article 1 says 1 has 6\n" in bad.stdout
    assert bad.stdout.endswith("3 of 21 checks found something; `scrapy db check --repair` repairs what can be.\n")
    done = db("check", "--repair")
    assert (done.returncode, done.stdout.count(" 1 repaired  ")) == (0, 1)
    assert "article 1: word_count, revision 1: headline restored\n" in done.stdout
    assert db("check").stdout == well.stdout


def test_check_reports_what_it_cannot_repair(db: Call, news: Path) -> None:
    execute(news, "UPDATE articles SET headline = 'x'", "UPDATE revisions SET headline = 'x'")
    before = dump(news)
    done = db("check", "--repair")
    assert (done.returncode, "article 1: headline, revision 1: headline damaged; nothing has" in done.stdout) == (
        1,
        True,
    )
    assert done.stdout.endswith("1 of 21 checks found something that could not be repaired.\n")
    of_runs = ('INSERT INTO "runs"', 'INSERT INTO "run_sites"')
    assert [line for line in dump(news) if not line.startswith(of_runs)] == [
        line for line in before if not line.startswith(of_runs)
    ]


def test_check_as_json(db: Call, news: Path) -> None:
    execute(news, "DROP VIEW latest")
    done = db("check", "--deep", "--format", "json")
    values = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.returncode == 1
    assert list(values)[-3:] == ["files", "records", "reread"]
    assert (values["views"]["wrong"], values["views"]["examples"], values["keys"]["wrong"]) == (1, ["view latest"], 0)


def test_check_forgets_missing_files(db: Call, news: Path) -> None:
    (news.parent / "warc").mkdir()
    (news.parent / "warc" / "other.warc").touch()
    with open_archive(f"sqlite:///{news}") as store:
        ref = CaptureRef(url=capture().url, captured_at=at(0), file="gone.warc", offset=0, length=9)
        store.record([replace(result(capture()), capture=ref)], run_id=1)
    assert [db("check", *words).returncode for words in ((), ("--repair",), ())] == [1, 0, 0]
    with open_archive(f"sqlite:///{news}") as store:
        (forgotten,) = store.captures(1)
    assert (forgotten.file, forgotten.file_offset, forgotten.state) == (None, None, "stored")


def test_check_does_not_lock_out_an_active_run(db: Call, news: Path) -> None:
    with open_archive(f"sqlite:///{news}") as store:
        store.start_run("sample", {}, process=identity())
    done = db("check")
    assert (done.returncode, "left out  text " in done.stdout) == (0, True)
    for words in (("check", "--repair"), ("vacuum",)):
        refused = db(*words)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
        assert "sample: run 2 (process " in refused.stderr


def test_backup_and_vacuum_report_sizes(db: Call, news: Path) -> None:
    copy = news.with_name("copy.db")
    assert re.fullmatch(rf"{re.escape(str(copy))}: \d+\.\d kB\n", db("backup", str(copy)).stdout)
    again = db("backup", str(copy))
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (1, "", 1)
    assert db("backup", str(copy), "--force").returncode == 0
    assert re.fullmatch(r"\d+\.\d kB before, \d+\.\d kB now\n", db("vacuum").stdout)
    assert db("check", file="copy.db").returncode == 0


@pytest.mark.parametrize("action", ["check", "backup", "vacuum", "questions"])
def test_a_missing_or_foreign_database_is_one_line(db: Call, action: str, tmp_path: Path) -> None:
    execute(tmp_path / "other.db", "CREATE TABLE customers (id)")
    (tmp_path / "text.db").write_text("no database at all, but some text")
    for file, why in (
        ("none.db", "no newscrawl database"),
        ("other.db", "not a newscrawl"),
        ("text.db", "not a SQLite"),
    ):
        done = db(action, file=file)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert why in done.stderr
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("action", ["check", "backup", "vacuum", "questions"])
def test_a_database_of_another_version_is_one_line(db: Call, news: Path, action: str) -> None:
    execute(news, "UPDATE newscrawl_version SET version_num = '0004'")
    done = db(action)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "run `scrapy db upgrade`" in done.stderr


def test_a_locked_database_is_one_line(db: Call, news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawl.storage.engine.LOCK_WAIT", 0)
    with closing(sqlite3.connect(news, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = db("vacuum")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "kept it locked" in done.stderr


def older(file: Path, version: str) -> None:
    """A database of an older version."""
    engine = make_engine(parse_url(f"sqlite:///{file}"))
    make(engine, version)
    engine.dispose()


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_upgrade_copies_an_older_file_first(db: Call, tmp_path: Path) -> None:
    older(tmp_path / "news.db", "0004")
    before = dump(tmp_path / "news.db")
    done = db("upgrade")
    copy = tmp_path / "news.db.before-0007"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"copied to {copy}\ndatabase upgraded from version 0004 to 0007\n"
    assert dump(copy) == before
    assert db("upgrade").stdout == "database at version 0007, nothing to do\n"
    matches = {check["name"] for check in json.loads(db("check", "--format", "json").stdout) if check["wrong"]}
    assert matches == {"files"}  # which this archive never had
    again = shutil.copy(copy, tmp_path / "again.db")
    assert db("upgrade", file="again.db").returncode == 0
    assert dump(Path(f"{again}.before-0007")) == before


def test_a_database_older_than_the_baseline_is_rejected_with_what_to_do(db: Call, tmp_path: Path) -> None:
    older(tmp_path / "news.db", "0004")
    execute(tmp_path / "news.db", "UPDATE newscrawl_version SET version_num = '0003'")
    before = dump(tmp_path / "news.db")
    done = db("upgrade")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert re.search(r"version 0003, .* db upgrade` with the code of commit \w+ first", done.stderr)
    assert dump(tmp_path / "news.db") == before
    assert not list(tmp_path.glob("*before*"))


def test_upgrade_without_a_copy(db: Call, tmp_path: Path) -> None:
    older(tmp_path / "news.db", "0004")
    assert db("upgrade", "--no-backup").stdout == "database upgraded from version 0004 to 0007\n"
    assert not list(tmp_path.glob("*before*"))


@pytest.mark.parametrize("arguments", [[], ["downgrade"], ["upgrade", "now"]])
def test_an_unknown_action_is_rejected_with_the_list_of_actions(db: Call, arguments: list[str]) -> None:
    done = db(*arguments)
    assert done.returncode == 2
    assert "say what to do: upgrade, check, backup, delete, vacuum, schema or questions" in done.stderr


def test_an_option_of_another_action_is_rejected(db: Call) -> None:
    done = db("schema", "--sample")
    assert (done.returncode, "--sample does not go with schema" in done.stderr) == (2, True)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A database of six articles of two publishers."""
    file = tmp_path / "news.db"
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        articles = [
            capture(f"s{year}", headline=f"Story {year}", publisher=publisher, published_at=at(0).replace(year=year))
            for publisher, year in zip(("Tern Post", "Quay Times") * 3, range(2011, 2017), strict=True)
        ]
        store.record([result(article) for article in articles], run_id=run_id)
        store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    return file


def test_delete_says_what_it_would_delete(db: Call, filled: Path) -> None:
    done = db("delete", "--publisher", "tern post", "--before", "2015")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "2 articles of 6, published 1 March 2011 to 1 March 2013:"
    assert [line.split()[-1] for line in lines[1:3]] == ["2013", "2011"]
    assert lines[-1] == "Nothing is deleted yet: --apply does that, after a copy."
    assert [each.name for each in filled.parent.iterdir() if each.suffix == ".db"] == ["news.db"]
    with open_archive(f"sqlite:///{filled}") as store:
        assert store.totals()["articles"] == 6


def test_delete_copies_the_database_first(db: Call, filled: Path) -> None:
    done = db("delete", "story", "--until", "2013", "--apply")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "Deleted 3 articles; `scrapy db vacuum` frees their space.",
    )
    files = sorted(each for each in filled.parent.iterdir() if each.suffix == ".db")
    totals = []
    for file in files:
        with open_archive(f"sqlite:///{file}") as store:
            totals.append((file == filled, store.totals()["articles"]))
    assert sorted(totals) == [(False, 6), (True, 3)]
    again = db("delete", "story", "--until", "2013", "--apply")
    assert (again.returncode, again.stdout) == (0, "No article matches; nothing is deleted.\n")
    assert "All is well" in db("check").stdout
    assert "Copied" not in db("delete", "--site", "sample", "--no-backup", "--apply").stdout
    assert db("check").returncode == 0


def test_delete_rejects_what_is_unclear(db: Call, filled: Path) -> None:
    assert "delete needs words or a condition" in db("delete").stderr
    assert db("delete", "--apply").returncode == 2
    assert "--publisher does not go with check" in db("check", "--publisher", "x").stderr
    assert "'soon': give a year" in db("delete", "--before", "soon").stderr
    assert "there is no option --all" in db("delete", "--all").stderr
    with open_archive(f"sqlite:///{filled}") as store:
        store.start_run("sample", {}, process=identity())
    done = db("delete", "--publisher", "tern post", "--apply")
    assert (done.returncode, "has been active since" in done.stderr) == (1, True)
