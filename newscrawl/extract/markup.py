"""Parses the bytes of a page, whatever they are, within limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

from cssselect.xpath import XPathExpr
from lxml import etree
from lxml.cssselect import CSSSelector, LxmlHTMLTranslator

from newscrawl.article import Page
from newscrawl.errors import UnreadablePageError
from newscrawl.extract.element_index import Element, Index
from newscrawl.extract.structured import Structured
from newscrawl.html_checks import MAX_ATTRIBUTES, has_hostile_tag
from newscrawl.syntax.characters import remove_controls, repair_markup
from newscrawl.syntax.encodings import decode_to_utf8

__all__ = ["Element", "Markup", "compile_match", "css", "decode_text", "select", "select_first"]


_read_classes = etree.XPath("descendant-or-self::*/@class", smart_strings=False)


class Markup:
    """A parsed HTML page. `root` is the html element, `utf8` are the bytes in UTF-8.

    Raises UnreadablePageError (empty, too_large, malformed) and NotAnArticleError (not_html).
    """

    def __init__(self, page: Page, max_bytes: int) -> None:
        self.page = page
        self.encoding, utf8 = decode_to_utf8(_check_size(page, max_bytes), page.content_type)
        self.utf8 = repair_markup(utf8)
        if has_hostile_tag(self.utf8):
            raise UnreadablePageError(page.url, "malformed", f"a tag has over {MAX_ATTRIBUTES:,} attributes")
        self._parser = etree.HTMLParser(
            encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
        )
        root = etree.fromstring(self.utf8, self._parser)
        if root is None:
            raise UnreadablePageError(page.url, "empty", "the page holds no element")
        # Seen in the wild: a header that ends with </html>. The parser begins a second tree for the story below it.
        body = root.find("body")
        for rest in list(root.itersiblings("html")):
            (root if body is None else body).extend(rest)
        # Seen in the wild: an unclosed element in a button, which for the parser then holds the rest of the page.
        for button in [
            each for each in root.iter("button") if next(each.iter("h1", "article", "main"), None) is not None
        ]:
            button.tag = "div"
        self.root: Element = root
        self._indexes: dict[Element, Index] = {}
        self._classes: dict[Element, str] = {}

    @property
    def is_cut(self) -> bool:
        """Whether the parser stopped early because of elements nested too deep (2,048)."""
        return any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in self._parser.error_log)

    def index(self, root: Element) -> Index:
        """Return an index that covers the elements below `root`: one of an ancestor, or a new one."""
        known = self._indexes
        if root not in known:
            above = next((each for each in root.iterancestors() if each in known), self.root)
            find = self.find if root is self.root else root.iter
            known[root] = Index(root, find) if above is self.root else known[above]
        return known[root]

    def classes_below(self, root: Element) -> str:
        """Return the class attributes of `root` and of all elements in it, in lines."""
        if root not in self._classes:
            self._classes[root] = "\n".join(_read_classes(root))
        return self._classes[root]

    @cached_property
    def elements(self) -> list[Element]:
        """All elements in document order. While they are kept, lxml makes no new object of an element in each walk."""
        return list(self.root.iter())

    @cached_property
    def _by_tag(self) -> dict[str, list[Element]]:
        by_tag: dict[str, list[Element]] = defaultdict(list)
        for element in self.elements:
            by_tag[str(element.tag)].append(element)
        return by_tag

    def find(self, *tags: str) -> list[Element]:
        """Return the elements with any of these tags: without a walk if `elements` was read before."""
        if "elements" not in vars(self) or "*" in tags:
            return list(self.root.iter(*tags))
        return [element for tag in tags for element in self._by_tag.get(tag, ())]

    @cached_property
    def data(self) -> Structured:
        return Structured(self.find("meta", "script"))

    @cached_property
    def title(self) -> str:
        """The text of the title element, "" if there is none."""
        title = next(self.root.iter("title"), None)
        return " ".join("".join(title.itertext()).split()) if title is not None else ""


def decode_text(page: Page, max_bytes: int) -> str:
    """Decode a plain-text page. Raises UnreadablePageError (empty, too_large)."""
    utf8 = decode_to_utf8(_check_size(page, max_bytes), page.content_type)[1]
    return remove_controls(utf8).decode("utf-8")


class _Translator(LxmlHTMLTranslator):
    """Translates CSS to faster XPath.

    Testing whether a class name occurs at all before testing for the whole word saves a quarter of the time. Searching
    for the last element of "div.lede time" first, and then testing its ancestors, saves two thirds.
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
    return CSSSelector(selector, translator=_Translator())


def compile_match(selector: str) -> etree.XPath:
    """Compile an expression that is true for an element that the selector matches."""
    return etree.XPath(_Translator().css_to_xpath(selector, prefix="self::"))


def select(root: Element, selector: str) -> list[Element]:
    """Return the elements below `root` (itself included) that a CSS selector matches, in document order."""
    return css(selector)(root)


def select_first(
    root: Element, selectors: Sequence[str], find: Callable[[Element, str], list[Element]] = select
) -> tuple[str, list[Element]]:
    """Return the first selector that matches and its elements, or the last selector and []."""
    for selector in selectors:
        if elements := find(root, selector):
            return selector, elements
    return (selectors[-1] if selectors else ""), []


def _check_size(page: Page, max_bytes: int) -> bytes:
    if len(page.body) > max_bytes:
        size = f"{len(page.body):,} bytes, over the limit of {max_bytes:,}"
        raise UnreadablePageError(page.url, "too_large", f"the page has {size}")
    if not page.body.strip(b"\0 \t\r\n"):
        raise UnreadablePageError(page.url, "empty", "the page is empty")
    return page.body
