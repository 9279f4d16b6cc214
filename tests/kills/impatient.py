"""The loopback publisher, in a process that waits a second for another writer, not half a minute."""

from newscrawl.storage import engine
from tests.crawls import loopback

engine.LOCK_WAIT = 1  # type: ignore[attr-defined]


class ImpatientSpider(loopback.LoopbackSpider):
    """`scrapy crawl impatient`."""

    name = "impatient"
