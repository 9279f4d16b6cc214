"""bloomberg.com, 2014: the same addresses as before, h1.article_title."""

from typing import ClassVar

from newscrawl.extract.layout import ATTACHED, Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, Selectors


class Bloomberg2014(Layout):
    """The photograph is before the body, its caption three times over; meta elements carry microdata."""

    era = "2014-01"
    marker = "h1.article_title"
    scope = "article.article_main"
    body = ("div.article_body", "div.entry_content")
    skip = "figure, div.cap_preview, div.cap_show, div.ext_caption, section.related_links, section.ad_medium"

    headline: ClassVar[Selectors] = (Dom("h1.article_title"), Meta("headline"), Meta("og:title"))
    byline: ClassVar[Selectors] = (Dom("div.byline span.author"), Dom("span.author"))
    published: ClassVar[Selectors] = (
        Meta("datePublished"),
        Dom("span.date[epoch]", "epoch"),
        Dom("div.entry_wrap span[epoch]", "epoch"),
        Meta("pubdate"),
    )
    updated: ClassVar[Selectors] = (Meta("dateModified"), Meta("lastmod"))
    figures = (
        Figure(
            selector="figure",
            caption=("div.caption_contain > p", "div.cap_show > p", "div.caption_show > p"),
            credit=("span.credits", "figcaption"),
            unless=".video_player, .video-player",
        ),
        ATTACHED,
    )
    post_id: ClassVar[Selectors] = (Meta("bb:resource_id"), Meta("parsely-post-id"))
