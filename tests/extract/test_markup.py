"""Bytes of every kind: an article, or an error with a name, in bounded time and memory."""

import contextlib
import re
from datetime import UTC, datetime
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.errors import BlockedError, ExtractError, NotAnArticleError, UnreadablePageError
from newscrawl.extract import generic, load_layouts
from newscrawl.extract.layout import Layout
from newscrawl.extract.markup import Markup, select, select_first
from newscrawl.extract.selectors import Dom
from newscrawl.extract.text import read_text
from newscrawl.html_checks import is_html
from newscrawl.publishers import load_publishers
from tests.cpu_time import at_most

STORY = (
    "<p>The harbour of Port Ellery reopened on Tuesday after the longest closure in its history, the port master said,"
    " and the first of forty ships tied up before noon under a grey sky.</p>"
) * 4
ARTICLE = (
    '<article class="bb-article"><h1 class="lede-headline">Harbour Reopens</h1>'
    f'<div class="article-body__content">{STORY}</div></article>'
)
PAGE = f"<!doctype html><html><head><meta charset='utf-8'><title>x</title></head><body>{ARTICLE}</body></html>"
SECONDS = 20.0
"""Of CPU time: each takes less than 2 on a machine of 2023."""


def page(body: bytes, content_type: str | None = "text/html", url: str = "https://www.bloomberg.com/news/a") -> Page:
    return Page(url=url, body=body, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type=content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/html", "empty"),
        (b" \r\n\t\0\0 ", "text/html", "empty"),
        (b"<!-- -->", "text/html", "empty"),
        (b"x" * 101, "text/html", "too_large"),
        (b"%PDF-1.7 " + b"x" * 50, "text/html", "not_html"),
        (b"\x89PNG\r\n\x1a\n", None, "not_html"),
        (b'{"headline": "Tides"}', "application/json", "not_html"),
        (b'{"headline": "Tides"}', "text/html", "not_html"),
        (b"var a = 1;", "application/javascript", "not_html"),
        (b"\xff\xfb\x90", "audio/mpeg", "not_html"),
        (b"<p>", "text/html", "unknown_layout"),
        (b"only words", "text/plain", "unknown_layout"),
    ],
)
def test_other_content_is_rejected_with_a_reason(body: bytes, content_type: str | None, reason: str) -> None:
    with pytest.raises(ExtractError) as caught:
        extract(page(body, content_type), max_bytes=100)
    assert caught.value.reason == reason
    assert caught.value.url in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", "text/html; charset=utf-8"),
        ("utf-8", "iso-8859-1", "text/html; charset=iso-8859-1"),
        ("utf-8", "utf-8", "text/html; charset=shift_jis"),
        ("utf-8-sig", "iso-8859-1", "text/html"),
        ("cp1252", "iso-8859-1", "text/html; charset=iso-8859-1"),
        ("cp1252", "utf-8", "text/html"),
        ("cp1252", "no-such-charset", "text/html"),
        ("utf-16", "utf-8", "text/html"),
        ("shift_jis", "shift_jis", "text/html"),
        ("gb18030", "utf-8", "text/html; charset=gb2312"),
    ],
)
def test_a_lying_charset_garbles_nothing(encoding: str, declared: str, content_type: str) -> None:
    headline = "港口 Reopens" if encoding in ("shift_jis", "gb18030") else "Café “Reopens” — Soon"
    text = PAGE.replace("Harbour Reopens", headline).replace("charset='utf-8'", f"charset='{declared}'")
    assert extract(page(text.encode(encoding), content_type)).headline == headline


def test_nuls_are_passed_over() -> None:
    body = PAGE.replace("Harbour", "Har\0bour").replace("<body>", "<bo\0dy>").encode()
    assert extract(page(body)).headline == "Harbour Reopens"


BARE = f"<title>x</title><article><h1>Harbour Reopens</h1><time>March 5</time>{STORY * 2}</article>"


@pytest.mark.parametrize(("text", "host"), [(PAGE, "www.bloomberg.com"), (BARE, "harbour.example")])
@pytest.mark.parametrize("written", ["\x08", "\x1e", "\ufffe", "&#8;", "&#x1B;", "&#xFFFF;"])
def test_characters_that_no_text_has_are_removed(written: str, text: str, host: str) -> None:
    clean = extract(page(text.encode(), url=f"https://{host}/news/a"))
    dirty = text.replace("Reopens", f"Re{written}opens").replace("Tuesday", f"Tues{written}day")
    read = extract(page(dirty.encode(), url=f"https://{host}/news/a"))
    assert (read.headline, read.body) == (clean.headline, clean.body)


def find_selectors(layout: type[Layout]) -> set[str]:
    """The last parts of all selectors of a layout: what an element must be to match them."""
    groups = (layout.headline, layout.dek, layout.byline, layout.published, layout.topics, layout.section)
    fields = [selector.selector for group in groups for selector in group if isinstance(selector, Dom)]
    texts = [*layout.body, layout.closing, layout.skip, layout.wrappers, layout.teaser, *fields]
    parts = [part.strip() for text in texts for part in text.split(",")]
    return {re.split(r"[\s>]+", part)[-1] for part in parts if part} | {"ul", "li", "b", "td", "a", "pre", "quote"}


def open_tag(selector: str) -> str:
    """The start tag of an element that a selector without a combinator matches."""
    name = re.match(r"\w+", selector)
    classes = " ".join(re.findall(r"\.([\w-]+)", selector) + re.findall(r"""\[class.?=["'] ?([^"']+)""", selector))
    attributes = re.findall(r"""\[((?!class)[\w-]+)(?:.?=["']([^"']*))?""", selector)
    written = "".join(f' {key}="{value}"' for key, value in attributes)
    return f'<{name[0] if name else "div"} class="{classes}"{written}>'


LAYOUTS = [generic.Generic, *(layout for each in load_publishers() for layout in load_layouts(each.layouts))]


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_elements_within_each_other_are_read_once(layout: type[Layout]) -> None:
    slow = {}
    for selector in find_selectors(layout):
        body = f"<h1>Harbour Reopens</h1>{(open_tag(selector) + 'Rain fell on the long pier. ') * 1_000}"
        markup = Markup(page(body.encode()), 2**24)
        started = thread_time()
        with contextlib.suppress(ExtractError):
            generic.read(markup) if layout is generic.Generic else layout().read(markup)
        slow[selector] = thread_time() - started
    assert {selector: seconds for selector, seconds in slow.items() if seconds > 1.5} == {}


@pytest.mark.parametrize(
    "body",
    [
        PAGE.replace("<body>", "<body>" + "<div>" * 100_000),
        PAGE.replace("<article", "<b>" * 100_000 + "<article"),
        PAGE.replace("<p>", "<p>" + "<span>" * 100_000, 1),
        "<div>" * 1_000_000,
    ],
    ids=["divs above", "inline above", "within a paragraph", "nothing else"],
)
def test_nested_a_hundred_thousand_deep(body: str) -> None:
    with at_most(SECONDS), pytest.raises(ExtractError) as caught:
        extract(page(body.encode()))
    assert caught.value.reason in ("too_deep", "unknown_layout")


@pytest.mark.parametrize(
    "tag",
    [
        "<p " + " ".join(f"a{n}=1" for n in range(200_000)) + ">",
        "<p " + " ".join(f'a{n}=">"' for n in range(100_000)) + ">",
        "<p x<a " + " ".join(f"x<a{n}" for n in range(200_000)) + ">",
        "<p " + "".join(f"a{n}='<p>'" for n in range(100_000)) + ">",
    ],
    ids=["plain", "quoted brackets", "brackets in names", "quoted tags"],
)
def test_a_tag_of_countless_attributes_is_refused(tag: str) -> None:
    with at_most(SECONDS), pytest.raises(UnreadablePageError, match="attributes") as caught:
        Markup(page(tag.encode()), 2**24)
    assert caught.value.reason == "malformed"


def test_code_in_a_script_is_no_tag() -> None:
    code = "for(i=0;i<n.length;i++){" + " ".join(f"a{n}='>';" for n in range(12_000)) + "}"
    assert len(code) > 2**17
    assert extract(page(PAGE.replace("<p>", f"<script>{code}</script><p>", 1).encode())).headline == "Harbour Reopens"


@pytest.mark.parametrize(
    "before",
    [
        "<title><script></title>",
        "<p a=x' b='> <script> '>",
        "</p a='<script>'>",
        "<script/>",
        "<!--><!-- <script> -->",
        "<![CDATA[<script>]]>",
        "<script><!--<script></script>",
    ],
)
def test_what_only_looks_like_a_script_hides_no_tag(before: str) -> None:
    tag = "<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">"
    with pytest.raises(UnreadablePageError, match="attributes"):
        Markup(page(f"<html><body>{before}{tag}</script>".encode()), 2**24)


@pytest.mark.parametrize(
    "filler",
    [
        "<a " * 5_000_000,
        '<a "' * 4_000_000,
        "<" * 15_000_000,
        "&amp;" * 3_000_000,
        pytest.param("<p>x" * 1_000_000, marks=pytest.mark.long),
        "<!--" * 3_000_000,
        "<script>" * 1_000_000,
        "]]>" * 3_000_000,
        "\u200b" * 5_000_000,
    ],
    ids=lambda filler: filler[:6].encode("unicode_escape").decode(),
)
def test_hostile_pages_end_in_bounded_time(filler: str) -> None:
    with at_most(SECONDS), pytest.raises(ExtractError):
        extract(page(filler.encode()))


def test_a_long_picture_in_an_attribute_is_no_monster() -> None:
    picture = "data:image/png;base64," + "A" * 500_000
    assert extract(page(PAGE.replace("<p>", f'<p><img src="{picture}">', 1).encode())).headline == "Harbour Reopens"


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_end_in_an_article_or_a_named_error(body: bytes) -> None:
    for content_type in ("text/html", "text/plain", None):
        with pytest.raises((ExtractError, BlockedError)):
            extract(page(body, content_type))


@pytest.mark.parametrize(
    ("body", "content_type", "html"),
    [
        (b"<html>", "text/html", True),
        (b"<!DOCTYPE html>", None, True),
        (b"\n\n  <div>", "application/octet-stream", True),
        (b"Words of a dump", "text/plain", False),
        (b"<html><body>", "text/plain", True),
        (b"Less < more", None, False),
    ],
)
def test_html_is_recognized_by_its_content(body: bytes, content_type: str | None, html: bool) -> None:
    assert is_html(page(body, content_type)) is html


def test_a_binary_kind_is_no_text() -> None:
    with pytest.raises(NotAnArticleError):
        is_html(page(b"\x00\x01", "image/webp"))


def test_a_story_below_the_end_of_the_document_is_read() -> None:
    header = b"<html><body><header><p>Tern Post</p></header></body></html>\n"
    root = Markup(page(header + b"<div><h1>Ferry</h1>It sank.</div></body></html>"), 1000).root
    assert " ".join(root.itertext()).split() == ["Tern", "Post", "Ferry", "It", "sank."]
    assert [element.text for element in select(root, "body p, body h1")] == ["Tern Post", "Ferry"]


def test_a_button_that_is_not_closed_holds_no_article() -> None:
    html = b"<body><div><button><div>Menu</button></div><main><h1>Ferry</h1></main><button><i>Go</i></button></body>"
    root = Markup(page(html), 1000).root
    assert [read_text(element) for element in select(root, "body")] == ["MenuFerry"]


def test_selection_in_document_order_and_by_first_selector() -> None:
    root = Markup(page(b"<div><p>1</p><h2>2</h2><p>3</p></div>"), 1000).root
    assert [element.text for element in select(root, "p, h2")] == ["1", "2", "3"]
    where, found = select_first(root, ("h5", "p"))
    assert (where, [element.text for element in found]) == ("p", ["1", "3"])
    assert select_first(root, ("h5", "h6")) == ("h6", [])
