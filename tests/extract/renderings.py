"""Text dumps of a page, as the tools that people use for them make them: HTML in, text out."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from html import unescape

import html2text
import inscriptis
import markdownify
import trafilatura
from bs4 import BeautifulSoup
from lxml import html as lxml_html

from newscrawl.article import Article

_BLOCK = re.compile(
    r"</?(?:p|div|section|article|header|footer|nav|ul|ol|li|h\d|table|tr|figure|figcaption|br)\b", re.I
)


def _html2text(html: str) -> str:
    return html2text.html2text(html)


def _html2text_plain(html: str) -> str:
    """Without links, pictures and emphasis, and not wrapped: a common setting."""
    converter = html2text.HTML2Text()
    converter.ignore_links = converter.ignore_images = converter.ignore_emphasis = True
    converter.body_width = 0
    return converter.handle(html)


def _inscriptis(html: str) -> str:
    return str(inscriptis.get_text(html))


def _trafilatura(html: str) -> str:
    return trafilatura.extract(html, output_format="txt", with_metadata=True) or ""


def _trafilatura_markdown(html: str) -> str:
    return trafilatura.extract(html, output_format="markdown", with_metadata=True, include_links=True) or ""


def _soup_lines(html: str) -> str:
    return BeautifulSoup(html, "lxml").get_text("\n")


def _soup_spaces(html: str) -> str:
    return BeautifulSoup(html, "lxml").get_text(" ")


def _soup(html: str) -> str:
    return BeautifulSoup(html, "lxml").get_text()


def _text_content(html: str) -> str:
    return str(
        lxml_html.document_fromstring(html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8")).text_content()
    )


def _markdownify(html: str) -> str:
    return str(markdownify.markdownify(html, heading_style="ATX"))


def _innertext(html: str) -> str:
    """As a browser copies a page, and as WET files have it: a line for each block."""
    tree = lxml_html.document_fromstring(html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    for element in list(tree.iter("script", "style", "noscript", "template", "head")):
        element.drop_tree()
    flat = re.sub(r"\s+", " ", lxml_html.tostring(tree, encoding="unicode"))
    pieces = re.split(r"(<[^>]*>)", flat)
    text = "".join(("\n" if _BLOCK.match(piece) else "") if piece.startswith("<") else piece for piece in pieces)
    lines = (
        " ".join(lxml_html.fromstring(f"<p>{line}</p>").text_content().split())
        for line in text.split("\n")
        if line.strip()
    )
    return "\n".join(line for line in lines if line)


def _wet(html: str) -> str:
    title = re.search(r"<title[^>]*>([^<]*)", html)
    return f"{unescape(title[1].strip()) if title else ''}\n{_innertext(html)}"


def _copied(html: str) -> str:
    return _innertext(html).replace("\n", "\n\n")


def _run(*command: str) -> Callable[[str], str]:
    def convert(html: str) -> str:
        done = subprocess.run(command, input=html.encode(), capture_output=True, check=True, timeout=60)
        return done.stdout.decode("utf-8", "replace")

    return convert


LIBRARIES: Mapping[str, Callable[[str], str]] = {
    "html2text": _html2text,
    "html2text, no links": _html2text_plain,
    "inscriptis": _inscriptis,
    "trafilatura txt": _trafilatura,
    "trafilatura markdown": _trafilatura_markdown,
    "get_text(newline)": _soup_lines,
    "get_text(space)": _soup_spaces,
    "get_text()": _soup,
    "text_content()": _text_content,
    "markdownify": _markdownify,
    "WET": _wet,
    "copy and paste": _copied,
}
_PROGRAMS = {
    "w3m": ("w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "80"),
    "lynx": ("lynx", "-dump", "-stdin", "-assume_charset=utf-8", "-display_charset=utf-8", "-width=79"),
    "lynx, no list": ("lynx", "-dump", "-nolist", "-stdin", "-assume_charset=utf-8", "-display_charset=utf-8"),
    "pandoc plain": ("pandoc", "-f", "html", "-t", "plain"),
    "pandoc markdown": ("pandoc", "-f", "html", "-t", "markdown"),
    "pandoc gfm": ("pandoc", "-f", "html", "-t", "gfm-raw_html"),
}
PROGRAMS = {name: _run(*command) for name, command in _PROGRAMS.items() if shutil.which(command[0])}
"""Those of this machine."""


def score_words(got: Article | None, want: Article) -> float:
    """Return the F1 of the words of two bodies; 0 for a refused page."""
    texts = [article.body_text if article else "" for article in (got, want)]
    ours, theirs = (Counter(re.findall(r"\w+", text.casefold())) for text in texts)
    common = (ours & theirs).total()
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


def score_blocks(got: Article | None, want: Article) -> float:
    """Return the F1 of the blocks of two bodies, compared by letters and digits; 0 for a refused page."""
    ours, theirs = (
        Counter("".join(filter(str.isalnum, block.text.casefold())) for block in (article.body if article else ()))
        for article in (got, want)
    )
    common = (ours & theirs).total()
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


MARKDOWN = frozenset(("html2text", "trafilatura markdown", "markdownify", "pandoc markdown", "pandoc gfm"))
"""What people save as .md."""
