"""bloomberg.com/graphics: stories in charts, 2014 on."""

from typing import ClassVar

from newscrawl.extract.body import Line
from newscrawl.extract.layout import Layout
from newscrawl.extract.markup import select
from newscrawl.extract.selectors import Dom, JsonLd, Meta, PageView, Selectors
from newscrawl.extract.text import read_text


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
    published: ClassVar[Selectors] = (Meta("parsely-pub-date"), JsonLd("datePublished"), Dom("div.bydek > div"))
    updated: ClassVar[Selectors] = ()

    def lines(self, view: PageView) -> list[Line]:
        """Read the body's blocks, then the credits at the foot of the page that name assistance."""
        texts = map(read_text, select(view.markup.root, "div.dvz-content p.source, div.dvz-content p.credits"))
        assistance = [Line(kind="paragraph", text=text) for text in texts if "assistance" in text.lower()]
        return [*super().lines(view), *assistance]
