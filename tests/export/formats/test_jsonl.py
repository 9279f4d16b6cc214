"""JSON Lines."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from newscrawl.article import Article
from newscrawl.export.exporter import ExportedArticle
from tests.export.formats.entries import ENTRIES, ENTRY, STORY, exported


@given(ENTRIES)
@settings(max_examples=50)
def test_a_line_is_the_article(entry: ExportedArticle) -> None:
    written = exported("jsonl", [entry]).decode()
    assert written.endswith("\n")
    values = json.loads(written)
    known = {name: values.pop(name) for name in ("id", "revision", "first_seen_at", "last_seen_at", "body_text")}
    assert Article.from_json(values) == entry.article
    assert (known["id"], known["body_text"]) == (entry.id, entry.article.body_text)


def test_archive_fields_come_first() -> None:
    values = json.loads(exported("jsonl", [ENTRY]))
    assert list(values)[:5] == ["id", "revision", "first_seen_at", "last_seen_at", "url"]
    assert (values["id"], values["revision"], values["first_seen_at"]) == (7, 2, "2019-01-02T05:00:00Z")
    assert values["headline"] == STORY.headline


@pytest.mark.parametrize("form", ["jsonl", "ninjs"])
def test_line_separators_and_terminal_controls_are_escaped(form: str) -> None:
    headline = "a\u2028b\u2029c\x85d\x9b31m\u202ee"
    written = exported(form, [replace(ENTRY, article=replace(STORY, headline=headline))]).decode()
    assert len(written.splitlines()) == 1
    assert not any(char in written for char in headline if char not in "abcde31m")
    values = json.loads(written)
    assert headline in (values.get("headline"), values.get("headlines", [{}])[0].get("value"))
