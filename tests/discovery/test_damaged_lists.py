"""Lists in which entries are damaged at random: the others are read as if nothing had happened."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.errors import DiscoveryError

AT = "https://harbour.example/list"
TEXTS = (
    "The ferry of Vell",
    "<![CDATA[<p>Tides &amp; <b>keels</b></p>]]>",
    "&lt;p&gt;A mast&lt;/p&gt; &amp; a rope",
    "Caf&#233; &#8220;Hull&#8221; &amp;amp; \u6e2f",
    "<![CDATA[a ]]]]><![CDATA[> b <item> c]]>",
    "Sails <!-- not <item> --> up",
)
NOISE = (
    *("<", ">", "&", '"', "'", "/", "]]>", "<![CDATA[", "<!--", "-->", "<br>", "<p>", "</p>", "<img src=x>", "</b>"),
    *("\x08", "\0", "\ufffe", "&#55357;", "&#8;", "&nbsp;", "&harbour;", "<x:y>", "<?php", "?>", "{", "}", "["),
    *("</channel>", "</rss>", "</item>", "</entry>", "</url>", "<title>", "</title>", "<link>", "<loc>", "<a b=c>"),
    "<!DOCTYPE x>",
)


def item(number: int, text: Callable[[], str]) -> str:
    return (
        f"<item><title>{number} {text()}</title><link>https://harbour.example/{number}</link>"
        f'<guid isPermaLink="false">{number}</guid><pubDate>Sat, 11 Jul 2026 00:{number:02}:00 CEST</pubDate>'
        f"<dc:creator>Ada {number}</dc:creator><description>{text()}</description>"
        f'<media:content url="https://harbour.example/{number}.jpg"><media:description>Quay</media:description>'
        "</media:content></item>"
    )


def entry(number: int, text: Callable[[], str]) -> str:
    return (
        f'<entry><title type="html">{number} {text()}</title><link href="/{number}"/><id>tag:{number}</id>'
        f"<updated>2026-07-11T00:{number:02}:00+02:00</updated><author><name>Ada {number}</name></author>"
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Hull <br/> {number}</div></content></entry>'
    )


def page(number: int, text: Callable[[], str]) -> str:
    return (
        f"<url><loc>https://harbour.example/{number}?a=1&amp;b=2</loc><lastmod>2026-07-{number + 1:02}</lastmod>"
        f"<news:news><news:publication><news:name>Vell</news:name></news:publication><news:title>{text()}</news:title>"
        "</news:news></url>"
    )


def object_of(number: int, _text: Callable[[], str]) -> str:
    url = f"https://harbour.example/{number}"
    return json.dumps({"id": url, "url": url, "title": f"Hull, {number}", "authors": [{"name": "A"}, {"name": "B"}]})


RSS = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
NEWS = '<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
LISTS = {
    "rss": ("feed", item, f"{RSS}<title>Harbour</title>", "\n", "</channel></rss>"),
    "atom": ("feed", entry, '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>', "", "</feed>"),
    "sitemap": ("sitemap", page, NEWS, "\n", "</urlset>"),
    "json": ("feed", object_of, '{"version": "https://jsonfeed.org/version/1.1", "items": [', ", ", "]}"),
}


def damage(markup: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        begin = chance.randrange(len(markup) + 1)
        match chance.randrange(4):
            case 0:
                markup = markup[:begin] + chance.choice(NOISE) + markup[begin:]
            case 1:
                markup = markup[:begin] + markup[begin + chance.randint(1, 12) :]
            case 2:
                markup = markup[:begin] + markup[begin + chance.randint(1, 200) :]
            case 3:
                markup = markup[:begin] + markup[begin:].replace(chance.choice('<>"/&;[]{},'), "", 1)
    return markup


def check(kind: str, seed: int) -> None:
    source, build, opening, between, closing = LISTS[kind]
    chance = random.Random(seed)
    entries = [build(number, lambda: chance.choice(TEXTS)) for number in range(10)]
    wanted = discovery.read(source, (opening + between.join(entries) + closing).encode(), AT).links
    assert len(wanted) == len(entries)
    broken = set(chance.sample(range(10), chance.randint(1, 3)))
    for number in broken:
        entries[number] = damage(entries[number], chance)
    found = read(source, (opening + between.join(entries) + closing).encode())
    hidden = find_hidden(entries, sorted(broken))
    intact = [link for number, link in enumerate(wanted) if number not in broken | hidden]
    assert [link for link in found if link in intact] == intact, f"{kind}, seed {seed}"


def find_hidden(entries: list[str], broken: list[int]) -> set[int]:
    """Return the entries within a comment or CDATA section that one broken entry opens and a later one closes."""
    hidden: set[int] = set()
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
        opened = [number for number in broken if entries[number].rfind(opening) > entries[number].rfind(closing)]
        closed = [
            number
            for number in broken
            if -1 < entries[number].find(closing) < (entries[number] + opening).find(opening)
        ]
        for begin in opened:
            hidden.update(range(begin + 1, max((end for end in closed if end > begin), default=0)))
    return hidden


def read(source: str, body: bytes) -> tuple[Link, ...]:
    try:
        return discovery.read(source, body, AT).links
    except DiscoveryError:
        return ()


@pytest.mark.parametrize("kind", LISTS)
def test_no_entry_is_lost_by_the_damage_of_others(kind: str) -> None:
    for seed in range(100):
        check(kind, seed)


@pytest.mark.long
@pytest.mark.parametrize("kind", LISTS)
def test_no_entry_is_lost_by_the_damage_of_others_however_often(kind: str) -> None:
    # Of 2,900 lists of a kind, up to three lose intact entries: CDATA that one entry opens ends in an intact one.
    for seed in range(100, 500):  # tests.long_run damages more of them
        check(kind, seed)
