"""The archive that crawls left, held against the truth. Read as a user reads it: by sqlite3, from its views."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.simulation.story import Plan, Story, Version

Edit = tuple[Story, Version]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A revision of an article, as it is stored."""

    seen_at: datetime
    seen_until: datetime
    access: str
    text: tuple[str, str | None, str]
    """Headline, correction and body."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Edits that no revision shows, by reason."""

    before_first_visit: int = 0
    """The article was stored later, and already read otherwise."""
    between_two_visits: int = 0
    """It was edited once more before the next visit."""
    after_last_visit: int = 0


@dataclass(frozen=True, slots=True)
class Archive:
    """What is stored of the stories, and what is wrong with it."""

    sightings: dict[Story, list[Sighting]]
    """The revisions of every story that is stored with its body, oldest first."""
    duplicates: int
    """Articles that are another's again."""
    torn: list[str]
    """What does not belong together."""

    @classmethod
    def read(cls, file: Path, plan: Plan) -> Self:
        """The archive of a database file."""
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            addresses = database.execute("SELECT id, coalesce(canonical_url, url) FROM articles").fetchall()
            rows = database.execute(
                "SELECT article_id, seen_at, seen_until, access, headline, correction, body_text "
                "FROM revisions_readable ORDER BY article_id, number"
            ).fetchall()
            torn = list(_torn(database))
        story_of = {article_id: plan.by_slug[_slug(url)] for article_id, url in addresses}
        sightings = defaultdict(list)
        for article_id, seen_at, seen_until, access, *text in rows:
            if access == "full":
                sighting = Sighting(_utc(seen_at), _utc(seen_until), access, (text[0], text[1], text[2]))
                sightings[story_of[article_id]].append(sighting)
        return cls(dict(sightings), len(addresses) - len(set(story_of.values())), torn)

    def stored_at(self, story: Story) -> datetime:
        """When its body was first stored."""
        return self.sightings[story][0].seen_at

    def invented(self) -> list[Sighting]:
        """Revisions that read as no version of their story ever did."""
        return [
            sighting
            for story, sightings in self.sightings.items()
            for sighting in sightings
            if sighting.text not in {version.text for version in story.versions}
        ]

    def found(self, edits: Iterable[Edit]) -> int:
        """How many of the edits a revision shows."""
        return sum(edit in self._seen(story) for story, edit in edits)

    def missed(self, edits: Iterable[Edit]) -> Missed:
        """Those that none shows."""
        reasons = [self._reason(story, edit) for story, edit in edits if edit not in self._seen(story)]
        return Missed(**{reason: reasons.count(reason) for reason in Missed.__slots__})

    def _reason(self, story: Story, edit: Version) -> str:
        seen = self._seen(story)
        if not any(version.at < edit.at for version in seen):
            return "before_first_visit"
        return "between_two_visits" if any(version.at > edit.at for version in seen) else "after_last_visit"

    def _seen(self, story: Story) -> set[Version]:
        texts = {sighting.text for sighting in self.sightings.get(story, ())}
        return {version for version in story.versions if version.text in texts}


_TORN = {
    "an article without a key": "SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM article_keys)",
    "an article without its newest revision": (
        "SELECT a.id FROM articles a LEFT JOIN revisions r ON r.article_id = a.id AND r.number = a.revision "
        "WHERE r.number IS NULL"
    ),
    "a revision beyond the newest": (
        "SELECT r.article_id FROM revisions r JOIN articles a ON a.id = r.article_id WHERE r.number > a.revision"
    ),
    "a page that is stored without an article": (
        "SELECT id FROM pages WHERE state IN ('stored', 'unchanged') AND article_id IS NULL"
    ),
    "a run that did not end": "SELECT id FROM runs WHERE ended_at IS NULL",
}


def _torn(database: sqlite3.Connection) -> Iterable[str]:
    for what, query in _TORN.items():
        yield from (f"{what}: {row_id}" for (row_id,) in database.execute(query))
    for check in ("integrity_check", "foreign_key_check"):
        yield from (f"{check}: {row}" for row in database.execute(f"PRAGMA {check}") if row != ("ok",))


def _slug(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
