"""Stored text is never markup or script on a page."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from lxml import html

from tests.web.reader import HOSTILE, JAVASCRIPT, ONERROR, SCRIPT, Reader

NAMED = 'select :a as a, 1 as "<script>x</script>"'
OUR_SCRIPT = "/assets/keyboard.js?"


def paths(number: int) -> dict[str, str]:
    author, other = (quote(name, safe="") for name in HOSTILE.byline)
    ticker, section = quote(ONERROR, safe=""), quote(str(HOSTILE.section), safe="")
    columns = "headline, dek, url, canonical_url, section, correction, body_text, body, sources"
    return {
        "front": "/",
        "article": f"/article/{number}",
        "changes": f"/article/{number}/changes",
        "author": f"/author/{author}",
        "other author": f"/author/{other}",
        "ticker": f"/ticker/{ticker}",
        "section": f"/section/{section}",
        "day": "/day/2016-03-01",
        "search": f"/search?q=hostile&section={section}",
        "search that repeats": f"/search?q={quote(SCRIPT + ONERROR)}&author={author}&ticker={ticker}&since=%3Cb%3E",
        "coverage": "/coverage",
        "articles": "/news/articles?id=" + str(number),
        "articles by section": "/news/articles?_facet=section&_facet=headline&_facet_size=max",
        "words of Datasette": f"/news/articles?_search={quote(SCRIPT)}&headline__contains={quote(ONERROR)}",
        "row": f"/news/articles/{number}",
        "latest": "/news/latest?_sort_desc=id",
        "authors": "/news/authors",
        "article_authors": "/news/article_authors",
        "tickers": f"/news/tickers?article_id={number}",
        "images": f"/news/images?article_id={number}",
        "contacts": f"/news/contacts?article_id={number}",
        "revisions": f"/news/revisions?article_id={number}",
        "by ticker": "/news/ticker_mentions",
        "sql": f"/news?sql={quote(f'select {columns} from articles where id = {number}')}",
        "sql that repeats": f"/news?sql={quote(NAMED)}&a={quote(ONERROR)}",
        "sample query": f"/news/search?words={quote('hostile')}",
    }


NAMES = tuple(paths(1))
MISSING = (
    "/<script>alert(1)</script>",
    f"/author/{quote(SCRIPT, safe='')}x",
    f"/news/{quote(ONERROR, safe='')}",
    f"/news?sql={quote(SCRIPT)}",
)


def assert_harmless(page: html.HtmlElement) -> None:
    assert [script.get("src", "")[: len(OUR_SCRIPT)] for script in page.xpath("//script")] == [OUR_SCRIPT]
    assert not page.xpath(
        "//script/text() | //style | //img | //iframe | //object | //embed | //base | //@style | //b[.='x']"
    )
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    links = [*page.xpath("//@href"), *page.xpath("//@src"), *page.xpath("//@action"), *page.xpath("//@formaction")]
    assert {
        unquote(link).strip().partition(":")[0].lower() for link in links if not link.startswith(("/", "?", "#"))
    } <= {"https", "http", "mailto"}
    elsewhere = [
        link for link in page.xpath("//link/@href | //script/@src") if not link.startswith(("/assets/", "/search."))
    ]
    assert elsewhere == []


@pytest.mark.parametrize("name", NAMES)
def test_stored_text_runs_nothing(reader: Reader, number_of: dict[str, int], name: str) -> None:
    page = reader.page(paths(number_of["Rewritten"])[name])
    assert_harmless(page)


@pytest.mark.parametrize("path", MISSING)
def test_urls_run_nothing(reader: Reader, path: str) -> None:
    answer = reader.get(path)
    answer = reader.get(answer.headers["location"]) if answer.status_code == 302 else answer
    assert answer.status_code in (400, 404)
    assert_harmless(html.fromstring(answer.text))


def test_hostile_text_is_shown_as_text(reader: Reader, number_of: dict[str, int]) -> None:
    text = reader.text(f"/article/{number_of['Rewritten']}")
    for text_part in (f"Rewritten {ONERROR}", SCRIPT, f"{JAVASCRIPT}b", f"Eve {ONERROR}", f"a@b.example{ONERROR}"):
        assert " ".join(text_part.split()) in text
    assert f"Eve {ONERROR}" in reader.text(paths(number_of["Rewritten"])["author"])
    assert HOSTILE.byline[1] in reader.text(paths(number_of["Rewritten"])["other author"])
