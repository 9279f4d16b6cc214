"""What to do about a run that did not end well: one line for each cause, which names the host, list or file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from newscrawl.operations.run_counts import count, list_names, reasons

ALLOW_PRIVATE = (
    "If it is meant to be fetched, set NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES to the address, to a network such as "
    "10.20.0.0/16, or to 1 for all"
)
"""What to do about an address of this machine or of a local network."""
_WITHOUT_ARTICLE = ("refused", "failed", "blocked")


def find_advice(code: str, default: str, stats: Mapping[str, Any]) -> str:
    """Return what to do about a run that ended with an exit code, by its name ("BLOCKED"); `default` if unknown.

    Names of hosts, lists and files are in the stats of a run that has just ended, and not in those of a stored run.
    """
    advise = _ADVICE.get(code)
    return (advise(stats) if advise else None) or default


def _advise_unreachable(stats: Mapping[str, Any]) -> str | None:
    names = partial(list_names, stats)
    if count(stats, "hosts/private"):
        return _advise_private(stats)
    unread = names("hosts/unreachable", "lists/unreachable", "lists/failed")
    if count(stats, "web_archive"):
        where = f" ({unread})" if unread else ""
        return f"check whether this machine can reach the archive{where}; the next run tries again"
    if not unread and count(stats, "lists/still_failing") and not count(stats, "outcome/failed"):
        which = names("site", default="")
        return f"every list failed when it was last fetched: `scrapy sites {which}`".rstrip() + (
            " shows why, and when each is fetched again"
        )
    unread = unread or names("outcome/failed")
    where = f": {unread}" if unread else ""
    if count(stats, "any_site"):
        return (
            f"check whether this machine can reach the site, and its address{where}; "
            "a site without https is named with http://"
        )
    return f"check whether this machine can reach the site{where}; the next run tries again" if where else None


def _advise_private(stats: Mapping[str, Any]) -> str:
    hosts = list_names(stats, "hosts/private", default="a host")
    return f"{hosts}: nothing was sent there. {ALLOW_PRIVATE}"


def _advise_blocked(stats: Mapping[str, Any]) -> str | None:
    hosts = list_names(stats, "hosts/blocked")
    if count(stats, "web_archive"):
        return f"{hosts or 'the archive'}: it takes no more requests for now. Wait for an hour or more, and run again"
    contact = "" if count(stats, "has_contact") else ", set NEWSCRAWL_CONTACT"
    if not hosts and count(stats, "lists/still_blocked"):
        hosts = f"every list of {list_names(stats, 'site', default='the site')} was blocked when it was last fetched"
    if not hosts:
        return None
    return f"{hosts}: crawl less often{contact}, and contact the publisher; blocks are never bypassed"


def _advise_nothing_found(stats: Mapping[str, Any]) -> str | None:
    if count(stats, "pages/asked") > count(stats, "refused/out_of_dates"):
        return _advise_no_article(stats)
    site, names = list_names(stats, "site", default="the site"), partial(list_names, stats)
    if count(stats, "web_archive"):
        searched = names("prefixes", default=site)
        correct = f"; if it should have some, correct past_prefixes in {file}" if (file := names("file")) else ""
        return f"the archive has no captures of {searched} for these dates: try others, or another archive{correct}"
    if count(stats, "archive_files"):
        others = count(stats, "captures/other_site")
        hint = "; `scrapy crawl news` reads pages of every site" if others and not count(stats, "any_site") else ""
        return f"{names('files', default='the files')}: no page of {site} in these dates{hint}"
    cause = _describe_lists(stats)
    if count(stats, "any_site"):
        return (
            f"{cause}look where {site} lists its articles, and name its feeds, sitemaps or sections in a file for "
            "sites= (docs/operations.md)"
        )
    return f"{cause}find out where {site} lists its articles now, and correct the lists in " + names(
        "file", default="newscrawl/publishers"
    )


def _describe_lists(stats: Mapping[str, Any]) -> str:
    """Describe what is wrong with the lists of a site that name no article."""
    parts = (
        ("lists/gone", "gone"),
        ("lists/failed", "not read as lists"),
        ("lists/emptied", "empty since this run"),
        ("lists/empty", "without articles"),
    )
    described = [f"{text}: {names}" for name, text in parts if (names := list_names(stats, name))]
    return f"{'; '.join(described)}; " if described else ""


def _advise_no_article(stats: Mapping[str, Any]) -> str | None:
    by_state = {state: found for state in _WITHOUT_ARTICLE if (found := reasons(stats, state))}
    total = sum(count(stats, f"outcome/{state}") for state in _WITHOUT_ARTICLE)
    if not by_state or not total:
        return None
    listed = " and ".join(f"`scrapy pages --state {state}`" for state in by_state)
    why = ", ".join(f"{reason} {n}" for found in by_state.values() for reason, n in found.items())
    pages = "the page was no article" if total == 1 else f"none of the {total} pages was an article"
    return f"{pages} ({why}): {listed} lists what was fetched, and `scrapy extract URL --explain` shows what was read"


def _advise_partly_failed(stats: Mapping[str, Any]) -> str | None:
    parts = [
        text for names, describe in _PARTS if any(count(stats, name) for name in names) if (text := describe(stats))
    ]
    if stats.get("spider_exceptions/count") and not count(stats, "errors"):
        parts.append(_PROGRAMMING_ERROR)
    return "; ".join(parts) or None


def _describe_failed(stats: Mapping[str, Any]) -> str:
    names = _join(list_names(stats, "outcome/failed"))
    if count(stats, "ledger/failed"):
        return f"`scrapy pages --state failed` lists the pages that failed{names}"
    failed = count(stats, "outcome/failed")
    return f"{failed} {'page' if failed == 1 else 'pages'} failed{names}; later runs try again what can succeed"


def _describe_unread(stats: Mapping[str, Any]) -> str:
    unread = ("lists/unreachable", "lists/failed", "lists/cut")
    lists = list_names(stats, *unread, default="the lists that are named above")
    return f"not read, or not to the end: {lists}; the next run tries again"


def _describe_lost(stats: Mapping[str, Any]) -> str:
    lists = list_names(stats, "lists/lost", default="a list that is named above")
    file = list_names(stats, "file", default="newscrawl/publishers")
    where = "" if count(stats, "any_site") else f": find out where the publisher has moved it, and correct {file}"
    return f"gone: {lists}{where}"


_PROGRAMMING_ERROR = "there was a programming error: see the log"
_PARTS: tuple[tuple[tuple[str, ...], Callable[[Mapping[str, Any]], str]], ...] = (
    (("hosts/private",), _advise_private),
    (("outcome/failed",), _describe_failed),
    (
        ("hosts/unreachable",),
        lambda stats: (
            f"not reached: {list_names(stats, 'hosts/unreachable', default='a host')}; the next run tries again"
        ),
    ),
    (
        ("lists/refused", "lists/still_refused"),
        lambda stats: (
            f"the archive refuses a part of its index{_join(list_names(stats, 'lists/refused'))}: a later run tries it"
        ),
    ),
    (
        ("captures/broken",),
        lambda stats: (
            f"broken records in {list_names(stats, 'captures/broken', default='the files that are named above')}: only "
            "another copy of the file can give those pages"
        ),
    ),
    (
        ("files/unread",),
        lambda _: "files that are named above were not read to their end: the next run continues them",
    ),
    (
        ("captures/not_uploaded",),
        lambda _: "files of captures could not be uploaded, as said above: the next run uploads them",
    ),
    (
        ("feeds/failed",),
        lambda _: "a file of -O or FEEDS could not be written, as said above: `scrapy export` writes one again",
    ),
    (("errors",), lambda _: _PROGRAMMING_ERROR),
    (("lists/unreachable", "lists/failed", "lists/cut"), _describe_unread),
    (("lists/lost",), _describe_lost),
)
"""The parts of a run that may fail, and what to do about each."""


def _join(names: str) -> str:
    return f" ({names})" if names else ""


def _advise_drift(stats: Mapping[str, Any]) -> str | None:
    where = list_names(stats, "file")
    shows = "`scrapy extract URL --explain` shows what is missing on a page"
    if page := list_names(stats, "drift"):
        shows = shows.replace("URL", page)
    return f"{shows}; {where} needs a new layout" if where else shows if count(stats, "any_site") else None


_ADVICE: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "UNREACHABLE": _advise_unreachable,
    "BLOCKED": _advise_blocked,
    "NOTHING_FOUND": _advise_nothing_found,
    "PARTLY_FAILED": _advise_partly_failed,
    "LAYOUT_DRIFT": _advise_drift,
}
