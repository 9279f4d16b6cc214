"""Sites of the years about 2000: tables, font tags, texts whose paragraphs are separated by <br>, no metadata."""

from __future__ import annotations

from html import escape

from tests.world.site import Answer, Route, Site
from tests.world.story import Story


class Tables(Site):
    """A page of nested tables, with paragraphs."""

    kind = "tables"
    section_path = "/{slug}.html"
    tag_path = "/topic_{slug}.html"
    author_path = "/staff_{slug}.html"
    next_path = "{path}?p={page}"
    search_path = "/cgi-bin/search?q=ferry"
    info_path = "/{name}.html"
    feed_path = "/backend.xml"

    def path(self, story: Story) -> str:
        return f"/stories/{story.published:%Y%m}/{300 + story.number}.html"

    def variants(self, story: Story) -> dict[str, Route]:
        return {f"/stories/print.cgi?id={300 + story.number}": lambda: self.print_page(story)}

    def print_page(self, story: Story) -> Answer:
        body = f"<b>{escape(story.headline)}</b><br>{escape(', '.join(story.authors))}<br><br>{self.blocks(story, plain=True)}"
        return Answer(
            f"<html><head><title>{escape(story.headline)}</title></head><body>{body}</body></html>", story=story
        )

    def article(self, story: Story) -> str:
        return f"""<table border=0 cellpadding=4 width=480><tr><td><font face="Times" size=5><b>{escape(story.headline)}</b></font></td></tr>
<tr><td><font size=1>{self.chrome["by"]} {escape(" & ".join(story.authors))}<br>{story.published:%d.%m.%Y}</font></td></tr>
<tr><td><table align=right width=160 bgcolor=#eeeeee><tr><td><img src="/img/{story.number}.gif"><br><font size=1>{escape(story.caption)} {escape(story.credit)}</font></td></tr></table>
<font size=2>{self.blocks(story, subhead="b")}</font></td></tr></table>
<font size=1><a href="/stories/print.cgi?id={300 + story.number}">Print</a> | <a href="mailto:desk@{self.name}.example">Mail</a></font>"""

    def frame(self, title: str, main: str, *, head: str = "", story: Story | None = None) -> str:
        links = " | ".join(f'<a href="{path}">{escape(name)}</a>' for name, path in self.sections.items())
        shown = title if title == self.title else f"{self.title}: {title}"
        return f"""<html{self._direction}><head><title>{escape(shown)}</title><meta http-equiv="Content-Type" content="text/html; charset={self.habits.encoding}">{head}</head>
<body bgcolor=white><table width=760><tr><td colspan=2><a href="/"><img src="/logo.gif" alt="{self.title}"></a></td></tr><tr><td colspan=2>{links}</td></tr>
<tr><td valign=top>{main}</td><td valign=top width=200>{self.sidebar(story)}</td></tr><tr><td colspan=2>{self.footer()}</td></tr></table></body></html>"""


class Breaks(Tables):
    """The text is not in paragraphs: its parts are separated by two <br>."""

    kind = "breaks"

    def path(self, story: Story) -> str:
        return f"/story.asp?ID={5200 + story.number}"

    def variants(self, story: Story) -> dict[str, Route]:
        return {f"/print.asp?ID={5200 + story.number}": lambda: self.print_page(story)}

    def article(self, story: Story) -> str:
        lines = [f"<b>{escape(text)}</b>" if kind == "subhead" else escape(text) for kind, text in story.blocks]
        return f"""<div id=txt><h1>{escape(story.headline)}</h1><small>{escape(", ".join(story.authors))}, {story.published:%d.%m.%Y}</small><br><br>
{"<br><br>".join(lines)}<br><br><a href="/print.asp?ID={5200 + story.number}">[Print]</a></div>"""
