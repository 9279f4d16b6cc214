"""bloomberg.com, mid-2018 to 2021: div.body-copy-v2. From 2020 on often cut to a teaser, div.content-well-v2.blur."""

from dataclasses import replace
from typing import ClassVar

from newscrawl.extract.layout import ATTACHED, Layout
from newscrawl.extract.selectors import Dom, JsonLd, Selectors
from newscrawl.publishers.bloomberg.layouts.bloomberg_2016 import Bloomberg2016


class Bloomberg2018(Bloomberg2016):
    """The mobile lede, the footer and the recirculation repeat headline, byline and times: the lede's are read."""

    era = "2018-06"
    marker = "div.body-copy-v2"
    body = ("div.body-copy-v2",)
    skip = Bloomberg2016.skip + ", div.footer-timestamp, div.touts-v2, div.outstream-ad"
    teaser = "div.content-well-v2.blur, div.content-cliff-tout-v2"

    headline: ClassVar[Selectors] = (
        Dom("h1.lede-text-v2__hed"),
        Dom('h1[class*="__hed"]:not([class*="mobile"])'),
        Dom('[class*="newsletter-headline"], [class*="__headline"] > h1'),
        *Layout.headline,
    )
    dek: ClassVar[Selectors] = (
        Dom("div.lede-text-v2__dek"),
        Dom('div[class*="lede"][class*="__dek"]:not([class*="mobile"])'),
    )
    byline: ClassVar[Selectors] = (
        Dom("address.lede-text-v2__byline a.author-v2__byline"),
        Dom("address.lede-text-v2__byline div.author-v2", own=True),
        *Layout.byline,
    )
    published: ClassVar[Selectors] = (
        Dom('div.lede-text-v2 time[itemprop="datePublished"]', "datetime"),
        *Layout.published,
    )
    updated: ClassVar[Selectors] = (
        Dom('div.lede-text-v2 time[itemprop="dateModified"]', "datetime"),
        JsonLd("dateModified"),
    )
    abstract: ClassVar[Selectors] = (Dom("div.abstract-v2__item-text"), Dom("li.abstract-v2__item"))
    figures = (
        replace(
            Bloomberg2016.figures[0],
            selector="section.main-column-v2 > figure, article > figure, div.lede-wrap figure, div.body-copy-v2 figure",
        ),
        replace(Bloomberg2016.figures[1], selector='div[class*="lede"][class*="image"]:not([class*="mobile"])'),
        ATTACHED,
    )
