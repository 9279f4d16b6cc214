"""bloomberg.com, 2022 and 2023: class names end in a hash ("headline__699ae8fb")."""

from typing import ClassVar

from newscrawl.extract.layout import TABLES, Figure, Layout
from newscrawl.extract.selectors import Dom, JsonLd, Selectors, with_class_prefix


class Bloomberg2022(Layout):
    """The first h1 is the navigation's, and the navigation holds article elements; p.paywall does not mean cut."""

    era = "2022-01"
    marker = with_class_prefix("h1", "headline__")
    scope = "div.transporter-item.current article, article[data-story-id]"
    body = ("div.body-content",)
    skip = (
        'div.page-ad, aside, figure, div[class*="inline-newsletter"], div[class*="for-you"], ol.noscript-footnotes, '
        '.trashline, div[class*="recirc"], table:has(th.news-rsf-table-string)'
    )
    wrappers = TABLES
    closing = 'div.trashline, p.trashline, div[class*="news-rsf-contact"]'
    teaser = 'div[class*="teaser-content__"], div.shimmering-text'

    headline: ClassVar[Selectors] = (Dom(with_class_prefix("h1", "headline__")), *Layout.headline)
    dek: ClassVar[Selectors] = (Dom('div[class^="dek__"] p'), Dom('div[class^="dek__"], p[class^="dek__"]'))
    byline: ClassVar[Selectors] = (
        Dom('address[class^="lede-byline__"] p[class^="author__"]'),
        Dom('address[class^="lede-byline__"] a[rel="author"]'),
        *Layout.byline,
    )
    published: ClassVar[Selectors] = (
        Dom('div[class^="lede-times__"] time[itemprop="datePublished"]', "datetime"),
        *Layout.published,
    )
    updated: ClassVar[Selectors] = (
        Dom('div[class^="lede-times__"] time[itemprop="dateModified"]', "datetime"),
        JsonLd("dateModified"),
    )
    section: ClassVar[Selectors] = (
        Dom('div[class^="section-identifier__"] [class^="brand__"]'),
        Dom('div[class^="section-identifier__"]'),
        *Layout.section,
    )
    tickers: ClassVar[Selectors] = (Dom('div[class^="blens"] a[href*="/quote/"]', "href"), *Layout.tickers)
    abstract: ClassVar[Selectors] = (Dom('div[class^="abstract-item-text__"]'), Dom('li[class^="abstract-item__"]'))
    figures = (
        Figure(
            selector="figure",
            caption=(".caption",),
            credit=(".credit",),
            unless='video, iframe, div[class^="video-player__"]',
        ),
    )
