"""A loopback site of articles for measuring: invented pages of about 76 KB in the shape of 2018 to 2021.

python -m bench.site PORT
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
from functools import cache

_WORDS = [
    "the",
    "harbour",
    "board",
    "said",
    "on",
    "Tuesday",
    "that",
    "ferries",
    "would",
    "run",
    "later",
    "in",
    "summer",
    "because",
    "travellers",
    "had",
    "asked",
    "for",
    "it",
    "and",
    "the",
    "cost",
    "of",
    "a",
    "night",
    "crew",
    "had",
    "fallen",
    "by",
    "a",
    "third",
    "since",
    "the",
    "new",
    "timetable",
    "began",
    "in",
    "spring",
    "across",
    "seven",
    "islands",
]
_REQUEST = re.compile(rb"GET /news/articles/(\d{4}-\d\d-\d\d)/(\S+) ")
_PAGE_BYTES = 76 * 1024


def _sentence(seed: int, words: int = 22) -> str:
    picked = [_WORDS[(seed * 7 + n * (1 + seed % 5)) % len(_WORDS)] for n in range(words)]
    return " ".join(picked).capitalize() + "."


def _paragraphs(seed: int) -> str:
    """A different text for each page, so that no two are in one cluster."""
    words = random.Random(seed)
    tickers = '<a itemprop="StoryLink" href="/quote/FRY:LN">Ferry Lines Plc</a>'
    sentences = (" ".join(words.choices(_WORDS, k=22)).capitalize() for _ in range(44))
    pairs = enumerate(zip(sentences, sentences, strict=True))
    plain = (f"<p>{one}. {other}. {tickers if n % 7 == 3 else ''}</p>" for n, (one, other) in pairs)
    return "\n".join(plain)


def _chrome(size: int) -> str:
    """Navigation, related stories and scripts: most of a page is not its article."""
    item = (
        '<li class="navi__item navi__item--{n}"><a class="navi__link" href="/section/{n}" data-tracker-label="s.{n}">'
        '<span class="navi__text">Section {n}</span></a><time datetime="2019-03-0{d}T10:00:00Z"></time></li>\n'
    )
    half, used = size // 2, 0
    parts: list[str] = []
    while used < half:
        parts.append(item.format(n=len(parts), d=len(parts) % 9 + 1))
        used += len(parts[-1])
    script = "window.__state = {" + ",".join(f'"k{n}":"{_sentence(n, 8)}"' for n in range(half // 62)) + "};"
    return f"<ul class='navi'>{''.join(parts)}</ul><script>{script}</script>"


def template() -> bytes:
    """A page with @@ for its number, @DAY@ for its day and @BODY@ for its body."""
    story = f"""<main><div class="lede-text-v2"><h1 class="lede-text-v2__hed">Ferries @@ Run Later</h1>
<div class="lede-text-v2__dek"><p>{_sentence(3, 14)}</p></div>
<address class="lede-text-v2__byline"><a class="author-v2__byline" href="/authors/1">Ada Okafor</a> and
<a class="author-v2__byline" href="/authors/2">Jun-ho Baek</a></address>
<div class="lede-text-v2__times"><time itemprop="datePublished" datetime="@DAY@T10:15:00.000Z">10:15</time>
<time itemprop="dateModified" datetime="@DAY@T12:30:00.000Z">12:30</time></div></div>
<figure><img src="/img/1.jpg"><div class="caption">A ferry in port.</div><div class="credit">Photographer: Noor Haddad
</div></figure><div class="body-copy-v2">@BODY@</div></main>"""
    head = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Ferries @@ Run Later</title>
<link rel="canonical" href="https://www.bloomberg.example/news/articles/@DAY@/ferries-@@">
<meta property="og:site_name" content="Sample Edition"><meta name="parsely-post-id" content="FERRY@@">
<meta name="parsely-section" content="markets"><meta name="parsely-author" content="Ada Okafor">
<script type="application/ld+json">{"@context":"http://schema.org","@type":"NewsArticle",
"headline":"Ferries @@ Run Later"
,"datePublished":"@DAY@T10:15:00.000Z","dateModified":"@DAY@T12:30:00.000Z"}</script></head>"""
    room = _PAGE_BYTES - len(head) - len(story) - len(_paragraphs(0))
    return f"{head}<body>{_chrome(room)}{story}</body></html>".encode()


def addresses(port: int, count: int) -> list[str]:
    """Addresses of `count` articles."""
    days = [f"20{10 + n % 16}-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(count)]
    return [f"http://127.0.0.1:{port}/news/articles/{day}/ferries-{n:06}" for n, day in enumerate(days)]


@cache
def _page(number: bytes, day: bytes) -> bytes:
    body = _paragraphs(int(number)).encode()
    return _Site.page.replace(b"@@", number).replace(b"@DAY@", day).replace(b"@BODY@", body)


class _Site(asyncio.Protocol):
    page = template()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        request = _REQUEST.match(data)
        if not request:
            self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        body = _page(request[2][-6:], request[1])
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._transport.writelines((head, body))


async def serve(port: int) -> None:
    """Serve on 127.0.0.1 until killed; "ready" on the standard output when it does."""
    server = await asyncio.get_running_loop().create_server(_Site, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
