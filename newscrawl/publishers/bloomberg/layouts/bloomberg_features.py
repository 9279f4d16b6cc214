"""bloomberg.com/features, 2018 on: hashed class names beside stable ones that begin with css--."""

from typing import ClassVar

from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom, Selectors


class BloombergFeatures(Layout):
    """Built from descriptions: no capture is at hand."""

    era = "2018-07"
    marker = 'h1[class*="css--lede-hed"]'
    body = ('[class*="css--root-container"]', "main", "article")
    wrappers = '[class*="css--paragraph-wrapper"], section, [class*="css--body"]'
    skip = 'aside, figure, nav, header, footer, [class*="recirc"], [class*="newsletter"], h1'
    teaser = 'div[class*="teaser-content__"], div.shimmering-text'

    headline: ClassVar[Selectors] = (Dom('h1[class*="css--lede-hed"]'), *Layout.headline)
    dek: ClassVar[Selectors] = (Dom('[class*="css--lede-dek"]'),)
    byline: ClassVar[Selectors] = (Dom('[class*="css--author-byline"] a, [class*="css--byline"] a'), *Layout.byline)
    figures = (
        Figure(
            selector="figure", caption=('[class*="caption"]',), credit=('[class*="credit"]',), unless="video, iframe"
        ),
    )
