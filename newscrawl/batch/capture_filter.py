"""Which captures of an archive are pages of a publisher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from newscrawl.archives.capture import Capture
from newscrawl.archives.own_files import find_writer
from newscrawl.batch.date_range import DateRange
from newscrawl.errors import NotAnArticleError
from newscrawl.html_checks import is_html
from newscrawl.publisher import Publisher, UrlRules
from newscrawl.publishers import find_publisher
from newscrawl.urls import has_host, is_article_path, other_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFilter:
    """Selects the pages of a publisher and of some dates. Can be pickled."""

    publisher: Publisher
    dates: DateRange
    spider: str = ""
    """The spider whose own files are read whole: it has fetched what is in them, whatever the host."""

    def accepts_host(self, url: str) -> bool:
        """Whether an address has a host of the publisher; other records need not be read."""
        return has_host(url, self.publisher.all_hosts)

    def select_addresses(self, path: str) -> Callable[[str], bool]:
        """Return which addresses of an archive file are wanted."""
        is_own = bool(self.spider) and find_writer(path) == self.spider
        return _accept_all if is_own else self.accepts_host

    def find_skip_reason(self, capture: Capture) -> str | None:
        """Return why a capture is skipped, as a short code ("status_404", "video", "not_html"); None if it is not."""
        if capture.status != HTTPStatus.OK and not _has_first_part(capture):
            return f"status_{capture.status}"
        if other := other_kind(capture.url, self._rules_of(capture.url)):
            return other
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
        return capture.kind == "conversion" or is_article_path(capture.url, self._rules_of(capture.url))

    def _rules_of(self, url: str) -> UrlRules:
        return self.publisher.url_rules if self.accepts_host(url) else find_publisher(url).url_rules


def _accept_all(_: str) -> bool:
    return True


def _has_first_part(capture: Capture) -> bool:
    """Whether it is the begin of a page, as a client with a range asks for it."""
    content_range = capture.header("Content-Range") or ""
    return capture.status == HTTPStatus.PARTIAL_CONTENT and content_range.lower().startswith("bytes 0-")
