"""Existing databases hold hashes and keys of Bloomberg's URLs: these must never change."""

from pathlib import Path

from newscrawl.publishers import find_publisher
from newscrawl.urls import article_keys, normalize_url

TABLE = Path(__file__).with_name("urls_of_version_1.tsv")
"""A URL, its normalised form, and its keys, as version 1 made them."""


def test_hashes_and_keys_are_those_of_version_1() -> None:
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()]
    assert len(rows) > 700
    for url, normalized, *keys in rows:
        rules = find_publisher(url).url_rules
        assert (url, normalize_url(url, rules)) == (url, normalized)
        assert (url, article_keys(url, rules=rules)) == (url, tuple(keys))


def test_the_publisher_is_found_by_every_spelling_of_its_hosts() -> None:
    own = ("www.bloomberg.com", "BLOOMBERG.com.:443", "amp.bloomberg.com", "bloombergview.com", "topics.bloomberg.com")
    assert {find_publisher(f"https://{host}/").name for host in own} == {"bloomberg"}
    others = ("bloomberg.com.evil.example", "notbloomberg.com", "blog.bloombergview.com", "com", "[x", "")
    assert {find_publisher(f"https://{host}/").name for host in others} == {"general"}
