"""Which links are likely to lead to articles."""

import pytest

from newscrawl.article import Anchor, Link
from newscrawl.crawl.policy.article_links import score

HEADLINE = Anchor(words=7, in_heading=True, has_picture=True)
PLAIN = Anchor(words=6)
MENU = Anchor(words=1, place="menu")


def chance(path: str, anchor: Anchor | None = PLAIN, source: str = "front_page") -> float:
    return score(Link(url=f"https://www.tern.example{path}", source=source, anchor=anchor))


@pytest.mark.parametrize(
    "path",
    [
        "/2026/11/30/ferry-leaves-at-noon/",
        "/politics/ferry-leaves-at-noon",
        "/politics/ferry-leaves-at-noon-20471234.html",
        "/politics/ferry-leaves-at-noon/a-20471234",
        "/ferry-leaves-at-noon/!5928990/",
        "/story/20471234",
        "/?p=20471",
        "/news/view.php?article_id=204",
        "/s/5f3a9c0d11e0",
        "/2026/11/gulls.html",
        "/n/%E5%A4%A7%E6%A9%8B%E3%81%8C%E9%96%8B%E9%80%9A",
    ],
)
def test_the_shape_of_an_article(path: str) -> None:
    assert chance(path) > 0.5
    assert chance(path, HEADLINE) > 0.9
    assert chance(path, None, "sitemap") > 0.5


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/de/", "/politics/", "/politics/north", "/tag/ferries-of-the-north", "/author/ada-okafor"),
        *("/about-us", "/search?q=ferry", "/page/2", "/politics/?page=3", "/2026/11/", "/login?next=/a-b-c-d"),
        *("/terms-of-use.html", "/a/ferry-leaves-at-noon.jpg", "/ferries.pdf", "/category/harbour"),
    ],
)
def test_the_shape_of_another_page(path: str) -> None:
    assert chance(path, Anchor(words=2)) < 0.35
    assert chance(path, MENU) < 0.1


def test_a_headline_makes_up_for_a_short_address() -> None:
    assert chance("/gulls", HEADLINE) > 0.35 > chance("/gulls", MENU)


def test_what_a_feed_names_is_an_article_whatever_its_address() -> None:
    assert chance("/gulls", None, "feed") > 0.5
    assert chance("/gulls.pdf", None, "feed") == 0
    assert chance("/", None, "news_sitemap") == 0
