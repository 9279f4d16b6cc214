"""Makes one spider class per publisher, where Scrapy looks for them."""

from __future__ import annotations

from newscrawl.crawl.publisher_checks import check_publisher
from newscrawl.crawl.spider import NewsSpider
from newscrawl.publisher import Publisher
from newscrawl.publishers import load_publishers


def make_spider(publisher: Publisher) -> type[NewsSpider]:
    """Return the spider class of a publisher. Raises PublisherError."""
    check_publisher(publisher)
    # Scrapy ignores classes that a module only imports, so this module must be their own
    attributes = {"name": publisher.name, "publisher": publisher, "__module__": __name__}
    return type(f"{publisher.name.title().replace('_', '')}Spider", (NewsSpider,), attributes)


SPIDERS = {publisher.name: make_spider(publisher) for publisher in load_publishers()}
globals().update({spider.__name__: spider for spider in SPIDERS.values()})
