"""Sections of a site, found in the links of its front page."""

from newscrawl import discovery
from newscrawl.crawl.policy.sections import MAX_SECTIONS, find_sections

HOME = "https://www.tern.example/"


def sections(body: str, home: str = HOME) -> list[str]:
    links = discovery.read("front_page", f"<html><body>{body}".encode(), home).links
    return [url.removeprefix(home.rstrip("/")) for url in find_sections(links, home)]


def anchors(*paths: str, text: str = "Words") -> str:
    return "".join(f'<a href="{path}">{text}</a>' for path in paths)


def test_short_links_of_menus_are_sections() -> None:
    body = f"""<header><nav>{anchors("/", "/inseln/nord", "/hafen/", "/wetter", "/konto/anmelden", "/kultur")}
    <a href="https://other.example/sport">Sport</a><a href="/hafen/#top">Hafen</a></nav></header>
    <main><a href="/preise">Preise</a><h2><a href="/2026/11/30/ferry-leaves-at-noon">The ferry leaves</a></h2></main>
    <footer>{anchors("/presse", "/zahlen")}</footer>"""
    assert sections(body) == ["/hafen/", "/kultur", "/inseln/nord"]


def test_menus_are_known_by_their_classes() -> None:
    body = (
        f'<div class="main-menu">{anchors("/art", "/boats", "/coast")}</div><div id="site-footer">{anchors("/d")}</div>'
    )
    assert sections(body) == ["/art", "/boats", "/coast"]


def test_where_no_menu_is_marked_up_short_links_are_sections() -> None:
    body = f"<table><tr><td>{anchors('/hafen.html', '/inseln.html', text='海港')}</td><td>"
    body += '<a href="/art/20471.html">The ferry to the outer islands leaves at noon</a></td></tr></table>'
    assert sections(body) == ["/hafen.html", "/inseln.html"]


def test_sections_named_by_a_parameter_or_a_group() -> None:
    menu = anchors("/list.php?cat=3", "/category/harbour/", "/list.php?cat=3&page=2", "/?s=ferry")
    assert sections(f"<nav>{menu}{anchors('/rubrik/inseln')}</nav>") == [
        "/list.php?cat=3",
        "/category/harbour/",
        "/rubrik/inseln",
    ]


def test_their_number_is_bounded_and_the_shortest_come_first() -> None:
    deep = anchors(*(f"/world/s{n}" for n in range(40)))
    found = sections(f"<nav>{deep}{anchors('/last')}</nav>")
    assert len(found) == MAX_SECTIONS
    assert found[0] == "/last"
