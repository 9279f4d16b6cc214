"""Invents pages of news sites: articles, and every other kind of page that such a site has.

Thirteen kinds of content management systems, each with markup, addresses and metadata of its own, in sixteen languages.
Articles and other pages of a site share its frame (menu, sidebar, footer, cookie notice), so that nothing but the kind
of a page tells them apart. `make_pages` returns the same pages for the same seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import ClassVar

from training.invented_text import LANGUAGES, Language

_EPOCH = datetime(2021, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InventedPage:
    """A page, and what it is."""

    kind: str
    theme: str
    language: str
    url: str
    html: str
    is_article: bool


@dataclass(slots=True)
class Story:
    """What a list says about an article."""

    title: str
    path: str
    summary: str
    author: str
    day: datetime
    section: str


@dataclass(slots=True)
class Parts:
    """The parts of a page that depend on its kind."""

    title: str
    main: str
    path: str
    og_type: str | None = None
    ld: list[dict[str, object]] = field(default_factory=list)
    body_class: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    links: str = ""


def tag(name: str, content: str = "", /, **attributes: str) -> str:
    """Write an element; `cls` is its class, and underscores in the names of attributes are hyphens."""
    pairs = (("class" if key == "cls" else key.replace("_", "-"), value) for key, value in attributes.items() if value)
    head = f"{name}" + "".join(f' {key}="{escape(value)}"' for key, value in pairs)
    return f"<{head}>" if name in ("img", "input", "br", "hr", "meta", "link") else f"<{head}>{content}</{name}>"


class Theme:
    """The markup of a content management system."""

    name: ClassVar[str]
    item: ClassVar[str] = "div"
    has_ld: ClassVar[float] = 0.6
    """Share of its sites with JSON-LD; likewise for the others."""
    has_og: ClassVar[float] = 0.8
    has_summaries: ClassVar[float] = 0.6
    has_dates: ClassVar[float] = 0.7
    has_classes: ClassVar[bool] = False
    """Whether the class of the body names the kind of page."""

    def __init__(self, rng: random.Random, language: Language, host: str) -> None:
        self.rng, self.language, self.host = rng, language, host
        self.site = language.say_words(rng, 1, 2)
        self.sections = [(self.words(1, 2), self.slug(1)) for _ in range(rng.randint(5, 11))]
        self.site_pages = {kind: self.name_page(kind) for kind in SITE_PAGES}
        self.with_ld, self.with_og, self.with_summaries, self.with_dates = (
            rng.random() < share for share in (self.has_ld, self.has_og, self.has_summaries, self.has_dates)
        )
        self.stories = [self.make_story() for _ in range(60)]
        self.owner = self.site if rng.random() < 0.3 else ""
        self.today = self.date(_EPOCH) if rng.random() < 0.3 else ""
        self.notice = self.language.say_paragraph(rng, 1, 4) if rng.random() < 0.5 else ""

    def words(self, low: int, high: int) -> str:
        return self.language.say_words(self.rng, low, high)

    def slug(self, low: int, high: int = 0) -> str:
        """Return words of an address: Latin letters, whatever the language."""
        latin = self.language if self.language.code in ("en", "de", "id", "fi") else LANGUAGES[0]
        return "-".join(latin.say_word(self.rng) for _ in range(self.rng.randint(low, max(low, high))))

    def name_page(self, kind: str) -> tuple[str, str]:
        """Return name and path of a page about the site: mostly as usual in the language, else invented."""
        own = dict(zip(SITE_PAGES, LABELS.get(self.language.code, ""), strict=False))
        label = own.get(kind) or self.words(1, 3)
        slug = self.slug(1, 2)
        if self.rng.random() < 0.8:
            is_local = label.isascii() and self.rng.random() < 0.5
            slug = (label.lower() if is_local else LABELS["en"][SITE_PAGES.index(kind)].lower()).replace(" ", "-")
        if self.rng.random() < 0.1:
            label = self.words(2, 6)
        return label, self.site_path(slug)

    def title(self) -> str:
        """Return the title of a page that is no article: mostly short, sometimes as long as a headline."""
        return self.words(4, 9) if self.rng.random() < 0.35 else self.words(1, 3)

    def make_story(self) -> Story:
        rng = self.rng
        section = rng.choice(self.sections)
        low, high = (4, 9) if self.language.space else (7, 14)
        day = _EPOCH + timedelta(minutes=rng.randint(0, 1_500_000))
        summary = self.language.say_paragraph(rng, 1, 2)
        story = Story(self.words(low, high), "", summary, self.language.say_name(rng), day, section[0])
        story.path = self.story_path(section[1], day)
        return story

    # addresses
    def story_path(self, section: str, day: datetime) -> str:
        return f"/{section}/{self.slug(4, 8)}"

    def section_path(self, slug: str) -> str:
        return f"/{slug}"

    def site_path(self, slug: str) -> str:
        return f"/{slug}"

    # elements
    def link(self, story: Story, content: str = "", cls: str = "") -> str:
        return tag("a", content or escape(story.title), href=story.path, cls=cls)

    def date(self, day: datetime) -> str:
        return tag("time", f"{day.day}.{day.month}.{day.year}", datetime=day.isoformat())

    def teaser(self, story: Story) -> str:
        summary = tag("p", escape(story.summary), cls="teaser-text") if self.with_summaries else ""
        when = self.date(story.day) if self.with_dates else ""
        return tag("div", tag("h3", self.link(story), cls="teaser-title") + summary + when, cls="teaser")

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        items = "".join(map(self.teaser, stories))
        return (tag("h1", escape(heading)) if heading else "") + (tag("p", intro) if intro else "") + items

    def paragraph(self, text: str) -> str:
        return tag("p", text)

    def story(self, story: Story, body: str) -> str:
        head = tag("h1", escape(story.title)) + tag("span", escape(story.author), cls="author") + self.date(story.day)
        return tag("article", tag("header", head) + tag("div", body, cls="article-body"), cls="article")

    def prose(self, heading: str, body: str) -> str:
        """Write a page that is no article but has running text: terms, about us."""
        return tag("div", tag("h1", escape(heading)) + tag("div", body, cls="page-content"), cls="page")

    def menu(self, current: str) -> str:
        links = "".join(
            tag(
                "li",
                tag(
                    "a",
                    escape(label),
                    href=self.section_path(slug),
                    cls="active" if self.section_path(slug) == current else "",
                ),
            )
            for label, slug in self.sections
        )
        return tag("nav", tag("ul", links), cls="main-nav")

    def footer(self, current: str) -> str:
        links = "".join(tag("li", tag("a", escape(label), href=path)) for label, path in self.site_pages.values())
        return tag("footer", tag("ul", links) + tag("p", f"© {escape(self.site)}"))

    def sidebar(self) -> str:
        chosen = self.rng.sample(self.stories, self.rng.randint(0, 10))
        return tag("aside", tag("h3", self.words(1, 2)) + tag("ul", "".join(tag("li", self.link(s)) for s in chosen)))

    def shell(self, parts: Parts) -> str:
        header = tag("header", tag("a", escape(self.site), href="/", cls="logo") + self.menu(parts.path))
        main = tag("main", parts.main)
        return header + tag("div", main + self.sidebar(), cls="layout") + self.footer(parts.path)

    def after_story(self) -> str:
        """Return what follows an article: related stories, a newsletter box, comments."""
        rng, related = self.rng, self.rng.sample(self.stories, self.rng.choice((0, 3, 4, 6)))
        more = (
            tag("section", tag("h2", self.words(1, 3)) + "".join(map(self.teaser, related)), cls="related")
            if related
            else ""
        )
        form = tag("input", type="email") + tag("button", self.words(1, 2))
        box = (
            tag("form", tag("p", self.language.say_sentence(rng)) + form, cls="newsletter")
            if rng.random() < 0.4
            else ""
        )
        comments = [tag("p", self.language.say_paragraph(rng, 1, 3)) for _ in range(rng.choice((0, 0, 0, 3, 8)))]
        talk = "".join(tag("li", tag("b", self.language.say_name(rng)) + text) for text in comments)
        return more + box + (tag("ol", talk, cls="comments") if talk else "")

    def render(self, parts: Parts) -> str:
        """Write the whole page."""
        head = [tag("meta", charset="utf-8"), f"<title>{escape(parts.title)}</title>", parts.links]
        meta = dict(parts.meta) | ({"author": self.owner} if self.owner else {})
        if self.with_og and parts.og_type:
            meta |= {"og:type": parts.og_type, "og:title": parts.title, "og:site_name": self.site}
        head += [
            f'<meta {"property" if ":" in name else "name"}="{name}" content="{escape(value)}">'
            for name, value in meta.items()
        ]
        head.append(tag("link", rel="canonical", href=f"https://{self.host}{parts.path}"))
        if self.with_ld and parts.ld:
            head.append(
                tag(
                    "script",
                    json.dumps({"@context": "https://schema.org", "@graph": parts.ld}),
                    type="application/ld+json",
                )
            )
        notice = tag("div", tag("p", self.notice) + tag("button", "OK"), cls="cookie-notice") if self.notice else ""
        direction = ' dir="rtl"' if self.language.is_rtl else ""
        body = tag("body", self.today + self.shell(parts) + notice, cls=parts.body_class if self.has_classes else "")
        return f'<!DOCTYPE html><html lang="{self.language.code}"{direction}><head>{"".join(head)}</head>{body}</html>'


class WordPress(Theme):
    """Posts in article elements, kinds of pages in the class of the body."""

    name = "wordpress"
    has_classes = True

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{day:%Y/%m/%d}/{self.slug(3, 8)}/"

    def section_path(self, slug: str) -> str:
        return f"/category/{slug}/"

    def site_path(self, slug: str) -> str:
        return f"/{slug}/"

    def teaser(self, story: Story) -> str:
        text = tag("div", tag("p", escape(story.summary) + " " + self.link(story, "[…]")), cls="entry-summary")
        head = tag("header", tag("h2", self.link(story), cls="entry-title") + self._meta(story), cls="entry-header")
        return tag("article", head + (text if self.with_summaries else ""), cls="post type-post hentry")

    def _meta(self, story: Story) -> str:
        return tag("div", self.date(story.day) + tag("span", escape(story.author), cls="byline"), cls="entry-meta")

    def story(self, story: Story, body: str) -> str:
        head = tag("header", tag("h1", escape(story.title), cls="entry-title") + self._meta(story), cls="entry-header")
        return tag("article", head + tag("div", body, cls="entry-content"), cls="post type-post hentry")

    def prose(self, heading: str, body: str) -> str:
        head = tag("header", tag("h1", escape(heading), cls="entry-title"), cls="entry-header")
        return tag("article", head + tag("div", body, cls="entry-content"), cls="page type-page hentry")

    def sidebar(self) -> str:
        links = "".join(tag("li", self.link(s)) for s in self.rng.sample(self.stories, 5))
        widget = tag(
            "section",
            tag("h2", self.words(1, 2), cls="widget-title") + tag("ul", links),
            cls="widget widget_recent_entries",
        )
        return tag("div", widget, id="secondary", cls="widget-area")


class BlogTheme(WordPress):
    """WordPress with whole posts in its lists."""

    name = "whole posts"
    has_ld = 0.2

    def teaser(self, story: Story) -> str:
        text = "".join(tag("p", self.language.say_paragraph(self.rng)) for _ in range(self.rng.randint(2, 6)))
        return tag("div", tag("h2", self.link(story)) + self._meta(story) + tag("div", text, cls="entry"), cls="post")


class Drupal(Theme):
    """Views of rows, fields in nested divs."""

    name = "drupal"
    has_ld = 0.2

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{section}/{self.slug(3, 7)}" if self.rng.random() < 0.7 else f"/node/{self.rng.randint(100, 99999)}"

    def teaser(self, story: Story) -> str:
        fields = tag("div", tag("span", self.link(story), cls="field-content"), cls="views-field views-field-title")
        if self.with_summaries:
            fields += tag(
                "div", tag("div", escape(story.summary), cls="field-content"), cls="views-field views-field-body"
            )
        if self.with_dates:
            fields += tag(
                "div", tag("span", f"{story.day:%d/%m/%Y}", cls="field-content"), cls="views-field views-field-created"
            )
        return tag("div", fields, cls="views-row")

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        rows = tag("div", "".join(map(self.teaser, stories)), cls="view-content")
        head = tag("h1", escape(heading), cls="page-title") if heading else ""
        return head + tag(
            "div", (tag("div", intro, cls="view-header") if intro else "") + rows, cls="view view-articles"
        )

    def story(self, story: Story, body: str) -> str:
        info = tag("div", f"{escape(story.author)} {story.day:%d/%m/%Y - %H:%M}", cls="submitted")
        field = tag("div", tag("div", body, cls="field__item"), cls="field field--name-body")
        return tag("h1", escape(story.title), cls="page-title") + tag(
            "div", info + field, cls="node node--type-article node--view-mode-full"
        )

    def prose(self, heading: str, body: str) -> str:
        field = tag("div", tag("div", body, cls="field__item"), cls="field field--name-body")
        return tag("h1", escape(heading), cls="page-title") + tag(
            "div", field, cls="node node--type-page node--view-mode-full"
        )


class Ghost(Theme):
    """Cards that are links as a whole."""

    name = "ghost"
    has_ld = 1.0

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{self.slug(3, 7)}/"

    def section_path(self, slug: str) -> str:
        return f"/tag/{slug}/"

    def teaser(self, story: Story) -> str:
        text = tag("p", escape(story.summary), cls="post-card-excerpt") if self.with_summaries else ""
        head = tag(
            "a",
            tag("h2", escape(story.title), cls="post-card-title") + text,
            href=story.path,
            cls="post-card-content-link",
        )
        return tag(
            "article",
            head + tag("footer", tag("span", escape(story.author)) + self.date(story.day), cls="post-card-meta"),
            cls="post-card",
        )

    def story(self, story: Story, body: str) -> str:
        head = tag("h1", escape(story.title), cls="article-title") + tag(
            "p", escape(story.summary), cls="article-excerpt"
        )
        return tag(
            "article",
            tag("header", head + self.date(story.day)) + tag("section", body, cls="gh-content gh-canvas"),
            cls="article post",
        )

    def footer(self, current: str) -> str:
        links = "".join(
            tag("a", escape(label), href=f"https://{self.host}{path}") for label, path in self.site_pages.values()
        )
        return tag("footer", tag("nav", links, cls="gh-foot-menu-nav"), cls="gh-foot")


class Arc(Theme):
    """Chains of feature blocks, with generated class names."""

    name = "arc"
    has_ld = 0.9

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{section}/{day:%Y/%m/%d}/{self.slug(4, 8)}-{''.join(self.rng.choices('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', k=26))}/"

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def teaser(self, story: Story) -> str:
        title = tag("a", tag("h3", escape(story.title), cls="c-heading"), href=story.path, cls="c-link")
        extra = tag("p", escape(story.summary), cls="c-paragraph") if self.with_summaries else ""
        by = tag("span", escape(story.author), cls="c-attribution") if self.rng.random() < 0.5 else ""
        return tag("div", tag("div", title + extra + by, cls="promo-text"), cls="b-medium-promo")

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        head = tag("h1", escape(heading), cls="c-heading b-header") if heading else ""
        groups = [stories[at : at + 5] for at in range(0, len(stories), 5)]
        chains = (
            tag("section", tag("h2", self.words(1, 2)) + "".join(map(self.teaser, group)), cls="c-stack chain")
            for group in groups
        )
        return head + (tag("p", intro) if intro else "") + "".join(chains)

    def story(self, story: Story, body: str) -> str:
        head = tag("h1", escape(story.title), cls="b-headline") + tag("h2", escape(story.summary), cls="b-subheadline")
        return tag(
            "div",
            head
            + tag("div", escape(story.author), cls="b-byline")
            + self.date(story.day)
            + tag("article", body, cls="b-article-body"),
        )


class NextCards(Theme):
    """A page of a script framework: nothing but divs, with hashed class names and the data once more as JSON."""

    name = "next"

    def _cls(self, name: str) -> str:
        return f"{name}_{name[::-1]}__{sum(map(ord, name + self.host)) % 9973:x}"

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{section}/{self.slug(3, 6)}-{self.rng.randint(100000, 9999999)}"

    def section_path(self, slug: str) -> str:
        return f"/c/{slug}"

    def date(self, day: datetime) -> str:
        return tag("span", f"{day.year}-{day.month:02}-{day.day:02}", cls=self._cls("date"))

    def teaser(self, story: Story) -> str:
        text = tag("div", escape(story.title), cls=self._cls("title"))
        text += tag("div", escape(story.summary), cls=self._cls("lead")) if self.with_summaries else ""
        return tag("div", tag("a", text, href=story.path), cls=self._cls("card"))

    def paragraph(self, text: str) -> str:
        return tag("p", text, cls=self._cls("para"))

    def story(self, story: Story, body: str) -> str:
        head = tag(
            "div",
            tag("h1", escape(story.title))
            + tag("div", escape(story.author), cls=self._cls("who"))
            + self.date(story.day),
        )
        return tag("div", head + tag("div", body, cls=self._cls("content")), cls=self._cls("wrap"))

    def shell(self, parts: Parts) -> str:
        page = tag("div", self.menu(parts.path) + tag("div", parts.main) + self.footer(parts.path), id="__next")
        return page + tag(
            "script", json.dumps({"props": {"page": parts.path}}), id="__NEXT_DATA__", type="application/json"
        )

    def menu(self, current: str) -> str:
        links = "".join(tag("a", escape(label), href=self.section_path(slug)) for label, slug in self.sections)
        return tag("div", links, cls=self._cls("menu"))

    def footer(self, current: str) -> str:
        links = "".join(tag("a", escape(label), href=path) for label, path in self.site_pages.values())
        return tag("div", links, cls=self._cls("bottom"))


class Tables(Theme):
    """The layout of around 2000: nested tables, font elements, text separated by br, no metadata."""

    name = "tables"
    has_ld = has_og = 0.0

    def story_path(self, section: str, day: datetime) -> str:
        number = self.rng.randint(100, 99999)
        return self.rng.choice(
            (f"/{section}/{number}.html", f"/article.php?id={number}", f"/{day:%Y%m%d}/{number}.htm")
        )

    def section_path(self, slug: str) -> str:
        return f"/{slug}/index.html"

    def site_path(self, slug: str) -> str:
        return f"/{slug}.html"

    def date(self, day: datetime) -> str:
        return tag("font", f"{day.day}/{day.month}/{day.year}", size="1")

    def teaser(self, story: Story) -> str:
        text = f"<br>{escape(story.summary)}" if self.with_summaries else ""
        when = self.date(story.day) + " " if self.with_dates else ""
        return tag("tr", tag("td", when + tag("b", self.link(story)) + text, valign="top"))

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        head = tag("b", tag("font", escape(heading), size="5")) if heading else ""
        return head + (f"<br>{intro}" if intro else "") + tag("table", "".join(map(self.teaser, stories)), width="100%")

    def paragraph(self, text: str) -> str:
        return f"{text}<br><br>\n"

    def story(self, story: Story, body: str) -> str:
        head = (
            tag("b", tag("font", escape(story.title), size="5"))
            + f"<br>{escape(story.author)}, "
            + self.date(story.day)
        )
        return head + "<br><br>" + tag("font", body, face="Arial", size="2")

    def prose(self, heading: str, body: str) -> str:
        return tag("b", tag("font", escape(heading), size="5")) + "<br><br>" + tag("font", body, face="Arial", size="2")

    def shell(self, parts: Parts) -> str:
        left = "".join(
            tag("tr", tag("td", tag("a", escape(name), href=self.section_path(slug)))) for name, slug in self.sections
        )
        cells = (
            tag("td", tag("table", left), width="150") + tag("td", parts.main, width="500") + tag("td", self.sidebar())
        )
        foot = " | ".join(tag("a", escape(label), href=path) for label, path in self.site_pages.values())
        return tag("table", tag("tr", cells), width="760", border="0") + tag("center", foot)

    def sidebar(self) -> str:
        return "<br>".join(self.link(s) for s in self.rng.sample(self.stories, self.rng.randint(0, 8)))


class Joomla(Theme):
    """Category blogs of items, module positions."""

    name = "joomla"
    has_ld, has_og = 0.1, 0.3

    def story_path(self, section: str, day: datetime) -> str:
        return f"/index.php/{section}/{self.rng.randint(10, 9999)}-{self.slug(2, 6)}"

    def section_path(self, slug: str) -> str:
        return f"/index.php/{slug}"

    def site_path(self, slug: str) -> str:
        return f"/index.php/{slug}"

    def teaser(self, story: Story) -> str:
        text = tag("p", escape(story.summary)) if self.with_summaries else ""
        more = tag("p", tag("a", self.words(2, 3), href=story.path, cls="btn"), cls="readmore")
        return tag(
            "div", tag("div", tag("h2", self.link(story)), cls="page-header") + text + more, cls="items-row cols-1 item"
        )

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        return tag("div", super().listing(heading, stories, intro), cls="blog")

    def story(self, story: Story, body: str) -> str:
        head = tag("div", tag("h2", escape(story.title)), cls="page-header")
        info = tag(
            "dl",
            tag("dd", escape(story.author), cls="createdby") + tag("dd", self.date(story.day), cls="published"),
            cls="article-info",
        )
        return tag("div", head + info + tag("div", body), cls="item-page")

    def prose(self, heading: str, body: str) -> str:
        return tag("div", tag("div", tag("h2", escape(heading)), cls="page-header") + tag("div", body), cls="item-page")


class Portal(Theme):
    """A dense portal: lists of one-line links in boxes, numbers in addresses."""

    name = "portal"
    has_ld, has_og, has_summaries, has_dates = 0.1, 0.3, 0.2, 0.4

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{section}/{day:%Y-%m-%d}/doc-{self.rng.randint(10**6, 10**8)}.shtml"

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def site_path(self, slug: str) -> str:
        return f"/{slug}/{slug}.shtml"

    def teaser(self, story: Story) -> str:
        when = tag("span", f"{story.day:%m-%d %H:%M}") if self.with_dates else ""
        return tag("li", self.link(story) + when)

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        groups = [stories[at : at + 8] for at in range(0, len(stories), 8)]
        boxes = (
            tag(
                "div",
                tag("div", self.words(1, 2), cls="hd") + tag("ul", "".join(map(self.teaser, g)), cls="list"),
                cls="mod",
            )
            for g in groups
        )
        return (
            (tag("div", escape(heading), cls="crumb") if heading else "")
            + (tag("p", intro) if intro else "")
            + "".join(boxes)
        )

    def story(self, story: Story, body: str) -> str:
        info = tag("div", f"{story.day:%Y-%m-%d %H:%M} {escape(story.author)}", cls="info")
        return tag("div", tag("h1", escape(story.title)) + info + tag("div", body, id="artibody"), cls="main-title")


class Soup(Theme):
    """A system of a publisher's own: sections, definition lists, headings in links."""

    name = "soup"

    def story_path(self, section: str, day: datetime) -> str:
        return f"/{section}/{day:%Y}/{self.slug(2, 6)}.{self.rng.randint(1000, 999999)}.html"

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def teaser(self, story: Story) -> str:
        text = escape(story.summary) if self.with_summaries else ""
        return tag("dt", self.link(story, cls="hl")) + tag(
            "dd", text + (self.date(story.day) if self.with_dates else "")
        )

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        head = (
            tag("div", tag("h1", escape(heading)) + (tag("p", intro) if intro else ""), cls="ressort-head")
            if heading
            else ""
        )
        return head + tag("dl", "".join(map(self.teaser, stories)), cls="stories")

    def story(self, story: Story, body: str) -> str:
        head = (
            tag("p", escape(story.section), cls="kicker")
            + tag("h1", escape(story.title))
            + tag("p", escape(story.summary), cls="lead")
        )
        return tag(
            "section",
            head + tag("p", f"{escape(story.author)} · {story.day:%d.%m.%Y}", cls="by") + body,
            cls="story-content",
        )


class Letters(Theme):
    """A platform of newsletters."""

    name = "letters"
    has_ld = 1.0

    def story_path(self, section: str, day: datetime) -> str:
        return f"/p/{self.slug(2, 6)}"

    def section_path(self, slug: str) -> str:
        return f"/s/{slug}"

    def teaser(self, story: Story) -> str:
        text = tag("a", tag("div", escape(story.title), cls="post-preview-title"), href=story.path)
        text += tag("a", tag("div", escape(story.summary), cls="post-preview-description"), href=story.path)
        return tag(
            "div",
            tag("div", text, cls="post-preview-content") + self.date(story.day),
            cls="post-preview portable-archive-post",
        )

    def story(self, story: Story, body: str) -> str:
        head = (
            tag("h1", escape(story.title), cls="post-title")
            + tag("h3", escape(story.summary), cls="subtitle")
            + self.date(story.day)
        )
        return tag(
            "article",
            tag("div", head, cls="post-header") + tag("div", body, cls="available-content"),
            cls="newsletter-post post",
        )


class Amp(Theme):
    """Pages for mobile readers."""

    name = "amp"
    has_ld = 1.0

    def story_path(self, section: str, day: datetime) -> str:
        return f"/amp/{section}/{self.slug(3, 7)}/"

    def section_path(self, slug: str) -> str:
        return f"/amp/{slug}/"

    def teaser(self, story: Story) -> str:
        image = tag("amp-img", "", src="/x.jpg", width="80", height="80", layout="responsive")
        return tag("li", tag("a", image + tag("span", escape(story.title)), href=story.path))

    def listing(self, heading: str, stories: Sequence[Story], intro: str = "") -> str:
        return (
            tag("h1", escape(heading))
            + (tag("p", intro) if intro else "")
            + tag("ul", "".join(map(self.teaser, stories)))
        )

    def story(self, story: Story, body: str) -> str:
        head = (
            tag("h1", escape(story.title))
            + tag("div", escape(story.author), cls="amp-wp-byline")
            + self.date(story.day)
        )
        return tag("article", head + tag("div", body, cls="amp-wp-article-content"), cls="amp-wp-article")

    def menu(self, current: str) -> str:
        return tag("amp-sidebar", super().menu(current), id="sidebar", layout="nodisplay")


class Corporate(Theme):
    """A system for companies and authorities: text modules in grids."""

    name = "corporate"
    has_ld, has_og = 0.1, 0.5

    def story_path(self, section: str, day: datetime) -> str:
        return f"/content/site/{self.language.code}/{section}/news/{self.slug(2, 5)}.html"

    def section_path(self, slug: str) -> str:
        return f"/content/site/{self.language.code}/{slug}.html"

    def site_path(self, slug: str) -> str:
        return f"/content/site/{self.language.code}/{slug}.html"

    def teaser(self, story: Story) -> str:
        text = tag("h3", escape(story.title), cls="cmp-teaser__title") + tag(
            "div", tag("p", escape(story.summary)), cls="cmp-teaser__description"
        )
        return tag(
            "div",
            text + tag("a", self.words(1, 2), href=story.path, cls="cmp-teaser__action-link"),
            cls="cmp-teaser aem-GridColumn",
        )

    def paragraph(self, text: str) -> str:
        return tag("div", tag("div", tag("p", text), cls="cmp-text"), cls="text aem-GridColumn")

    def story(self, story: Story, body: str) -> str:
        head = tag("div", tag("h1", escape(story.title)), cls="cmp-title") + tag(
            "div", f"{story.day:%d %m %Y}", cls="cmp-date"
        )
        return tag("div", head + body, cls="aem-Grid")

    def prose(self, heading: str, body: str) -> str:
        return tag("div", tag("div", tag("h1", escape(heading)), cls="cmp-title") + body, cls="aem-Grid")


THEMES: tuple[type[Theme], ...] = (
    WordPress, BlogTheme, Drupal, Ghost, Arc, NextCards, Tables, Joomla, Portal, Soup, Letters, Amp, Corporate,
)  # fmt: skip
LABELS: dict[str, tuple[str, ...]] = {
    code: tuple(names.split("|"))
    for code, names in {
        "en": "About us|Contact|Terms of service|Privacy policy|Imprint|Advertise|Help|Team|Newsletter|Subscribe|Login|Jobs",
        "de": "Über uns|Kontakt|AGB|Datenschutz|Impressum|Mediadaten|Hilfe|Redaktion|Newsletter|Abo|Anmelden|Karriere",
        "es": "Quiénes somos|Contacto|Condiciones de uso|Política de privacidad|Aviso legal|Publicidad|Ayuda|Redacción"
        "|Boletines|Suscripción|Iniciar sesión|Empleo",
        "fr": "Qui sommes-nous|Contact|Conditions d'utilisation|Vie privée|Mentions légales|Publicité|Aide|La rédaction"
        "|Lettres|Abonnement|Connexion|Emploi",
        "pt": "Quem somos|Contato|Termos de uso|Política de privacidade|Expediente|Anuncie|Ajuda|Equipe|Newsletter|Assine|Entrar"
        "|Vagas",
        "ru": "О нас|Контакты|Правила|Политика конфиденциальности|Редакция|Реклама|Помощь|Команда|Рассылка|Подписка|Войти"
        "|Вакансии",
        "zh": "关于我们|联系我们|使用条款|隐私政策|版权声明|广告服务|帮助|团队|订阅|会员|登录|招聘",
        "ja": "会社概要|お問い合わせ|利用規約|プライバシーポリシー|著作権|広告掲載|ヘルプ|編集部|メールマガジン|購読|ログイン|採用",
        "ar": "من نحن|اتصل بنا|شروط الاستخدام|سياسة الخصوصية|بيانات الناشر|أعلن معنا|مساعدة|فريق العمل|النشرة|اشتراك"
        "|تسجيل الدخول|وظائف",
    }.items()
}
"""Names of SITE_PAGES, in the same order."""
TOPIC_FOLDERS = ("tag", "tags", "topic", "topics", "thema", "tema", "taxonomy/term", "t", "news/topic", "dossier")
SITE_PAGES = (
    "about",
    "contact",
    "terms",
    "privacy",
    "imprint",
    "advertise",
    "help",
    "team",
    "newsletter",
    "subscribe",
    "login",
    "jobs",
)


# Kinds of pages: each function takes the theme and returns the parts of one page.
def _list_parts(t: Theme, kind: str, count: int, intro: bool) -> Parts:
    label, slug = t.rng.choice(t.sections) if kind == "section" else (t.title(), t.slug(1, 6))
    stories = t.rng.sample(t.stories, count)
    text = t.language.say_paragraph(t.rng, 1, 4) if intro else ""
    ld: list[dict[str, object]] = [{"@type": t.rng.choice(("CollectionPage", "WebPage", "ItemList")), "name": label}]
    return Parts(
        f"{label} | {t.site}",
        t.listing(label, stories, text),
        t.section_path(slug),
        t.rng.choice(("website", "website", "article", "object")),
        ld,
        "archive category",
    )


def make_section(t: Theme) -> Parts:
    """Write a section front."""
    return _list_parts(t, "section", t.rng.randint(6, 40), t.rng.random() < 0.3)


def make_tag(t: Theme) -> Parts:
    """Write the page of a topic, with a short text about it."""
    parts = _list_parts(t, "tag", t.rng.randint(2, 20), t.rng.random() < 0.7)
    parts.path, parts.body_class = f"/{t.rng.choice(TOPIC_FOLDERS)}/{t.slug(1, 7)}", "archive tag"
    return parts


def make_author(t: Theme) -> Parts:
    """Write the page of an author: a biography and the stories."""
    name = t.language.say_name(t.rng)
    stories = t.rng.sample(t.stories, t.rng.randint(3, 20))
    ld: list[dict[str, object]] = [{"@type": "ProfilePage"}, {"@type": "Person", "name": name}]
    main = t.listing(name, stories, t.language.say_paragraph(t.rng, 1, 6))
    return Parts(
        f"{name} - {t.site}",
        main,
        f"/{t.rng.choice(('author', 'autor', 'people', 'team', 'reporter'))}/{t.slug(2, 3)}{t.rng.choice(('', '', '-' + str(t.rng.randint(100, 9999))))}",
        t.rng.choice(("profile", "website")),
        ld,
        "archive author",
    )


def make_archive(t: Theme) -> Parts:
    """Write one page of the archive of a month, with links to the pages before and after."""
    page = t.rng.randint(2, 90)
    pager = tag(
        "div", "".join(tag("a", str(n), href=f"/archive/page/{n}") for n in range(page - 2, page + 3)), cls="pagination"
    )
    links = tag("link", rel="prev", href=f"/archive/page/{page - 1}") + tag(
        "link", rel="next", href=f"/archive/page/{page + 1}"
    )
    label = t.words(1, 3)
    main = t.listing(label, t.rng.sample(t.stories, t.rng.randint(8, 30))) + pager
    return Parts(
        f"{label} – {t.site}",
        main,
        f"/archive/page/{page}",
        "website",
        [{"@type": "CollectionPage"}],
        "archive date paged",
        links=links,
    )


def make_home(t: Theme) -> Parts:
    """Write the front page."""
    blocks = "".join(
        tag(
            "section",
            t.listing(t.words(1, 2) if t.rng.random() < 0.7 else "", t.rng.sample(t.stories, t.rng.randint(4, 14))),
        )
        for _ in range(t.rng.randint(2, 6))
    )
    if t.rng.random() < 0.4:
        blocks = (
            tag("h1", t.words(3, 8))
            + "".join(t.paragraph(t.language.say_paragraph(t.rng)) for _ in range(t.rng.randint(1, 4)))
            + blocks
        )
    return Parts(
        f"{t.site}: {t.words(2, 6)}",
        blocks,
        "/",
        t.rng.choice(("website", "website", "blog", "article")),
        [{"@type": "WebSite", "name": t.site}],
        "home blog",
    )


def make_search(t: Theme) -> Parts:
    """Write results of a search."""
    query = t.words(1, 2)
    form = tag("form", tag("input", type="search", name="q", value=query), action="/search")
    main = form + t.listing(query, t.rng.sample(t.stories, t.rng.randint(0, 20)), t.words(2, 5))
    return Parts(
        f"{query} - {t.site}",
        main,
        f"/search?q={t.slug(1)}",
        "website",
        [{"@type": "SearchResultsPage"}],
        "search search-results",
        {"robots": "noindex, follow"},
    )


def make_not_found(t: Theme) -> Parts:
    """Write an error page, which many systems send with status 200."""
    latest = t.rng.sample(t.stories, t.rng.choice((0, 0, 4, 8)))
    label = t.rng.choice((t.title(), "404", t.words(2, 4), f"404 {t.words(1, 3)}", f"Error 404: {t.words(1, 2)}"))
    main = t.prose(label, t.paragraph(t.language.say_paragraph(t.rng, 1, 3))) + "".join(map(t.teaser, latest))
    return Parts(
        f"{label} | {t.site}", main, f"/{t.slug(1)}/{t.slug(3, 6)}", "website", [], "error404", {"robots": "noindex"}
    )


def _form(t: Theme, *types: str) -> str:
    fields = "".join(tag("label", t.words(1, 2)) + tag("input", type=each, name=each) for each in types)
    return tag("form", fields + tag("button", t.words(1, 2)), method="post")


def make_consent(t: Theme) -> Parts:
    """Write a page that asks for consent in place of the requested one."""
    text = "".join(t.paragraph(t.language.say_paragraph(t.rng)) for _ in range(t.rng.randint(2, 6)))
    partners = tag("ul", "".join(tag("li", t.words(1, 3)) for _ in range(t.rng.choice((0, 10, 60)))))
    main = tag(
        "div",
        tag("h2", t.words(2, 6)) + text + partners + tag("button", t.words(1, 2)) + tag("button", t.words(1, 2)),
        cls="consent-wall",
    )
    return Parts(t.site, main, f"/consent?return={t.slug(1)}", None, [], "", {"robots": "noindex"})


def _site_page(t: Theme, kind: str, body: str, og: str = "website", types: Sequence[str] = ("WebPage",)) -> Parts:
    label, path = t.site_pages[kind]
    if t.rng.random() < 0.2:
        label = t.words(4, 8)
    if t.rng.random() < 0.15:
        path = t.story_path(t.slug(1), t.rng.choice(t.stories).day)
    body = (tag("p", t.words(1, 2) + " " + t.date(t.rng.choice(t.stories).day)) if t.rng.random() < 0.25 else "") + body
    ld: list[dict[str, object]] = [{"@type": each} for each in types]
    return Parts(
        f"{label} - {t.site}",
        t.prose(label, body),
        path,
        t.rng.choice((og, og, og, "article")),
        ld,
        "page page-template-default",
    )


def _long_text(t: Theme, low: int, high: int, heads: float) -> str:
    parts = []
    for number in range(t.rng.randint(low, high)):
        if t.rng.random() < heads:
            parts.append(tag(t.rng.choice(("h2", "h3")), f"{number + 1}. {t.words(1, 5)}"))
        parts.append(t.paragraph(t.language.say_paragraph(t.rng, 1, 7)))
        if t.rng.random() < 0.15:
            parts.append(tag("ul", "".join(tag("li", t.words(4, 14)) for _ in range(t.rng.randint(2, 7)))))
    return "".join(parts)


def make_terms(t: Theme) -> Parts:
    """Write terms of use: long and numbered."""
    return _site_page(t, "terms", _long_text(t, 8, 40, 0.6))


def make_privacy(t: Theme) -> Parts:
    """Write a privacy policy."""
    return _site_page(t, "privacy", _long_text(t, 6, 40, 0.5))


def make_about(t: Theme) -> Parts:
    """Write what a site says about itself."""
    return _site_page(t, "about", _long_text(t, 2, 9, 0.3), types=("AboutPage",))


def make_contact(t: Theme) -> Parts:
    """Write addresses and a form."""
    lines = "".join(
        t.paragraph(f"{t.words(1, 3)}: +{t.rng.randint(10**9, 10**11)}") for _ in range(t.rng.randint(2, 8))
    )
    return _site_page(
        t, "contact", _long_text(t, 0, 2, 0.3) + lines + _form(t, "text", "email", "text"), types=("ContactPage",)
    )


def make_imprint(t: Theme) -> Parts:
    """Write who is responsible for a site."""
    lines = "".join(
        t.paragraph(f"{t.words(1, 3)}<br>{t.words(1, 3)} {t.rng.randint(1, 99)}<br>{t.words(1, 2)}") for _ in range(4)
    )
    return _site_page(t, "imprint", lines + _long_text(t, 0, 8, 0.5))


def make_help(t: Theme) -> Parts:
    """Write questions and answers."""
    entry = "".join(
        tag("h3", t.words(3, 8) + "?") + t.paragraph(t.language.say_paragraph(t.rng, 1, 3))
        for _ in range(t.rng.randint(4, 20))
    )
    return _site_page(t, "help", entry, types=("FAQPage",))


def make_team(t: Theme) -> Parts:
    """Write the members of an editorial staff."""
    cards = "".join(
        tag(
            "div",
            tag("h3", t.language.say_name(t.rng))
            + tag("p", t.words(1, 4))
            + tag("p", t.language.say_paragraph(t.rng, 0, 2)),
            cls="member",
        )
        for _ in range(t.rng.randint(4, 30))
    )
    return _site_page(t, "team", cards)


def make_advertise(t: Theme) -> Parts:
    """Write what advertisements cost."""
    rows = "".join(
        tag("tr", "".join(tag("td", t.words(1, 2) if at == 0 else f"€ {t.rng.randint(50, 9000)}") for at in range(3)))
        for _ in range(8)
    )
    return _site_page(t, "advertise", _long_text(t, 1, 6, 0.4) + tag("table", rows))


def make_login(t: Theme) -> Parts:
    """Write a form for members."""
    return _site_page(t, "login", _form(t, "email", "password") + t.paragraph(t.language.say_sentence(t.rng)))


def make_newsletter(t: Theme) -> Parts:
    """Write a list of newsletters with a form each."""
    boxes = "".join(
        tag(
            "div",
            tag("h3", t.words(1, 3)) + tag("p", t.language.say_paragraph(t.rng, 1, 2)) + _form(t, "email"),
            cls="box",
        )
        for _ in range(t.rng.randint(1, 8))
    )
    return _site_page(t, "newsletter", _long_text(t, 0, 2, 0) + boxes)


def make_subscribe(t: Theme) -> Parts:
    """Write offers of subscriptions."""
    plans = "".join(
        tag(
            "div",
            tag("h3", t.words(1, 2))
            + tag("p", f"{t.rng.randint(1, 40)},99 € / {t.words(1, 1)}")
            + tag("ul", "".join(tag("li", t.words(3, 8)) for _ in range(5)))
            + tag("a", t.words(1, 2), href="/checkout"),
            cls="plan",
        )
        for _ in range(t.rng.randint(2, 4))
    )
    return _site_page(t, "subscribe", plans + _long_text(t, 0, 4, 0.5), types=("Product", "Offer"))


def _cards(t: Theme, count: int, describe: Callable[[], str], prefix: str) -> str:
    return tag(
        "ul",
        "".join(
            tag("li", tag("a", t.words(2, 6), href=f"/{prefix}/{t.slug(2, 4)}") + describe(), cls="card")
            for _ in range(count)
        ),
    )


def _index(t: Theme, main: str, path: str, ld_type: str) -> Parts:
    label = t.title()
    if t.rng.random() < 0.3:
        path = f"/{t.slug(1)}/{t.slug(3, 6)}{t.rng.choice(('', f'-{t.rng.randint(1000, 99999)}'))}"
    return Parts(f"{label} | {t.site}", tag("h1", label) + main, path, "website", [{"@type": ld_type}], "archive")


def make_galleries(t: Theme) -> Parts:
    """Write an index of galleries."""
    return _index(
        t,
        _cards(
            t,
            t.rng.randint(8, 30),
            lambda: tag("img", src="/x.jpg") + tag("span", f"{t.rng.randint(5, 60)}"),
            "gallery",
        ),
        "/galleries",
        "CollectionPage",
    )


def make_podcasts(t: Theme) -> Parts:
    """Write the episodes of a podcast."""
    return _index(
        t,
        t.language.say_paragraph(t.rng)
        + _cards(
            t,
            t.rng.randint(5, 25),
            lambda: tag("p", t.language.say_paragraph(t.rng, 1, 2)) + tag("span", f"{t.rng.randint(10, 70)} min"),
            "podcast",
        ),
        f"/podcast/{t.slug(1, 2)}",
        "PodcastSeries",
    )


def make_videos(t: Theme) -> Parts:
    """Write an index of videos."""
    return _index(
        t,
        _cards(t, t.rng.randint(8, 40), lambda: tag("span", f"{t.rng.randint(0, 9)}:{t.rng.randint(10, 59)}"), "video"),
        "/video",
        "CollectionPage",
    )


def make_events(t: Theme) -> Parts:
    """Write a calendar."""
    return _index(
        t,
        _cards(t, t.rng.randint(6, 30), lambda: t.date(t.rng.choice(t.stories).day) + tag("p", t.words(2, 8)), "event"),
        f"/events?start={t.rng.randint(0, 90)}",
        "Event",
    )


def _table(t: Theme, columns: int, rows: int) -> str:
    head = tag("tr", "".join(tag("th", t.words(1, 2)) for _ in range(columns)))
    cells = (
        tag("td", tag("a", t.words(1, 2), href=f"/q/{t.slug(1)}"))
        + "".join(tag("td", f"{t.rng.uniform(-50, 9000):.2f}") for _ in range(columns - 1))
        for _ in range(rows)
    )
    return tag("table", head + "".join(tag("tr", row) for row in cells))


def make_weather(t: Theme) -> Parts:
    """Write a forecast by place."""
    days = "".join(
        tag(
            "div",
            tag("b", t.words(1, 1)) + f"{t.rng.randint(-9, 35)}°/{t.rng.randint(-9, 35)}° " + t.words(1, 2),
            cls="day",
        )
        for _ in range(10)
    )
    return _index(
        t,
        days
        + _table(t, 5, t.rng.randint(4, 20))
        + (t.paragraph(t.language.say_paragraph(t.rng)) if t.rng.random() < 0.5 else ""),
        f"/weather/{t.slug(1)}",
        "WebPage",
    )


def make_markets(t: Theme) -> Parts:
    """Write prices of shares."""
    news = tag("ul", "".join(tag("li", t.link(s)) for s in t.rng.sample(t.stories, t.rng.randint(0, 10))))
    return _index(t, _table(t, 6, t.rng.randint(10, 60)) + news, f"/markets/{t.slug(1)}", "WebPage")


def make_jobs(t: Theme) -> Parts:
    """Write vacancies."""
    return _index(
        t,
        _cards(
            t,
            t.rng.randint(6, 30),
            lambda: tag("p", f"{t.words(1, 3)}, {t.words(1, 1)}") + tag("p", t.language.say_sentence(t.rng)),
            "job",
        ),
        "/jobs",
        "JobPosting",
    )


def make_product(t: Theme) -> Parts:
    """Write a page of the shop: a price, a list of properties, a short text, other products."""
    label = t.words(2, 6)
    details = tag("ul", "".join(tag("li", f"{t.words(1, 2)}: {t.words(1, 3)}") for _ in range(t.rng.randint(3, 12))))
    text = "".join(t.paragraph(t.language.say_paragraph(t.rng, 1, 4)) for _ in range(t.rng.randint(1, 7)))
    buy = tag("form", tag("input", type="number", name="quantity", value="1") + tag("button", t.words(1, 3)))
    other = "".join(
        tag(
            "div",
            tag("a", t.words(2, 4), href=f"/shop/{t.slug(2)}") + tag("span", f"{t.rng.randint(5, 90)},00 €"),
            cls="product",
        )
        for _ in range(t.rng.randint(0, 8))
    )
    main = (
        tag(
            "div",
            tag("h1", label) + tag("span", f"{t.rng.randint(5, 400)},00 €", cls="price") + buy + text + details,
            cls="product",
        )
        + other
    )
    return Parts(
        f"{label} – {t.site}",
        main,
        f"/shop/{t.slug(2, 7)}{t.rng.choice(('', f'-{t.rng.randint(1000, 99999)}'))}",
        t.rng.choice(("product", "website")),
        [{"@type": "Product", "name": label}],
        "single-product",
    )


def make_forum(t: Theme) -> Parts:
    """Write the threads of a forum."""
    rows = "".join(
        tag(
            "tr",
            tag("td", tag("a", t.words(3, 9), href=f"/forum/viewtopic.php?t={t.rng.randint(1, 99999)}"))
            + tag("td", t.language.say_name(t.rng))
            + tag("td", str(t.rng.randint(0, 900)))
            + tag("td", f"{t.rng.choice(t.stories).day:%d.%m.%Y}"),
        )
        for _ in range(t.rng.randint(10, 40))
    )
    return _index(t, tag("table", rows), f"/forum/viewforum.php?f={t.rng.randint(1, 90)}", "CollectionPage")


def make_site_map(t: Theme) -> Parts:
    """Write all sections and topics as links."""
    groups = "".join(
        tag("h2", t.words(1, 2))
        + tag(
            "ul",
            "".join(tag("li", tag("a", t.words(1, 3), href=f"/{t.slug(1, 3)}")) for _ in range(t.rng.randint(5, 20))),
        )
        for _ in range(t.rng.randint(3, 8))
    )
    return _index(t, groups, "/sitemap.html", "WebPage")


def make_hub(t: Theme) -> Parts:
    """Write a page about a service of the site: promotional boxes with a link each, some text in each."""
    boxes = "".join(
        tag(
            "div",
            tag("h3", t.words(2, 5))
            + tag("p", t.language.say_paragraph(t.rng, 1, 3))
            + tag("a", t.words(1, 3), href=f"/{t.slug(1, 2)}"),
            cls="box",
        )
        for _ in range(t.rng.randint(3, 12))
    )
    return _index(
        t,
        (t.paragraph(t.language.say_paragraph(t.rng)) if t.rng.random() < 0.5 else "") + boxes,
        f"/{t.slug(1, 2)}",
        "WebPage",
    )


def make_portrait(t: Theme) -> Parts:
    """Write a lasting text about a field of work, which the menu links to."""
    label, slug = t.rng.choice(t.sections)
    main = t.prose(label, _long_text(t, 2, 14, 0.3)) + "".join(
        map(t.teaser, t.rng.sample(t.stories, t.rng.choice((0, 0, 3))))
    )
    return Parts(
        f"{label} | {t.site}",
        main,
        t.section_path(slug),
        t.rng.choice(("website", "website", "article")),
        [{"@type": "WebPage"}],
        "page",
    )


NEGATIVES: tuple[Callable[[Theme], Parts], ...] = (
    make_section, make_tag, make_author, make_archive, make_home, make_search, make_not_found, make_consent, make_terms,
    make_privacy, make_about, make_contact, make_imprint, make_help, make_team, make_advertise, make_login, make_newsletter,
    make_subscribe, make_galleries, make_podcasts, make_videos, make_events, make_weather, make_markets, make_jobs,
    make_product, make_forum, make_site_map, make_hub, make_portrait,
)  # fmt: skip


# Kinds of articles.
def _story_parts(t: Theme, body: str, story: Story | None = None) -> Parts:
    story = story or t.rng.choice(t.stories)
    ld: list[dict[str, object]] = [
        {
            "@type": t.rng.choice(("NewsArticle", "Article", "BlogPosting")),
            "headline": story.title,
            "datePublished": story.day.isoformat(),
        }
    ]
    if t.rng.random() < 0.3:
        ld.insert(0, {"@type": "VideoObject", "name": t.words(2, 5)})
    meta = {"article:published_time": story.day.isoformat()} if t.with_og and t.rng.random() < 0.7 else {}
    og = t.rng.choice(("article", "article", "article", "website", "video"))
    return Parts(
        f"{story.title} - {t.site}",
        t.story(story, body) + t.after_story(),
        story.path,
        og,
        ld,
        "single single-post",
        meta,
    )


def make_news(t: Theme) -> Parts:
    """Write a usual article."""
    return _story_parts(t, "".join(t.paragraph(t.language.say_paragraph(t.rng)) for _ in range(t.rng.randint(4, 25))))


def make_brief(t: Theme) -> Parts:
    """Write a short one."""
    return _story_parts(
        t, "".join(t.paragraph(t.language.say_paragraph(t.rng, 2, 4)) for _ in range(t.rng.randint(1, 3)))
    )


def make_listicle(t: Theme) -> Parts:
    """Write a numbered list with a text each."""
    items = "".join(
        tag("h2", f"{n + 1}. {t.words(2, 6)}") + t.paragraph(t.language.say_paragraph(t.rng, 1, 4))
        for n in range(t.rng.randint(4, 20))
    )
    return _story_parts(t, t.paragraph(t.language.say_paragraph(t.rng)) + items)


def make_live_blog(t: Theme) -> Parts:
    """Write entries with a time each, some with a link to a story."""
    entries = "".join(
        tag(
            "div",
            tag("time", f"{t.rng.randint(0, 23)}:{t.rng.randint(10, 59)}")
            + tag("h3", t.words(3, 7))
            + t.paragraph(t.language.say_paragraph(t.rng, 1, 4)),
            cls="entry",
        )
        for _ in range(t.rng.randint(6, 30))
    )
    return _story_parts(t, entries)


def make_table_story(t: Theme) -> Parts:
    """Write an article around a table or a list."""
    rows = (
        tag("ul", "".join(tag("li", t.words(3, 10)) for _ in range(t.rng.randint(5, 30))))
        if t.rng.random() < 0.5
        else _table(t, 4, 12)
    )
    return _story_parts(
        t, t.paragraph(t.language.say_paragraph(t.rng)) + rows + t.paragraph(t.language.say_paragraph(t.rng))
    )


def make_linked_story(t: Theme) -> Parts:
    """Write an article with links to other stories between its paragraphs."""
    body = ""
    for _ in range(t.rng.randint(5, 15)):
        body += t.paragraph(t.language.say_paragraph(t.rng))
        body += tag("p", tag("strong", t.link(t.rng.choice(t.stories)))) if t.rng.random() < 0.35 else ""
    return _story_parts(t, body)


ARTICLES: tuple[Callable[[Theme], Parts], ...] = (
    make_news,
    make_brief,
    make_listicle,
    make_live_blog,
    make_table_story,
    make_linked_story,
)


def make_pages(seed: int = 12, sites: int = 39, stories: int = 12) -> Iterator[InventedPage]:
    """Yield one page of each kind of NEGATIVES and some articles for each of some sites, each theme in turn."""
    rng = random.Random(seed)
    for number in range(sites):
        language = rng.choice(LANGUAGES)
        theme = THEMES[number % len(THEMES)](random.Random(rng.random()), language, f"www.site{seed}-{number}.example")
        chosen = [(make, False) for make in NEGATIVES] + [(ARTICLES[at % len(ARTICLES)], True) for at in range(stories)]
        for make, is_article in chosen:
            parts = make(theme)
            url = f"https://{theme.host}{parts.path}"
            kind = make.__name__.removeprefix("make_")
            yield InventedPage(kind, theme.name, language.code, url, theme.render(parts), is_article)
