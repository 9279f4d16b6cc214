"""Sample questions: their files, and their answers from SQLite; tests/commands tests what docs/questions.md shows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.errors import StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import QUESTIONS, Question, Store
from newscrawl.storage.docs.answers import QuestionAnswer, section
from newscrawl.storage.docs.sample_queries import parse_question
from tests.storage.captures import capture, result

EACH = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without articles."""
    made = tmp_path_factory.mktemp("questions") / "news.db"
    open_archive(f"sqlite:///{made}").close()
    return made


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connected:
        yield connected


FILE = """\
-- title: Who writes most?
-- parameter author: Ana: "A"
-- parameter since: 2020-01-01
-- varying: first, last
-- note: `assisted` counts
--   lines such as -- this.
SELECT ':a' AS first, 1 AS last
WHERE :author > :since;
"""


def test_the_front_comment_and_the_statement_are_read() -> None:
    assert parse_question("07-most-by.sql", FILE) == Question(
        name="most-by",
        title="Who writes most?",
        sql="SELECT ':a' AS first, 1 AS last\nWHERE :author > :since",
        note="`assisted` counts lines such as -- this.",
        parameters={"author": 'Ana: "A"', "since": "2020-01-01"},
        varying=frozenset({"first", "last"}),
    )


@pytest.mark.parametrize(
    ("file_name", "old", "new", "message"),
    [
        ("most.sql", "", "", "most.sql: a question's file is called NUMBER-NAME.sql"),
        ("1-Most By.sql", "", "", "1-Most By.sql: a question's file is called NUMBER-NAME.sql"),
        ("1-most.sql", "title:", "titel:", "1-most.sql, line 1: expected title, .*, not '-- titel: Who writes most"),
        ("1-most.sql", "-- title: Who writes most?\n", "", "1-most.sql: the front comment has no title"),
        (
            "1-most.sql",
            "-- title: Who writes most?\n",
            "--   more\n",
            "1-most.sql, line 1: expected .*, not '--   more'",
        ),
        ("1-most.sql", "-- title", "--title", "1-most.sql, line 1: expected"),
        ("1-most.sql", "note: `assisted` counts", "note:", "1-most.sql, line 5: expected"),
        ("1-most.sql", "-- varying: first, last", "-- title: again", "1-most.sql, line 4: title is given twice"),
        (
            "1-most.sql",
            "since: 2020",
            "until: 2020",
            "1-most.sql: parameter since is in the front comment or in the SQL",
        ),
        ("1-most.sql", FILE[FILE.index("SELECT") :], "", "1-most.sql: no SQL follows the front comment"),
    ],
)
def test_a_malformed_file_is_an_error_that_names_it(file_name: str, old: str, new: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        parse_question(file_name, FILE.replace(old, new) if old else FILE)


def test_names_and_titles_are_unique() -> None:
    for values in ({question.name for question in QUESTIONS}, {question.title for question in QUESTIONS}):
        assert len(values) == len(QUESTIONS)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", question.name) for question in QUESTIONS)


@EACH
def test_a_question_has_the_columns_that_it_hides(question: Question, connection: sqlite3.Connection) -> None:
    cursor = connection.execute(question.sql, dict(question.parameters))
    assert question.varying <= {column[0] for column in cursor.description}


@EACH
def test_a_question_joins_by_indexes(question: Question, connection: sqlite3.Connection) -> None:
    """SQLite makes an index for one statement where it joins by what has none; two scans would be a product."""
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {question.sql}", dict(question.parameters))]
    assert not [step for step in plan if "AUTOMATIC" in step]
    made = {step.split()[1] for step in plan if step.startswith(("CO-ROUTINE", "MATERIALIZE"))}
    scans = [step for step in plan if re.match(r"SCAN \w+", step) and "VIRTUAL TABLE" not in step]
    assert sum(step.split()[1] not in made for step in scans) <= 1, plan


def test_a_hostile_value_is_one_cell_of_text() -> None:
    hostile = "<script>a|b</script>\n# [x](javascript:1) `c` \\ _d_ " + "long " * 30
    (*_, row) = section(
        QuestionAnswer(QUESTIONS[0], {}, ("headline", "dek"), [(hostile, None)]), is_sample=False
    ).splitlines()
    assert row == r"| \<script\>a\|b\</script\> \# \[x\](javascript:1) \`c\` \\ \_d\_ long long lo… |  |"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_own_parameters_replace_the_defaults(store: Store, run_id: int) -> None:
    (question,) = [question for question in QUESTIONS if question.name == "ticker-mentions"]
    store.record([result(capture(tickers=("SEA:US",)))], run_id=run_id)
    assert store.answer(question).rows == []
    answer = store.answer(question, {"ticker": "SEA:US"})
    assert (answer.columns[1], answer.rows[0][1], answer.parameters) == ("articles", 1, {"ticker": "SEA:US"})


@pytest.mark.parametrize("kind", ["sqlite"])
def test_words_that_fts5_rejects_are_an_error(store: Store) -> None:
    (question,) = [question for question in QUESTIONS if question.name == "search"]
    with pytest.raises(StorageError, match="unterminated string"):
        store.answer(question, {"words": '"'})


@pytest.mark.parametrize("kind", ["postgresql"])
def test_another_database_is_an_error(store: Store) -> None:
    with pytest.raises(StorageError, match="SQLite's SQL"):
        store.answer(QUESTIONS[0])
