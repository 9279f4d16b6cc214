"""The Article as JSON, there and back."""

import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from itemadapter import ItemAdapter
from scrapy.exporters import JsonLinesItemExporter

from newscrawl.article import Article, Block, Contact, Dateline, Image

FULL = Article(
    url="https://www.bloomberg.example/news/articles/2019-01-02/tides",
    canonical_url="https://www.bloomberg.example/news/articles/2019-01-02/tides",
    post_id="PX1",
    publisher="Sample Edition",
    layout="bloomberg_2018",
    headline="Tides Turn",
    byline=("Jo Doe", "Ann Poe"),
    dateline=Dateline(place="Lima", date_text="Jan. 2", agency="Sample Edition"),
    published_at=datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC),
    published_precision="second",
    fetched_at=datetime(2020, 1, 1, tzinfo=UTC),
    tickers=("TIDE:LN",),
    body=(Block(kind="paragraph", text="One."), Block(kind="subhead", text="Two")),
    images=(Image(url="https://x.example/i.jpg", caption="A tide.", credit="Photographer: Li Roe"),),
    contacts=(Contact(role="reporter", name="Jo Doe", place="Lima", email="jdoe@news.example"),),
    sources={"headline": "dom h1"},
)


def test_json_there_and_back() -> None:
    assert Article.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


def test_item_exporters_write_the_same_json() -> None:
    written = BytesIO()
    exporter = JsonLinesItemExporter(written)
    exporter.export_item(FULL)
    assert json.loads(written.getvalue()) == FULL.to_json()
    assert ItemAdapter(FULL).get_field_meta("published_at")["serializer"]


def test_absent_is_null_or_an_empty_list() -> None:
    bare = Article(url="u", publisher="p", layout="l", headline="h", fetched_at=datetime(2020, 1, 1, tzinfo=UTC))
    data = bare.to_json()
    assert (data["dek"], data["dateline"], data["byline"], data["body"]) == (None, None, [], [])
    assert Article.from_json(data) == bare


def test_times_are_in_utc() -> None:
    here = datetime(2020, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    bare = Article(url="u", publisher="p", layout="l", headline="h", fetched_at=here)
    assert bare.to_json()["fetched_at"] == "2020-01-01T00:00:00Z"


def test_body_text_is_the_blocks_apart() -> None:
    assert FULL.body_text == "One.\n\nTwo"


def test_pickles_between_processes() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == FULL


def test_another_form_is_refused() -> None:
    with pytest.raises(TypeError):
        Article.from_json({"headline": "h", "unheard_of": 1})


def test_an_embedded_post_keeps_its_url() -> None:
    post = Block(kind="embed", text="The tide turned.", url="https://social.example/post/7")
    article = replace(FULL, body=(*FULL.body, post))
    assert Article.from_json(json.loads(json.dumps(article.to_json()))) == article
    assert article.to_json()["body"][-1] == {"kind": "embed", "text": post.text, "url": post.url}


def test_the_printed_body_begins_with_the_dateline_and_ends_with_captions() -> None:
    printed = FULL.with_printed_body()
    assert printed.body_text == ("Lima, Jan. 2 (Sample Edition) – One.\n\nTwo\n\nA tide. Photographer: Li Roe")
    assert (printed.dateline, printed.images) == (FULL.dateline, FULL.images)
    assert replace(FULL, body=(), dateline=None, images=()).with_printed_body().body == ()
