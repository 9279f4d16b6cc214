"""What a month of crawls came to, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from newscrawl.operations.exit_codes import ExitCode
from tests.simulation.archive import Archive, Missed
from tests.simulation.site import Kind, LoggedRequest, Site
from tests.simulation.story import BEGIN, SPELLS, VANISHED, Spell, Story, Wrong, spell_at

_RIGHT: Mapping[Wrong | None, frozenset[ExitCode]] = {
    None: frozenset((ExitCode.DONE,)),
    "unavailable": frozenset((ExitCode.UNREACHABLE,)),
    "refused": frozenset((ExitCode.UNREACHABLE,)),
    "forbidden": frozenset((ExitCode.BLOCKED,)),
    "pages_unavailable": frozenset((ExitCode.DONE, ExitCode.PARTLY_FAILED, ExitCode.UNREACHABLE)),
}
"""The exit codes that tell the truth, by what is wrong. While pages alone fail, a run that needs none is done, and one
that needs nothing else met errors only."""
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A crawl of the month."""

    at: datetime
    code: int
    line: str
    requests: int
    """That it sent, whether they were answered or not."""
    resident: int
    """Bytes of the process in memory, after it."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The requests of a site, without robots.txt, which every run has to read."""

    lists: int
    pages: int
    list_bytes: int
    page_bytes: int

    @property
    def requests(self) -> int:
        """For lists and pages."""
        return self.lists + self.pages

    @property
    def bytes(self) -> int:
        """Of all answers."""
        return self.list_bytes + self.page_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What was found, how late, and at what price. The price is without the first run, which meets what was there."""

    listed: int
    """Articles that some list showed at some time."""
    missing: tuple[Story, ...]
    """Those of them that are not stored with their bodies."""
    new: int
    """Articles listed after the first run."""
    edits: int
    """Of stored articles, while there were runs."""
    found: int
    """Edits that a revision shows."""
    missed: Missed
    load: Load
    lag_median: timedelta
    """From listed to stored, of what was listed while the site was well."""
    lag_p90: timedelta

    @property
    def recall(self) -> float:
        """Of what was ever listed, how much is stored."""
        return 1 - len(self.missing) / self.listed

    def rows(self) -> dict[str, str]:
        """What it says, by name, for a table."""
        load = self.load
        return {
            "recall": f"{self.recall:.4f}",
            "articles listed, of them new": f"{self.listed}, {self.new}",
            "edits found": f"{self.found} of {self.edits}",
            "missed: before the first visit": str(self.missed.before_first_visit),
            "missed: between two visits": str(self.missed.between_two_visits),
            "missed: after the last visit": str(self.missed.after_last_visit),
            "requests a new article": f"{load.requests / self.new:.2f}",
            "requests for lists, for pages": f"{load.lists / self.new:.2f}, {load.pages / self.new:.2f}",
            "KB a new article": f"{load.bytes / self.new / 1e3:.1f}",
            "KB of lists, of pages": f"{load.list_bytes / self.new / 1e3:.1f}, {load.page_bytes / self.new / 1e3:.1f}",
            "lag, median and 90 %": f"{_minutes(self.lag_median):.0f}, {_minutes(self.lag_p90):.0f} min",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the crawls behaved."""

    duplicates: int
    torn: tuple[str, ...]
    invented: int
    """Revisions that read as no version of their article ever did."""
    codes: Mapping[int, int]
    """Runs by exit code."""
    wrong_alarms: tuple[Run, ...]
    """Runs whose exit code says what was not so."""
    reported_vanished: tuple[Run, ...]
    """Runs, of the day on which a list vanished, whose exit code says that something is wrong."""
    resident_first_day: int
    """Bytes in memory at the end of the first day."""
    resident_end: int
    seconds: float

    @property
    def growth(self) -> float:
        """Of the memory, from the end of the first day to the end of the month; 0.1: a tenth."""
        return self.resident_end / self.resident_first_day - 1

    def rows(self) -> dict[str, str]:
        """What it says, by name, for a table."""
        return {
            "duplicates, torn, invented": f"{self.duplicates}, {len(self.torn)}, {self.invented}",
            "runs by exit code": ", ".join(f"{code}: {runs}" for code, runs in sorted(self.codes.items())),
            "wrong alarms": str(len(self.wrong_alarms)),
            "the vanished list reported": str(len(self.reported_vanished)),
            "memory, first day and end": f"{self.resident_first_day / 2**20:.0f}, {self.resident_end / 2**20:.0f} MiB",
            "seconds": f"{self.seconds:.0f}",
        }


def found(site: Site, archive: Archive, moments: Sequence[datetime]) -> Yield:
    """What runs at these moments found, by the site that knows the truth and the archive that they left."""
    listed = site.plan.ever_listed()
    new = {story for story in listed if story.listed > moments[0]}
    stored = listed & archive.sightings.keys()
    edits = [(story, edit) for story in stored for edit in story.versions[1:] if BEGIN <= edit.at < moments[-1]]
    lags = [archive.stored_at(story) - story.listed for story in stored & new if not _in_spell(story)]
    return Yield(
        listed=len(listed),
        missing=tuple(sorted(listed - stored, key=lambda story: story.listed)),
        new=len(new),
        edits=len(edits),
        found=archive.found(edits),
        missed=archive.missed(edits),
        load=load(request for request in site.requests if request.at > moments[0]),
        lag_median=timedelta(minutes=median(map(_minutes, lags))),
        lag_p90=timedelta(minutes=quantiles(map(_minutes, lags), n=10)[-1]),
    )


def behaved(archive: Archive, runs: Sequence[Run]) -> Conduct:
    """How the runs behaved, by what they said and the archive that they left."""
    reported_vanished = [run for run in runs if VANISHED <= run.at < VANISHED + _A_DAY and run.code]
    first_day = [run for run in runs if run.at < BEGIN + _A_DAY]
    return Conduct(
        duplicates=archive.duplicates,
        torn=tuple(archive.torn),
        invented=len(archive.invented()),
        codes=Counter(run.code for run in runs),
        wrong_alarms=tuple(run for run in _wrong(runs) if run not in reported_vanished[:1]),
        reported_vanished=tuple(reported_vanished),
        resident_first_day=first_day[-1].resident,
        resident_end=runs[-1].resident,
        seconds=sum(run.seconds for run in runs),
    )


def _wrong(runs: Iterable[Run]) -> Iterator[Run]:
    """Runs whose exit code says what was not so; what is wrong with a site is not known before the first request."""
    met: set[Spell] = set()
    for run in runs:
        spell = spell_at(run.at)
        if spell and run.requests:
            met.add(spell)
        if run.code not in _RIGHT[spell.wrong if spell in met else None]:
            yield run


def load(requests: Iterable[LoggedRequest]) -> Load:
    """Requests and bytes, counted."""
    number: Counter[Kind] = Counter()
    size: Counter[Kind] = Counter()
    for request in requests:
        number[request.kind] += 1
        size[request.kind] += request.bytes
    return Load(lists=number["list"], pages=number["page"], list_bytes=size["list"], page_bytes=size["page"])


def _in_spell(story: Story) -> bool:
    return any(spell.begin <= story.listed < spell.end for spell in SPELLS)


def _minutes(lag: timedelta) -> float:
    return lag / timedelta(minutes=1)
