"""What pages and articles are looked up by: hashes and keys that are equal for all spellings of an address."""

from __future__ import annotations

import hashlib

from newscrawl import urls
from newscrawl.storage.types import NAME_LENGTH
from newscrawl.storage.values import sanitize


def url_hash(url: str) -> str:
    """Return 32 hex digits that are equal for all spellings of an address: pages.url_hash."""
    return hashlib.blake2b(urls.normal_form(sanitize(url)).encode(), digest_size=16).hexdigest()


def article_keys(url: str, canonical_url: str | None = None, post_id: str | None = None) -> tuple[str, ...]:
    """Return the keys of newscrawl.urls.article_keys as article_keys.key holds them.

    A key that is too long for the column is replaced by its hash.
    """
    return tuple(map(_fit, urls.article_keys(url, canonical_url, post_id)))


def _fit(key: str) -> str:
    return key if len(key) <= NAME_LENGTH else f"sha256:{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"
