"""A newspaper that shows visitors two paragraphs, and marks it in its structured data."""

from __future__ import annotations

from html import escape

from tests.world.site import Site
from tests.world.story import Block, Story


class Paywall(Site):
    kind = "paywall"
    style = "bem"
    section_path = "/{slug}/"
    search_path = "/search?q=ferry"
    feed_path = "/feeds/all.rss"

    def path(self, story: Story) -> str:
        return f"/{story.published:%Y/%b/%d}/{self.story_slug(story)}".lower()

    def body_of(self, story: Story) -> tuple[Block, ...]:
        return story.blocks if story.number % 3 == 0 else story.blocks[:2]

    def head(self, story: Story) -> str:
        free = story.number % 3 == 0
        part = {"@type": "WebPageElement", "isAccessibleForFree": free, "cssSelector": ".c-article__body"}
        return self.metadata(story) + self.json_ld(story, isAccessibleForFree=free, hasPart=part)

    def article(self, story: Story) -> str:
        wall = (
            f'<div class="c-paywall"><h3>{self.chrome["subscribe"]}</h3><a href="/subscribe/">OK</a></div>'
            if story.number % 3
            else ""
        )
        return f"""<article class="c-article"><header class="c-article__header"><p class="c-article__kicker">{escape(story.section)}</p><h1>{escape(story.headline)}</h1>
<p class="c-article__standfirst">{escape(story.dek)}</p><address>{self.byline(story)}</address>{self.time(story)}</header>
<div class="c-article__body">{self.blocks(story)}</div>{wall}</article>"""
