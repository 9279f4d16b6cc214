"""Glue: our forms of export as Scrapy's item exporters, so that `scrapy crawl -O` and `scrapy export` write the same.

FEED_EXPORTERS names each as newscrawl.export.scrapy_feeds.FORM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from w3lib.url import file_uri_to_path

from newscrawl.article import Article
from newscrawl.errors import ArgumentError
from newscrawl.export import formats
from newscrawl.export.formats._exporter import Entry, Exporter


def __getattr__(name: str) -> Callable[..., Feed]:
    """The item exporter of a form. Raises AttributeError."""
    if name not in formats.names():
        raise AttributeError(name)
    return partial(Feed, name)


class Feed:
    """An item exporter (see scrapy.exporters.BaseItemExporter) that writes articles in one of our forms."""

    def __init__(self, form: str, file: BinaryIO, **_options: Any) -> None:
        """Write to `file`. Scrapy's options are of its own forms; `check` has refused those that ask for something."""
        self._exporter = formats.of_name(form)(file)

    def start_exporting(self) -> None:
        """Before the first item."""
        self._exporter.begin()

    def export_item(self, item: Article) -> None:
        """An article, as a database would give it back; it has no number."""
        from newscrawl.storage.articles.rows import as_stored  # noqa: PLC0415  settings import this module

        self._exporter.write(Entry(article=as_stored(item)))

    def finish_exporting(self) -> None:
        """After the last item."""
        self._exporter.end()


def settings() -> dict[str, str]:
    """FEED_EXPORTERS: each of our forms by its name and by what Scrapy takes for the ending of a file of it."""
    endings = {ending.rpartition(".")[2]: form for ending, form in formats.extensions().items() if ending[0] == "."}
    named = {form: form for form in formats.names()}
    return {ending: f"{__name__}.{form}" for ending, form in (endings | named).items()}


def check(feeds: Mapping[str, Mapping[str, Any]], registered: Mapping[str, Any]) -> None:
    """Say before a crawl what would keep its feeds from being written. Raises ArgumentError, ExportError.

    `feeds` is the setting FEEDS, `registered` FEED_EXPORTERS.
    """
    ours = settings()
    for uri, options in feeds.items():
        form = str(options.get("format"))
        if form in ours and registered.get(form) == ours[form]:
            _check(str(uri), formats.of_name(ours[form].rpartition(".")[2]), options)


def _check(uri: str, exporter: type[Exporter], options: Mapping[str, Any]) -> None:
    exporter.require()
    path = Path(file_uri_to_path(uri) if uri.startswith("file:") else uri)
    is_there = not options.get("overwrite") and path.is_file() and path.stat().st_size > 0
    if is_there and not exporter.may_be_added_to:
        raise ArgumentError(f"{uri}: is there, and a file of this form cannot be added to; write it anew with -O")
    if options.get("fields"):
        raise ArgumentError(f"{uri}: has all fields of an article; leave `fields` away")
