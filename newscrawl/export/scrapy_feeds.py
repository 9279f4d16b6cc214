"""The export formats as Scrapy item exporters, so that `scrapy crawl -O` and `scrapy export` write the same files.

FEED_EXPORTERS names each as newscrawl.export.scrapy_feeds.FORMAT.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from w3lib.url import file_uri_to_path

from newscrawl.article import Article
from newscrawl.errors import ArgumentError, ExportError
from newscrawl.export import formats
from newscrawl.export.exporter import ExportedArticle, Exporter
from newscrawl.remote_files import SCHEMES, check_name, check_place, hide_credentials, is_file, is_url

_OF_SCRAPY = ("ftp", "stdout")
"""Scrapy's own storages, besides files."""

logger = logging.getLogger(__name__)

_SCRAPY_EXPORTERS = {"jsonl": "scrapy.exporters:JsonLinesItemExporter", "csv": "scrapy.exporters:CsvItemExporter"}


def __getattr__(name: str) -> Callable[..., ArticleItemExporter]:
    if name not in formats.list_formats():
        raise AttributeError(name)
    return partial(ArticleItemExporter, name)


class ArticleItemExporter:
    """An item exporter (see scrapy.exporters.BaseItemExporter) that writes articles in an export format.

    A feed that begins with another item is written by Scrapy's exporter of the format; where there is none, and among
    articles, other items are left out.
    """

    def __init__(self, format_name: str, file: BinaryIO, **options: Any) -> None:
        """Write to `file`. Scrapy's options do not apply to articles; `check_feeds` has rejected those that matter."""
        self._name, self._file, self._options = format_name, file, options
        self._articles: Exporter | None = None
        self._others: Any = None
        self._left_out = 0

    def start_exporting(self) -> None:
        """Write nothing: the first item decides what the feed is."""

    def export_item(self, item: Any) -> None:
        from newscrawl.storage.articles.rows import as_stored  # noqa: PLC0415 - settings import this module

        if not isinstance(item, Article) and self._articles is None and self._name in _SCRAPY_EXPORTERS:
            self._others = self._others or self._begin_others()
        if self._others:
            self._others.export_item(item)
        elif isinstance(item, Article):
            self._articles = self._articles or self._begin_articles()
            self._articles.write(ExportedArticle(article=as_stored(item)))
        else:
            self._left_out += 1

    def finish_exporting(self) -> None:
        if self._left_out:
            logger.warning("%s: items left out, because they are no articles: %d", self._name, self._left_out)
        if self._others:
            self._others.finish_exporting()
        else:
            (self._articles or self._begin_articles()).end()

    def _begin_articles(self) -> Exporter:
        exporter = formats.find_format(self._name)(self._file)
        exporter.begin()
        return exporter

    def _begin_others(self) -> Any:
        # by name: this package does not import Scrapy, which calls it
        exporter = pkgutil.resolve_name(_SCRAPY_EXPORTERS[self._name])(self._file, **self._options)
        exporter.start_exporting()
        return exporter


def make_feed_exporters() -> dict[str, str]:
    """Return FEED_EXPORTERS: each format by its name and by the file extension that Scrapy derives it from."""
    extensions = formats.map_extensions()
    by_key = {extension.rpartition(".")[2]: name for extension, name in extensions.items() if extension[0] == "."}
    by_key |= {name: name for name in formats.list_formats()}
    return {key: f"{__name__}.{name}" for key, name in by_key.items()}


def check_feeds(feeds: Mapping[str, Mapping[str, Any]], registered: Mapping[str, Any]) -> None:
    """Raise ArgumentError or ExportError where FEEDS cannot be written by the `registered` FEED_EXPORTERS."""
    ours = make_feed_exporters()
    for uri, options in feeds.items():
        if is_url(str(uri)):
            _check_remote_feed(str(uri), options)
        key = str(options.get("format"))
        if key in ours and registered.get(key) == ours[key]:
            _check_feed(str(uri), formats.find_format(ours[key].rpartition(".")[2]), options)


def _check_remote_feed(uri: str, options: Mapping[str, Any]) -> None:
    scheme = uri.partition("://")[0]
    if scheme in _OF_SCRAPY:
        return
    check_name(uri)
    shown = hide_credentials(uri)
    if scheme not in SCHEMES:
        raise ArgumentError(f"{shown}: a crawl writes no files there; `scrapy export` does")
    try:
        check_place(uri)
        if not options.get("overwrite") and is_file(uri):
            raise ArgumentError(f"{shown}: already exists, and cannot be appended to; overwrite it with -O")
    except OSError as error:
        raise ExportError(f"{shown}: cannot be written: {error.strerror}; nothing was fetched") from error


def _check_feed(uri: str, exporter: type[Exporter], options: Mapping[str, Any]) -> None:
    exporter.require()
    if not is_url(uri):
        _check_file(uri, exporter, options)
    if options.get("fields"):
        raise ArgumentError(f"{uri}: the option `fields` is not supported: every field of an article is written")


def _check_file(uri: str, exporter: type[Exporter], options: Mapping[str, Any]) -> None:
    path = Path(file_uri_to_path(uri) if uri.startswith("file:") else uri)
    if path.is_symlink():
        raise ArgumentError(f"{uri}: is a symbolic link; name the file that it points to")
    is_appended = not options.get("overwrite") and path.is_file() and path.stat().st_size > 0
    if is_appended and not exporter.is_appendable:
        raise ArgumentError(f"{uri}: already exists, and this format cannot be appended to; overwrite it with -O")
