"""Shapes of URLs, and their patterns."""

import pytest

from newscrawl.crawl.policy.url_shapes import has_date, read_shape


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://www.tern.example/politics/ferry-leaves-at-noon", "/politics/{slug}"),
        ("https://tern.example/politics/ferry-leaves-at-noon.html?utm=1", "/politics/{slug}.html?utm={number}"),
        ("https://tern.example/2026/nov/30/gull-lands-on-mast/", "/{year}/{month}/{day}/{slug}"),
        ("https://tern.example/news/2026-11-30/gull", "/news/{date}/{word}"),
        ("https://tern.example/2026-11/30/c_1129000.htm", "/{month}/{day}/{id}.htm"),
        ("https://tern.example/ferry-leaves-at-noon-20471234", "/{slug-id}"),
        ("https://tern.example/ferry-late-20471234", "/{slug-id}"),
        ("https://tern.example/story/5f3a9c0d11", "/story/{id}"),
        ("https://tern.example/node/17", "/node/{number}"),
        ("https://tern.example/node/20471", "/node/{id}"),
        ("https://tern.example/index.php?id=12345", "/{word}.php?id={id}"),
        ("https://tern.example/de/world/europe/north", "/de/world/{word}/{word}"),
        ("https://tern.example/storms/index.html", "/{word}"),
        ("https://tern.example/n/%E5%A4%A7%E6%A9%8B%E3%81%8C%E9%96%8B%E9%80%9A", "/n/{slug}"),
        ("https://tern.example/", "/"),
    ],
)
def test_the_parts_of_a_url_are_replaced_by_their_classes(url: str, pattern: str) -> None:
    assert read_shape(url).pattern == f"tern.example{pattern}"


def test_a_subdomain_is_a_part_of_the_pattern() -> None:
    assert read_shape("http://sport.tern.example:8000/a-b-c-d").pattern == "sport.tern.example:8000/{word}"
    assert read_shape("http://sport.tern.example/gulls-win-the-cup").pattern == "sport.tern.example/{slug}"


def test_words_of_the_site_are_left_out_of_the_general_pattern() -> None:
    assert read_shape("https://tern.example/politics/north/ferry-leaves-at-noon").general_pattern == (
        "tern.example/{word}/{word}/{slug}"
    )


@pytest.mark.parametrize(
    ("path", "precision"),
    [
        ("/2026/11/30/gull", "day"),
        ("/2026/11/gull", "month"),
        ("/gull-20261130", "day"),
        ("/2026-11/gull", "month"),
        ("/gull-2047", None),
        ("/2026/gull", None),
        ("/gull-20269930", None),
    ],
)
def test_a_date_in_a_path(path: str, precision: str | None) -> None:
    assert has_date(read_shape(f"https://tern.example{path}")) == precision


@pytest.mark.parametrize("path", ["/a/gull.jpg", "/report.pdf", "/feed.xml", "/app.js"])
def test_files_are_no_pages(path: str) -> None:
    assert read_shape(f"https://tern.example{path}").is_media


@pytest.mark.parametrize("url", ["http://[x", "//", "http://x/%ff%fe/" + "a" * 3000])
def test_what_is_no_url_has_a_shape_too(url: str) -> None:
    assert len(read_shape(url).pattern) <= 200
