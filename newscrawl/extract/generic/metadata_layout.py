"""The layout of pages of unknown sites, but for the body: its fields are read from the metadata of the page."""

from __future__ import annotations

from typing import TypeVar

from newscrawl.extract.body import Body
from newscrawl.extract.generic.metadata import Found, Metadata
from newscrawl.extract.layout import Layout, Notes
from newscrawl.extract.markup import Markup
from newscrawl.extract.selectors import PageView
from newscrawl.syntax.dates import Moment
from newscrawl.urls import is_front_path

T = TypeVar("T")

_MAX_NOTE = 200


class MetadataLayout(Layout):
    """Reads one page: an instance keeps its metadata."""

    metadata: Metadata

    def view(self, markup: Markup) -> PageView:
        self.metadata = Metadata(markup, zone=self.publisher.time_zone)
        return super().view(markup)

    def read_headline(self, view: PageView, notes: Notes) -> str | None:
        outvoted = [(source, f"outvoted: {text[:_MAX_NOTE]}") for source, text in self.metadata.outvoted_titles]
        if outvoted:
            notes.missed["headline"] = outvoted
        return _note(notes, "headline", self.metadata.title)

    def read_dek(self, view: PageView, notes: Notes) -> str | None:
        return _note(notes, "dek", self.metadata.dek)

    def read_address(self, view: PageView, notes: Notes) -> str | None:
        """Return the page's own address; not that of the front page, which some templates state on all pages."""
        address = super().read_address(view, notes)
        if address and _is_front(address) and not _is_front(view.markup.page.url):
            notes.sources.pop("canonical_url")
            notes.missed.setdefault("canonical_url", []).append(("metadata", f"unread: {address}"))
            return None
        return address

    def read_description(self, view: PageView, notes: Notes) -> str | None:
        return _note(notes, "description", self.metadata.description)

    def read_byline(self, view: PageView, notes: Notes, body: Body) -> tuple[str, ...]:
        """Return the people that the metadata name, else those in the body; else a desk."""
        people = (
            _note(notes, "byline", self.metadata.authors)
            or notes.record("byline", body.byline, "body byline")
            or notes.record("byline", body.writers, "body credit")
        )
        if people:
            return people
        desk = _note(notes, "byline", self.metadata.desk) or notes.record("byline", body.desk, "body byline")
        return (desk,) if desk else ()

    def read_published(self, view: PageView, notes: Notes) -> Moment | None:
        return _note(notes, "published_at", self.metadata.published)

    def read_updated(self, view: PageView, notes: Notes) -> Moment | None:
        return _note(notes, "updated_at", self.metadata.updated)

    def read_section(self, view: PageView, notes: Notes) -> str | None:
        return _note(notes, "section", self.metadata.section)

    def read_topics(self, view: PageView, notes: Notes) -> tuple[str, ...]:
        return _note(notes, "topics", self.metadata.topics) or ()

    def read_language(self, view: PageView, notes: Notes, body: Body) -> str:
        language = _note(notes, "language", self.metadata.read_language(body.blocks))
        return language or self.publisher.language or self.language

    def read_publisher(self, view: PageView, notes: Notes) -> str:
        """Return the title of a known publisher, else the name that the page states for its site, else the host."""
        own = self.title or self.publisher.title
        return own or _note(notes, "publisher", self.metadata.site_name) or super().read_publisher(view, notes)


def _is_front(address: str) -> bool:
    try:
        return is_front_path(address)
    except ValueError:  # "http://[x"
        return False


def _note(notes: Notes, name: str, found: Found[T] | None) -> T | None:
    """Record the source of a value, or that there is none; return the value."""
    if found is None:
        notes.missed.setdefault(name, []).append(("metadata", "absent"))
        return None
    notes.sources[name] = found.source
    return found.value
