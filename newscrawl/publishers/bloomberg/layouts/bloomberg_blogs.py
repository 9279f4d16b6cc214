"""go.bloomberg.com, 2011 to 2014: the technology blogs, set by WordPress."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, Selectors


class BloombergBlogs(Layout):
    """A photograph's credit is above its caption."""

    era = "2011-01"
    marker = "div.post-entry"
    needs_sign = True
    body = ("div.post-entry",)
    skip = "div.wp-caption, div.share-buttons"

    headline: ClassVar[Selectors] = (Dom("article.hentry h1"), Dom("article h1"), Meta("og:title"))
    byline: ClassVar[Selectors] = (
        Dom("span.post-meta cite span.social_dropdown", own=True),
        Dom("span.post-meta cite"),
    )
    published: ClassVar[Selectors] = (Dom("span.post-meta"), *Layout.published)
    topics: ClassVar[Selectors] = (Dom('span.post-meta a[rel="tag"]'),)
    figures = (Figure(selector="div.wp-caption", caption=("p.wp-caption-text",), credit=("p.text-right",)),)
