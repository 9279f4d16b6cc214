"""bloomberg.com, 2025 on: ArticleHeadline, ArticleByline, ArticleBodyText. Built from descriptions and a fragment."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, JsonLd, Selectors
from newscrawl.publishers.bloomberg.layouts.bloomberg_2023 import Bloomberg2023


class Bloomberg2025(Bloomberg2023):
    """The blur that marks a teaser may be set on the body itself."""

    era = "2025-01"
    marker = 'h1[class*="ArticleHeadline_headline__"]'
    body = ("div.body-content", 'div[class*="ArticleBody_articleBody"]')
    teaser = Bloomberg2023.teaser + ', div[class*="styles_articleBlur__"]'

    headline: ClassVar[Selectors] = (Dom('h1[class*="ArticleHeadline_headline__"]'), *Layout.headline)
    dek: ClassVar[Selectors] = (Dom('[class*="ArticleDek_"], [class*="ArticleHeadline_dek"], [data-component="dek"]'),)
    byline: ClassVar[Selectors] = (
        Dom('[class*="ArticleByline_articleBylineAuthors__"] a[rel="author"]'),
        Dom('[class*="ArticleByline_articleBylineAuthors__"]'),
        *Layout.byline,
    )
    published: ClassVar[Selectors] = (
        Dom('[class*="ArticleTimestamp_"] time[datetime]:not([data-type="updated"])', "datetime"),
        *Layout.published,
    )
    updated: ClassVar[Selectors] = (
        Dom('[class*="ArticleTimestamp_"] time[data-type="updated"]', "datetime"),
        JsonLd("dateModified"),
    )
    section: ClassVar[Selectors] = (Dom('[class*="ArticleEyebrow_"], [data-component="eyebrow"]'), *Layout.section)
    abstract: ClassVar[Selectors] = (Dom('[class*="ArticleAbstract_"] li'), Dom('[data-component="abstract"] li'))
    figures = (
        Figure(
            selector="figure",
            caption=('[class*="Caption_caption"], [data-component="caption"]',),
            credit=('[class*="Caption_credit"], [class*="credit__"], [data-component="credit"]',),
            unless="video, iframe",
        ),
    )
