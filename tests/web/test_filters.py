"""Template filters."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from newscrawl.article import Block
from newscrawl.web import filters


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//a.example/",
        "/a",
        "https://a.example/\nb",
        'https://a.example/"><b>',
        "http://[::1",
        "https:a.example",
        "",
        None,
    ],
)
def test_unsafe_links_are_dropped(url: str | None) -> None:
    assert filters.outgoing_link(url) is None


@pytest.mark.parametrize("url", ["https://a.example", "http://a.example/b?c=d&e=f#g", "https://ü.example/ß"])
def test_http_links_are_allowed(url: str) -> None:
    assert filters.outgoing_link(url) == url


@pytest.mark.parametrize(
    ("mailbox", "link"),
    [
        ("ada@news.example", "mailto:ada@news.example"),
        ("o'neil+x@news.example", "mailto:o%27neil%2Bx@news.example"),
        ("ada@news.example?bcc=eve@x.example", None),
        ("ada", None),
        (None, None),
    ],
)
def test_only_an_email_address_becomes_a_link(mailbox: str | None, link: str | None) -> None:
    assert filters.mailto_link(mailbox) == link


def test_list_items_are_grouped() -> None:
    kinds = ("paragraph", "list_item", "list_item", "paragraph", "paragraph")
    body = [Block(kind=kind, text=str(at)) for at, kind in enumerate(kinds)]  # type: ignore[arg-type]
    groups = [(kind, [block.text for block in blocks]) for kind, blocks in filters.group_blocks(body)]
    assert groups == [("paragraph", ["0"]), ("list_item", ["1", "2"]), ("paragraph", ["3"]), ("paragraph", ["4"])]


def test_table_rows_have_one_length_and_mark_numbers() -> None:
    rows = filters.split_cells(Block(kind="table", text="Index\tClose\tChange\nHarbor 100\t1,204.5\t+0.3%\nBare"))
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[1] == [("Harbor 100", False), ("1,204.5", True), ("+0.3%", True)]


def test_texts_lose_bidirectional_overrides() -> None:
    assert filters.finalize("a\u202eb\x1b[0m") == "ab[0m"
    assert filters.finalize(7) == 7


def test_foreign_markup_loses_controls_and_stays_markup() -> None:
    shown = filters.finalize(Markup("<a>{}</a>").format("a\x9b\u202e<b>"))
    assert (type(shown), shown) == (Markup, "<a>a&lt;b&gt;</a>")
