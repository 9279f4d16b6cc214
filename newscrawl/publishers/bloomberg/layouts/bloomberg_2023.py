"""bloomberg.com, late 2023 and 2024: class names begin with media-ui. Built from descriptions, without a capture."""

from typing import ClassVar

from newscrawl.extract.layout import TABLES, Figure, Layout
from newscrawl.extract.selectors import Dom, JsonLd, Meta, Selectors


class Bloomberg2023(Layout):
    """The page's state, script#__NEXT_DATA__, has the whole story: it is never read."""

    era = "2023-10"
    marker = 'h1[class*="media-ui-HedAndDek_headline"]'
    scope = "main article, article, main"
    body: ClassVar[tuple[str, ...]] = ("div.body-content",)
    skip = (
        'div[class*="recirc"], div[class*="newsletter"], div[class*="FullWidthAd"], div.page-ad, aside, figure, '
        'div[class*="bookmark"], div[class*="share"]'
    )
    wrappers = TABLES
    closing = 'div.trashline, p.trashline, div[class*="news-rsf-contact"]'
    teaser = (
        'div[class*="articleBlur"], div[class*="teaser-content__"], div.shimmering-text, div[class*="media-ui-Blur"]'
    )

    headline: ClassVar[Selectors] = (Dom('h1[class*="media-ui-HedAndDek_headline"]'), *Layout.headline)
    dek: ClassVar[Selectors] = (Dom('[class*="media-ui-HedAndDek_dek"]'),)
    byline: ClassVar[Selectors] = (
        Dom('[class*="media-ui-Byline_bylineAuthors"] a'),
        Dom('[class*="media-ui-Byline_bylineAuthors"]'),
        *Layout.byline,
    )
    published: ClassVar[Selectors] = (
        Dom('[class*="media-ui-Timestamp_"] time[datetime]:not([data-type="updated"])', "datetime"),
        *Layout.published,
    )
    updated: ClassVar[Selectors] = (
        Dom('[class*="media-ui-Timestamp_"] time[data-type="updated"]', "datetime"),
        JsonLd("dateModified"),
    )
    section: ClassVar[Selectors] = (Dom('[class*="media-ui-Eyebrow_eyebrow"]'), *Layout.section)
    abstract: ClassVar[Selectors] = (
        Dom('[class*="media-ui-HedAndDek_abstract"] li'),
        Dom("ul[data-component=abstract] li"),
    )
    figures = (
        Figure(
            selector="figure",
            caption=('[class*="media-ui-Caption_caption"]',),
            credit=('[class*="media-ui-Caption_credit"]',),
            unless="video, iframe, [class*=VideoPlayer]",
        ),
    )
    post_id: ClassVar[Selectors] = (
        Meta("parsely-post-id"),
        Dom("article[data-story-id]", "data-story-id", within="page"),
    )
