"""What to do about a run: each cause has its own advice, which names the host, list or file."""

from typing import Any

import pytest

from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.run_counts import add_name, list_names

FEED, MAP = "https://tern.example/feed.rss", "https://tern.example/sitemap.xml"
READ = {"links/found": 9, "lists/read": 2, "pages/asked": 5, "outcome/stored": 5}
ARCHIVE = {"web_archive": 1}
ANY = {"any_site": 1}
LOCAL = "set NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES to the address"
Names = dict[str, list[str]]
CASES: list[tuple[str, dict[str, int], Names, ExitCode, list[str]]] = [
    (
        "private address",
        {"hosts/private": 1},
        {"hosts/private": ["10.1.2.3 (10.1.2.3 is a private address)"]},
        ExitCode.UNREACHABLE,
        ["10.1.2.3 (10.1.2.3 is a private address): nothing was sent there", LOCAL],
    ),
    (
        "private address of the index of an archive",
        {"hosts/private": 1} | ARCHIVE,
        {"hosts/private": ["cdx.example (10.1.2.3 is a private address)"]},
        ExitCode.UNREACHABLE,
        ["cdx.example (10.1.2.3 is a private address): nothing was sent there", LOCAL],
    ),
    (
        "one of several hosts private",
        READ | {"hosts/private": 1},
        {"hosts/private": ["10.1.2.3 (10.1.2.3 is a private address)"]},
        ExitCode.PARTLY_FAILED,
        [LOCAL],
    ),
    (
        "host unreachable",
        {"hosts/unreachable": 1},
        {"hosts/unreachable": ["tern.example (no such host)"]},
        ExitCode.UNREACHABLE,
        ["can reach the site: tern.example (no such host)", "the next run tries again"],
    ),
    (
        "any site unreachable",
        {"hosts/unreachable": 1} | ANY,
        {"hosts/unreachable": ["tern.example (tls failed)"]},
        ExitCode.UNREACHABLE,
        ["tern.example (tls failed)", "http://"],
    ),
    (
        "list unreachable",
        {"lists/unreachable": 4},
        {"lists/unreachable": [f"{FEED} (http_500)", MAP, "https://tern.example/"]},
        ExitCode.UNREACHABLE,
        [f"{FEED} (http_500), {MAP}, https://tern.example/ and 1 more"],
    ),
    (
        "pages failed, given by hand",
        {"links/found": 1, "pages/asked": 1, "outcome/failed": 1},
        {"outcome/failed": ["https://tern.example/a (timeout)"]},
        ExitCode.UNREACHABLE,
        ["https://tern.example/a (timeout)"],
    ),
    (
        "all lists failed before",
        {"lists/known": 2, "lists/still_failing": 2},
        {"site": ["tern"]},
        ExitCode.UNREACHABLE,
        ["every list failed when it was last fetched", "`scrapy sites tern`"],
    ),
    (
        "archive unreachable",
        {"hosts/unreachable": 1} | ARCHIVE,
        {"hosts/unreachable": ["cdx.example (timeout)"]},
        ExitCode.UNREACHABLE,
        ["can reach the archive (cdx.example (timeout))"],
    ),
    (
        "index of an archive is no index",
        {"lists/failed": 2} | ARCHIVE,
        {"lists/failed": ["https://cdx.example/?url=a (not_cdx)"]},
        ExitCode.UNREACHABLE,
        ["archive (https://cdx.example/?url=a (not_cdx) and 1 more)"],
    ),
    (
        "site blocks",
        {"hosts/blocked": 1},
        {"hosts/blocked": ["tern.example (http 403)"]},
        ExitCode.BLOCKED,
        ["tern.example (http 403): crawl less often, set NEWSCRAWL_CONTACT, and contact the publisher"],
    ),
    (
        "site blocks a crawler that says who it is",
        {"hosts/blocked": 1, "has_contact": 1},
        {"hosts/blocked": ["tern.example (http 403)"]},
        ExitCode.BLOCKED,
        ["tern.example (http 403): crawl less often, and contact the publisher"],
    ),
    (
        "all lists blocked before",
        {"lists/known": 2, "lists/still_blocked": 2},
        {"site": ["tern"]},
        ExitCode.BLOCKED,
        ["every list of tern was blocked when it was last fetched: crawl less often"],
    ),
    (
        "archive blocks",
        {"hosts/blocked": 1} | ARCHIVE,
        {"hosts/blocked": ["cdx.example (http 429)"]},
        ExitCode.BLOCKED,
        ["cdx.example (http 429): it takes no more requests for now. Wait for an hour"],
    ),
    (
        "archive is empty",
        ARCHIVE,
        {"prefixes": ["tern.example/news/"], "file": ["newscrawl/publishers/tern"], "site": ["tern"]},
        ExitCode.NOTHING_FOUND,
        ["no captures of tern.example/news/ for these dates", "correct past_prefixes in newscrawl/publishers/tern"],
    ),
    (
        "archive has nothing of any site",
        ARCHIVE | ANY,
        {"prefixes": ["*.quay.example"], "site": ["quay.example"]},
        ExitCode.NOTHING_FOUND,
        ["no captures of *.quay.example for these dates: try others, or another archive"],
    ),
    (
        "archive files of other sites",
        {"archive_files": 1, "captures/other_site": 7},
        {"files": ["captures/*.warc.gz"], "site": ["tern"]},
        ExitCode.NOTHING_FOUND,
        ["captures/*.warc.gz: no page of tern", "`scrapy crawl news` reads pages of every site"],
    ),
    (
        "no article in archive files",
        {"archive_files": 1, "pages/asked": 2, "captures/read": 2, "outcome/refused": 2, "refused/video": 2},
        {},
        ExitCode.NOTHING_FOUND,
        ["none of the 2 pages was an article (video 2)", "`scrapy pages --state refused`"],
    ),
    (
        "a page given by hand is no article",
        {"links/found": 1, "pages/asked": 1, "outcome/refused": 1, "refused/section_front": 1},
        {},
        ExitCode.NOTHING_FOUND,
        ["the page was no article (section_front 1)", "`scrapy extract URL --explain`"],
    ),
    (
        "lists gone",
        {"lists/gone": 1, "lists/known": 1},
        {"lists/gone": [f"{FEED} (http_404)"], "file": ["newscrawl/publishers/tern"], "site": ["tern"]},
        ExitCode.NOTHING_FOUND,
        [f"gone: {FEED} (http_404)", "where tern lists its articles now", "the lists in newscrawl/publishers/tern"],
    ),
    (
        "lists are no lists",
        {"lists/failed": 1},
        {"lists/failed": [f"{FEED} (not_feed)"]},
        ExitCode.NOTHING_FOUND,
        [f"not read as lists: {FEED} (not_feed)"],
    ),
    (
        "lists without articles, of any site",
        {"lists/read": 1} | ANY,
        {"lists/empty": [FEED], "site": ["tern.example"]},
        ExitCode.NOTHING_FOUND,
        [f"without articles: {FEED}", "where tern.example lists its articles", "docs/operations.md"],
    ),
    (
        "pages failed",
        READ | {"outcome/failed": 2, "ledger/failed": 2},
        {"outcome/failed": ["https://tern.example/a (timeout)"]},
        ExitCode.PARTLY_FAILED,
        ["`scrapy pages --state failed` lists", "https://tern.example/a (timeout) and 1 more"],
    ),
    (
        "a list failed",
        READ | {"lists/unreachable": 1},
        {"lists/unreachable": [f"{FEED} (timeout)"]},
        ExitCode.PARTLY_FAILED,
        [f"{FEED} (timeout); the next run tries again"],
    ),
    (
        "a list is gone",
        READ | {"lists/lost": 1, "lists/gone": 1},
        {"lists/lost": [f"{FEED} (http_404)"], "file": ["newscrawl/publishers/tern"]},
        ExitCode.PARTLY_FAILED,
        [f"gone: {FEED} (http_404): find out where", "correct newscrawl/publishers/tern"],
    ),
    (
        "a list of any site is gone",
        READ | {"lists/lost": 1} | ANY,
        {"lists/lost": [f"{FEED} (http_404)"]},
        ExitCode.PARTLY_FAILED,
        [f"gone: {FEED} (http_404)"],
    ),
    (
        "a host away",
        READ | {"hosts/unreachable": 1},
        {"hosts/unreachable": ["img.tern.example (timeout)"]},
        ExitCode.PARTLY_FAILED,
        ["not reached: img.tern.example (timeout)"],
    ),
    (
        "broken files",
        READ | {"captures/broken": 2},
        {"captures/broken": ["a.warc.gz", "b.warc.gz"]},
        ExitCode.PARTLY_FAILED,
        ["broken records in a.warc.gz, b.warc.gz"],
    ),
    (
        "an archive refuses a part of its index",
        READ | {"lists/refused": 1} | ARCHIVE,
        {"lists/refused": ["https://cdx.example/?url=a (http_403)"]},
        ExitCode.PARTLY_FAILED,
        ["refuses a part of its index (https://cdx.example/?url=a (http_403))"],
    ),
    (
        "captures not uploaded",
        READ | {"captures/not_uploaded": 1},
        {},
        ExitCode.PARTLY_FAILED,
        ["could not be uploaded, as said above"],
    ),
    ("a file of -O", READ | {"feeds/failed": 1}, {}, ExitCode.PARTLY_FAILED, ["`scrapy export` writes one again"]),
    ("a file not read", READ | {"files/unread": 1}, {}, ExitCode.PARTLY_FAILED, ["the next run continues them"]),
    ("a programming error", READ | {"errors": 1}, {}, ExitCode.PARTLY_FAILED, ["programming error: see the log"]),
    (
        "drift",
        READ | {"drift": 1},
        {"file": ["newscrawl/publishers/tern"]},
        ExitCode.LAYOUT_DRIFT,
        ["`scrapy extract URL --explain`", "newscrawl/publishers/tern needs a new layout"],
    ),
    ("drift of any site", READ | {"drift": 1} | ANY, {}, ExitCode.LAYOUT_DRIFT, ["is missing on a page"]),
]


@pytest.mark.parametrize(
    ("counts", "names", "code", "says"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_cause_has_its_advice(counts: dict[str, int], names: Names, code: ExitCode, says: list[str]) -> None:
    stats: dict[str, Any] = {f"newscrawl/{name}": n for name, n in counts.items()}
    for what, named in names.items():
        for name in named:
            add_name(stats, what, name)
    conclusion = exit_codes.conclude(stats, "finished")
    assert conclusion.code is code
    assert conclusion.advice
    assert [each for each in says if each not in conclusion.advice] == [], conclusion.advice
    # of a run that is over, only the counts are known
    assert exit_codes.find_advice(code, {f"newscrawl/{name}": n for name, n in counts.items()})
    is_listed = counts.get("ledger/failed") or counts.get("outcome/failed") == counts.get("pages/asked", 0)
    assert is_listed or "--state failed" not in conclusion.advice
    assert "contact the publisher" not in conclusion.advice or not counts.get("web_archive")


def test_a_capture_that_failed_beside_a_stored_one_is_in_no_list() -> None:
    stats = {"newscrawl/outcome/failed": 1, "newscrawl/outcome/stored": 1, "newscrawl/links/found": 2}
    advice = exit_codes.conclude(stats, "finished").advice
    assert advice is not None
    assert "scrapy pages" not in advice


def test_a_few_names_are_kept() -> None:
    stats: dict[str, Any] = {"newscrawl/lists/lost": 9}
    for number in range(9):
        add_name(stats, "lists/lost", f"list {number}")
        add_name(stats, "lists/lost", f"list {number}")
    assert list_names(stats, "lists/lost") == "list 0, list 1, list 2 and 6 more"
    assert list_names(stats, "lists/gone", default="none") == "none"
