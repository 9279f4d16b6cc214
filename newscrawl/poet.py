"""Articles for page objects of scrapy-poet: a callback or page object that names Article gets that of its response.

SCRAPY_POET_PROVIDERS = {"newscrawl.poet.ArticleProvider": 700}
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy_poet.page_input_providers import PageObjectInputProvider

from newscrawl.article import Article
from newscrawl.batch.extraction import extract_page
from newscrawl.crawl.network.responses import make_page
from newscrawl.errors import BlockedError, ExtractError


class ArticleProvider(PageObjectInputProvider):
    """Provides the Article of a response; a page without one goes to the errback of its request, with the reason."""

    provided_classes = {Article}  # noqa: RUF012 - as the base declares it
    name = "newscrawl"

    async def __call__(self, to_provide: set[Callable[..., Any]], response: Response) -> Sequence[Article]:
        """Extract the article. Raises IgnoreRequest, whose cause is the error of newscrawl."""
        try:
            return [await asyncio.to_thread(extract_page, make_page(response))]
        except (BlockedError, ExtractError) as error:
            raise IgnoreRequest(str(error)) from error
