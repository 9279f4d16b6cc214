"""bloomberg.com, 2006 to mid-2010: /apps/news?pid=...&sid=..."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, Selectors, TitleTail


class Bloomberg2006(Layout):
    """The title element holds the section, there is no canonical address, and subheads are ordinary paragraphs."""

    era = "2006-01"
    marker = "span.news_story_title"
    scope = "div.articlepage"
    body = ("div.contentbox.article",)
    skip = "table.newstools, div.textad, div.related_media_box, i"

    headline: ClassVar[Selectors] = (Dom("span.news_story_title"), Meta("og:title"))
    byline: ClassVar[Selectors] = ()
    published: ClassVar[Selectors] = ()
    updated: ClassVar[Selectors] = (Dom("div.contentbox > i"),)
    section: ClassVar[Selectors] = (TitleTail(),)
    topics: ClassVar[Selectors] = ()
    figures = (Figure(selector="div.contentbox.article div.photo", caption=("p",)),)
    address: ClassVar[Selectors] = (
        *Layout.address,
        Dom('a[href*="sid="][href*="pid="]', "href"),
        Dom('a[href^="mailto:"][href*="sid%3D"]', "href"),
    )
