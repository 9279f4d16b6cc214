"""How values read on a page."""

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
def test_no_browser_follows(url: str | None) -> None:
    assert filters.outgoing_link(url) is None


@pytest.mark.parametrize("url", ["https://a.example", "http://a.example/b?c=d&e=f#g", "https://ü.example/ß"])
def test_a_browser_may_follow(url: str) -> None:
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
def test_only_a_mailbox_is_written_to(mailbox: str | None, link: str | None) -> None:
    assert filters.mailto_link(mailbox) == link


def test_items_of_a_list_stand_together() -> None:
    kinds = ("paragraph", "list_item", "list_item", "paragraph", "paragraph")
    body = [Block(kind=kind, text=str(at)) for at, kind in enumerate(kinds)]  # type: ignore[arg-type]
    told = [(kind, [block.text for block in blocks]) for kind, blocks in filters.group_blocks(body)]
    assert told == [("paragraph", ["0"]), ("list_item", ["1", "2"]), ("paragraph", ["3"]), ("paragraph", ["4"])]


def test_rows_of_a_table_are_of_one_length_and_numbers_are_told() -> None:
    rows = filters.split_cells(Block(kind="table", text="Index\tClose\tChange\nHarbor 100\t1,204.5\t+0.3%\nBare"))
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[1] == [("Harbor 100", False), ("1,204.5", True), ("+0.3%", True)]


def test_a_text_loses_what_would_turn_it_around() -> None:
    assert filters.finalize("a\u202eb\x1b[0m") == "ab[0m"
    assert filters.finalize(7) == 7


def test_markup_of_somebody_else_is_shown_without_controls_and_stays_markup() -> None:
    shown = filters.finalize(Markup("<a>{}</a>").format("a\x9b\u202e<b>"))
    assert (type(shown), shown) == (Markup, "<a>a&lt;b&gt;</a>")
