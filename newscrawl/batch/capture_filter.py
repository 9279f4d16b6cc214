"""Which captures of an archive are pages of a publisher: the others are counted, and leave no row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from newscrawl.archives.capture import Capture
from newscrawl.date_range import DateRange
from newscrawl.errors import NotAnArticleError
from newscrawl.extract.markup import is_html
from newscrawl.publisher import Publisher
from newscrawl.urls import is_article_path, other_kind

_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What of an archive is wanted. May be sent to another process."""

    publisher: Publisher
    dates: DateRange

    @classmethod
    def of(cls, crawl: Any) -> Self:
        """That of a run of a spider."""
        return cls(publisher=crawl.publisher, dates=crawl.arguments.dates)

    def is_of_the_publisher(self, url: str) -> bool:
        """Whether an address is of its hosts: the others' records need not be read."""
        try:
            return (urlsplit(url).hostname or "") in self.publisher.all_hosts
        except ValueError:  # a record may have anything for an address
            return False

    def passed_over(self, capture: Capture) -> str | None:
        """Why a capture is no page that is wanted, as a short code: "status_404", "video", "not_html"; None: it is."""
        if capture.status != _OK:
            return f"status_{capture.status}"
        if other := other_kind(capture.url, self.publisher.url_rules):
            return other
        if not self.dates.may_contain(capture.url):
            return "out_of_dates"
        return None if self._reads(capture) else "not_html"

    def _reads(self, capture: Capture) -> bool:
        """Whether it is HTML; or plain text, and the text of a page, or at the address of an article."""
        try:
            html = is_html(capture.page())
        except NotAnArticleError:
            return False
        is_text = capture.kind == "conversion" or is_article_path(capture.url, self.publisher.url_rules)
        return html or is_text
