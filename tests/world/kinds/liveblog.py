"""A broadcaster: every fourth page is a live blog, with times and short entries."""

from __future__ import annotations

from html import escape

from tests.world.site import Site
from tests.world.story import Story


class LiveBlog(Site):
    kind = "liveblog"
    section_path = "/news/{slug}"
    tag_path = "/news/topics/{slug}"
    author_path = "/correspondents/{slug}"
    next_path = "{path}?page={page}"
    search_path = "/search?q=ferry"
    info_path = "/info/{name}"
    feed_path = "/news/rss.xml"

    def path(self, story: Story) -> str:
        name = f"c{2**30 + story.number * 7919:x}"
        return f"/news/live/{self.story_slug(story)}-{name}" if story.number % 4 == 1 else f"/news/articles/{name}"

    def article(self, story: Story) -> str:
        if story.number % 4 != 1:
            return f"""<article><h1 id="main-heading">{escape(story.headline)}</h1><div data-component="byline-block">{self.byline(story)} {self.time(story)}</div>
{self.figure(story)}<div data-component="text-block">{self.blocks(story)}</div></article>"""
        entries = "".join(
            f'<li class="live-post" id="post-{number}"><span class="live-time">{(23 - number) % 24:02}:{number * 7 % 60:02}</span><div class="live-text"><p>{escape(text)}</p></div></li>'
            for number, text in enumerate(story.texts)
        )
        return f"""<div class="live-page"><h1>{escape(story.headline)}</h1><p class="summary">{escape(story.dek)}</p><p>{self.byline(story)} {self.time(story)}</p>
<ol class="live-stream">{entries}</ol></div>"""
