"""Systems of their own: opaque identifiers, a body of <div>s, a magazine by issue, AMP pages on a path of their own."""

from __future__ import annotations

import zlib
from html import escape

from tests.world.site import Answer, Site
from tests.world.story import Story


class Opaque(Site):
    """An identifier that says nothing; every paragraph is a <div>."""

    kind = "opaque"
    style = "hashed"
    section_path = "/c/{slug}"
    tag_path = "/k/{slug}"
    author_path = "/u/{slug}"
    next_path = "{path}?offset={page}0"
    search_path = "/find?term=ferry"
    info_path = "/i/{name}"
    feed_path = "/feed.json"

    def path(self, story: Story) -> str:
        return f"/a/{zlib.crc32(story.headline.encode()):08x}"

    def article(self, story: Story) -> str:
        return f"""<div class="{self.css("story")}"><div class="{self.css("head")}" role="heading" aria-level="1"><h1>{escape(story.headline)}</h1></div>
<div class="{self.css("who")}">{escape(", ".join(story.authors))}</div><div class="{self.css("when")}">{self.time(story)}</div>
<div class="{self.css("txt")}">{self.blocks(story, paragraph="div", subhead="div role=heading")}</div></div>"""


class Magazine(Site):
    """Issues by month; long texts without boxes."""

    kind = "magazine"
    section_path = "/departments/{slug}/"
    search_path = "/search/?s=ferry"

    def path(self, story: Story) -> str:
        return f"/magazine/archive/{story.published:%Y/%m}/{self.story_slug(story)}/{690100 + story.number}/"

    def article(self, story: Story) -> str:
        return f"""<article class="article"><header><div class="rubric">{escape(story.section)}</div><h1>{escape(story.headline)}</h1><p class="dek">{escape(story.dek)}</p>
<div class="byline">{self.byline(story)}</div>{self.time(story)}</header>{self.figure(story)}<section class="article-body">{self.blocks(story, plain=True)}</section>
<footer class="about-author"><p>{escape(story.authors[0])} {self.chrome["author"]}</p></footer></article>"""


class AmpPairs(Site):
    """Each article also under /amp, to which the front page links as often as not."""

    kind = "amp-pairs"
    section_path = "/news/{slug}"
    tag_path = "/news/tag/{slug}"
    author_path = "/news/author/{slug}"
    next_path = "{path}?page={page}"
    search_path = "/search?q=ferry"
    info_path = "/site/{name}"
    feed_path = "/rss.xml"

    def path(self, story: Story) -> str:
        return f"/news/story/{self.story_slug(story)}/{33000 + story.number}"

    def amp_path(self, story: Story) -> str:
        return f"/amp{self.path(story)}"

    def link(self, story: Story) -> str:
        return self.amp_path(story) if story.number % 2 else super().link(story)

    def article(self, story: Story) -> str:
        return f"""<div class="story"><h1 class="story__title">{escape(story.headline)}</h1><div class="story__info">{self.byline(story)} {self.time(story)}</div>
{self.figure(story)}<div class="story__text">{self.blocks(story)}</div>{self.tags(story)}</div>"""

    def _missing(self) -> Answer:
        return Answer(status=302, location="/")
