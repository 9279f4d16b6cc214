"""bloomberg.com, January 2015 to late 2016: /news/articles/YYYY-MM-DD/slug. The whole archive was moved to it."""

from typing import ClassVar

from newscrawl.extract.layout import ATTACHED, Figure, Layout
from newscrawl.extract.selectors import Dom, JsonLd, Meta, Selectors


class Bloomberg2015(Layout):
    """Scrolling appends further stories as articles of the same class: the first is the page's."""

    era = "2015-01"
    marker = "article.bb-article, div.article-body__content"
    scope = "article.bb-article"
    body = ("div.article-body__content",)
    skip = (
        "div.article-body__social-container, div.terminal-tout, figure, div.inline-newsletter, h2.inline-video__title"
    )

    headline: ClassVar[Selectors] = (Dom("h1.lede-headline"), *Layout.headline)
    dek: ClassVar[Selectors] = (Dom("h2.lede-dek"), Dom("div.lede-dek"))
    byline: ClassVar[Selectors] = (
        Dom("div.byline a.author-link"),
        Dom("a.byline-details__link, span.byline-details__link"),
        Dom("div.author-byline", own=True),
        Meta("parsely-author"),
        Meta("sailthru.author", ","),
        JsonLd("author.name"),
    )
    published: ClassVar[Selectors] = (
        Dom("time.published-at[datetime]", "datetime"),
        Dom('time[itemprop="datePublished"]', "datetime"),
        Meta("parsely-pub-date"),
        Meta("date"),
    )
    updated: ClassVar[Selectors] = (
        Dom("time.updated-at[datetime]", "datetime"),
        Dom('time[itemprop="dateModified"]', "datetime"),
    )
    section: ClassVar[Selectors] = (Meta("parsely-section"), Meta("genre"))
    topics: ClassVar[Selectors] = (Dom("a.article-tags__tag-link"), *Layout.topics)
    abstract: ClassVar[Selectors] = (Dom("div.article-abstract__item-text"), Dom("li.article-abstract__item"))
    figures = (
        Figure(
            selector="div.large-image-lede, header figure, div.image-lede, figure.inline-image, "
            "figure.inline-media:not(.inline-video)",
            caption=("div.inline-media__caption, div.large-image-lede__caption, div.caption, figcaption > .caption",),
            credit=("div.inline-media__credit, div.credit",),
            image="img, div.background-image__image",
            unless=".video-player, .standard-video__player-placeholder, iframe",
        ),
        ATTACHED,
    )
