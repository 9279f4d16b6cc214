"""`scrapy sites`, as a person and a monitor call it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from newscrawl.article import Article, Block, Link
from newscrawl.operations.archive import open_archive
from newscrawl.states import ListState
from newscrawl.storage import PageResult, SiteResult
from tests.commands.calling import Done, Scrapy

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
QUAY, PIER = "quay.example", "pier.example"
Sites = Callable[..., Done]
GOOD = {"outcome/stored": 30, "lists/read": 2, "pages/answered": 30}


class Archive:
    """A database, and what runs found on its sites at times of our choice."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'news.db'}"
        self.store = open_archive(self.url)

    def run(
        self, sites: Mapping[str, str | None], *, before: timedelta, counts: Mapping[str, int] = GOOD, read: bool = True
    ) -> int:
        """A run over sites, each with its trouble, which ended so long before NOW."""
        with time_machine.travel(NOW - before, tick=False):
            run = self.store.start_run("news", {}, sites=list(sites))
            self.store.start_sites({site: (f"https://{site}/", None) for site in sites}, run_id=run)
            results = {
                site: SiteResult(was_read=read, delay_seconds=1.5, trouble=trouble) for site, trouble in sites.items()
            }
            self.store.end_sites(results, run_id=run)
            site_counts = dict.fromkeys(sites, counts)
            self.store.end_run(run, finish_reason="finished", exit_code=0, counts={}, site_counts=site_counts)
        return run

    def list(self, site: str, source: str, *, run: int, outcome: str = "read", span: timedelta = 10 * DAY) -> None:
        state = ListState(
            url=f"https://{site}/{source}",
            source=source,
            outcome=outcome,  # type: ignore[arg-type]
            entries=30,
            span_seconds=round(span.total_seconds()),
            asked_at=NOW,
            read_at=NOW,
        )
        self.store.save_list(site, state, run_id=run)

    def publish(self, site: str, numbers: Iterable[int], sources: Iterable[str], *, run: int) -> None:
        """Articles of the last days, each on all these lists."""
        urls = [f"https://{site}/news/{number}-ferries-run-late" for number in numbers]
        for source in sources:
            self.store.discover([Link(url=url, source=source) for url in urls], run_id=run, spider="news", site=site)
        self.store.record(
            [PageResult(url, "stored", article=article(url), spider="news", site=site) for url in urls], run_id=run
        )

    def refuse(self, site: str, number: int, reason: str, *, run: int) -> None:
        urls = [f"https://{site}/clips/{n}-{reason}" for n in range(number)]
        links = [Link(url=url, source="feed") for url in urls]
        self.store.discover(links, run_id=run, spider="news", site=site)
        self.store.record(
            [PageResult(url, "refused", reason=reason, spider="news", site=site) for url in urls], run_id=run
        )


def article(url: str) -> Article:
    number = int(url.split("/news/")[1].split("-", maxsplit=1)[0])
    return Article(
        url=url,
        headline=f"Ferries run late {number}",
        publisher="The Quay",
        layout="generic",
        access="full",
        body=(Block(kind="paragraph", text=f"Ferry {number} was late."),),
        published_at=NOW - DAY - timedelta(hours=number % 100),
        fetched_at=NOW,
    )


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


@pytest.fixture
def sites(scrapy: Scrapy, archive: Archive) -> Sites:
    """`scrapy sites` at NOW."""

    def call(*arguments: str, columns: int = 80) -> Done:
        archive.store.close()
        with time_machine.travel(NOW, tick=False):
            return scrapy("sites", *arguments, columns=columns, NEWSCRAWL_DATABASE_URL=archive.url)

    return call


@pytest.fixture
def history(archive: Archive) -> None:
    """One site whose lists overlap, and one that is blocked."""
    archive.run({QUAY: None, PIER: None}, before=8 * DAY)
    run = archive.run({QUAY: None, PIER: "blocked (captcha)"}, before=timedelta(hours=2))
    for source in ("feed", "sitemap"):
        archive.list(QUAY, source, run=run)
    archive.list(PIER, "feed", run=run, outcome="blocked")
    archive.publish(QUAY, range(40), ("feed", "news_sitemap"), run=run)
    archive.publish(QUAY, range(40, 50), ("feed",), run=run)
    archive.publish(QUAY, range(50, 60), ("sitemap",), run=run)
    archive.refuse(QUAY, 20, "video", run=run)


@pytest.mark.usefixtures("history")
def test_a_line_for_each_site(sites: Sites) -> None:
    done = sites()
    assert (done.returncode, done.stderr) == (0, "")
    heading, pier, quay, hint = done.stdout.splitlines()
    assert heading.split() == ["Site", "Lists", "Pace", "Read", "A", "day", "Refused", "Complete"]
    assert pier.split() == [PIER, "0,", "1", "bad", "1.5", "s", "2", "h", "0.0", "-", "unknown"]
    # 60 of 62.4 by Chapman: (51 x 51 / 41) - 1
    assert " ".join(quay.split()) == f"{QUAY} 2 1.5 s 2 h 8.6 25 % video 96 % (84-100)"
    assert hint == "`scrapy sites SITE` shows one in detail."


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_the_terminal(sites: Sites, columns: int) -> None:
    printed = sites(columns=columns).stdout
    assert max(map(len, printed.splitlines())) <= columns
    assert ("blocked (captcha)" in printed, "1 feed, 1 sitemap" in printed) == (columns > 80,) * 2


@pytest.mark.usefixtures("history")
def test_sorted_and_filtered(sites: Sites) -> None:
    def names(*options: str) -> list[str]:
        return [row["site"] for row in csv.DictReader(io.StringIO(sites(*options, "--format", "csv").stdout))]

    assert names() == names("--sort", "articles") == [PIER, QUAY]
    assert names("--sort", "refused") == names("--sort", "complete") == [QUAY, PIER]
    assert names("--trouble") == [PIER]
    assert names("--limit", "1") == [PIER]


@pytest.mark.usefixtures("history")
def test_as_json(sites: Sites) -> None:
    pier, quay = json.loads(sites("--format", "json").stdout)
    assert (pier["trouble"], pier["bad_lists"]) == ("blocked (captcha)", 1)
    assert pier["completeness_unknown"] == "read every 7 days, and entries leave its lists sooner"
    assert (quay["lists"], quay["articles"], quay["refused_share"]) == (["feed 1", "sitemap 1"], 60, 0.25)
    assert quay["reasons"] == ["video 20"]
    assert 0 < quay["completeness_low"] < quay["completeness"] < quay["completeness_high"] <= 1


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("name", [QUAY, f"https://www.{QUAY}/"])
def test_one_site_in_detail(sites: Sites, name: str) -> None:
    printed = " ".join(sites(name).stdout.split())
    assert f"Site {QUAY} Front page https://{QUAY}/" in printed
    assert "Articles 60, 8.6 a day in the last week" in printed
    assert "25 % of the pages that were tried: video 20" in printed
    assert f"feed read 30 0 s - https://{QUAY}/feed" in printed


@pytest.mark.usefixtures("history")
def test_patterns_are_overridden(sites: Sites) -> None:
    denied = sites(QUAY, "--deny", "/clips/{slug}").stdout
    assert denied.splitlines()[-1].split() == ["0", "0", "deny", "/clips/{slug}"]
    allowed = json.loads(sites(QUAY, "--allow", "/clips/{slug}", "--format", "json").stdout)
    assert [(each["pattern"], each["rule"]) for each in allowed] == [("/clips/{slug}", "allow")]
    assert sites(QUAY, "--reset", "/clips/{slug}").stdout.splitlines()[-1].split()[2] == "-"


@pytest.mark.usefixtures("history")
def test_an_unknown_name_is_no_address(sites: Sites) -> None:
    done = sites("ferry.example")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ferry.example: no such site; `scrapy sites https://ferry.example` tries it\n"
    assert "no such site" in sites("https://ferry.example", "--deny", "/x").stderr


def test_an_estimate_needs_lists_whose_entries_stay_between_two_runs(archive: Archive, sites: Sites) -> None:
    for days in (12, 6, 0):
        run = archive.run({QUAY: None}, before=days * DAY)
    for source in ("feed", "sitemap"):
        archive.list(QUAY, source, run=run, span=2 * DAY)
    archive.publish(QUAY, range(40), ("feed", "sitemap"), run=run)
    [quay] = json.loads(sites("--format", "json").stdout)
    assert quay["completeness"] is None
    assert quay["completeness_unknown"] == "read every 6 days, and entries leave its lists sooner"


def test_pages_that_are_not_fetched_yet_are_missing(archive: Archive, sites: Sites) -> None:
    run = archive.run({QUAY: None}, before=timedelta(0))
    archive.publish(QUAY, range(40), ("feed", "sitemap"), run=run)
    archive.list(QUAY, "feed", run=run)
    links = [Link(url=f"https://{QUAY}/news/{n}-ferries-run-late", source="feed") for n in range(100, 140)]
    archive.store.discover(links, run_id=run, spider="news", site=QUAY)
    [quay] = json.loads(sites("--format", "json").stdout)
    assert quay["completeness"] == 0.5


def test_check_when_all_is_well(archive: Archive, sites: Sites) -> None:
    archive.run({QUAY: None, PIER: None}, before=timedelta(hours=1))
    done = sites("--check")
    figures = "sites=2 idle=0 blocked=0 not_read=0 more_refused=0 lists_gone=0"
    assert (done.returncode, done.stdout) == (0, f"NEWSCRAWL OK - 2 sites are well | {figures}\n")


@pytest.mark.usefixtures("history")
def test_check_names_what_is_wrong(archive: Archive, sites: Sites) -> None:
    run = archive.run({"ferry.example": "unreachable"}, before=2 * DAY, read=False)
    archive.run({"ferry.example": "unreachable"}, before=timedelta(hours=1), read=False)
    archive.list(QUAY, "json_feed", run=run, outcome="gone")
    done = sites("--check")
    assert done.returncode == 2
    assert done.stdout.startswith(
        f"NEWSCRAWL CRITICAL - 3 of 3 sites: blocked {PIER} (captcha); not read ferry.example (for 2 days, "
        f"unreachable); lists gone {QUAY} (1 of 3) | "
    )
    assert sites("--check", QUAY).returncode == 1, "a list that is gone is a warning"


def test_check_warns_where_few_of_many_are_blocked(archive: Archive, sites: Sites) -> None:
    archive.run({f"s{n}.example": "blocked" if n == 3 else None for n in range(20)}, before=timedelta(hours=1))
    done = sites("--check")
    assert done.returncode == 1
    assert "1 of 20 sites: blocked s3.example |" in done.stdout


def test_check_reports_a_jump_of_refused_pages(archive: Archive, sites: Sites) -> None:
    for hours in range(10, 1, -1):
        archive.run({QUAY: None}, before=timedelta(hours=hours))
    archive.run({QUAY: None}, before=timedelta(hours=1), counts={"outcome/stored": 10, "outcome/refused": 20})
    assert f"more refused {QUAY} (67 % after 0 %)" in sites("--check").stdout


def test_check_ignores_sites_that_are_no_longer_crawled(archive: Archive, sites: Sites) -> None:
    archive.run({PIER: None}, before=9 * DAY)
    archive.run({QUAY: None}, before=timedelta(hours=1))
    done = sites("--check")
    assert done.returncode == 0
    assert "1 site is well | sites=1 idle=1" in done.stdout
    assert sites("--check", "--max-age", "30m").returncode == 2, "unless none is"


def test_check_without_sites(sites: Sites, scrapy: Scrapy, tmp_path: Path) -> None:
    assert sites("--check").returncode == 3
    missing = scrapy("sites", "--check", NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
    assert missing.returncode == 3
    assert missing.stdout.startswith("NEWSCRAWL UNKNOWN - ")
    assert sites().stdout == "No site yet; `scrapy crawl` begins one.\n"
