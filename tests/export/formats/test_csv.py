"""CSV."""

import csv
import io

import pytest
from hypothesis import given, settings

from newscrawl.export.display import format_cell
from newscrawl.export.exporter import ExportedArticle
from tests.export.formats.entries import ENTRIES, ENTRY, HOSTILE_ENTRY, STORY, exported


def read(written: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written.decode(), newline=""), strict=True))


def test_a_row_has_the_fields_of_the_article() -> None:
    (row,) = read(exported("csv", [ENTRY]))
    assert row["id"] == "7"
    assert row["headline"] == STORY.headline
    assert row["byline"] == "Jo Doe; Ann Poe"
    assert row["published_at"] == "2019-01-02T03:04:05Z"
    assert row["body_text"] == STORY.body_text
    assert (row["dateline_place"], row["tickers"]) == ("PORT ELLERY", "TIDE:LN; OAT")
    assert row["image_captions"] == "The channel.; A ferry."
    assert row["contacts"] == "Jo Doe, reporter, Port Ellery, jdoe@news.example"


@given(ENTRIES)
@settings(max_examples=50)
def test_a_spreadsheet_computes_nothing(entry: ExportedArticle) -> None:
    (row,) = read(exported("csv", [entry]))
    assert not [format_cell for format_cell in row.values() if format_cell.strip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("before", ["", " ", "\n", "\t", "\u00a0", "\u200b", "\u200e", "\ufeff", "\x1b", "\r\n "])
@pytest.mark.parametrize("sign", list("=+-@\uff1d"))
def test_formulas_behind_blanks_are_quoted(before: str, sign: str) -> None:
    assert format_cell(f"{before}{sign}1").startswith("'")


def test_lines_end_with_crlf() -> None:
    written = exported("csv", [HOSTILE_ENTRY])
    assert written.startswith(b"id,revision,")
    assert written.endswith(b"\r\n")
    assert b"\x1b" not in written
