"""A publisher of which only web archives are left, for `scrapy crawl past`. All text is invented."""

from __future__ import annotations

import re

from newscrawl.crawl.spider import NewsSpider
from newscrawl.publisher import Publisher, UrlRules
from newscrawl.publishers.bloomberg import PUBLISHER as BLOOMBERG

HOST = "www.bloomberg.example"


class PastSpider(NewsSpider):
    """`scrapy crawl past -a source=wayback -a since=…`."""

    name = "past"
    publisher = Publisher(
        name="past",
        title="",
        home=f"https://{HOST}/",
        hosts=frozenset((HOST,)),
        past_hosts=frozenset(("bloomberg.example", "mobile.bloomberg.example")),
        past_prefixes=(
            "bloomberg.example/news/{day}/",
            "mobile.bloomberg.example/news/{day}/",
            "bloomberg.example/news/articles/{day}/",
            "bloomberg.example/apps/news?pid=newsarchive",
        ),
        past_lists=(("archive_day", "bloomberg.example/archive/news/{day}"),),
        list_readers=BLOOMBERG.list_readers,
        url_rules=UrlRules(
            article_paths=re.compile(r"^/news/(?:articles/)?\d{4}-\d\d-\d\d/.|^/apps/news\b"),
            other_paths={"video": re.compile("^/news/videos/|^/video/")},
        ),
    )
