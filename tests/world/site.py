"""A site: its pages, lists and chrome, of which each content management system has its own kind."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from html import escape
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.world.story import Block, Story, Writer, ascii_slug, newest_moment

HTML, XML = "text/html; charset=utf-8", "application/xml; charset=utf-8"
_TRACKERS = re.compile(r"utm_\w+|fbclid|ref")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answers, and the story that it is an article of."""

    body: str = ""
    status: int = 200
    type: str = HTML
    location: str | None = None
    story: Story | None = None


Route = Callable[[], Answer]


class Request(NamedTuple):
    """A request that came, and what it got."""

    at: float
    """By the monotonic clock."""
    path: str
    status: int
    """0: the connection was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a site has and does beside its kind."""

    feed: str | None = "rss"
    """"rss", "atom", "json", or None."""
    announced: bool = True
    """Whether its feed stands in the head of its pages."""
    sitemap: str | None = "plain"
    """"plain", "index", "news" (an index, and a news sitemap of two days), "text", or None."""
    in_robots: bool = True
    """Whether robots.txt names the sitemap."""
    structured: str = "json-ld"
    """"json-ld", "microdata", "opengraph", or "none"."""
    stories: int = 14
    page_size: int = 10
    seconds: float = 0.0
    """Before each answer."""
    dead: bool = False
    """Whether it closes each connection without an answer."""
    blocks_after: int | None = None
    """Answers after which it only answers 403."""
    soft_404: bool = False
    """Whether it answers 200 for pages that are not there."""
    private: bool = False
    """Whether robots.txt forbids a folder, with stories that the front page links to."""
    trackers: bool = False
    """Whether its links have campaign parameters."""
    amp: bool = False
    encoding: str = "utf-8"
    www: bool = False
    """Whether links go to the www. host, where the world has names."""


@dataclass(eq=False)
class Site:
    """One site. `origin` is set when it is served."""

    name: str
    code: str
    title: str
    habits: Habits = Habits()
    origin: str = ""
    log: list[Request] = field(default_factory=list)

    kind: ClassVar[str] = ""
    style: ClassVar[str] = "plain"
    """How classes are written: "plain", "bem", "hashed" or "short"."""
    feed_path: ClassVar[str] = "/feed/"
    sitemap_path: ClassVar[str] = "/sitemap.xml"
    section_path: ClassVar[str] = "/category/{slug}/"
    tag_path: ClassVar[str] = "/tag/{slug}/"
    author_path: ClassVar[str] = "/author/{slug}/"
    next_path: ClassVar[str] = "{path}page/{page}/"
    search_path: ClassVar[str] = "/?s=ferry"
    info_path: ClassVar[str] = "/{name}/"
    live: ClassVar[bool] = False

    # What a kind has of its own.

    def path(self, story: Story) -> str:
        """Return the path of an article."""
        raise NotImplementedError

    def article(self, story: Story) -> str:
        """Return what stands in the <main> of an article page."""
        raise NotImplementedError

    def variants(self, story: Story) -> dict[str, Route]:
        """Return other paths of an article, beside those of the habits."""
        return {}

    def head(self, story: Story) -> str:
        return self.metadata(story)

    def body_of(self, story: Story) -> tuple[Block, ...]:
        """Return the blocks that a visitor can read."""
        return story.blocks

    # Stories.

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.code, zlib.crc32(self.name.encode()))

    @cached_property
    def words(self) -> dict[str, Any]:
        return self.writer.words

    @property
    def chrome(self) -> dict[str, str]:
        return dict(self.words["chrome"])

    @cached_property
    def stories(self) -> list[Story]:
        """Its articles, newest first."""
        newest, writer = newest_moment(), self.writer
        found: list[Story] = []
        used: set[str] = set()
        number = 0
        while len(found) < self.habits.stories:
            story = writer.story(number, newest, brief=number % 7 == 5)
            if story.headline not in used:
                used.add(story.headline)
                found.append(story)
                number += 1
        return found

    @cached_property
    def private_stories(self) -> list[Story]:
        writer = Writer(self.code, zlib.crc32(self.title.encode()) + 1)
        return [writer.story(number, newest_moment()) for number in range(2)] if self.habits.private else []

    def slug(self, text: str) -> str:
        """Return a section, tag or name as addresses have it."""
        latin = ascii_slug(text + "-aaaaaaaaa").removesuffix("-aaaaaaaaa")
        return latin if latin and "aaaaaaaaa" not in latin else quote(text.replace(" ", "-"))

    def story_slug(self, story: Story) -> str:
        return story.words or quote(re.sub(r"[\W_]+", "-", story.headline).strip("-"))

    @cached_property
    def sections(self) -> dict[str, str]:
        """Paths of the sections."""
        return {name: self.section_path.format(slug=self.slug(name)) for name in self.words["sections"]}

    # Routing.

    @cached_property
    def routes(self) -> dict[str, Route]:
        """Answers by path, with its query where that matters."""
        routes: dict[str, Route] = {"/robots.txt": self._robots, "/": self._front}
        for story in self.stories:
            routes[self.path(story)] = lambda story=story: self.page_of(story)  # type: ignore[misc]
            if self.habits.amp:
                routes[self.amp_path(story)] = lambda story=story: self._amp(story)  # type: ignore[misc]
            routes |= self.variants(story)
        for story in self.private_stories:
            routes[f"/private/{story.number}"] = lambda story=story: Answer(self.page_of(story).body)  # type: ignore[misc]
        return routes | self._list_routes() | self._other_routes()

    def _list_routes(self) -> dict[str, Route]:
        tags = {self.tag_path.format(slug=self.slug(story.tag)): story.tag for story in self.stories}
        authors = {
            self.author_path.format(slug=self.slug(name)): name for story in self.stories for name in story.authors
        }
        fronts: list[tuple[str, str, list[Story]]] = [
            *(
                (path, name, [one for one in self.stories if one.section == name])
                for name, path in self.sections.items()
            ),
            *((path, name, [one for one in self.stories if one.tag == name]) for path, name in tags.items()),
            *((path, name, [one for one in self.stories if name in one.authors]) for path, name in authors.items()),
            (self.search_path, self.chrome["search"], self.stories[:8]),
        ]
        routes: dict[str, Route] = {}
        for path, name, stories in fronts:
            bio = f"{name} {self.chrome['author']}" if path in authors else ""
            routes |= self.paged(path, name, stories, bio)
        if self.habits.feed:
            routes[self.feed_path] = self._feed
        return routes | (self._sitemaps() if self.habits.sitemap else {})

    def paged(self, path: str, name: str, stories: Sequence[Story], bio: str = "") -> dict[str, Route]:
        """Return the pages of a list of stories."""
        size = self.habits.page_size
        routes: dict[str, Route] = {}
        for page, start in enumerate(range(0, max(1, len(stories)), size), 1):
            own = path if page == 1 else self.page_path(path, page)
            more = self.page_path(path, page + 1) if start + size < len(stories) else ""
            part = stories[start : start + size]
            routes[own] = lambda part=part, more=more: Answer(self.list_page(name, part, more, bio))  # type: ignore[misc]
        return routes

    def page_path(self, path: str, page: int) -> str:
        return f"{path}&page={page}" if "?" in path else self.next_path.format(path=path, page=page)

    def _other_routes(self) -> dict[str, Route]:
        names = ("about", "terms", "privacy", "contact")
        paths = {name: self.info_path.format(name=name) for name in names}
        return {path: lambda name=name: self._information(name) for name, path in paths.items()}  # type: ignore[misc]

    def answer(self, path: str) -> Answer:
        """Answer a request for a path with its query."""
        parts = urlsplit(path)
        pairs = [pair for pair in parse_qsl(parts.query) if not _TRACKERS.fullmatch(pair[0])]
        known = parts.path + (f"?{urlencode(pairs)}" if pairs else "")
        route = self.routes.get(known) or self.routes.get(parts.path)
        if route:
            return route()
        if parts.path + "/" in self.routes:
            return Answer(status=301, location=parts.path + "/")
        return self._missing()

    def story_at(self, path: str) -> Story | None:
        """Return the story whose article a path leads to."""
        for _ in range(5):
            answer = self.answer(path)
            if answer.location is None:
                return answer.story
            path = answer.location
        return None

    # Pages.

    def url(self, path: str) -> str:
        return self.origin + path

    @property
    def home(self) -> str:
        return self.url("/")

    def link(self, story: Story) -> str:
        """Return the path of a story as the site's own pages link to it."""
        return self.path(story) + (f"{'&' if '?' in self.path(story) else '?'}ref=home" if self.habits.trackers else "")

    def page_of(self, story: Story) -> Answer:
        head = self.head(story)
        if self.habits.amp:
            head += f'<link rel="amphtml" href="{self.url(self.amp_path(story))}">'
        return Answer(self.frame(story.headline, self.article(story), head=head, story=story), story=story)

    def amp_path(self, story: Story) -> str:
        return f"{self.path(story).rstrip('/')}/amp/"

    def _amp(self, story: Story) -> Answer:
        body = f"""<article class="amp-article"><h1>{escape(story.headline)}</h1><p class="amp-byline">{self.byline(story)}</p>
<amp-img src="/img/{story.number}.jpg" width="600" height="400"></amp-img>{self.blocks(story, plain=True)}</article>"""
        page = f"""<!doctype html><html amp lang="{self.code}"{self._direction}><head><meta charset="utf-8"><title>{escape(story.headline)}</title>
<link rel="canonical" href="{self.url(self.path(story))}"><script async src="https://cdn.ampproject.example/v0.js"></script>
{self.metadata(story)}</head><body><header><a href="/">{self.title}</a></header>{body}<footer>{self.chrome["rights"]}</footer></body></html>"""
        return Answer(page, story=story)

    def list_page(self, name: str, stories: Iterable[Story], more: str = "", bio: str = "") -> str:
        about = f'<div class="{self.css("bio")}"><p>{escape(bio)}</p></div>' if bio else ""
        older = (
            f'<a class="{self.css("next")}" rel="next" href="{escape(more)}">{self.chrome["next"]}</a>' if more else ""
        )
        return self.frame(name, f"<h1>{escape(name)}</h1>{about}{self.teasers(stories)}{older}")

    def _front(self) -> Answer:
        lead, *others = self.stories
        private = "".join(f'<a href="/private/{one.number}">{escape(one.headline)}</a>' for one in self.private_stories)
        main = f"""<section class="{self.css("lead")}"><h2><a href="{escape(self.link(lead))}">{escape(lead.headline)}</a></h2>
<p>{escape(lead.dek)}</p></section>{self.teasers(others[: self.habits.page_size * 2])}{private}
<a href="/gone/{lead.number}-old-story">{escape(lead.dek)}</a><a href="https://elsewhere.example/2024/a-story-of-others">{escape(lead.tag)}</a>
<a href="/video/12">{self.words["subheads"][0]}</a>"""
        return Answer(self.frame(self.title, main))

    def teasers(self, stories: Iterable[Story]) -> str:
        """Return the cards of stories, as fronts have them."""
        cards = (
            f'<div class="{self.css("card")}"><h3><a href="{escape(self.link(one))}">{escape(one.headline)}</a></h3>'
            f"<p>{escape(one.dek)}</p><span>{one.published:%d.%m.%Y}</span></div>"
            for one in stories
        )
        return f'<div class="{self.css("list")}">{"".join(cards)}</div>'

    def _information(self, name: str) -> Answer:
        title, legal = self.chrome[name], self.words["legal"]
        texts = (
            self.writer_of(name).prose(3)
            if name == "about"
            else [" ".join(legal[n:] + legal[:n]) for n in range(len(legal))]
        )
        return Answer(self.frame(title, f"<h1>{title}</h1>" + "".join(f"<p>{escape(text)}</p>" for text in texts)))

    def writer_of(self, name: str) -> Writer:
        """Return a writer for a page that is no story."""
        return Writer(self.code, zlib.crc32(f"{self.name} {name}".encode()))

    def _missing(self) -> Answer:
        text = self.chrome["notfound"]
        page = self.frame(text, f"<h1>{text}</h1><p>{self.words['legal'][0]}</p>{self.teasers(self.stories[:3])}")
        return Answer(page, status=200 if self.habits.soft_404 else 404)

    # Chrome.

    def css(self, name: str) -> str:
        """Return the class of a part of the page, as this kind writes it."""
        match self.style:
            case "bem":
                return f"c-{name} c-{name}--default"
            case "hashed":
                return f"css-{zlib.crc32(name.encode()):08x}"
            case "short":
                return name[:3]
        return name

    @property
    def _direction(self) -> str:
        return ' dir="rtl"' if self.code in ("ar", "he") else ""

    def frame(self, title: str, main: str, *, head: str = "", story: Story | None = None) -> str:
        """Return a whole page."""
        feed = (
            f'<link rel="alternate" type="{_FEED_TYPES[self.habits.feed]}" href="{self.feed_path}">'
            if self._announces
            else ""
        )
        shown = title if title == self.title else f"{title} | {self.title}"
        charset = self.habits.encoding
        return f"""<!doctype html><html lang="{self.code}"{self._direction}><head><meta charset="{charset}"><title>{escape(shown)}</title>
<meta name="viewport" content="width=device-width">{feed}{head}<script>window.dataLayer=[{{"page":"{self.kind}"}}];</script></head>
<body class="{self.css("page")}">{self.cookies()}{self.header()}<div class="{self.css("wrap")}"><main class="{self.css("main")}">{main}</main>
{self.sidebar(story)}</div>{self.footer()}</body></html>"""

    @property
    def _announces(self) -> bool:
        return bool(self.habits.feed) and self.habits.announced

    def cookies(self) -> str:
        return f'<div class="{self.css("cookie-banner")}" role="dialog"><p>{self.chrome["cookies"]}</p><button>OK</button></div>'

    def header(self) -> str:
        items = "".join(f'<li><a href="{path}">{escape(name)}</a></li>' for name, path in self.sections.items())
        search = f'<li><a href="{escape(self.search_path)}">{self.chrome["search"]}</a></li>'
        return f'<header class="{self.css("header")}"><a href="/">{self.title}</a><nav><ul>{items}{search}</ul></nav></header>'

    def sidebar(self, story: Story | None = None) -> str:
        """Return most-read stories and the newsletter box; with related stories beside an article."""
        others = [one for one in self.stories if one is not story]
        start = (story.number if story else 0) % max(1, len(others) - 5)
        popular = "".join(
            f'<li><a href="{escape(self.link(one))}">{escape(one.headline)}</a></li>'
            for one in others[start : start + 5]
        )
        related = f"<h4>{self.chrome['related']}</h4>{self.teasers(others[-3:])}" if story else ""
        return f"""<aside class="{self.css("sidebar")}"><h4>{self.chrome["popular"]}</h4><ol>{popular}</ol>{related}
<form class="{self.css("newsletter")}"><p>{self.chrome["newsletter"]}</p><input type="email"><button>OK</button></form></aside>"""

    def footer(self) -> str:
        links = "".join(
            f'<a href="{self.info_path.format(name=name)}">{self.chrome[name]}</a> '
            for name in ("about", "terms", "privacy", "contact")
        )
        return f'<footer class="{self.css("footer")}">{links}<p>© {self.title}. {self.chrome["rights"]}</p></footer>'

    def comments(self, story: Story) -> str:
        names = [
            self.writer_of(f"comment {story.number}").name(),
            self.words["given"][story.number % len(self.words["given"])],
        ]
        items = "".join(f"<li><b>{name}</b><p>{self.chrome['comment']}</p></li>" for name in names)
        return f'<section class="{self.css("comments")}" id="comments"><h3>{self.chrome["comments"]} (2)</h3><ol>{items}</ol></section>'

    # Parts of an article.

    def byline(self, story: Story) -> str:
        links = (
            f'<a href="{self.author_path.format(slug=self.slug(name))}">{escape(name)}</a>' for name in story.authors
        )
        return f"{self.chrome['by']} {', '.join(links)}"

    def time(self, story: Story) -> str:
        return f'<time datetime="{story.published.isoformat()}">{story.published:%d.%m.%Y %H:%M}</time>'

    def figure(self, story: Story) -> str:
        caption = f'<figcaption>{escape(story.caption)} <span class="{self.css("credit")}">{escape(story.credit)}</span></figcaption>'
        return f'<figure class="{self.css("figure")}"><img src="/img/{story.number}.jpg" alt="">{caption}</figure>'

    def tags(self, story: Story) -> str:
        return f'<ul class="{self.css("tags")}"><li><a href="{self.tag_path.format(slug=self.slug(story.tag))}">{escape(story.tag)}</a></li></ul>'

    def blocks(self, story: Story, *, plain: bool = False, paragraph: str = "p", subhead: str = "h2") -> str:
        """Return the body; unless it is `plain`, with boxes between the paragraphs."""
        parts: list[str] = []
        for number, (kind, text) in enumerate(self.body_of(story)):
            match kind:
                case "paragraph":
                    parts.append(f"<{paragraph}>{escape(text)}</{paragraph.split(maxsplit=1)[0]}>")
                case "subhead":
                    parts.append(f"<{subhead}>{escape(text)}</{subhead.split(maxsplit=1)[0]}>")
                case "quote":
                    parts.append(f"<blockquote><p>{escape(text)}</p></blockquote>")
                case "list_item":
                    parts.append(f"<ul><li>{escape(text)}</li></ul>")
            if number == 2 and not plain:
                parts.append(self.box(story))
        return "".join(parts).replace("</ul><ul>", "")

    def box(self, story: Story) -> str:
        """Return what stands between the paragraphs: another story, or an advertisement."""
        other = self.stories[(story.number + 3) % len(self.stories)]
        link = f'<a href="{escape(self.link(other))}">{escape(other.headline)}</a>'
        return f'<div class="{self.css("related-inline")}"><span>{self.chrome["related"]}</span> {link}</div><div class="{self.css("ad")}"></div>'

    def metadata(self, story: Story) -> str:
        """Return what the head says of a story, by the habits."""
        url = self.url(self.path(story))
        canonical = f'<link rel="canonical" href="{url}">'
        match self.habits.structured:
            case "none":
                return ""
            case "microdata":
                return canonical
        image = self.url(f"/img/{story.number}.jpg")
        graph = f"""{canonical}<meta property="og:type" content="article"><meta property="og:title" content="{escape(story.headline)}">
<meta property="og:url" content="{url}"><meta property="og:site_name" content="{self.title}"><meta property="og:image" content="{image}">
<meta name="description" content="{escape(story.dek)}"><meta property="article:published_time" content="{story.published.isoformat()}">"""
        return graph + (self.json_ld(story) if self.habits.structured == "json-ld" else "")

    def json_ld(self, story: Story, **more: Any) -> str:
        data: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "mainEntityOfPage": self.url(self.path(story)),
            "headline": story.headline,
            "description": story.dek,
            "datePublished": story.published.isoformat(),
            "articleSection": story.section,
            "author": [{"@type": "Person", "name": name} for name in story.authors],
            "publisher": {"@type": "Organization", "name": self.title},
        }
        return f'<script type="application/ld+json">{json.dumps(data | more, ensure_ascii=False)}</script>'

    # Lists.

    def _robots(self) -> Answer:
        lines = ["User-agent: *", "Crawl-delay: 0", "Disallow: /private/", "Disallow: /wp-admin/"]
        if self.habits.sitemap and self.habits.in_robots:
            lines.append(f"Sitemap: {self.url(self.sitemap_path)}")
            if self.habits.sitemap == "news":
                lines.append(f"Sitemap: {self.url('/sitemap-news.xml')}")
        return Answer("\n".join(lines) + "\n", type="text/plain")

    @property
    def _listed(self) -> list[tuple[Story, str]]:
        tail = "utm_source=rss&utm_medium=feed" if self.habits.trackers else ""
        urls = ((story, self.url(self.path(story))) for story in self.stories[:10])
        return [(story, f"{url}{'&' if '?' in url else '?'}{tail}" if tail else url) for story, url in urls]

    def _feed(self) -> Answer:
        match self.habits.feed:
            case "atom":
                entries = "".join(
                    f'<entry><id>{escape(url)}</id><title>{escape(one.headline)}</title><link href="{escape(url)}"/>'
                    f"<updated>{one.published.isoformat()}</updated><summary>{escape(one.dek)}</summary></entry>"
                    for one, url in self._listed
                )
                text = f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{self.title}</title>{entries}</feed>'
                return Answer(text, type="application/atom+xml")
            case "json":
                items = [
                    {"id": url, "url": url, "title": one.headline, "date_published": one.published.isoformat()}
                    for one, url in self._listed
                ]
                text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": self.title, "items": items})
                return Answer(text, type="application/feed+json")
        entries = "".join(
            f"<item><title>{escape(one.headline)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid>"
            f"<pubDate>{format_datetime(one.published)}</pubDate><description>{escape(one.dek)}</description></item>"
            for one, url in self._listed
        )
        text = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{self.title}</title><link>{self.home}</link>{entries}</channel></rss>'
        return Answer(text, type="application/rss+xml")

    def _sitemaps(self) -> dict[str, Route]:
        stories = [(self.url(self.path(story)), story.published) for story in self.stories]
        others = [self.url(path) for path in ("/", *self.sections.values(), self.info_path.format(name="about"))]
        undated: list[tuple[str, datetime | None]] = [(url, None) for url in others]
        match self.habits.sitemap:
            case "plain":
                return {self.sitemap_path: lambda: _url_set([*undated, *stories])}
            case "text":
                return {
                    self.sitemap_path: lambda: Answer(
                        "\n".join([*others, *(url for url, _ in stories)]), type="text/plain"
                    )
                }
        parts = {"/sitemap-posts.xml": stories, "/sitemap-pages.xml": undated}
        routes: dict[str, Route] = {path: lambda urls=urls: _url_set(urls) for path, urls in parts.items()}  # type: ignore[misc]
        if self.habits.sitemap == "news":
            routes["/sitemap-news.xml"] = self._news_sitemap
        index = "".join(f"<sitemap><loc>{self.url(path)}</loc></sitemap>" for path in parts)
        text = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>'
        return routes | {self.sitemap_path: lambda: Answer(text, type=XML)}

    def _news_sitemap(self) -> Answer:
        limit = self.stories[0].published - timedelta(days=2)
        items = "".join(
            f"<url><loc>{self.url(self.path(one))}</loc><news:news><news:publication><news:name>{self.title}</news:name>"
            f"<news:language>{self.code}</news:language></news:publication><news:publication_date>{one.published.isoformat()}"
            f"</news:publication_date><news:title>{escape(one.headline)}</news:title></news:news></url>"
            for one in self.stories
            if one.published > limit
        )
        spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        return Answer(f"<urlset {spaces}>{items}</urlset>", type=XML)


_FEED_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json", None: ""}


def _url_set(urls: Iterable[tuple[str, datetime | None]]) -> Answer:
    dated = ((escape(url), f"<lastmod>{at.isoformat()}</lastmod>" if at else "") for url, at in urls)
    items = "".join(f"<url><loc>{url}</loc>{changed}</url>" for url, changed in dated)
    return Answer(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</urlset>', type=XML)
