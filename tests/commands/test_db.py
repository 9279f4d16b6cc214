"""`scrapy db`, as a person calls it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.storage import QUESTIONS
from newscrawl.storage.dictionary import markdown
from tests.commands.calling import Done, Scrapy

Call = Callable[..., Done]
DOCS = Path(__file__).parents[2] / "docs" / "questions.md"
HOW = "run: scrapy db questions --sample > docs/questions.md"


@pytest.fixture
def db(scrapy: Scrapy, tmp_path: Path) -> Callable[..., Done]:
    """`scrapy db ARGUMENTS` over a file of the folder."""

    def call(*arguments: str, file: str = "news.db") -> Done:
        return scrapy("db", *arguments, NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path / file}")

    return call


def test_upgrade_makes_a_database_and_leaves_one_at_head_alone(db: Call) -> None:
    first, second = db("upgrade"), db("upgrade")
    assert (first.returncode, first.stdout) == (0, "database made, at version 0004\n")
    assert (second.returncode, second.stdout) == (0, "database at version 0004, nothing to do\n")


def test_upgrade_refuses_somebody_elses_database(db: Call, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE customers (id)")
    done = db("upgrade", file="other.db")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "is not a newscrawl database" in done.stderr


def test_schema_is_the_data_dictionary(db: Call) -> None:
    done = db("schema")
    assert (done.returncode, done.stdout) == (0, markdown())


def test_the_written_questions_and_answers_are_not_stale(db: Call) -> None:
    done = db("questions", "--sample")
    assert (done.returncode, done.stderr) == (0, "")
    written = DOCS.read_text(encoding="utf-8")
    assert [part for part in done.stdout.split("\n## ") if part not in written] == [], HOW
    assert done.stdout == written, HOW
    empty = sum(question.why_empty is not None for question in QUESTIONS)
    assert len(re.findall("^No rows: ", done.stdout, re.MULTILINE)) == empty


def test_one_question_is_answered_from_ones_own_database(db: Call) -> None:
    db("upgrade")
    done = db("questions", "gaps")
    assert (done.returncode, done.stdout.splitlines()[2][:7]) == (0, "`gaps` ")
    assert done.stdout.endswith("No rows: the database has none.\n")
    assert "there is no question 'gap'; there are newest, " in db("questions", "gap").stderr


@pytest.mark.parametrize("arguments", [[], ["downgrade"], ["upgrade", "now"]])
def test_anything_else_is_refused_with_what_there_is(db: Call, arguments: list[str]) -> None:
    done = db(*arguments)
    assert done.returncode == 2
    assert "say what to do: upgrade, schema or questions" in done.stderr


def test_an_option_of_something_else_is_refused(db: Call) -> None:
    done = db("schema", "--sample")
    assert (done.returncode, "--sample does not go with schema" in done.stderr) == (2, True)
