"""What pages and articles are looked up by: hashes and keys that are equal for all spellings of a URL.

Spellings depend on the URL rules of a publisher, which the database was opened with (Store.open).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from newscrawl import urls
from newscrawl.article import GENERIC_LAYOUT, Article
from newscrawl.publisher import GENERAL, UrlRules
from newscrawl.storage.types import NAME_LENGTH
from newscrawl.storage.values import sanitize

FindRules = Callable[[str], UrlRules]
_OPTION = "newscrawl_find_url_rules"
_MIN_TEXT = 150
"""Characters of a body that no two articles share."""


def general_rules(url: str) -> UrlRules:
    """Return the rules that are safe for a URL of any publisher."""
    return GENERAL.url_rules


def set_url_rules(engine: Engine, find_rules: FindRules) -> None:
    """Make every connection of an engine know the URL rules of publishers."""
    engine.update_execution_options(**{_OPTION: find_rules})


def has_url_rules(connection: Connection) -> bool:
    return _OPTION in connection.get_execution_options()


def url_hash(connection: Connection, url: str) -> str:
    """Return 32 hex digits that are equal for all spellings of a URL: pages.url_hash."""
    url = sanitize(url)
    normalized = urls.normalize_url(url, _rules(connection, url))
    return hashlib.blake2b(normalized.encode(), digest_size=16).hexdigest()


def article_keys(
    connection: Connection, url: str, canonical_url: str | None = None, post_id: str | None = None
) -> tuple[str, ...]:
    """Return the keys of newscrawl.urls.article_keys as article_keys.key holds them.

    A key that is too long for the column is replaced by its hash.
    """
    keys = urls.article_keys(url, canonical_url, post_id, _rules(connection, url))
    return tuple(map(_fit, keys))


def text_key(article: Article, site: str) -> str | None:
    """Return the key of an article by its site and its text; None where that would not identify it.

    `site` is that of its page, whose subdomains belong to it.

    Two addresses on a site that newscrawl does not know, with the same headline and the same body, show one article: it
    has a print view, say, that names no canonical URL. Only of whole articles, and not of a few words.
    """
    body = article.body_text
    if article.layout != GENERIC_LAYOUT or article.access != "full" or not article.complete or len(body) < _MIN_TEXT:
        return None
    text = " ".join(f"{article.headline}\n{body}".casefold().split())
    digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
    host = urls.site_key(article.url)
    return _fit(f"text:{site if host.endswith(f'.{site}') else host}/{digest}")


def _rules(connection: Connection, url: str) -> UrlRules:
    find_rules: FindRules = connection.get_execution_options()[_OPTION]
    return find_rules(url)


def _fit(key: str) -> str:
    return key if len(key) <= NAME_LENGTH else f"sha256:{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"
