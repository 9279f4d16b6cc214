"""Output that is written piece by piece."""

from __future__ import annotations

import csv
import io
import json
import os
import sys

import pytest
from rich.table import Table

from newscrawl.cli.output import iterate_rows, iterate_table, make_table, write_output

_ROWS = [{"id": number, "names": ("a", "b\nc"), "text": f'"{number}", \u202e'} for number in range(1201)]


@pytest.mark.parametrize("number", [0, 1, 2, 1201])
def test_json_in_pieces_is_one_document(number: int) -> None:
    pieces = list(iterate_rows("json", (), iter(_ROWS[:number])))
    text = "".join(pieces)
    whole = json.dumps(_ROWS[:number], ensure_ascii=False, indent=2) + "\n"
    assert text == whole.replace("\u202e", "\\u202e")
    assert len(pieces) == number + 1


def test_csv_in_pieces() -> None:
    text = "".join(iterate_rows("csv", ["id", "names"], iter(_ROWS)))
    rows = list(csv.reader(io.StringIO(text)))
    assert (rows[0], len(rows), rows[-1][0]) == (["id", "names"], 1202, "1200")


def test_rows_are_written_as_they_are_read() -> None:
    read: list[int] = []

    def rows() -> object:
        for row in _ROWS:
            read.append(row["id"])  # type: ignore[arg-type]
            yield row

    pieces = iterate_rows("csv", ["id"], rows())  # type: ignore[arg-type]
    assert (next(pieces), read) == ("id\r\n", [])
    next(pieces)
    assert 0 < len(read) < len(_ROWS)


def test_the_pieces_of_a_table_have_the_same_columns() -> None:
    def make(part: object) -> Table:
        table = make_table("Name", "Next")
        for name in part:  # type: ignore[attr-defined]
            table.add_row(name, "x")
        return table

    names = ["a longer name", *(f"n{number}" for number in range(1200))]
    lines = "".join(iterate_table(names, make, format_below=lambda name: f"  below {name}\n")).splitlines()
    assert (len(lines), lines[0].split()) == (1 + 2 * len(names), ["Name", "Next"])
    assert {line.index("x") for line in lines[1::2]} == {lines[0].index("Next")}
    assert lines[-1] == "  below n1199"


def test_a_reader_that_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        write_output("x" * 100_000 for _ in range(10))
