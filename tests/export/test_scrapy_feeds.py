"""Feeds of items that are no articles."""

from __future__ import annotations

import io
import json

import pytest

from newscrawl.export.scrapy_feeds import ArticleItemExporter
from tests.library.test_docs import URL, article
from tests.test_embedded_pipelines import NOW

ARTICLE = article(URL, "A quiet harbour", NOW, "Sport")


def export(name: str, *items: object) -> str:
    file = io.BytesIO()
    exporter = ArticleItemExporter(name, file)
    exporter.start_exporting()
    for item in items:
        exporter.export_item(item)
    exporter.finish_exporting()
    return file.getvalue().decode()


def test_a_feed_that_begins_with_another_item_is_scrapys() -> None:
    lines = [json.loads(line) for line in export("jsonl", {"price": 3}, ARTICLE).splitlines()]
    assert lines[0] == {"price": 3}
    assert lines[1]["headline"] == "A quiet harbour"
    assert "id" not in lines[1]
    assert export("csv", {"price": 3}, {"price": 4}).split() == ["price", "3", "4"]


def test_among_articles_other_items_are_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    [line] = export("jsonl", ARTICLE, {"price": 3}).splitlines()
    assert json.loads(line)["headline"] == "A quiet harbour"
    assert "they are no articles: 1" in caplog.text
    caplog.clear()
    assert "<item>" not in export("rss", {"price": 3}, {"price": 4})
    assert "they are no articles: 2" in caplog.text


def test_a_feed_without_items_is_one_without_articles() -> None:
    assert export("jsonl") == ""
    assert export("csv").startswith("id,revision")
