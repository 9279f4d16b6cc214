"""Metadata of a page of any site: what it says about its article outside of the body.

    metadata = Metadata(markup)
    metadata.title.value, metadata.title.source

Each value is read at its first use, from elements that were collected in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from newscrawl.article import Block
from newscrawl.extract.generic.metadata import (
    authors,
    deks,
    lead_images,
    page_languages,
    publication_dates,
    sections,
    site_names,
    title,
)
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals, collect
from newscrawl.extract.markup import Markup
from newscrawl.syntax.dates import Moment

__all__ = ["Found", "Metadata"]


class Metadata:
    """The metadata of one page. Values are None where the page has none."""

    def __init__(self, markup: Markup, *, zone: str = "UTC") -> None:
        self._markup, self._zone = markup, zone

    @cached_property
    def signals(self) -> Signals:
        return collect(self._markup)

    @cached_property
    def _site_names(self) -> site_names.SiteNames:
        return site_names.collect_names(self.signals)

    @cached_property
    def title(self) -> Found[str] | None:
        return self._titles[0]

    @property
    def outvoted_titles(self) -> list[tuple[str, str]]:
        """Sources with another title: (source, text)."""
        return self._titles[1]

    @cached_property
    def _titles(self) -> tuple[Found[str] | None, list[tuple[str, str]]]:
        return title.read_title(self.signals, self._site_names)

    @cached_property
    def dek(self) -> Found[str] | None:
        return deks.read_dek(self.signals, self.title.value if self.title else "")

    @cached_property
    def description(self) -> Found[str] | None:
        return deks.read_description(self.signals)

    @property
    def authors(self) -> Found[tuple[str, ...]] | None:
        """The people who wrote the article."""
        return self._authors[0]

    @property
    def desk(self) -> Found[str] | None:
        """The organization that is named as its author."""
        return self._authors[1]

    @cached_property
    def _authors(self) -> tuple[Found[tuple[str, ...]] | None, Found[str] | None]:
        return authors.read_authors(self.signals, self._site_names)

    @cached_property
    def published(self) -> Found[Moment] | None:
        return publication_dates.read_published(self.signals, self._stated_language, self._zone)

    @cached_property
    def updated(self) -> Found[Moment] | None:
        return publication_dates.read_updated(self.signals, self._stated_language, self._zone)

    @cached_property
    def section(self) -> Found[str] | None:
        return sections.read_section(self.signals, self._site_names)

    @cached_property
    def topics(self) -> Found[tuple[str, ...]] | None:
        return sections.read_topics(self.signals)

    @cached_property
    def site_name(self) -> Found[str] | None:
        return site_names.read_site_name(self.signals)

    @cached_property
    def lead_image(self) -> Found[str] | None:
        """The address of the lead image, perhaps relative."""
        return lead_images.read_lead_image(self.signals)

    def read_language(self, blocks: Iterable[Block]) -> Found[str] | None:
        """Return the stated language, else that of the body."""
        return page_languages.read_language(self.signals, blocks)

    @cached_property
    def _stated_language(self) -> str | None:
        stated = page_languages.find_stated(self.signals)
        return stated.value if stated else None
