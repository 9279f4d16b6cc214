"""Which links of a site that newscrawl does not know may lead to articles."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newscrawl.article import Link
from newscrawl.publisher import Publisher
from newscrawl.urls import is_front_path

_SLUG = re.compile(r"(?:[^/\W_]+[-_]){2,}[^/]+/?$|/\d{4}/\d{1,2}/|/\d{4}-\d\d-\d\d/|\d{5,}")


def is_article_link(link: Link, site: Publisher) -> bool:
    """Whether a link may lead to an article: those of front pages by their address, those of other lists all."""
    if is_front_path(link.url) or link.url == site.home:
        return False
    return link.source != "front_page" or _SLUG.search(urlsplit(link.url).path) is not None
