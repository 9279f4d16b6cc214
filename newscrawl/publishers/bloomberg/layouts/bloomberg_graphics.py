"""bloomberg.com/graphics: stories in charts, 2014 on."""

import re
from typing import ClassVar

from newscrawl.extract.body import Line
from newscrawl.extract.layout import Layout
from newscrawl.extract.markup import select
from newscrawl.extract.selectors import Dom, JsonLd, Meta, PageView, Selectors
from newscrawl.extract.text import read_text

_DATE_HEADING = re.compile(
    r"(?:(?:published|updated|posted)\W+)?(?:[a-z]+day,?\s+)?(?:[a-z]{3,9}\.?\s+\d|\d{1,2}\s+[a-z]{3})", re.I
)


class DateHeading(Dom):
    """Headings that are a date: pages of 2015 print theirs in one."""

    def read(self, view: PageView) -> list[str]:
        return [text for text in super().read(view) if len(text) < 60 and _DATE_HEADING.match(text)]


class BloombergGraphics(Layout):
    """Every time element is the recirculation's, and the printed date a day: the publication time is in the head."""

    era = "2014-06"
    marker = "div.dvz-content"
    body = ("div.dvz-content section.copy-block, div.dvz-content div.copy-block",)
    skip = "p.source, p.credits, div.dvz-recirculator, section.dvz-recirculator, p.chart-note"

    headline: ClassVar[Selectors] = (Dom("div.dvz-content h1.article-title"), Dom("h1#hed"), Meta("og:title"))
    dek: ClassVar[Selectors] = (Dom("div.dvz-content .article-dek, div.dvz-content .dek"),)
    byline: ClassVar[Selectors] = (
        Dom("div.bydek > a, div.bydek > span"),
        Dom("div.bydek", own=True),
        Meta("parsely-author"),
        JsonLd("author.name"),
    )
    published: ClassVar[Selectors] = (
        Meta("parsely-pub-date"),
        JsonLd("datePublished"),
        Dom("div.bydek > div"),
        DateHeading(
            "div.dvz-content h2, div.dvz-content h3, div.dvz-content h4, div.dvz-content h5, div.dvz-content h6"
        ),
    )
    updated: ClassVar[Selectors] = ()

    def lines(self, view: PageView) -> list[Line]:
        """Read the body's blocks, then the credits at the foot of the page that name assistance."""
        texts = map(read_text, select(view.markup.root, "div.dvz-content p.source, div.dvz-content p.credits"))
        assistance = [Line(kind="paragraph", text=text) for text in texts if "assistance" in text.lower()]
        return [*super().lines(view), *assistance]
