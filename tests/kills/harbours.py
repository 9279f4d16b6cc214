"""A second publisher, whose spider is not the loopback one's."""

from tests.crawls.loopback import LoopbackSpider


class HarboursSpider(LoopbackSpider):
    """`scrapy crawl harbours`."""

    name = "harbours"
