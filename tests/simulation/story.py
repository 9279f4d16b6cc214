"""A month of a publisher's life, drawn from a seed: what it publishes and changes, where it lists it, what goes wrong.

Pure. Times are UTC. All text is invented.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Literal

BEGIN = datetime(2024, 4, 11, tzinfo=UTC)
"""The first moment of the month that is lived; what was published since the first of April is there already."""
DAYS = 30
END = BEGIN + timedelta(days=DAYS)
"""Nothing is published from here on."""
_FIRST = datetime(2024, 4, 1, tzinfo=UTC)

VANISHED = BEGIN + timedelta(days=12)
"""From here on the feed of politics is a 404."""
REDESIGNED = BEGIN + timedelta(days=18)
"""From here on all pages, old ones too, are in the markup of another era."""

Wrong = Literal["unavailable", "pages_unavailable", "refused", "forbidden"]
"""503 everywhere; 503 for pages alone; no connection; 403 everywhere: a block."""
ListName = Literal["feed", "markets", "politics", "news_sitemap", "months", "features"]


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which the site is not itself."""

    wrong: Wrong
    begin: datetime
    end: datetime


SPELLS = (
    Spell("unavailable", BEGIN + timedelta(days=5, hours=14), BEGIN + timedelta(days=5, hours=19)),
    Spell("pages_unavailable", BEGIN + timedelta(days=8, hours=9), BEGIN + timedelta(days=8, hours=15)),
    # over the turn of the month
    Spell("refused", BEGIN + timedelta(days=19, hours=20), BEGIN + timedelta(days=20, hours=3)),
    Spell("forbidden", BEGIN + timedelta(days=24), BEGIN + timedelta(days=26)),
)


def spell_at(moment: datetime) -> Spell | None:
    """What is wrong with the site at that moment."""
    return next((spell for spell in SPELLS if spell.begin <= moment < spell.end), None)


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """How an article reads from a moment on."""

    at: datetime
    headline: str
    paragraphs: tuple[str, ...]
    correction: str | None = None

    @property
    def text(self) -> tuple[str, str | None, str]:
        """Headline, correction and body, as an archive has them."""
        return self.headline, self.correction, "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """An article or a video, from its first word to its last edit."""

    number: int
    slug: str
    section: str
    published: datetime
    listed: datetime
    """When lists have it: mostly when it is published, sometimes hours later."""
    lists: frozenset[ListName]
    versions: tuple[Version, ...]
    video: bool = False
    second_address: bool = False
    """Whether the feed has it under its section's address."""

    @property
    def path(self) -> str:
        """The path of its address."""
        kind = "videos" if self.video else "articles"
        return f"/news/{kind}/{self.published:%Y-%m-%d}/{self.slug}"

    @property
    def other_path(self) -> str:
        """The path of its second address."""
        return self.path.replace("/news/", f"/{self.section}/", 1)

    def version(self, moment: datetime) -> Version:
        """How it reads at a moment; its first version before it was published."""
        return self.versions[max(bisect_right(self.versions, moment, key=lambda version: version.at) - 1, 0)]


class Plan:
    """All stories of a seed, and what each list shows when."""

    def __init__(self, seed: int = 1, *, articles_a_day: float = 20) -> None:
        self.seed, self.articles_a_day = seed, articles_a_day
        self.feed_items = max(round(1.5 * articles_a_day), 8)
        self.stories = tuple(sorted(_stories(Random(seed), articles_a_day), key=lambda story: story.listed))

    @cached_property
    def by_path(self) -> dict[str, Story]:
        """Every story by each of its paths."""
        return {path: story for story in self.stories for path in (story.path, story.other_path)}

    @cached_property
    def by_slug(self) -> dict[str, Story]:
        """Every story by the last part of its address, which is its own."""
        return {story.slug: story for story in self.stories}

    def in_list(self, name: ListName, moment: datetime, month: datetime | None = None) -> list[Story]:
        """What a list shows, the one listed last first; `month` for a monthly one, by its first moment."""
        shown = [story for story in self._of(name) if story.listed <= moment]
        if name == "news_sitemap":
            shown = [story for story in shown if story.published > moment - timedelta(hours=48)]
        elif month:
            shown = [story for story in shown if story.published.replace(day=1).date() == month.date()]
        elif name in ("feed", "markets", "politics"):
            shown = shown[-self.feed_items :]
        return shown[::-1]

    def on_front_page(self, moment: datetime) -> list[Story]:
        """The twelve listed last, of those that are in the feed or the news sitemap."""
        shown = [story for story in self.stories if story.listed <= moment and story.lists & {"feed", "news_sitemap"}]
        return shown[-12:][::-1]

    def months(self, moment: datetime) -> list[datetime]:
        """The first moments of the months that have a sitemap, newest first."""
        return [first for first in (_FIRST.replace(month=5), _FIRST) if first <= moment]

    def listed_at(self, moment: datetime) -> set[Story]:
        """The articles that some list shows at a moment."""
        shown = set(self.on_front_page(moment))
        names: list[ListName] = ["feed", "markets", "news_sitemap"]
        for name in [*names, "politics"] if moment < VANISHED else names:
            shown.update(self.in_list(name, moment))
        for name in ("months", "features"):
            shown.update(story for story in self._of(name) if story.listed <= moment)
        return {story for story in shown if not story.video}

    def ever_listed(self) -> set[Story]:
        """The articles that some list showed at some moment of the month."""
        since = {story for story in self.stories if story.listed >= BEGIN and not story.video}
        return since | self.listed_at(BEGIN)

    def _of(self, name: ListName) -> list[Story]:
        return self._by_list[name]

    @cached_property
    def _by_list(self) -> dict[ListName, list[Story]]:
        names: tuple[ListName, ...] = ("feed", "markets", "politics", "news_sitemap", "months", "features")
        return {name: [story for story in self.stories if name in story.lists] for name in names}


_WHERE: tuple[tuple[frozenset[ListName], float], ...] = (
    (frozenset(("feed", "news_sitemap", "months")), 16),
    (frozenset(("news_sitemap", "months")), 40),
    (frozenset(("feed",)), 10),
    (frozenset(("markets",)), 12),
    (frozenset(("markets", "months")), 4),
    (frozenset(("politics",)), 3),
    (frozenset(("politics", "months")), 6),
    (frozenset(("months",)), 4),
    (frozenset(("features",)), 5),
)
_SECTIONS: dict[ListName, str] = {"markets": "markets", "politics": "politics", "features": "features"}
_HOURS = (2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 9, 9, 9, 9, 8, 8, 7, 6, 5, 4, 3, 3, 2)
"""How much is published in each hour (UTC) of a day, against the others."""
_WEEKEND = 0.35
"""How much is published in an hour of a weekend, against one of a working day."""


def _stories(random: Random, articles_a_day: float) -> Iterator[Story]:
    days = (END - _FIRST).days
    hours = [_FIRST + timedelta(hours=hour) for hour in range(days * 24)]
    weights = [_HOURS[hour.hour] * (_WEEKEND if hour.weekday() >= 5 else 1) for hour in hours]
    published = sorted(random.choices(hours, weights, k=round(days * articles_a_day)))
    for number, hour in enumerate(published, 1):
        yield _story(random, number, hour + timedelta(seconds=random.randrange(3600)))


def _story(random: Random, number: int, published: datetime) -> Story:
    late = random.random() < 0.08
    listed = published + (timedelta(hours=random.uniform(2, 20)) if late else timedelta(seconds=random.randrange(120)))
    listed = min(listed, END - timedelta(seconds=1))
    if video := random.random() < 0.08:
        lists: frozenset[ListName] = frozenset(("feed", "news_sitemap"))
    else:
        [lists] = random.choices([where for where, _ in _WHERE], [weight for _, weight in _WHERE])
    # what only a list about to vanish has could not be met by anyone who asks it a few times a day
    if lists == {"politics"} and listed > VANISHED - timedelta(days=2):
        lists = frozenset(("politics", "months"))
    section = next((_SECTIONS[name] for name in sorted(lists) if name in _SECTIONS), "economics")
    first = _first_version(random, number, published)
    return Story(
        number=number,
        slug="-".join([*first.headline.lower().split()[:4], str(number)]),
        section=section,
        published=published,
        listed=listed,
        lists=lists,
        versions=(first, *_edits(random, first, listed)),
        video=video,
        second_address=random.random() < 0.1,
    )


_WHO = (
    "Harbour Board",
    "Tern Lines",
    "Gull Ferries",
    "Isle Council",
    "Pilots",
    "Lighthouse Trust",
    "Salt Works",
    "Net Makers",
)
_DO = ("Extends", "Delays", "Plans", "Cuts", "Doubles", "Reviews", "Defends", "Drops", "Halves", "Orders", "Weighs")
_WHAT = (
    "Night Sailings",
    "Winter Fares",
    "Pier Repairs",
    "Island Timetable",
    "Fog Signals",
    "Car Deck",
    "Dredging",
    "Kelp Quota",
)
_SAID = (
    "The change takes effect with the spring timetable, its chair told islanders at the quay.",
    "Fares for residents stay as they are, according to a notice at the ticket office.",
    "Two of the seven islands had asked for more boats on Sundays.",
    "The crews want another berth before they agree, their spokeswoman said.",
    "Last year the boats carried a fifth more passengers than the year before.",
    "A storm had closed the outer harbour for nine days in February.",
)


def _first_version(random: Random, number: int, published: datetime) -> Version:
    who, do, what = random.choice(_WHO), random.choice(_DO), random.choice(_WHAT)
    lede = f"{who} {do.lower()} its {what.lower()}, says notice {number} on the board by the pier."
    return Version(published, f"{who} {do} {what}", (lede, *random.sample(_SAID, 3)))


def _edits(random: Random, first: Version, listed: datetime) -> Iterator[Version]:
    """For a third of all stories one to three: four in five within six hours, the last ones after days."""
    if random.random() >= 1 / 3:
        return
    version = first
    for at in sorted(listed + _after(random) for _ in range(random.choice((1, 1, 2, 3)))):
        version = _edited(random, version, at)
        yield version


def _after(random: Random) -> timedelta:
    low, high = random.choices(((0.1, 6), (6, 72), (72, 240)), (80, 14, 6))[0]
    return timedelta(hours=math.exp(random.uniform(math.log(low), math.log(high))))


def _edited(random: Random, before: Version, at: datetime) -> Version:
    kind = random.choices(("headline", "body", "correction"), (3, 5, 2))[0]
    minute = f"{at:%d %B, %H:%M:%S}"
    if kind == "headline":
        headline = f"{before.headline.partition(', ')[0]}, {random.choice(_WHO)} {random.choice(_DO)} Reply"
        return Version(at, f"{headline} {at:%H%M%S}", before.paragraphs, before.correction)
    if kind == "correction":
        note = f"(Corrects the name of the ferry in second paragraph of the notice of {minute}.)"
        return Version(at, before.headline, before.paragraphs, note)
    return Version(
        at, before.headline, (*before.paragraphs, f"A second notice went up on {minute}."), before.correction
    )
