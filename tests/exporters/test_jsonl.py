"""JSON Lines."""

import json

from hypothesis import given, settings

from newscrawl.article import Article
from newscrawl.exporters._exporter import Entry
from tests.exporters.writing import ENTRIES, ENTRY, STORY, exported


@given(ENTRIES)
@settings(max_examples=50)
def test_a_line_is_the_article(entry: Entry) -> None:
    written = exported("jsonl", [entry]).decode()
    assert written.endswith("\n")
    told = json.loads(written)
    known = {name: told.pop(name) for name in ("id", "revision", "first_seen_at", "last_seen_at")}
    assert Article.from_json(told) == entry.article
    assert known["id"] == entry.id


def test_what_the_archive_knows_stands_first() -> None:
    told = json.loads(exported("jsonl", [ENTRY]))
    assert list(told)[:5] == ["id", "revision", "first_seen_at", "last_seen_at", "url"]
    assert (told["id"], told["revision"], told["first_seen_at"]) == (7, 2, "2019-01-02T05:00:00Z")
    assert told["headline"] == STORY.headline
