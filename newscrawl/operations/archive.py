"""The archive: the database, opened with the URL rules of all publishers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from newscrawl import sample
from newscrawl.errors import ArgumentError
from newscrawl.publisher import UrlRules
from newscrawl.publishers import find_publisher

if TYPE_CHECKING:
    from newscrawl.storage import Store
    from newscrawl.storage.database import Database

_Part = TypeVar("_Part", bound="Database")

MIX_SAMPLE = "NEWSCRAWL_MIX_SAMPLE"
"""The setting that allows the sample edition and real articles in one database."""
_HOW_TO_MIX = f"use another one (NEWSCRAWL_DATABASE_URL), or allow both in one (-s {MIX_SAMPLE}=1)"


def open_archive(url: str, *, create: bool = True, read_only: bool = False) -> Store:
    """Open the database of a URL; see Store.open. All code that opens an archive does it here.

    A store that was opened without the rules of publishers would take one page for two, and two for one.
    """
    from newscrawl.storage import Store  # noqa: PLC0415 - 0.1 s CPU, which not all that import this module need

    return open_part(Store, url, create=create, read_only=read_only)


def open_part(kind: type[_Part], url: str, *, create: bool = False, read_only: bool = False) -> _Part:
    """Open the database of a URL as a class that Store inherits from: a part of it is sooner imported."""
    return kind.open(url, create=create, read_only=read_only, find_rules=find_url_rules)


def find_url_rules(url: str) -> UrlRules:
    """Return the URL rules of the publisher of a URL."""
    return find_publisher(url).url_rules


def check_sample(store: Store, *, is_sample: bool, mixes: bool) -> None:
    """Raise ArgumentError where a run would mix the sample edition with real articles, unless it may (`mixes`)."""
    if mixes:
        return
    if is_sample and store.has_other_publisher(sample.PUBLISHER):
        raise ArgumentError(f"this database has real articles: {_HOW_TO_MIX}")
    if not is_sample and store.has_publisher(sample.PUBLISHER) and store.runs(1, source=sample.SOURCE):
        delete = f'`scrapy db delete --publisher "{sample.PUBLISHER}" --apply`'
        raise ArgumentError(f"this database has the sample edition: {_HOW_TO_MIX}; {delete} deletes it")
