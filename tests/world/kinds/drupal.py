"""Drupal: node addresses behind readable ones, a print version, ?page= in lists."""

from __future__ import annotations

from html import escape

from tests.world.site import Answer, Route, Site
from tests.world.story import Story


class Drupal(Site):
    kind = "drupal"
    feed_path = "/rss.xml"
    section_path = "/section/{slug}"
    tag_path = "/taxonomy/{slug}"
    author_path = "/user/{slug}"
    next_path = "{path}?page={page}"
    search_path = "/search/node?keys=ferry"
    info_path = "/{name}"

    def path(self, story: Story) -> str:
        return f"/news/{self.story_slug(story)}"

    def variants(self, story: Story) -> dict[str, Route]:
        path, node = self.path(story), 4000 + story.number
        return {
            f"/node/{node}": lambda: Answer(status=301, location=path),
            f"/print/{node}": lambda: self._print(story),
        }

    def _print(self, story: Story) -> Answer:
        head = f'<link rel="canonical" href="{self.url(self.path(story))}"><meta name="robots" content="noindex">'
        main = f"<h1>{escape(story.headline)}</h1><p>{escape(', '.join(story.authors))}</p>{self.blocks(story, plain=True)}"
        return Answer(
            f"<html><head><title>{escape(story.headline)}</title>{head}</head><body>{main}</body></html>", story=story
        )

    def article(self, story: Story) -> str:
        return f"""<article role="article" about="{self.path(story)}" class="node node--type-article node--view-mode-full">
<h1 class="page-title"><span class="field field--name-title">{escape(story.headline)}</span></h1><div class="node__meta"><span class="field--name-uid">{self.byline(story)}</span>
<span class="field--name-created">{self.time(story)}</span> <a href="/print/{4000 + story.number}">Print</a></div><div class="node__content">
<div class="field field--name-field-image">{self.figure(story)}</div><div class="field field--name-field-lead"><p>{escape(story.dek)}</p></div>
<div class="clearfix text-formatted field field--name-body field__item">{self.blocks(story)}</div><div class="field--name-field-tags">{self.tags(story)}</div></div></article>"""
