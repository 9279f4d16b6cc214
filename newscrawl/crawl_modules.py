"""Imports what every crawl needs, for a process that crawls are forked from (newscrawl.queue)."""

# Nothing that reads the environment (newscrawl.settings), starts a thread or a reactor: a fork must find its own.

import gc
import pkgutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points

from scrapy.settings import default_settings

_PACKAGES = (
    *("newscrawl.commands", "newscrawl.crawl", "newscrawl.discovery", "newscrawl.export", "newscrawl.extract"),
    *("newscrawl.publishers", "newscrawl.spiders", "scrapy.commands"),
)
_MODULES = (
    *("newscrawl.console", "newscrawl.crawl_command", "newscrawl.middlewares", "newscrawl.pipelines"),
    *("encodings.charmap", "encodings.idna", "encodings.utf_8_sig", "scrapy.cmdline", "scrapy.core.scheduler"),
    *("scrapy.dupefilters", "scrapy.pqueues", "scrapy.resolver", "scrapy.squeues", "scrapy.statscollectors"),
    *("psycopg", "sqlalchemy.dialects.postgresql.psycopg", "twisted.internet.asyncioreactor", "uvloop"),
)
_COMPONENTS = (
    *default_settings.EXTENSIONS_BASE,
    *default_settings.DOWNLOADER_MIDDLEWARES_BASE,
    *default_settings.SPIDER_MIDDLEWARES_BASE,
    *default_settings.DOWNLOAD_HANDLERS_BASE.values(),
)


def _load(load: Callable[[], object]) -> None:
    with suppress(Exception):  # a crawl that needs it reports the error
        load()


for _name in (*_MODULES, *(component.rpartition(".")[0] for component in _COMPONENTS)):
    _load(partial(import_module, _name))
for _name in _PACKAGES:
    for _module in pkgutil.walk_packages(import_module(_name).__path__, f"{_name}.", onerror=lambda _name: None):
        _load(partial(import_module, _module.name))
for _command in entry_points(group="scrapy.commands"):
    _load(_command.load)  # as Scrapy does at each start
gc.freeze()  # a collection in a fork would write to what it shares with the others
