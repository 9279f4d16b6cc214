"""A second publisher, whose spider and site are not the loopback one's."""

from dataclasses import replace

from tests.crawls.loopback import LoopbackSpider


class HarboursSpider(LoopbackSpider):
    """`scrapy crawl harbours`."""

    name = "harbours"
    publisher = replace(LoopbackSpider.publisher, name="harbours")
