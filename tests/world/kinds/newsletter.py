"""A newsletter platform: posts of authors, boxes to subscribe within the text."""

from __future__ import annotations

from html import escape

from tests.world.site import Site
from tests.world.story import Story


class Newsletter(Site):
    kind = "newsletter"
    style = "short"
    feed_path = "/feed"
    section_path = "/s/{slug}"
    tag_path = "/t/{slug}"
    author_path = "/profile/{slug}"
    next_path = "{path}?page={page}"
    search_path = "/archive"
    info_path = "/{name}"

    def path(self, story: Story) -> str:
        return f"/p/{self.story_slug(story)}"

    def article(self, story: Story) -> str:
        return f"""<div class="single-post-container"><article class="typography newsletter-post post"><div class="post-header">
<h1 class="post-title published">{escape(story.headline)}</h1><h3 class="subtitle">{escape(story.dek)}</h3>
<div class="byline-wrapper">{self.byline(story)}<div class="pencraft meta">{story.published:%b %d, %Y}</div></div></div>
<div class="available-content"><div dir="auto" class="body markup">{self.blocks(story, subhead='h3 class="header-anchor-post"')}</div></div></article>
<div class="post-footer"><button>Like</button><button>Share</button></div>{self.comments(story)}</div>"""

    def box(self, story: Story) -> str:
        return f'<div class="subscription-widget-wrap"><div class="preamble"><p>{self.chrome["newsletter"]}</p></div><form><input type="email"></form></div>'
