"""bloomberg.com, mid-2010 to 2013: /news/YYYY-MM-DD/slug.html, in three dresses of one skeleton (#story_content)."""

from typing import ClassVar

from newscrawl.extract.layout import ATTACHED, Layout
from newscrawl.extract.selectors import Dom, Meta, Selectors


class Bloomberg2010(Layout):
    """The publication time is an epoch in milliseconds; attachments with captions are within the body."""

    era = "2010-06"
    marker = "div#story_content, div#story_display"
    scope = "div#primary_content"
    body = ("div#story_display", "div#story_content")
    skip = "div#story_tools_top_holder"

    headline: ClassVar[Selectors] = (
        Dom("h1.disqus_title"),
        Dom("div#disqus_title > h1"),
        Dom("div#story_head h1"),
        Dom("div#story > h1"),
        Meta("og:title"),
        Dom("h1"),
    )
    byline: ClassVar[Selectors] = (
        Dom("cite.byline > span:not(.datestamp)"),
        Dom("cite.byline span.author, cite.byline span.last"),
        Dom("div.bview_story_meta .author"),
        Dom("cite.byline", own=True),
    )
    published: ClassVar[Selectors] = (
        Dom("span.datestamp[epoch]", "epoch"),
        Dom("span.datestamp script", "data-epoch"),
        Dom("span.datestamp noscript"),
        Dom("span.datestamp"),
    )
    topics: ClassVar[Selectors] = (
        Dom("div#related_categories_tags_top a.story_link"),
        Dom("div#related_news_bottom a.story_link"),
        Dom("div.related_categories_tags a.story_link"),
    )
    figures = (ATTACHED,)
