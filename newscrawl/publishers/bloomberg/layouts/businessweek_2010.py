"""businessweek.com, to mid-2011: #storyBody."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Meta, Selectors


class Businessweek2010(Layout):
    """The first h2 of the story is its dek. The meta element of the time has no a.m. or p.m.: it is not read."""

    era = "2008-01"
    title = "Bloomberg Businessweek"
    marker = "div#storyBody"
    body = ("div#storyBody",)
    skip = (
        "div#storyBody > h1, div#storyBody > h2, p.byline, p.author, p.date, p.tagline, p.note, "
        'div#inset, div.media, div[id^="lede"]'
    )

    headline: ClassVar[Selectors] = (Dom("div#storyBody > h1"), Meta("headline"), Dom("h1"))
    dek: ClassVar[Selectors] = (Dom("div#storyBody > h2"), Meta("deck_index"), Meta("blurb"))
    byline: ClassVar[Selectors] = (Dom("div#storyBody p.byline"), Dom("p.byline"), Meta("author", ","))
    published: ClassVar[Selectors] = (Dom("div.date, p.date, span.date", within="page"), Meta("pub_date"))
    updated: ClassVar[Selectors] = ()
    section: ClassVar[Selectors] = (Meta("channel"),)
    topics: ClassVar[Selectors] = (Meta("keywords", ","),)
    correction: ClassVar[Selectors] = (Dom("p.note"),)
    tickers: ClassVar[Selectors] = (Meta("tickers"), *Layout.tickers)
    figures = (
        Figure(selector='div[id^="lede"]', caption=("p",), credit=("span.photoCredit",), unless="object, embed"),
    )
