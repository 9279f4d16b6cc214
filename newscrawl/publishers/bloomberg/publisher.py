"""Bloomberg: its hosts, its lists, and what its addresses say."""

from __future__ import annotations

import re

from newscrawl.publisher import BlockMarks, Publisher, QueryRule, UrlRules

_SECTIONS = (
    *("markets", "politics", "technology", "business", "economics", "industries"),
    *("wealth", "green", "crypto", "bview", "businessweek", "pursuits"),
)
_FRONTS = ("", "markets", "economics", "technology", "politics", "opinion", "businessweek")

_SIGNIFICANT = re.compile(
    r"(?!(?:utm_\w+|srnd|sref|cmpid|source|leadSource|mod|ref|fbclid|gclid|mc_[ce]id|smid|partner)$).*", re.I
)
_URL_RULES = UrlRules(
    article_paths=re.compile(
        r"^/(?:(?:news|politics|view|opinion|bw)/)?(?:articles|features|newsletters)/\d{4}-\d\d-\d\d/."
        r"|^/news/(?:print/)?\d{4}-\d\d-\d\d/.|^/features/\d{4}-.|^/graphics/\d{4}-.|^/apps/news\b"
    ),
    other_paths={
        "video": re.compile(r"^/(?:news/)?videos?(?:/|$)"),
        "audio": re.compile(r"^/(?:news/)?(?:audio|podcasts?)(?:/|$)"),
        "terminal": re.compile(r"^/news/terminal/"),
        "sponsored": re.compile(r"^/(?:news/)?sponsors?/"),
        "live": re.compile(r"^/(?:news/)?live(?:-blog)?/"),
        "quote": re.compile(r"^/(?:quote|company|profile)/"),
        "author": re.compile(r"^/authors/"),
    },
    queries=(
        # pid is the list that led there: every pid with one sid is one story
        QueryRule(
            addresses=re.compile(r"^[^/]+/apps/news$"),
            parameters=re.compile("pid|sid"),
            identifier="sid",
            constants={"pid": "newsarchive"},
        ),
        QueryRule(addresses=re.compile(r"^(?:[^/]+\.)?bloomberg\.(?:com|example)/|/\d{4}-\d\d-\d\d/[^/]+/?$")),
        QueryRule(addresses=re.compile(""), parameters=_SIGNIFICANT),
    ),
    www_hosts=frozenset(("bloomberg.com", "bloomberg.example", "businessweek.com")),
    slash_paths=re.compile(r"^/(?:graphics|features)/[^/]+$"),
)

PUBLISHER = Publisher(
    name="bloomberg",
    title="Bloomberg",
    other_names=(
        *("Bloomberg.com", "Bloomberg L.P.", "Bloomberg News", "Bloomberg Business"),
        *("Bloomberg Businessweek", "Businessweek", "Businessweek.com"),
        *("Bloomberg PageView", "BloombergView", "Bloomberg Opinion", "Bloomberg Gadfly", "Bloomberg Markets"),
        *("Bloomberg Politics", "Bloomberg Technology", "Bloomberg Pursuits", "Bloomberg QuickTake"),
    ),
    edition_titles={
        "businessweek.com": "Bloomberg Businessweek",
        "www.businessweek.com": "Bloomberg Businessweek",
        "www.bloomberg.example": "Sample Edition",
        "mobile.bloomberg.example": "Sample Edition",
    },
    home="https://www.bloomberg.com/",
    # feeds. redirects to www.; topics., search. and images. hold no articles
    hosts=frozenset(("www.bloomberg.com", "feeds.bloomberg.com")),
    lists=(
        ("news_sitemap", "https://www.bloomberg.com/sitemaps/news/latest.xml"),
        *(("feed", f"https://feeds.bloomberg.com/{section}/news.rss") for section in _SECTIONS),
        *(("front_page", f"https://www.bloomberg.com/{front}") for front in _FRONTS),
    ),
    # /feeds/bbiz/sitemap_news.xml is a 404 since July 2026, but still listed in archived robots.txt
    sitemap_paths=re.compile(
        r"^/sitemaps?/news/|^/feeds/(?:bbiz|bpol|businessweek|technology)/sitemap_(?:news|index)\.xml$"
        r"|^/feeds/curated/feeds/graphics_(?:news|sitemap)\.xml$"
    ),
    newest_sitemaps=1,
    past_hosts=frozenset(
        (
            *("bloomberg.com", "m.bloomberg.com", "mobile.bloomberg.com"),
            *("www.businessweek.com", "businessweek.com", "www.bloombergview.com"),
            # newscrawl's sample edition, which is set in Bloomberg's layouts
            *("bloomberg.example", "www.bloomberg.example", "mobile.bloomberg.example"),
        )
    ),
    past_prefixes=(
        "bloomberg.com/news/{day}/",
        "mobile.bloomberg.com/news/{day}/",  # indexes leave out www. of a host, and nothing else
        "bloomberg.com/news/articles/{day}/",
        "bloomberg.com/news/features/{day}/",
        *(f"bloomberg.com/{section}/articles/{{day}}/" for section in ("politics", "view", "opinion", "bw")),
        "businessweek.com/articles/{day}/",
        # no day in the address: looked for by the time of the capture
        "bloomberg.com/apps/news?pid=",
        "bloomberg.com/features/",
        "bloomberg.com/graphics/",
        "businessweek.com/magazine/content/",
    ),
    past_lists=(("archive_day", "bloomberg.com/archive/news/{day}"),),
    list_readers={"archive_day": "newscrawl.publishers.bloomberg.archive_day:read_links"},
    language="en",
    time_zone="America/New_York",
    url_rules=_URL_RULES,
    block_marks=BlockMarks(
        titles=frozenset(("Bloomberg - Are you a robot?", "Are you a robot?")), paths=frozenset(("/tosv2.html",))
    ),
    layouts="newscrawl.publishers.bloomberg.layouts",
)
