"""A page as an article, and an article as text."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime

import pytest

import newscrawl
from newscrawl import extract_article, format_article
from newscrawl.errors import ArgumentError, BlockedError, ExtractError
from tests.crawls.loopback import article as make_page
from tests.library.test_docs import PAGE, URL


def test_the_charset_is_that_of_the_header_and_a_text_needs_none() -> None:
    page = PAGE.replace("Later boats", "Spätere Boote")
    read = [
        extract_article(page.encode("latin-1"), URL, content_type="text/html; charset=iso-8859-1"),
        extract_article(page, URL, content_type="text/html; charset=iso-8859-1"),
        extract_article(page, URL),
    ]
    assert {each.headline for each in read} == {"Spätere Boote for the islands"}


def test_the_publisher_is_found_by_the_host_of_the_address() -> None:
    _, _, page = make_page("Ferries sail later")
    known = extract_article(page, "https://www.bloomberg.com/news/articles/2024-03-05/ferries")
    unknown = extract_article(PAGE, URL)
    assert (known.layout, known.confidence) == ("bloomberg_2018", None)
    assert (unknown.layout, unknown.publisher) == ("generic", "www.tern.example")


def test_times_are_given_in_any_zone_or_in_utc() -> None:
    moment = datetime(2026, 5, 6, 12, tzinfo=UTC)
    assert extract_article(PAGE, URL, fetched_at=moment.replace(tzinfo=None)).fetched_at == moment


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n", "<title>404</title>", b"<video></video>"])
def test_a_page_without_an_article_says_why(body: bytes | str) -> None:
    with pytest.raises(ExtractError) as caught:
        extract_article(body, URL)
    assert caught.value.reason
    assert caught.value.url == URL


def test_a_challenge_is_an_error_of_its_own() -> None:
    page = '<html><head><title>Just a moment...</title></head><body><div class="cf-challenge"></div></body></html>'
    with pytest.raises(BlockedError):
        extract_article(page, URL, status=403)


def test_an_article_with_characters_that_nothing_can_encode_is_formatted() -> None:
    broken = extract_article(PAGE.replace("Later boats", "Later \ud800boats"), URL)
    for name in ("json", "ninjs", "markdown", "text", "csv", "atom", "rss", "jsonl"):
        assert "boats for the islands" in format_article(broken, name)


@pytest.mark.parametrize("name", ["epub", "parquet", "", "../x", "_private"])
def test_a_format_that_is_no_text_is_rejected_with_those_that_are(name: str) -> None:
    with pytest.raises(ArgumentError, match=r"there are json, .*markdown"):
        format_article(extract_article(PAGE, URL), name)


def test_every_public_name_is_there_and_no_other() -> None:
    for name in newscrawl.__all__:
        assert getattr(newscrawl, name)
        assert name in dir(newscrawl)
    with pytest.raises(AttributeError, match="no attribute 'exctract_article'"):
        _ = newscrawl.exctract_article  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(extract_article)) is extract_article


def test_the_root_imports_nothing_and_extraction_needs_neither_scrapy_nor_a_database() -> None:
    code = (
        "import sys, newscrawl; assert not [m for m in sys.modules if m.startswith('newscrawl.')], 'root'\n"
        "from newscrawl import extract_article, find_links\n"
        "heavy = {'scrapy', 'twisted', 'sqlalchemy', 'datasette', 'rich'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
