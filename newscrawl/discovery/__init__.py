"""Lists of articles: bytes in, links out. Nothing here fetches.

One module a source, and a source's name is its module's name. Each has
`links(body: bytes, url: str) -> list[Link]`, which raises DiscoveryError for what is no such list; a list
without entries is none. Addresses come out absolute, times in UTC.
"""

from __future__ import annotations

from newscrawl.article import Link
from newscrawl.discovery import feed, front_page, news_sitemap, sitemap_index
from newscrawl.discovery._xml import root_name

_READERS = {
    "feed": feed.links,
    "news_sitemap": news_sitemap.links,
    "sitemap_index": sitemap_index.links,
    "front_page": front_page.links,
}


def read(source: str, body: bytes, url: str) -> list[Link]:
    """The links of a list. `source` names a module here, or is "sitemap": an index or not, as its root tells.

    Raises DiscoveryError when the list is not what `source` says, KeyError for an unknown source.
    """
    if source == "sitemap":
        source = "sitemap_index" if root_name(body) == "sitemapindex" else "news_sitemap"
    return _READERS[source](body, url)
