"""Ghost: the slug alone is the address; sitemaps by kind, calls to members."""

from __future__ import annotations

from html import escape

from tests.world.site import Site
from tests.world.story import Story


class Ghost(Site):
    kind = "ghost"
    feed_path = "/rss/"
    section_path = "/tag/{slug}/"
    tag_path = "/tag/about-{slug}/"
    search_path = "/search/?q=ferry"

    def path(self, story: Story) -> str:
        return f"/{self.story_slug(story)}/"

    def article(self, story: Story) -> str:
        return f"""<article class="gh-article post"><header class="gh-article-header"><h1 class="gh-article-title">{escape(story.headline)}</h1>
<p class="gh-article-excerpt">{escape(story.dek)}</p><div class="gh-article-meta"><h4 class="gh-article-author-name">{self.byline(story)}</h4>{self.time(story)}
<span class="gh-article-meta-length">4 min</span></div>{self.figure(story).replace("figure class", "figure data-x class")}</header>
<section class="gh-content gh-canvas">{self.blocks(story)}<div class="kg-card kg-cta-card"><p>{self.chrome["newsletter"]}</p><a href="#/portal/signup">OK</a></div></section></article>"""
