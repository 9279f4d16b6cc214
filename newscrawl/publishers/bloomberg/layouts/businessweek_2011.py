"""businessweek.com, mid-2011 to 2012: #article_body, headline and byline within it."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, MetaDay, Places


class Businessweek2011(Layout):
    """The h2 under the headline is the dek; a correction stands in p.note above the first paragraph."""

    era = "2011-07"
    title = "Bloomberg Businessweek"
    marker = "div#article_body:not([itemprop])"
    # The last line of a magazine story, "The bottom line: ...", is set in an element of its own, below the body.
    body = ("div#article_body, div.bottom_line",)
    skip = (
        "div#article_body > h1, div#article_body > h2, p.author, p.note, p.tagline, div.inset, div.columnist, "
        "div#pagination, div#related_items, div.module"
    )

    headline: ClassVar[Places] = (Dom("div#article_body > h1"), Meta("headline"), Dom("h1"))
    dek: ClassVar[Places] = (Dom("div#article_body > h2"),)
    byline: ClassVar[Places] = (Dom("div#article_body p.author"), Dom("p.author"), Meta("author", ","))
    published: ClassVar[Places] = (
        MetaDay("pub_date", "time"),
        Dom("span.published_date", within="page"),
        Meta("pub_date"),
    )
    updated: ClassVar[Places] = ()
    section: ClassVar[Places] = (Meta("channel"),)
    topics: ClassVar[Places] = (Meta("keywords", ","),)
    correction: ClassVar[Places] = (Dom("p.note"),)
    tickers: ClassVar[Places] = (Meta("tickers"), *Layout.tickers)
    figures = (Figure(selector="div#lead_graphic, div.lead_graphic", caption=("p",), credit=("p.photo_credit",)),)
