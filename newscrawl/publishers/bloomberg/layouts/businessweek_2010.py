"""businessweek.com, to mid-2011: #storyBody."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, Places


class Businessweek2010(Layout):
    """The first h2 of the story is its dek. The meta element of the time tells no half of the day: it is not read."""

    era = "2008-01"
    title = "Bloomberg Businessweek"
    marker = "div#storyBody"
    body = ("div#storyBody",)
    skip = (
        "div#storyBody > h1, div#storyBody > h2, p.byline, p.author, p.date, p.tagline, p.note, "
        'div#inset, div.media, div[id^="lede"]'
    )

    headline: ClassVar[Places] = (Dom("div#storyBody > h1"), Meta("headline"), Dom("h1"))
    dek: ClassVar[Places] = (Dom("div#storyBody > h2"), Meta("deck_index"), Meta("blurb"))
    byline: ClassVar[Places] = (Dom("div#storyBody p.byline"), Dom("p.byline"), Meta("author", ","))
    published: ClassVar[Places] = (
        Dom("div.date, p.date, span.date", within="page"),
        Meta("pub_date"),
    )
    updated: ClassVar[Places] = ()
    section: ClassVar[Places] = (Meta("channel"),)
    topics: ClassVar[Places] = (Meta("keywords", ","),)
    correction: ClassVar[Places] = (Dom("p.note"),)
    tickers: ClassVar[Places] = (Meta("tickers"), *Layout.tickers)
    figures = (
        Figure(selector='div[id^="lede"]', caption=("p",), credit=("span.photoCredit",), unless="object, embed"),
    )
