"""businessweek.com, mid-2011 to 2012: #article_body, headline and byline within it."""

from typing import ClassVar

from newscrawl.extract.layout import Figure
from newscrawl.extract.selectors import Dom, Meta, MetaDay, Selectors
from newscrawl.publishers.bloomberg.layouts.businessweek_2010 import Businessweek2010


class Businessweek2011(Businessweek2010):
    """The h2 under the headline is the dek; a correction is in p.note above the first paragraph."""

    era = "2011-07"
    marker = "div#article_body:not([itemprop])"
    # The last line of a magazine story, "The bottom line: ...", is set in an element of its own, below the body.
    body = ("div#article_body, div.bottom_line",)
    skip = (
        "div#article_body > h1, div#article_body > h2, p.author, p.note, p.tagline, div.inset, div.columnist, "
        "div#pagination, div#related_items, div.module"
    )

    headline: ClassVar[Selectors] = (Dom("div#article_body > h1"), Meta("headline"), Dom("h1"))
    dek: ClassVar[Selectors] = (Dom("div#article_body > h2"),)
    byline: ClassVar[Selectors] = (Dom("div#article_body p.author"), Dom("p.author"), Meta("author", ","))
    published: ClassVar[Selectors] = (
        MetaDay("pub_date", "time"),
        Dom("span.published_date", within="page"),
        Meta("pub_date"),
    )
    figures = (Figure(selector="div#lead_graphic, div.lead_graphic", caption=("p",), credit=("p.photo_credit",)),)
