"""Answers to the sample questions from a SQLite database, and docs/questions.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from newscrawl.errors import StorageError
from newscrawl.storage.database import Database
from newscrawl.storage.docs.sample_queries import QUESTIONS, Question

_ROWS, _WIDTH = 8, 64  # rows of an answer that are printed, and characters of a cell
_MARKUP = re.compile(r"[\\`*|<>\[\]#~&]|\b_|_\b")
_OPENING = """\
# {count} questions

Questions of researchers, data engineers and readers about an archive, each answered by one SELECT over the tables and
views of [schema.md](schema.md). Run them in `sqlite3 news.db`; set a parameter such as `:ticker` with
`.parameter set :ticker 'AAPL:US'`. `scrapy db questions` answers all of them from your own database, `scrapy db
questions NAME` one, and `scrapy browse` has a page for each.
"""
_OF_SAMPLE = """
The answers on this page come from the sample edition, an invented newspaper (`make crawl`); `…` replaces values that
differ from crawl to crawl. Written by `scrapy db questions --sample > docs/questions.md`; the checks fail when it is
stale.
"""


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """The result of a question's statement."""

    question: Question
    parameters: Mapping[str, str]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class QuestionStore(Database):
    """The part of Store that answers sample questions."""

    def answer(self, question: Question, parameters: Mapping[str, str] = MappingProxyType({})) -> QuestionAnswer:
        """Answer a question with these parameters, or else its own. Raises StorageError, also if this is not SQLite."""
        if self._engine.dialect.name != "sqlite":
            own = "docs/questions.md has their answers on the sample edition"
            raise StorageError(f"the questions are in SQLite's SQL; {own}")
        values = {**question.parameters, **parameters}
        with self._reading() as connection:
            result = connection.exec_driver_sql(question.sql, values)
            return QuestionAnswer(question, values, tuple(result.keys()), [tuple(row) for row in result])


def markdown(answers: Iterable[QuestionAnswer], *, is_sample: bool) -> str:
    """Write docs/questions.md from the answers of the sample edition (`is_sample`), or the same of another database."""
    opening = _OPENING.format(count=len(QUESTIONS)) + (_OF_SAMPLE if is_sample else "")
    return opening + "".join(section(answer, is_sample=is_sample) for answer in answers)


def section(answer: QuestionAnswer, *, is_sample: bool) -> str:
    """Write a question with its SQL and its answer; for the sample edition without columns that vary."""
    question = answer.question
    lines = [f"\n## {question.title}\n", f"`{question.name}` · {question.note}\n"]
    lines += ["```sql", f"{question.sql};", "```\n"]
    if answer.parameters:
        values = (f"`:{name}` is `{value}`" for name, value in answer.parameters.items())
        lines.append(f"Where {', '.join(values)}:\n")
    return "\n".join([*lines, *_table(answer, question.varying if is_sample else frozenset()), ""])


def _table(answer: QuestionAnswer, hidden: frozenset[str]) -> Iterator[str]:
    if not answer.rows:
        yield "No rows: the database has none."
        return
    yield _line(answer.columns)
    yield "|---" * len(answer.columns) + "|"
    for row in answer.rows[:_ROWS]:
        yield _line("…" if name in hidden else value for name, value in zip(answer.columns, row, strict=True))
    if (more := len(answer.rows) - _ROWS) > 0:
        yield f"\n… and {more} more."


def _line(values: Iterable[Any]) -> str:
    """The values as a row of a table, without active Markdown or HTML; NULL is empty."""
    cells = []
    for value in values:
        text = "" if value is None else " ".join(str(value).split())
        text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1].rstrip()}…"
        cells.append(_MARKUP.sub(lambda character: f"\\{character[0]}", text))
    return f"| {' | '.join(cells)} |"
