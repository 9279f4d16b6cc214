"""Every page of the sample edition as extraction reads it: articles field by field, and what is none."""

from dataclasses import fields
from datetime import datetime
from functools import cache

import pytest

from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Article
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.errors import BlockedError, ExtractError
from newscrawl.publishers import normalize_by_publisher
from newscrawl.sample import EDITION, HOST
from sample.story import Rendition, renditions

FIELDS = [field.name for field in fields(Article) if field.name != "sources"]


@cache
def articles() -> dict[tuple[str, datetime], Article]:
    stories = {(story.url, story.captured) for story in renditions()}
    found = {(one.url, one.captured_at): one for one in read_captures(EDITION)}
    return {key: extract(found[key].page()) for key in stories}


def name(story: Rendition) -> str:
    return f"{story.layout}/{story.name}@{story.captured:%Y-%m-%d}" + ("" if story.host == HOST else "/mobile")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("story", renditions(), ids=name)
def test_field(story: Rendition, field: str) -> None:
    assert getattr(articles()[story.url, story.captured], field) == getattr(story.article(), field)


def test_what_is_no_article_is_refused() -> None:
    refused = {}
    articles = {normalize_by_publisher(story.url) for story in renditions()}
    for capture in read_captures(EDITION):
        is_page = capture.status == 200 and "html" in (capture.header("Content-Type") or "")
        if is_page and normalize_by_publisher(capture.url) not in articles:
            with pytest.raises((ExtractError, BlockedError)) as caught:
                extract(capture.page())
            refused[capture.url.removeprefix(f"https://{HOST}")] = type(caught.value).__name__
    blocked = [path for path, error in refused.items() if error == "BlockedError"]
    assert len(blocked) == 2
    assert any(path.startswith("/tosv2.html") for path in blocked)
    assert {path: error for path, error in refused.items() if path not in blocked} == {
        "/": "NotAnArticleError",
        "/technology": "NotAnArticleError",
        "/news/videos/2026-05-05/tide-mill-turns-again-video": "NotAnArticleError",
        "/news/videos/2026-05-04/cocoa-above-copper-3-minutes-video": "NotAnArticleError",
        "/news/audio/2026-05-03/weekend-law-wolves-wool-and-the-word-maybe-podcast": "NotAnArticleError",
    }
