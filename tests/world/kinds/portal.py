"""Portals: numeric addresses with dates in folders (East Asia), and identifiers with a readable tail (right to left)."""

from __future__ import annotations

from html import escape

from tests.world.site import Route, Site
from tests.world.story import Story


class Portal(Site):
    """Numeric addresses by day; a body of indented paragraphs."""

    kind = "portal"
    section_path = "/channel/{slug}/"
    tag_path = "/zt/{slug}/"
    author_path = "/writer/{slug}/"
    next_path = "{path}index_{page}.html"
    search_path = "/so/?kw=ferry"
    feed_path = "/rss/news.xml"

    def path(self, story: Story) -> str:
        return f"/{story.published:%Y-%m/%d}/c_{1129000000 + story.number * 311}.htm"

    def article(self, story: Story) -> str:
        paragraphs = self.blocks(story, subhead="p class=sub").replace("<p>", "<p>\u3000\u3000")
        return f"""<div class="crumb"><a href="/">{self.title}</a> &gt; <a href="{self.sections[story.section]}">{escape(story.section)}</a></div>
<h1 class="title">{escape(story.headline)}</h1><div class="info"><span class="date">{story.published:%Y-%m-%d %H:%M}</span> <span class="source">{self.title}</span></div>
<div id="detailContent" class="main-text">{self.figure(story)}{paragraphs}<p class="editor">{self.chrome["by"]}：{escape(" ".join(story.authors))}</p></div>"""


class Archive(Site):
    """An identifier, then the headline in its own letters."""

    kind = "archive"
    section_path = "/section/{slug}"
    tag_path = "/tags/{slug}"
    author_path = "/writers/{slug}"
    next_path = "{path}?page={page}"
    search_path = "/search?query=ferry"
    info_path = "/page/{name}"
    feed_path = "/rss"

    def path(self, story: Story) -> str:
        return f"/archives/{88100 + story.number}/{self.story_slug(story)}"

    def variants(self, story: Story) -> dict[str, Route]:
        return {f"/archives/{88100 + story.number}": lambda: self.page_of(story)}

    def article(self, story: Story) -> str:
        return f"""<article class="post-single"><h1 class="post-title">{escape(story.headline)}</h1><div class="post-info">{self.byline(story)} - {self.time(story)}</div>
{self.figure(story)}<div class="post-text">{self.blocks(story)}</div>{self.tags(story)}</article>"""
