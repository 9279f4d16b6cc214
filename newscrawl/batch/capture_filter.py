"""Which captures of an archive are pages of some sites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from newscrawl.archives.capture import Capture
from newscrawl.archives.own_files import find_writer
from newscrawl.date_range import DateRange
from newscrawl.errors import NotAnArticleError
from newscrawl.html_checks import is_html
from newscrawl.publisher import GENERAL, UrlRules
from newscrawl.publishers import Sites, find_publisher
from newscrawl.urls import is_article_path, is_front_path, other_kind, site_key


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFilter:
    """Selects the pages of some sites and dates. Can be pickled."""

    dates: DateRange
    sites: Sites = field(default_factory=lambda: Sites(()))
    """Whose pages; without any, those of every site."""
    spider: str = ""
    """The spider whose own files are read whole: it has fetched what is in them, whatever the host."""

    def accepts_host(self, url: str) -> bool:
        """Whether an address has a host of the sites; other records need not be read."""
        return not self.sites or self.sites.find(url, past=True) is not None

    def select_addresses(self, path: str) -> Callable[[str], bool]:
        """Return which addresses of an archive file are wanted."""
        is_own = bool(self.spider) and find_writer(path) == self.spider
        return _accept_all if is_own else self.accepts_host

    def find_site_key(self, url: str) -> str:
        """Return the key of the site of a page; that of another site for a page of a file of our own."""
        if site := self.sites.find(url, past=True):
            return site.name
        known = find_publisher(url)
        return known.name if known is not GENERAL else site_key(url) or self.spider

    def find_skip_reason(self, capture: Capture) -> str | None:
        """Return why a capture is skipped, as a short code ("status_404", "video", "not_html"); None if it is not."""
        if capture.status != HTTPStatus.OK and not _has_first_part(capture):
            return f"status_{capture.status}"
        rules = self._find_rules(capture.url)
        if other := other_kind(capture.url, rules):
            return other
        if rules.article_paths is None and is_front_path(capture.url):
            return "section_front"
        if not self.dates.may_contain(capture.url):
            return "out_of_dates"
        return None if self._has_text(capture) else "not_html"

    def _has_text(self, capture: Capture) -> bool:
        """Whether it is HTML, or plain text that an archive made of a page or that is at the address of an article."""
        try:
            if is_html(capture.page()):
                return True
        except NotAnArticleError:
            return False
        return capture.kind == "conversion" or is_article_path(capture.url, self._find_rules(capture.url))

    def _find_rules(self, url: str) -> UrlRules:
        return (self.sites.find(url, past=True) or find_publisher(url)).url_rules


def _accept_all(_: str) -> bool:
    return True


def _has_first_part(capture: Capture) -> bool:
    """Whether it is the begin of a page, as a client with a range asks for it."""
    content_range = capture.header("Content-Range") or ""
    return capture.status == HTTPStatus.PARTIAL_CONTENT and content_range.lower().startswith("bytes 0-")
