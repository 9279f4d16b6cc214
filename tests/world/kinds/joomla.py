"""Joomla: one article under several addresses, a print version by parameters."""

from __future__ import annotations

from html import escape

from tests.world.site import Answer, Route, Site
from tests.world.story import Story


class Joomla(Site):
    kind = "joomla"
    feed_path = "/index.php?format=feed&type=rss"
    section_path = "/index.php/{slug}"
    tag_path = "/index.php/component/tags/tag/{slug}"
    author_path = "/index.php/authors/{slug}"
    next_path = "{path}?start={page}0"
    search_path = "/index.php/component/search/?searchword=ferry"
    info_path = "/index.php/{name}"

    def path(self, story: Story) -> str:
        return f"{self.sections[story.section]}/{210 + story.number}-{self.story_slug(story)}"

    def variants(self, story: Story) -> dict[str, Route]:
        path = self.path(story)
        plain = f"/index.php?option=com_content&view=article&id={210 + story.number}"
        return {plain: lambda: self.page_of(story), f"{path}?tmpl=component&print=1": lambda: self._print(story)}

    def _print(self, story: Story) -> Answer:
        return Answer(
            f"<html><head><title>{escape(story.headline)}</title></head><body class=contentpane>{self.article(story)}</body></html>",
            story=story,
        )

    def article(self, story: Story) -> str:
        return f"""<div class="item-page" itemscope itemtype="https://schema.org/Article"><div class="page-header"><h2 itemprop="headline">{escape(story.headline)}</h2></div>
<dl class="article-info muted"><dd class="createdby" itemprop="author">{self.byline(story)}</dd><dd class="published">{self.time(story)}</dd></dl>
<div class="icons"><a href="{self.path(story)}?tmpl=component&amp;print=1" rel="nofollow">Print</a></div>
<div itemprop="articleBody">{self.blocks(story, subhead="h3")}</div>{self.tags(story)}</div>"""
