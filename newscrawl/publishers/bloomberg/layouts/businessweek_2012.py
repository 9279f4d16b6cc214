"""businessweek.com, 2012 to 2014: article.businessweek with microdata."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, Selectors


class Businessweek2012(Layout):
    """Pull quotes (blockquote.pq) repeat the story's words; plain blockquotes are its own."""

    era = "2012-01"
    title = "Bloomberg Businessweek"
    marker = "article.businessweek div#article_body[itemprop]"
    scope = "article.businessweek"
    # The last line of a magazine story, "The bottom line: ...", is set in an element of its own, below the body.
    body = ("div#article_body, div.bottom_line",)
    skip = "blockquote.pq, div#related_items, div.module, p.photo_credit, .design_bio, div.inline_video"

    headline: ClassVar[Selectors] = (Dom("h1.headline"), Meta("og:title"))
    dek: ClassVar[Selectors] = (Dom("h2.deck, p.deck, h2.dek"),)
    byline: ClassVar[Selectors] = (
        Dom('div#authorial a[rel="author"]'),
        Dom("div#authorial span.byline"),
        Meta("author", ","),
    )
    published: ClassVar[Selectors] = (Dom('time[itemprop="datePublished"]', "datetime"), Meta("pub_date"))
    updated: ClassVar[Selectors] = (Dom('time[itemprop="dateModified"]', "datetime"),)
    section: ClassVar[Selectors] = (Meta("department"), Meta("channel"))
    topics: ClassVar[Selectors] = (Meta("keywords", ","),)
    tickers: ClassVar[Selectors] = (Meta("tickers"), *Layout.tickers)
    figures = (
        Figure(
            selector="div#lead_graphic",
            caption=("p.photo_caption, p.caption",),
            credit=("p.photo_credit",),
            unless="iframe",
        ),
    )
