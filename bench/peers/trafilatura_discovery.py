"""trafilatura discovers and reads the articles of sites, as its command line does.

PYTHON bench/peers/trafilatura_discovery.py PORT HOMES KNOWN RESULT

HOMES is a JSON list of home pages http://NAME.example/, whose server is on 127.0.0.1:PORT; KNOWN one of URLs that are
not fetched again. Feeds and sitemaps are looked for; where there are none, its crawler visits 30 pages, as `--explore`
does. Each URL is fetched and extracted. RESULT gets "fetched", "articles" (with any text), and "complete" (with title
and date, as --only-with-metadata asks).
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction
from trafilatura.downloads import fetch_response
from trafilatura.feeds import find_feed_urls
from trafilatura.settings import DEFAULT_CONFIG
from trafilatura.sitemaps import sitemap_search
from trafilatura.spider import focused_crawler

_VISITS = 30


def _resolve_to(port: int) -> None:
    """Resolve the names of the world, and no others."""
    system: Any = socket.getaddrinfo

    def resolve(host: Any, asked: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not name.endswith(".example") or str(asked) not in ("80", "http"):
            raise socket.gaierror(f"no address of {name}:{asked}")
        return system("127.0.0.1", port, *arguments, **options)

    socket.getaddrinfo = resolve  # type: ignore[assignment]


def _discover(home: str) -> list[str]:
    listed = find_feed_urls(home, sleep_time=0) + sitemap_search(home, sleep_time=0)
    if not listed:
        todo, known = focused_crawler(home, max_seen_urls=_VISITS)
        listed = todo + known
    return list(dict.fromkeys(listed))


def main(port: str, homes: str, known: str, result: str) -> None:
    """Discover, fetch, extract; write what was found."""
    for name, value in (("SLEEP_TIME", "0"), ("SSRF_PROTECTION", "off"), ("DOWNLOAD_TIMEOUT", "5")):
        DEFAULT_CONFIG["DEFAULT"][name] = value
    _resolve_to(int(port))
    found: dict[str, list[str]] = {"fetched": [], "articles": [], "complete": []}
    skipped = set(json.loads(Path(known).read_text()))
    for home in json.loads(Path(homes).read_text()):
        for url in _discover(home):
            if url in skipped:
                continue
            found["fetched"].append(url)
            response: Any = fetch_response(url, decode=True)
            document: Any = response and response.html and bare_extraction(response.html, url=url, with_metadata=True)
            if document and document.text:
                found["articles"].append(url)
                if document.title and document.date:
                    found["complete"].append(url)
    Path(result).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
