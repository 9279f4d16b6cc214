"""bloomberg.com, late 2016 to mid-2018: div.body-copy, with a lede of one of several shapes."""

from typing import ClassVar

from newscrawl.extract.layout import ATTACHED, TABLES, Figure, Layout
from newscrawl.extract.selectors import Dom, Selectors


class Bloomberg2016(Layout):
    """The author's element holds a hidden bio; market wraps set their subheads as paragraphs of one word."""

    era = "2016-11"
    marker = "div.body-copy"
    scope = "div.transporter-item.current > article"
    body = ("div.body-copy",)
    skip = (
        "div.page-ad, div.hardwall, div.softwall, aside, figure, .trashline, div.terminal-tout-container, "
        "ol.noscript-footnotes, div.left-column, div.thirdparty-embed, table:has(th.news-rsf-table-string)"
    )
    wrappers = TABLES
    closing = 'div.trashline, p.trashline, div[class*="news-rsf-contact"]'
    teaser = "div.content-well.blur, div.content-cliff-tout"

    headline: ClassVar[Selectors] = (
        Dom('h1[class*="__hed"]'),
        Dom('[class*="newsletter-headline"], h1.video-info__headline, [class*="__headline"] > h1'),
        *Layout.headline,
    )
    dek: ClassVar[Selectors] = (Dom('div[class*="lede"][class*="__dek"], h2[class*="__dek"]'),)
    byline: ClassVar[Selectors] = (
        Dom("address div.author", own=True),
        Dom("address a.author__byline, address a.author-v2__byline"),
        Dom('address[class*="__byline"]', own=True),
        *Layout.byline,
    )
    published: ClassVar[Selectors] = (
        Dom('div[class*="lede"] time[itemprop="datePublished"]', "datetime"),
        Dom('div[class*="lede"] time[datetime]:not(.updated)', "datetime"),
        *Layout.published,
    )
    updated: ClassVar[Selectors] = (
        Dom('div[class*="lede"] time.updated[datetime]', "datetime"),
        Dom('div[class*="lede"] time[itemprop="dateModified"]', "datetime"),
        *Layout.updated,
    )
    abstract: ClassVar[Selectors] = (Dom("div.abstract__item-text"), Dom("li.abstract__item"))
    figures = (
        Figure(
            selector="article > figure, figure.lede, div.lede > figure, .main-column > figure, div.body-copy figure",
            caption=(".caption, .news-figure-caption-text",),
            credit=(".credit, .news-figure-credit",),
            unless=".video-player, video, iframe",
        ),
        Figure(
            selector='div[class*="lede"][class*="image"]',
            caption=('[class*="__caption"]',),
            credit=('[class*="__credit"]',),
            image='img, [class*="__image"]',
            unless=".video-player, video",
        ),
        ATTACHED,
    )
