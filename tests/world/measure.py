"""How much of a world a crawler found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.world.server import World


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found, next to the truth."""

    articles: int
    """That can be found."""
    found: int
    """Of them."""
    records: int
    """That the crawler reported as articles."""
    requests: int
    false: tuple[str, ...]
    """URLs that were reported, and are no articles."""
    duplicates: tuple[str, ...]
    """URLs of articles that were reported before."""
    missing: tuple[str, ...]
    """URLs of articles that were not found."""

    @property
    def recall(self) -> float:
        return self.found / self.articles

    @property
    def false_share(self) -> float:
        return len(self.false) / max(1, self.records)

    @property
    def requests_per_article(self) -> float:
        return self.requests / max(1, self.found)


def measure(world: World, urls: Iterable[str], *, requests: int | None = None) -> Measured:
    """Compare the URLs of articles that a crawler reported with the truth.

    Articles of the dead and the blocking site count neither as found nor as missing.
    """
    records = list(urls)
    false: list[str] = []
    duplicates: list[str] = []
    seen: set[tuple[str, int]] = set()
    for url in records:
        known = world.story_at(url)
        if known is None:
            false.append(url)
            continue
        key = known[0].name, known[1].number
        if key in seen:
            duplicates.append(url)
        seen.add(key)
    reachable = {(site.name, story.number): site.url(site.path(story)) for site, story in world.reachable}
    return Measured(
        articles=len(reachable),
        found=len(reachable.keys() & seen),
        records=len(records),
        requests=world.requests if requests is None else requests,
        false=tuple(false),
        duplicates=tuple(duplicates),
        missing=tuple(url for key, url in reachable.items() if key not in seen),
    )
