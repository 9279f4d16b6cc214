"""The questions can be asked of any SQLite database; what docs/questions.md shows is tested in tests/commands."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.errors import StorageError
from newscrawl.storage import QUESTIONS, Question, Store
from newscrawl.storage.docs.answers import Answer, section
from tests.storage.captures import capture, result

EACH = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without articles."""
    made = tmp_path_factory.mktemp("asked") / "news.db"
    Store.open(f"sqlite:///{made}").close()
    return made


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connected:
        yield connected


def test_every_name_and_title_is_there_once() -> None:
    for told in ({question.name for question in QUESTIONS}, {question.title for question in QUESTIONS}):
        assert len(told) == len(QUESTIONS)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", question.name) for question in QUESTIONS)


@EACH
def test_a_question_has_its_parameters_and_the_columns_that_it_hides(
    question: Question, connection: sqlite3.Connection
) -> None:
    assert set(re.findall(r"(?<![\w:]):([a-z]\w*)", question.sql)) == set(question.parameters)
    found = connection.execute(question.sql, dict(question.parameters))
    assert question.moving <= {column[0] for column in found.description}


@EACH
def test_a_question_joins_by_indexes(question: Question, connection: sqlite3.Connection) -> None:
    """SQLite makes an index for one statement where it joins by what has none; two scans would be a product."""
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {question.sql}", dict(question.parameters))]
    assert not [step for step in plan if "AUTOMATIC" in step]
    made = {step.split()[1] for step in plan if step.startswith(("CO-ROUTINE", "MATERIALIZE"))}
    scans = [step for step in plan if re.match(r"SCAN \w+", step) and "VIRTUAL TABLE" not in step]
    assert sum(step.split()[1] not in made for step in scans) <= 1, plan


def test_what_stands_in_an_answer_is_one_cell_of_text() -> None:
    hostile = "<script>a|b</script>\n# [x](javascript:1) `c` \\ _d_ " + "long " * 30
    (*_, row) = section(Answer(QUESTIONS[0], {}, ("headline", "dek"), [(hostile, None)]), is_sample=False).splitlines()
    assert row == r"| \<script\>a\|b\</script\> \# \[x\](javascript:1) \`c\` \\ \_d\_ long long lo… |  |"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_store_answers_with_parameters_of_ones_own(store: Store, run_id: int) -> None:
    (question,) = [question for question in QUESTIONS if question.name == "ticker-mentions"]
    store.record([result(capture(tickers=("SEA:US",)))], run_id=run_id)
    assert store.answer(question).rows == []
    found = store.answer(question, {"ticker": "SEA:US"})
    assert (found.columns[1], found.rows[0][1], found.parameters) == ("articles", 1, {"ticker": "SEA:US"})


@pytest.mark.parametrize("kind", ["sqlite"])
def test_words_that_fts_refuses_are_an_error_with_a_name(store: Store) -> None:
    (question,) = [question for question in QUESTIONS if question.name == "search"]
    with pytest.raises(StorageError, match="unterminated string"):
        store.answer(question, {"words": '"'})


@pytest.mark.parametrize("kind", ["postgresql"])
def test_another_database_has_no_answer(store: Store) -> None:
    with pytest.raises(StorageError, match="SQLite's SQL"):
        store.answer(QUESTIONS[0])
