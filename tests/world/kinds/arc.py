"""A platform of large newspapers: sections in the address, the content once more as JSON, an AMP output type."""

from __future__ import annotations

import json
from html import escape

from tests.world.site import Route, Site
from tests.world.story import Story


class Arc(Site):
    kind = "arc"
    style = "bem"
    feed_path = "/arc/outboundfeeds/rss/"
    sitemap_path = "/arc/outboundfeeds/sitemap-index/"
    section_path = "/{slug}/"
    tag_path = "/topic/{slug}/"
    search_path = "/search/?query=ferry"

    def path(self, story: Story) -> str:
        return f"{self.sections[story.section]}{story.published:%Y/%m/%d}/{self.story_slug(story)}/"

    def variants(self, story: Story) -> dict[str, Route]:
        return {f"{self.path(story)}?outputType=amp": lambda: self._amp(story)}

    def head(self, story: Story) -> str:
        content = {"type": "story", "headlines": {"basic": story.headline}, "content_elements": [*story.texts]}
        state = json.dumps(content, ensure_ascii=False)
        return (
            self.metadata(story) + f"<script>window.Fusion=window.Fusion||{{}};Fusion.globalContent={state};</script>"
        )

    def article(self, story: Story) -> str:
        return f"""<div class="c-stack b-headline"><a class="c-overline" href="{self.sections[story.section]}">{escape(story.section)}</a>
<h1 class="b-headline__text">{escape(story.headline)}</h1><h2 class="b-subheadline">{escape(story.dek)}</h2></div>
<div class="c-attribution"><span class="b-byline__names">{self.byline(story)}</span><span class="c-date">{self.time(story)}</span></div>
{self.figure(story)}<article class="b-article-body"><div class="c-stack">{self.blocks(story, paragraph='p class="c-paragraph"')}</div></article>
<div class="b-promo"><p>{self.chrome["newsletter"]}</p></div>"""
