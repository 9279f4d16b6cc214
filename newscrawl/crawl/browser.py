"""Renders pages whose text is made by scripts, in a headless browser; only where a page has no article without it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.address_policy import read_allowed
from newscrawl.article import Article, Page
from newscrawl.crawl.network.failures import HostStopped
from newscrawl.crawl.network.public_proxy import PublicProxy
from newscrawl.crawl.network.robots import RobotsTxtMiddleware
from newscrawl.crawl.spider import find_spider
from newscrawl.crawl.warc_recorder import WarcRecorder
from newscrawl.errors import ArgumentError, ExtractError, MissingFieldError, RenderError, UnknownLayoutError
from newscrawl.extract.script_shell import is_script_shell

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright, Route

logger = logging.getLogger(__name__)

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_WANTED = ("script", "xhr", "fetch")
"""Requests of a page that are sent. Pictures, styles, fonts, frames and beacons say nothing about its text."""
_PAGES_PER_BROWSER = 200
"""A browser that renders more is restarted: its memory grows."""
_QUIET_SECONDS = 5.0
"""Wait at most so long for the last request of the scripts; pages that poll never have one."""
_MAX_FUTILE = 5
"""Pages of a site that are rendered without an article before the others are left as they are."""
HOW_TO_INSTALL = (
    "`pip install 'newscrawl[browser]'` (in a checkout `make extras`) installs what is needed, "
    "and Chromium is a package of the system (apt install chromium)"
)


class BrowserRenderer:
    """An extension that runs the scripts of pages which were fetched already.

    The page itself is fetched as every other, with its robots.txt, redirects, limits and capture. The browser gets
    these bytes, and requests only scripts and data, through a proxy that connects to public addresses, and of its site
    only what robots.txt allows. It stores nothing, sends no cookies, identifies itself as we do, and never navigates.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Raises ArgumentError where there is no browser, though a site needs one; NotConfigured without a network."""
        self._spider = find_spider(crawler)
        if not self._spider.mode.uses_network:
            raise NotConfigured
        self._crawler, settings = crawler, crawler.settings
        self._program = settings["NEWSCRAWL_BROWSER"] or next(filter(None, map(shutil.which, _PROGRAMS)), None)
        self._timeout = settings.getfloat("NEWSCRAWL_RENDER_TIMEOUT")
        self._max_bytes = settings.getint("NEWSCRAWL_MAX_PAGE_BYTES")
        self._proxy = PublicProxy(read_allowed(settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"]))
        self._slots = asyncio.Semaphore(settings.getint("NEWSCRAWL_BROWSER_PAGES"))
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._rendered = 0
        self._futile: Counter[str] = Counter()
        self._wanted = frozenset(site.name for site in self._spider.arguments.sites.sites if site.browser)
        if self._wanted and not self._is_available:
            raise ArgumentError(f"{min(self._wanted)} needs a browser, and there is none: {HOW_TO_INSTALL}")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        renderer = cls(crawler)
        crawler.signals.connect(renderer.spider_closed, signals.spider_closed)
        return renderer

    @property
    def _is_available(self) -> bool:
        return self._program is not None and find_spec("playwright") is not None

    async def extract(self, page: Page, extract: Callable[[Page], Awaitable[Article]]) -> tuple[Page, Article]:
        """Return the article of a page, and the page as it was read: rendered, if that is wanted or the only way.

        Raises what `extract` raises, and RenderError.
        """
        site = self._spider.find_publisher(page.url).name
        if site not in self._wanted:
            try:
                return page, await extract(page)
            except (UnknownLayoutError, MissingFieldError):
                if not await self._is_worth_a_try(page, site):
                    raise
        try:
            rendered = await self._render(page)
            article = await extract(rendered)
        except ExtractError:
            self._futile[site] += 1
            raise
        self._futile[site] = -_MAX_FUTILE
        return rendered, article

    async def _is_worth_a_try(self, page: Page, site: str) -> bool:
        if self._futile[site] >= _MAX_FUTILE or not await asyncio.to_thread(is_script_shell, page, self._max_bytes):
            return False
        if not self._is_available:
            self._spider.count("pages/need_browser", url=page.url)
            if not self._futile[site]:
                logger.warning("%s: its text is made by scripts, in a browser; %s", page.url, HOW_TO_INSTALL)
            self._futile[site] += 1
        return self._is_available

    async def _render(self, page: Page) -> Page:
        """Return the page as its scripts make it, with its own capture. Raises RenderError."""
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout):
                    html = await self._run(page)
            except TimeoutError:
                raise RenderError(page.url, "not_rendered", f"not rendered in {self._timeout:g} s") from None
        self._spider.count("pages/rendered", url=page.url)
        body = html.encode("utf-8", "replace")
        if len(body) > self._max_bytes:
            raise RenderError(page.url, "too_large", "it is too large when its scripts have run")
        rendered = replace(page, body=body, content_type="text/html; charset=utf-8", fetched_at=datetime.now(UTC))
        recorder = self._crawler.get_extension(WarcRecorder)
        return replace(rendered, capture=await recorder.record_rendered(rendered)) if recorder else rendered

    async def _run(self, page: Page) -> str:
        from playwright import async_api  # noqa: PLC0415 - an extra

        context: BrowserContext | None = None
        try:
            context = await self._open_context()
            tab = await context.new_page()
            await tab.route("**/*", lambda route: self._answer(route, page))
            await tab.goto(page.url, wait_until="domcontentloaded")
            try:
                await tab.wait_for_load_state("networkidle", timeout=1000 * min(_QUIET_SECONDS, self._timeout))
            except async_api.TimeoutError:
                logger.debug("%s: its scripts go on; read as it is", page.url)
            return str(await tab.content())
        except async_api.Error as error:
            raise RenderError(page.url, "not_rendered", error.message.partition("\n")[0]) from error
        finally:
            if context:
                await context.close()

    async def _answer(self, route: Route, page: Page) -> None:
        """Answer a request of the browser: with the page itself, from the network, or not at all."""
        request = route.request
        if request.is_navigation_request():
            if request.url.partition("#")[0] == page.url.partition("#")[0] and request.frame.parent_frame is None:
                await route.fulfill(status=200, content_type=page.content_type or "text/html", body=page.body)
            else:
                await route.abort()
        elif request.resource_type in _WANTED and await self._is_allowed(request.url):
            self._spider.count("browser/requests", url=page.url)
            await route.continue_()
        else:
            await route.abort()

    async def _is_allowed(self, url: str) -> bool:
        middleware = self._crawler.get_downloader_middleware(RobotsTxtMiddleware)
        # The robots.txt of other hosts, of which pages load scripts, would be a request to each.
        if middleware is None or not self._spider.sites.find(url):
            return True
        try:
            rules = await middleware.robot_parser(Request(url))
        except (HostStopped, ValueError):
            return False
        agent = self._crawler.settings["ROBOTSTXT_USER_AGENT"] or self._crawler.settings["USER_AGENT"]
        return rules is None or bool(rules.allowed(url, agent))

    async def _open_context(self) -> BrowserContext:
        async with self._starting:
            if (old := self._browser) and (
                not old.is_connected() or (self._rendered >= _PAGES_PER_BROWSER and not old.contexts)
            ):
                await self._stop()
            browser = self._browser or await self._start()
            self._rendered += 1
            return await browser.new_context(
                user_agent=self._crawler.settings["USER_AGENT"], service_workers="block", accept_downloads=False
            )

    async def _start(self) -> Browser:
        from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra

        if self._playwright is None:
            self._playwright = await async_playwright().start()
            self._proxy_url = await self._proxy.start()
        arguments: dict[str, Any] = {
            "executable_path": self._program,
            "proxy": {"server": self._proxy_url},
            # Chromium's sandbox does not work for root
            "chromium_sandbox": hasattr(os, "geteuid") and os.geteuid() != 0,
            # no connection beside the proxy
            "args": ["--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic"],
        }
        self._browser = await self._playwright.chromium.launch(**arguments)
        self._rendered = 0
        return self._browser

    async def _stop(self) -> None:
        browser, self._browser = self._browser, None
        if browser:
            await browser.close()

    async def spider_closed(self) -> None:
        """Stop the browser."""
        if self._playwright:
            await self._stop()
            await self._playwright.stop()
            self._proxy.close()
