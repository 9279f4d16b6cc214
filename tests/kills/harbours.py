"""A second publisher, whose spider is not the loopback one's."""

from tests.crawl.loopback import LoopbackSpider


class HarboursSpider(LoopbackSpider):
    """`scrapy crawl harbours`."""

    name = "harbours"
