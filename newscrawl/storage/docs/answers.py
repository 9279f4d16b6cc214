"""Answers to the questions of `questions`, from a SQLite database, and docs/questions.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from newscrawl.errors import StorageError
from newscrawl.storage.docs.sample_queries import QUESTIONS, Question

_ROWS, _WIDTH = 8, 64
"""Rows of an answer that are printed, and characters of a cell."""
_MARKUP = re.compile(r"[\\`*|<>\[\]#~&]|\b_|_\b")
_OPENING = """\
# {count} questions

What researchers, data engineers and readers ask of an archive, each as one SELECT over the tables and views of
[schema.md](schema.md). They are typed into `sqlite3 news.db` as they are; what is `:named` there is set by
`.parameter set :ticker 'AAPL:US'`. `scrapy db questions` answers all of them from your own database, `scrapy db
questions NAME` one, and in `scrapy browse` each has a page.
"""
_OF_SAMPLE = """
The answers here are of the sample edition, an invented newspaper (`make crawl`); a `…` stands for what is otherwise at
every crawl. This page is written by `scrapy db questions --sample > docs/questions.md`, and the checks fail when it is
stale.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to."""

    question: Question
    parameters: Mapping[str, str]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def answer(connection: Connection, question: Question, parameters: Mapping[str, str] = MappingProxyType({})) -> Answer:
    """Ask it, with its own parameters where none are given. Raises StorageError for a database that is not SQLite's."""
    if connection.dialect.name != "sqlite":
        raise StorageError(
            "the questions are in SQLite's SQL; docs/questions.md has their answers on the sample edition"
        )
    given = {**question.parameters, **parameters}
    told = connection.exec_driver_sql(question.sql, given)
    return Answer(question, given, tuple(told.keys()), [tuple(row) for row in told])


def markdown(answers: Iterable[Answer], *, is_sample: bool) -> str:
    """docs/questions.md of the sample edition's answers (`is_sample`), or the same of another database's."""
    opening = _OPENING.format(count=len(QUESTIONS)) + (_OF_SAMPLE if is_sample else "")
    return opening + "".join(section(told, is_sample=is_sample) for told in answers)


def section(told: Answer, *, is_sample: bool) -> str:
    """A question with its SQL and its answer; of the sample's, without what is otherwise at every crawl."""
    question = told.question
    lines = [f"\n## {question.title}\n", f"`{question.name}` · {question.note}\n"]
    lines += ["```sql", f"{question.sql};", "```\n"]
    if told.parameters:
        given = (f"`:{name}` is `{value}`" for name, value in told.parameters.items())
        lines.append(f"Where {', '.join(given)}:\n")
    return "\n".join([*lines, *_answer(told, question.varying if is_sample else frozenset()), ""])


def _answer(told: Answer, hidden: frozenset[str]) -> Iterator[str]:
    if not told.rows:
        yield "No rows: the database has none."
        return
    yield _line(told.columns)
    yield "|---" * len(told.columns) + "|"
    for row in told.rows[:_ROWS]:
        yield _line("…" if name in hidden else value for name, value in zip(told.columns, row, strict=True))
    if (more := len(told.rows) - _ROWS) > 0:
        yield f"\n… and {more} more."


def _line(values: Iterable[Any]) -> str:
    return f"| {' | '.join(map(_cell, values))} |"


def _cell(value: Any) -> str:
    """A value in one line, with nothing in it that Markdown or HTML would obey; NULL is empty."""
    text = "" if value is None else " ".join(str(value).split())
    text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1].rstrip()}…"
    return _MARKUP.sub(lambda found: f"\\{found[0]}", text)
