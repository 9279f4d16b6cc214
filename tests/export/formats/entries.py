"""Articles for the tests of export formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

from hypothesis import strategies as st

from newscrawl.article import Article, Block, Contact, Dateline, Image
from newscrawl.export import formats
from newscrawl.export.exporter import ExportedArticle
from sample.story import renditions

HOSTILE = "<script>alert(1)</script> & \x1b[31m\x07 ]]> \"'` *b* _i_ [x](javascript:alert(1)) =1+1 | # \u2028 \ufffe 🐦"
STORY = Article(
    url="https://www.bloomberg.example/news/articles/2019-01-02/tides",
    canonical_url="https://www.bloomberg.example/news/articles/2019-01-02/tides-turn",
    post_id="PX1",
    publisher="Sample Edition",
    layout="bloomberg_2018",
    headline="Tides Turn at Port Ellery",
    dek="After a century, the channel moves.",
    byline=("Jo Doe", "Ann Poe"),
    dateline=Dateline(place="PORT ELLERY", date_text="Jan. 2", agency="Sample Edition"),
    published_at=datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC),
    published_precision="second",
    updated_at=datetime(2019, 1, 2, 4, tzinfo=UTC),
    fetched_at=datetime(2020, 1, 1, 0, 0, 0, 123456, tzinfo=UTC),
    section="Green",
    topics=("Sand", "Silt"),
    tickers=("TIDE:LN", "OAT"),
    language="en",
    abstract=("Channel moves", "Ferries wait"),
    correction="(Corrects the depth.)",
    body=(
        Block(kind="paragraph", text="The harbour has been silting up for a century."),
        Block(kind="subhead", text="Sand and Silt"),
        Block(kind="quote", text="“It moves,” she said."),
        Block(kind="list_item", text="Sand: 40 percent"),
        Block(kind="list_item", text="Silt: 60 percent"),
        Block(kind="table", text="Year\tDepth\n1999\t12\n2019"),
    ),
    images=(
        Image(url="https://img.example/i 1.jpg", caption="The channel.", credit="Photographer: Li Roe"),
        Image(caption="A ferry."),
    ),
    contacts=(Contact(role="reporter", name="Jo Doe", place="Port Ellery", email="jdoe@news.example"),),
    assistance=("Cy Do",),
    sources={"headline": "dom h1", "body": "dom p"},
)
SEEN = {"first_seen_at": datetime(2019, 1, 2, 5, tzinfo=UTC), "last_seen_at": datetime(2019, 1, 3, tzinfo=UTC)}
ENTRY = ExportedArticle(article=STORY, id=7, revision=2, **SEEN)
HOSTILE_ENTRY = ExportedArticle(
    article=replace(
        STORY,
        url="javascript:alert(1)",
        canonical_url=None,
        headline=HOSTILE,
        dek=HOSTILE,
        byline=(HOSTILE,),
        section=HOSTILE,
        topics=(HOSTILE,),
        correction=HOSTILE,
        abstract=(HOSTILE,),
        body=tuple(Block(kind=block.kind, text=HOSTILE) for block in STORY.body),
        images=(Image(url="javascript:alert(1)", caption=HOSTILE),),
    ),
    id=8,
)


def exported(name: str, entries: Iterable[ExportedArticle], title: str | None = None) -> bytes:
    """Return what an exporter writes."""
    file = BytesIO()
    exporter = formats.find_format(name)(file, title)
    exporter.begin()
    for entry in entries:
        exporter.write(entry)
    exporter.end()
    return file.getvalue()


@cache
def edition() -> list[ExportedArticle]:
    """Return the sample edition, newest first."""
    articles = {story.article().canonical_url or story.article().url: story.article() for story in renditions()}
    newest = sorted(articles.values(), key=lambda article: str(article.published_at), reverse=True)
    return [ExportedArticle(article=article, id=at, revision=1) for at, article in enumerate(newest, 1)]


def _texts(**size: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.text(max_size=8), max_size=2, **size).map(tuple)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


_TEXT = st.text(max_size=12)
_TIME = st.datetimes(timezones=st.just(UTC))
_ADDRESS = st.text(max_size=12) | st.text(max_size=12).map(lambda text: f"https://www.bloomberg.example/{text}")

ENTRIES: st.SearchStrategy[ExportedArticle] = st.builds(
    ExportedArticle,
    article=st.builds(
        Article,
        url=_ADDRESS,
        canonical_url=_maybe(_ADDRESS),
        post_id=_maybe(_TEXT),
        publisher=_TEXT,
        layout=_TEXT,
        headline=_TEXT,
        dek=_maybe(_TEXT),
        description=_maybe(_TEXT),
        byline=_texts(),
        dateline=_maybe(st.builds(Dateline, place=_maybe(_TEXT), date_text=_maybe(_TEXT), agency=_maybe(_TEXT))),
        published_at=_maybe(_TIME),
        published_precision=st.sampled_from((None, "second", "minute", "day")),
        updated_at=_maybe(_TIME),
        fetched_at=_TIME,
        section=_maybe(_TEXT),
        topics=_texts(),
        tickers=_texts(),
        language=_maybe(_TEXT),
        access=st.sampled_from(("full", "teaser", "blocked")),
        abstract=_texts(),
        correction=_maybe(_TEXT),
        body=st.lists(
            st.builds(Block, kind=st.sampled_from(("paragraph", "subhead", "list_item", "quote", "table")), text=_TEXT),
            max_size=4,
        ).map(tuple),
        images=st.lists(
            st.builds(Image, url=_maybe(_ADDRESS), caption=_maybe(_TEXT), credit=_maybe(_TEXT)), max_size=2
        ).map(tuple),
        contacts=st.lists(
            st.builds(
                Contact,
                role=st.sampled_from(("reporter", "editor")),
                name=_TEXT,
                place=_maybe(_TEXT),
                email=_maybe(_TEXT),
            ),
            max_size=2,
        ).map(tuple),
        assistance=_texts(),
        complete=st.booleans(),
        sources=st.dictionaries(_TEXT, _TEXT, max_size=2),
    ),
    id=_maybe(st.integers(1, 2**62)),
    revision=_maybe(st.integers(1, 2**30)),
    first_seen_at=_maybe(_TIME),
    last_seen_at=_maybe(_TIME),
)
"""Arbitrary articles."""
