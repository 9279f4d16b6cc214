"""A site made with Next.js: hashed classes, and the whole state as JSON at the end of the page."""

from __future__ import annotations

import json
from html import escape

from tests.world.site import Site
from tests.world.story import Story


class NextJs(Site):
    kind = "nextjs"
    style = "hashed"
    section_path = "/{slug}"
    tag_path = "/topics/{slug}"
    author_path = "/profile/{slug}"
    next_path = "{path}?page={page}"
    search_path = "/search?q=ferry"
    info_path = "/{name}"
    feed_path = "/api/rss"

    def path(self, story: Story) -> str:
        return f"{self.sections[story.section]}/{self.story_slug(story)}-{7000123 + story.number * 77}"

    def article(self, story: Story) -> str:
        paragraph = f'p class="{self.css("text")}" data-testid="paragraph"'
        return f"""<div data-testid="article"><div class="{self.css("kicker")}">{escape(story.section)}</div><h1 class="{self.css("headline")}">{escape(story.headline)}</h1>
<div class="{self.css("standfirst")}">{escape(story.dek)}</div><div class="{self.css("meta")}"><div>{self.byline(story)}</div>{self.time(story)}</div>{self.figure(story)}
<div class="{self.css("text-block")}">{self.blocks(story, paragraph=paragraph)}</div></div>"""

    def footer(self) -> str:
        stories = [{"title": one.headline, "teaser": one.dek, "url": self.path(one)} for one in self.stories[:8]]
        state = json.dumps(
            {"props": {"pageProps": {"latest": stories}}, "page": "/[...slug]"}, ensure_ascii=False
        ).replace("<", "\\u003c")
        return super().footer() + f'<script id="__NEXT_DATA__" type="application/json">{state}</script>'
