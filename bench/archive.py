"""A WARC file of invented article pages in the shape of Common Crawl's news archive, CC-NEWS.

The pages are of three eras (2018, 2022, 2025) by turns, in the templates of the sample edition, at addresses of
www.bloomberg.com. Each has a headline of its own and a body dealt from all sentences of the sample's stories, and
is padded with navigation and script to the size of a real page.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import islice
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sample.pages import render, rfc822
from sample.story import LINK, Rendition, renditions

ERAS = ("d2", "e", "g")
PAGE_BYTES = 76 * 1024
_PARAGRAPHS = 22
_CHROME_PARTS = 5_000
"""Of each kind: more than compression sees at once."""
_HOSTS = (b"www.bloomberg.example", b"www.bloomberg.com")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z“])")
_PLAIN = re.compile(r"[^*\[\]()]+")


@dataclass(frozen=True, slots=True)
class Written:
    """A page of the file, as its reader should find it."""

    url: str
    headline: str
    paragraphs: tuple[str, ...]


def write_archive(path: Path, count: int, first: int = 0) -> list[Written]:
    """Write `count` pages from number `first`, each with the request for it, gzip by record.

    The pages are the same each time.
    """
    written = []
    with path.open("wb") as stream:
        warc = WARCWriter(stream, gzip=True, warc_version="1.0")
        warc.write_record(
            warc.create_warcinfo_record(path.name, {"software": "bench", "format": "WARC File Format 1.0"})
        )
        for story, body in _pages(first, count):
            url = story.url.replace(_HOSTS[0].decode(), _HOSTS[1].decode())
            _write_exchange(warc, url, story.captured, body)
            written.append(Written(url, story.headline, tuple(block.text for block in story.blocks)))
    return written


def _write_exchange(warc: WARCWriter, url: str, moment: datetime, body: bytes) -> None:
    """The request, then the answer; CC-NEWS keeps bodies plain, and their encoding on the wire in X-Crawl headers."""
    path = url.removeprefix(f"https://{_HOSTS[1].decode()}")
    request = StatusAndHeaders(
        f"GET {path} HTTP/1.1",
        [("User-Agent", "bench"), ("Accept-Encoding", "gzip"), ("Host", _HOSTS[1].decode())],
        is_http_request=True,
    )
    answer = StatusAndHeaders(
        "200 OK",
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Date", rfc822(moment)),
            ("X-Crawl-Content-Encoding", "gzip"),
            ("Cache-Control", "private, max-age=0"),
            ("Content-Length", str(len(body))),
        ],
        protocol="HTTP/1.1",
    )
    dated = {"WARC-Date": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    for kind, head, payload in (("request", request, b""), ("response", answer, body)):
        warc.write_record(
            warc.create_warc_record(
                url,
                kind,
                payload=BytesIO(payload),
                length=len(payload),
                http_headers=head,
                warc_headers_dict=dict(dated),
            )
        )


def _pages(first: int, count: int) -> Iterator[tuple[Rendition, bytes]]:
    stories = renditions()
    sentences = _sentences(stories)
    chance = random.Random(-1)
    links, state = ([part(chance, sentences) for _ in range(_CHROME_PARTS)] for part in (_link, _state))
    bases = {era: [one for one in stories if one.layout == era and _is_plain(one)] for era in ERAS}
    for number in range(first, first + count):
        chance = random.Random(number)
        base = chance.choice(bases[ERAS[number % len(ERAS)]])
        story = _story(base, number, chance, sentences)
        body = render(story, stories)[1].replace(*_HOSTS)
        yield story, _in_chrome(body, chance, (links, state))


def _is_plain(story: Rendition) -> bool:
    return story.access == "full" and not story.correction and len(story.blocks) > 5


def _sentences(stories: Sequence[Rendition]) -> list[str]:
    paragraphs = {block.source for story in stories for block in story.blocks if block.kind == "paragraph"}
    parts = (part for paragraph in sorted(paragraphs) for part in _SENTENCE_END.split(paragraph))
    return [part for part in parts if len(part) > 40 and _PLAIN.fullmatch(LINK.sub(r"\1", part))]


def _story(base: Rendition, number: int, chance: random.Random, sentences: Sequence[str]) -> Rendition:
    shift = timedelta(hours=number % 4000)
    published = base.moment + shift
    headline = f"{_headline(chance, sentences)} {number}"
    dealt = iter(chance.sample(sentences, 3 * _PARAGRAPHS))
    body = [" ".join(islice(dealt, chance.randint(1, 3))) for _ in range(_PARAGRAPHS)]
    body[7] += f"\n\n## {_headline(chance, sentences)}"
    return replace(
        base,
        name=f"bench-{number}",
        address=f"/news/articles/{published:%Y-%m-%d}/{_slug(headline)}",
        headline=headline,
        body="\n\n".join(body),
        published=published,
        updated=base.updated and base.updated + shift,
        captured=base.captured + shift,
    )


def _headline(chance: random.Random, sentences: Sequence[str]) -> str:
    words = LINK.sub(r"\1", chance.choice(sentences)).split()
    return " ".join(word.strip(",.;:“”?!").capitalize() for word in words[:9])


def _slug(headline: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", headline.lower()).strip("-")


def _in_chrome(body: bytes, chance: random.Random, chrome: tuple[list[str], list[str]]) -> bytes:
    """Half of what is missing to a page's size as links before the article, half as a script's data behind it."""
    half = (PAGE_BYTES - len(body)) // 2
    links, state = ("".join(_of_size(half, parts, chance)) for parts in chrome)
    opening, tag, rest = body.partition(b"<body")
    attributes, bracket, rest = rest.partition(b">")
    rest, closing, end = rest.rpartition(b"</body>")
    nav = f'<nav class="navi-more"><ul class="navi-more__list">{links}</ul></nav>'.encode()
    script = f"<script>window.__state = {{{state.removesuffix(',')}}};</script>".encode()
    return b"".join((opening, tag, attributes, bracket, nav, rest, script, closing, end))


def _of_size(size: int, parts: Sequence[str], chance: random.Random) -> Iterator[str]:
    while size > 0:
        part = chance.choice(parts)
        size -= len(part)
        yield part


def _link(chance: random.Random, sentences: Sequence[str]) -> str:
    headline, number = _headline(chance, sentences), chance.randrange(10**6)
    return (
        f'<li class="navi-more__item" data-index="{number}"><a class="navi-more__link" data-tracker-label="n.{number}" '
        f'href="/news/articles/2019-03-{number % 28 + 1:02}/{_slug(headline)}"><span class="navi-more__text">{headline}'
        f'</span></a><time class="navi-more__time" datetime="2019-03-{number % 28 + 1:02}T10:00:00Z"></time></li>\n'
    )


def _state(chance: random.Random, sentences: Sequence[str]) -> str:
    entry = {"id": f"{chance.getrandbits(64):016x}", "headline": _headline(chance, sentences), "read": chance.random()}
    return f"{json.dumps(entry['id'])}:{json.dumps(entry)},"
