"""A page's bytes as a parsed tree, within limits, whatever the bytes are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

from cssselect.xpath import XPathExpr
from lxml import etree
from lxml.cssselect import CSSSelector, LxmlHTMLTranslator
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from newscrawl.article import Page
from newscrawl.errors import NotAnArticleError, UnreadablePageError
from newscrawl.extract.element_index import Element, Index

__all__ = ["Element", "Markup", "css", "decoded", "first_found", "is_html", "naming", "select"]

_HTML = re.compile(rb"<\s*(?:!doctype|html|head|body|title|meta|article|div|p|h1|table|section)\b", re.I)
_OTHER_KINDS = re.compile(r"^(?:image|video|audio|font)/|pdf|octet-stream|zip|json|javascript|\bcss\b", re.I)
_LIST = re.compile(rb"(?:\s|<\?[^>]*+>|<!--.*?-->)*+<(?:rss|feed|rdf:rdf|urlset|sitemapindex|opml)\b", re.I | re.S)
"""A feed or sitemap, which may have all the tags of HTML in its entries."""
_MAGIC = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"{", b"[{")
_TAG = re.compile(rb"""<[a-zA-Z][^>"']*+(?:(?:"[^"]*+"|'[^']*+'|["'])[^>"']*+)*+""")
_ATTRIBUTE = re.compile(rb"""[\s/"'][^\s/"'=>]""")
_LONG_TAG = 1 << 17
_MANY_ATTRIBUTES = 10_000
_MOSTLY = 4


class Markup:
    """An HTML page, parsed. `root` is the html element; `utf8` the bytes, for cheap looks before dear ones.

    Raises UnreadablePageError (empty, too_large, malformed) and NotAnArticleError (not_html).
    """

    def __init__(self, page: Page, max_bytes: int) -> None:
        self.page = page
        self.encoding, self.utf8 = _utf8(page, _checked(page, max_bytes))
        if _has_monstrous_tag(self.utf8):
            raise UnreadablePageError(page.url, "malformed", f"a tag has over {_MANY_ATTRIBUTES:,} attributes")
        self._parser = etree.HTMLParser(
            encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
        )
        root = etree.fromstring(self.utf8, self._parser)
        if root is None:
            raise UnreadablePageError(page.url, "empty", "the page holds no element")
        self.root: Element = root
        self._indexes: dict[Element, Index] = {}

    @property
    def is_cut(self) -> bool:
        """Whether the parser gave up part of the way, over elements nested too deep (2,048)."""
        return any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in self._parser.error_log)

    def index(self, root: Element) -> Index:
        """The index for what stands below an element: of the article that the element stands in, or its own."""
        known = self._indexes
        if root not in known:
            above = next((each for each in root.iterancestors() if each in known), self.root)
            known[root] = Index(root) if above is self.root else known[above]
        return known[root]

    @cached_property
    def title(self) -> str:
        """The text of the title element, "" where there is none."""
        found = next(self.root.iter("title"), None)
        return " ".join("".join(found.itertext()).split()) if found is not None else ""


def is_html(page: Page) -> bool:
    """Whether the bytes are HTML rather than plain text (a text dump, a WET record).

    Raises NotAnArticleError ("not_html") for what is neither.
    """
    head = page.body[:4096].replace(b"\0", b"").lstrip()
    kind = (page.content_type or "").partition(";")[0]
    if head.startswith(_MAGIC) or _LIST.match(head) or (_OTHER_KINDS.search(kind) and not _HTML.search(head)):
        raise NotAnArticleError(page.url, "not_html", f"not a page but {kind or 'a file of another kind'}")
    return "html" in kind or bool(_HTML.search(head)) or bool(_HTML.search(page.body[: 1 << 16]))


def decoded(page: Page, max_bytes: int) -> str:
    """A plain-text page as text. Raises UnreadablePageError (empty, too_large)."""
    return _utf8(page, _checked(page, max_bytes))[1].decode("utf-8")


class _Translator(LxmlHTMLTranslator):
    """Makes XPath that saves time.

    It asks whether a class occurs at all before asking for it as a word: a quarter less. And it looks for the last
    element of "div.lede time" first, of which a page has few, and then at what it stands in: two thirds less.
    """

    def xpath_attrib_includes(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        if value:
            xpath.add_condition(f"contains({name}, {self.xpath_literal(value)})")
        return super().xpath_attrib_includes(xpath, name, value)

    def xpath_attrib_prefixmatch(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        return xpath.add_condition(f"starts-with({name}, {self.xpath_literal(value)})" if value else "0")

    def xpath_attrib_substringmatch(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        return xpath.add_condition(f"contains({name}, {self.xpath_literal(value)})" if value else "0")

    def xpath_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"ancestor::{left}")

    def xpath_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"parent::{left}")


@lru_cache(4096)
def css(selector: str) -> CSSSelector:
    """The compiled selector. With a tag in front it costs a tenth of what a bare class does."""
    return CSSSelector(selector, translator=_Translator())


def naming(selector: str) -> etree.XPath:
    """An expression that finds an element if the selector names it, and else nothing."""
    return etree.XPath(_Translator().css_to_xpath(selector, prefix="self::"))


def select(root: Element, selector: str) -> list[Element]:
    """The elements below `root` (itself included) that a CSS selector names, in document order."""
    return css(selector)(root)


def first_found(
    root: Element, selectors: Sequence[str], find: Callable[[Element, str], list[Element]] = select
) -> tuple[str, list[Element]]:
    """The first of several selectors that finds elements, and those; the last and none where none does."""
    for selector in selectors:
        if found := find(root, selector):
            return selector, found
    return (selectors[-1] if selectors else ""), []


def _checked(page: Page, max_bytes: int) -> bytes:
    if len(page.body) > max_bytes:
        size = f"{len(page.body):,} bytes, over the limit of {max_bytes:,}"
        raise UnreadablePageError(page.url, "too_large", f"the page has {size}")
    if not page.body.strip(b"\0 \t\r\n"):
        raise UnreadablePageError(page.url, "empty", "the page is empty")
    return page.body.replace(b"\0", b"") if b"\0" in page.body and not _wide(page.body) else page.body


def _has_monstrous_tag(body: bytes) -> bool:
    """Whether one tag would stall the parser: libxml2 takes the square of its attributes (200,000: 150 seconds)."""
    tags = _TAG.findall(body) if len(body) > _LONG_TAG else ()
    return any(len(tag) > _LONG_TAG and len(_ATTRIBUTE.findall(tag)) > _MANY_ATTRIBUTES for tag in tags)


def _wide(body: bytes) -> bool:
    """Whether zeros are part of the text: UTF-16 or UTF-32, by its byte order mark."""
    return (read_bom(body)[0] or "").startswith(("utf-16", "utf-32"))


def _utf8(page: Page, body: bytes) -> tuple[str, bytes]:
    """The encoding that the bytes are in, and the bytes in UTF-8.

    Bytes that read as UTF-8 are UTF-8 whatever a header or meta element says (seen in the wild: UTF-8 declared as
    ISO-8859-1); no text in another encoding reads as such by chance. Declarations decide the rest.
    """
    mark, signature = read_bom(body)
    if mark and signature:
        body = body[len(signature) :]
        return mark, body if mark == "utf-8" else body.decode(mark, "replace").encode("utf-8", "replace")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        encoding = _declared(page, body)
        return encoding, body.decode(encoding, "replace").encode("utf-8", "replace")
    return "utf-8", body


def _declared(page: Page, body: bytes) -> str:
    """The encoding of bytes that are no flawless UTF-8: that with a few broken characters, or the declared one."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) > _MOSTLY * broken:
        return "utf-8"
    declared = http_content_type_encoding(page.content_type) or html_body_declared_encoding(body)
    encoding = resolve_encoding(declared or "") or "cp1252"
    return "cp1252" if encoding == "utf-8" else encoding
