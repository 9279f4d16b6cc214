"""Matching saved searches and reporting what is new: after each run, or by `scrapy watch run`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from newscrawl.address_policy import Network
from newscrawl.batch.watches import feed, mail, webhook
from newscrawl.batch.watches.delivery import Delivery, Message
from newscrawl.errors import LostDatabaseError, NewscrawlError, StorageError
from newscrawl.export.display import format_count, strip_controls
from newscrawl.storage import Hit, Query, Report, Store, TargetKind, Watch, WatchTarget

SECONDS = 60.0
"""After which a run begins no other delivery: the next run goes on."""
_SHOWN = 100
"""Characters of a headline in a line."""
_SEND: Mapping[TargetKind, Callable[[WatchTarget, Message, Delivery], None]] = {
    "feed": feed.write,
    "mail": mail.send,
    "webhook": webhook.post,
}
_ARTICLES: Mapping[TargetKind, int] = {"feed": 1_000_000, "mail": 1_000_000, "webhook": webhook.MAX_ARTICLES}
"""Articles of one report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    """What became of a saved search in this run."""

    watch: Watch
    new: Sequence[int] = ()
    """Articles that match now and did not before, oldest first."""
    reported: Mapping[TargetKind, int] = field(default_factory=dict)
    """Articles by target, also of failed reports before."""
    troubles: Sequence[str] = ()
    """What failed; the next run tries again."""


def make_delivery(allowed: Iterable[Network], mail_server: str, seconds: float = SECONDS) -> Delivery:
    """Return how reports are delivered in a run that begins now."""
    return Delivery(allowed=tuple(allowed), mail_server=mail_server, deadline=monotonic() + seconds)


def run_watches(store: Store, watches: Iterable[Watch], delivery: Delivery) -> Iterable[WatchResult]:
    """Match each saved search and report what is new; one that fails costs no other. Raises LostDatabaseError."""
    for watch in watches:
        try:
            new = store.match_watch(watch)
        except LostDatabaseError:
            raise
        except StorageError as error:
            yield WatchResult(watch=watch, troubles=(str(error),))
            continue
        reported: dict[TargetKind, int] = {}
        troubles: list[str] = []
        for target in watch.targets:
            number, trouble = _report(store, watch, target, delivery)
            reported |= {target.kind: number} if number else {}
            troubles += [trouble] if trouble else []
        yield WatchResult(watch=watch, new=new, reported=reported, troubles=tuple(troubles))


def send_test(store: Store, watch: Watch, target: WatchTarget, delivery: Delivery) -> None:
    """Send the newest match to a target as a test, which counts as no report. Raises DeliveryError."""
    ids = store.newest_matches(watch, 1) or store.ids(Query(limit=1))
    report = Report(through=0, ids=ids, found_at=watch.checked_at)
    _SEND[target.kind](target, Message(store=store, watch=watch, report=report, is_test=True), delivery)


def describe_new(store: Store, result: WatchResult) -> str:
    """Return the line that reports new articles: "watch ferries: 3 new articles: Ferry Late Again, and 2 more"."""
    [newest] = store.hits_of(result.new[-1:])
    more = f", and {len(result.new) - 1:,} more" if len(result.new) > 1 else ""
    headline = shorten_headline(newest)
    return f"watch {result.watch.name}: {format_count(len(result.new), 'new article')}: {headline}{more}"


def shorten_headline(hit: Hit) -> str:
    """Return a headline as one line of at most 100 characters, without terminal controls."""
    line = strip_controls(" ".join(hit.headline.split()))
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _report(store: Store, watch: Watch, target: WatchTarget, delivery: Delivery) -> tuple[int, str | None]:
    """Send all reports that a target waits for; return the number of their articles, and what failed."""
    number = 0
    while report := store.claim_report(watch, target.kind, _ARTICLES[target.kind]):
        if trouble := _send(store, watch, target, report, delivery):
            store.end_report(watch, target.kind, report, trouble)
            return number, f"{target.kind}: {trouble}"
        store.end_report(watch, target.kind, report)
        number += len(report.ids)
    if target.kind == "feed" and not number and feed.is_missing(target):
        report = Report(through=0, ids=(), found_at=watch.checked_at)
        return 0, _send(store, watch, target, report, delivery)
    return number, None


def _send(store: Store, watch: Watch, target: WatchTarget, report: Report, delivery: Delivery) -> str | None:
    """Send a report; return what went wrong."""
    try:
        _SEND[target.kind](target, Message(store=store, watch=watch, report=report), delivery)
    except LostDatabaseError:
        raise
    except NewscrawlError as error:
        return str(error)
    return None
