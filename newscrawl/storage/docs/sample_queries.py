"""Sample questions about an archive, each a file of questions/: a front comment and one SELECT in SQLite's SQL.

    -- title: How often was a security in the news?
    -- parameter ticker: HALV:SX
    -- varying: last_at
    -- note: Markdown about the answer, which may
    --   continue on lines that are indented.
    SELECT ...;

The file's name is a number, for the order, and the question's name: 05-ticker-mentions.sql.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

_FILE_NAME = re.compile(r"\d+-([a-z]+(?:-[a-z]+)*)\.sql")
_KEYS = ("title", "varying", "note")
_FIELD = re.compile(rf"-- ({'|'.join(_KEYS)}|parameter [a-z]\w*): (\S.*)")
_CONTINUATION = re.compile(r"--   +(\S.*)")
# The first alternative skips string literals, which may hold a colon.
_SQL_PARAMETER = re.compile(r"'[^']*'|(?<![\w:]):([a-z]\w*)")


@dataclass(frozen=True, slots=True)
class Question:
    """A question about an archive, and the statement that answers it."""

    name: str
    """Lower-case words with hyphens: part of a URL."""
    title: str
    sql: str
    """One SELECT without its semicolon; named parameters such as :ticker."""
    note: str
    """What a reader must know about the answer: Markdown."""
    parameters: Mapping[str, str]
    """A value for each parameter of the SQL, for which the sample edition has an answer."""
    varying: frozenset[str]
    """Columns whose values differ from crawl to crawl, because they are about the crawl and not about articles."""


def parse_question(file_name: str, text: str) -> Question:
    """Read a question from the text of its file. Raises ValueError, which names the file, if it is malformed."""
    name = _FILE_NAME.fullmatch(file_name)
    if not name:
        raise ValueError(f"{file_name}: a question's file is called NUMBER-NAME.sql")
    lines = text.splitlines()
    length = next((at for at, line in enumerate(lines) if not line.startswith("--")), len(lines))
    fields = _parse_comment(file_name, lines[:length])
    sql = "\n".join(lines[length:]).strip().removesuffix(";")
    parameters = {key.removeprefix("parameter "): value for key, value in fields.items() if key not in _KEYS}
    if missing := {"title", "note"} - fields.keys():
        raise ValueError(f"{file_name}: the front comment has no {min(missing)}")
    if not sql:
        raise ValueError(f"{file_name}: no SQL follows the front comment")
    if unequal := parameters.keys() ^ (set(_SQL_PARAMETER.findall(sql)) - {""}):
        raise ValueError(
            f"{file_name}: parameter {min(unequal)} is in the front comment or in the SQL, but not in both"
        )
    varying = frozenset(fields.get("varying", "").replace(",", " ").split())
    return Question(name[1], fields["title"], sql, fields["note"], parameters, varying)


def _parse_comment(file_name: str, lines: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if field := _FIELD.fullmatch(line):
            key, value = field.groups()
            if key in fields:
                raise ValueError(f"{file_name}, line {number}: {key} is given twice")
            fields[key] = value
        elif fields and (continuation := _CONTINUATION.fullmatch(line)):
            fields[key] += f" {continuation[1]}"
        else:
            expected = f"{', '.join(_KEYS)} or parameter NAME, a colon and a value"
            raise ValueError(f"{file_name}, line {number}: expected {expected}, not {line!r}")
    return fields


_FILES = [path for path in (files("newscrawl.storage.docs") / "questions").iterdir() if path.name.endswith(".sql")]
QUESTIONS = tuple(
    parse_question(path.name, path.read_text(encoding="utf-8")) for path in sorted(_FILES, key=lambda path: path.name)
)
