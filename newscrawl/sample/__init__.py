"""The sample edition: twenty years of invented news in the markup of their time, as a WARC file.

`scrapy crawl bloomberg -a source=sample` replays it. It was captured in two visits, a day apart: between them some
articles were published, one was corrected, and one changed in nothing but its chrome. `python -m sample.build` in the
project's checkout writes it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

EDITION = Path(__file__).with_name("edition.warc")
"""The captures of all visits; each page's own time is when it was current."""

HOST = "www.bloomberg.example"
HOSTS = (HOST, "mobile.bloomberg.example")

SOURCE = "sample"
"""The source of its runs."""

SPIDER = "bloomberg"
"""The spider that crawls it: the edition is set in the layouts of this publisher."""

PUBLISHER = "Sample Edition"
"""Who publishes it, as its pages say."""

ROBOTS = f"https://{HOST}/robots.txt"
"""Names the news sitemap and the sitemap index, which between them lead to every page."""

SEEDS = (
    ("feed", f"https://{HOST}/feeds/markets/news.rss"),
    ("front_page", f"https://{HOST}/"),
)
"""Lists that robots.txt does not name: the discovery module that reads one, and its address."""

VISITS = (datetime(2026, 5, 6, 6, tzinfo=UTC), datetime(2026, 5, 7, 6, tzinfo=UTC))
"""When the site was visited: what to ask for, in order, with Accept-Datetime (RFC 7089)."""
