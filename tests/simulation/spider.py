"""The spider of the simulated publisher, whose address is in the environment."""

from __future__ import annotations

import os
import re

from newscrawl.crawl.spider import NewsSpider
from newscrawl.publisher import Publisher, UrlRules
from tests.simulation.site import FEEDS

BASE = os.environ.get("SIMULATED_SITE", "http://127.0.0.1:1")


class SimulatedSpider(NewsSpider):
    """Sitemaps by way of robots.txt, three feeds and the front page."""

    name = "simulated"
    publisher = Publisher(
        name="simulated",
        title="",
        home=f"{BASE}/",
        hosts=frozenset(("127.0.0.1",)),
        lists=(*(("feed", f"{BASE}{path}") for path in FEEDS), ("front_page", f"{BASE}/")),
        sitemap_paths=re.compile(r"^/sitemaps/"),
        newest_sitemaps=1,
        url_rules=UrlRules(
            article_paths=re.compile(r"^/\w+/articles/\d{4}-\d\d-\d\d/."),
            other_paths={"video": re.compile(r"^/\w+/videos/")},
        ),
    )
