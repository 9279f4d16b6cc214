"""The publishers that newscrawl knows: a module or package each, which defines a `PUBLISHER`."""

from __future__ import annotations

import importlib
import re
import sys
from functools import cache, lru_cache

from newscrawl import plugins
from newscrawl.errors import PublisherError
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.publishers._sites import Sites, make_site
from newscrawl.urls import has_host, normalize_url, site_key, split_host

__all__ = ["Sites", "find_publisher", "is_same_site", "load_publishers", "make_site", "normalize_by_publisher"]


@cache
def load_publishers() -> tuple[Publisher, ...]:
    """Return every publisher, in alphabetical order of their modules. Raises PublisherError."""
    package = sys.modules[__name__]
    return tuple(_load(f"{package.__name__}.{name}") for name in plugins.list_names(package))


def _load(module_name: str) -> Publisher:
    # whatever is wrong in a publisher's file is one line that names it, and no traceback through Scrapy
    try:
        publisher = importlib.import_module(module_name).PUBLISHER
    except (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, re.error) as error:
        raise PublisherError(f"{module_name}: {error}") from error
    if not isinstance(publisher, Publisher):
        raise PublisherError(f"{module_name}: PUBLISHER is not a newscrawl.publisher.Publisher")
    return publisher


def find_publisher(url: str) -> Publisher:
    """Return the publisher of the site of `url`, or of the nearest domain above it; GENERAL if there is none.

    >>> find_publisher("https://www.news.example/2026/slug").name
    'general'
    """
    return _find_by_host(split_host(url)[0])


def is_same_site(one: str, other: str) -> bool:
    """Whether two URLs are of one publisher or, of publishers that newscrawl does not know, of a host and a subdomain.

    >>> is_same_site("https://amp.news.tern.example/a", "https://www.tern.example/a")
    True
    >>> is_same_site("https://gull.example/a", "https://tern.example/a")
    False
    """
    known = find_publisher(one)
    if known is not GENERAL or find_publisher(other) is not GENERAL:
        return known is find_publisher(other)
    short, long = sorted((site_key(one), site_key(other)), key=len)
    return bool(short) and (short == long or ("." in short and long.endswith(f".{short}")))


def normalize_by_publisher(url: str) -> str:
    """Return the one URL for all spellings of `url`, by the rules of its publisher."""
    return normalize_url(url, find_publisher(url).url_rules)


@lru_cache(4096)
def _find_by_host(host: str) -> Publisher:
    for each in load_publishers():
        if has_host(f"//{host}", each.all_hosts):
            return each
    labels = host.split(".")
    domains = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    matches = (each for domain in domains for each in load_publishers() if domain in each.all_hosts)
    return next(matches, GENERAL)
