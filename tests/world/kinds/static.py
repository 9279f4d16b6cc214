"""A static site generator: plain markup, dates in words, a feed at index.xml."""

from __future__ import annotations

from html import escape

from tests.world.site import Site
from tests.world.story import Story


class Static(Site):
    kind = "static"
    style = "short"
    feed_path = "/index.xml"
    section_path = "/categories/{slug}/"
    tag_path = "/tags/{slug}/"
    search_path = "/search/"

    def path(self, story: Story) -> str:
        return f"/posts/{self.story_slug(story)}/"

    def article(self, story: Story) -> str:
        return f"""<article><header><h1>{escape(story.headline)}</h1><p>{escape(", ".join(story.authors))} · <time datetime="{story.published:%Y-%m-%d}">{story.published:%Y-%m-%d}</time></p></header>
{self.blocks(story, plain=True)}{self.tags(story)}</article>"""

    def sidebar(self, story: Story | None = None) -> str:
        return ""
