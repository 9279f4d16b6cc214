"""Systems of regional newspapers: numbers at the end of the address, and .ece pages of a Nordic system."""

from __future__ import annotations

from html import escape

from tests.world.site import Route, Site
from tests.world.story import Story


class Regional(Site):
    """A German system: a section, the headline and a number, with a mobile and a print address."""

    kind = "regional"
    section_path = "/{slug}/"
    tag_path = "/thema/{slug}/"
    author_path = "/autor/{slug}/"
    search_path = "/suche/?q=ferry"
    info_path = "/service/{name}.html"
    feed_path = "/feed/rss.xml"

    def path(self, story: Story) -> str:
        return f"{self.sections[story.section]}{self.story_slug(story)};art{100},{471100 + story.number}"

    def variants(self, story: Story) -> dict[str, Route]:
        path = self.path(story)
        return {f"{path}?view=print": lambda: self.page_of(story), f"/m{path}": lambda: self.page_of(story)}

    def article(self, story: Story) -> str:
        place = escape(self.writer_of(story.headline).fill("{c}"))
        first, *others = self.body_of(story)
        lead = f'<p class="text-intro"><strong class="place">{place}.</strong> {escape(first.text)}</p>'
        rest = self.blocks(story).partition("</p>")[2]
        return f"""<div class="article-detail" id="art{story.number}"><span class="kicker">{escape(story.section)}</span><h1>{escape(story.headline)}</h1>
<div class="article-meta">{self.time(story)} <span class="author">{self.byline(story)}</span></div><div class="article-copy">{lead}{rest if others else ""}</div>
<a href="{self.path(story)}?view=print">Print</a></div>{self.comments(story)}"""


class Escenic(Site):
    """A Nordic system: articleNNN.ece."""

    kind = "escenic"
    section_path = "/{slug}/"
    search_path = "/sok/?q=ferry"
    feed_path = "/?service=rss"

    def path(self, story: Story) -> str:
        return f"{self.sections[story.section]}article{6120000 + story.number * 13}.ece"

    def article(self, story: Story) -> str:
        return f"""<div itemscope itemtype="http://schema.org/NewsArticle"><h1 itemprop="headline">{escape(story.headline)}</h1>
<p class="leadtext" itemprop="description">{escape(story.dek)}</p><div class="byline"><span itemprop="author">{escape(story.authors[0])}</span>
<time itemprop="datePublished" datetime="{story.published.isoformat()}">{story.published:%d.%m.%Y}</time></div>{self.figure(story)}
<div class="bodytext" itemprop="articleBody">{self.blocks(story)}</div></div>"""
