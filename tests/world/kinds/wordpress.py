"""WordPress: dated addresses, a short link, an index of sitemaps, comments."""

from __future__ import annotations

from html import escape

from tests.world.site import Answer, Route, Site
from tests.world.story import Story


class WordPress(Site):
    kind = "wordpress"
    sitemap_path = "/wp-sitemap.xml"

    def path(self, story: Story) -> str:
        return f"/{story.published:%Y/%m/%d}/{self.story_slug(story)}/"

    def variants(self, story: Story) -> dict[str, Route]:
        path = self.path(story)
        return {
            f"/?p={100 + story.number}": lambda: Answer(status=301, location=path),
            f"{path}?replytocom={story.number}7": lambda: self.page_of(story),
        }

    def article(self, story: Story) -> str:
        bio = f'<div class="author-box"><h4>{escape(story.authors[0])}</h4><p>{escape(story.authors[0])} {self.chrome["author"]}</p></div>'
        nearby = self.stories[(story.number + 1) % len(self.stories)]
        return f"""<article id="post-{100 + story.number}" class="post-{100 + story.number} post type-post status-publish hentry">
<header class="entry-header"><h1 class="entry-title">{escape(story.headline)}</h1><div class="entry-meta"><span class="posted-on">{self.time(story)}</span>
<span class="byline">{self.byline(story)}</span></div></header>{self.figure(story)}
<div class="entry-content">{self.blocks(story)}<div class="sharedaddy"><a href="?share=mail">Mail</a> <a href="?share=print">Print</a></div></div>
<footer class="entry-footer">{self.tags(story)}</footer></article>{bio}
<nav class="post-navigation"><a href="{self.link(nearby)}" rel="prev">{escape(nearby.headline)}</a></nav>{self.comments(story)}
<a href="{self.path(story)}?replytocom={story.number}7#respond">{self.chrome["comments"]}</a>"""
