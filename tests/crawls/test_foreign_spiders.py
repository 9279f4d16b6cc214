"""Spiders of any kind in our own project, and Scrapy's commands that look at single responses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crawls import preloaded
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, article

FERRIES, TRAINS = "/2024/03/05/ferries-sail-later", "/2024/03/05/trains-run-later"
SPIDERS = '''
import scrapy

class DockSpider(scrapy.Spider):
    name = "dock"
    allowed_domains = ["127.0.0.1"]

    async def start(self):
        yield scrapy.Request(self.home, dont_filter=True)

    def parse(self, response):
        """
        @url %(base)s/
        @returns requests 3 3
        @returns items 0 0
        """
        for link in response.css("a"):
            yield response.follow(link, self.parse_page)

    def parse_page(self, response):
        yield response
        yield {"mine": response.url}

class EmptySpider(scrapy.Spider):
    name = "empty"
    start_urls = ["%(base)s/"]

    def parse(self, response):
        pass

class Upper:
    def process_item(self, item):
        print("UPPER", type(item).__name__)
        return item
'''


@pytest.fixture
def spiders(crawl: Crawler, site: Publisher) -> Crawler:
    """A crawler that finds spiders in a package of the folder, beside ours, and in which two articles are listed."""
    site.routes["/"] = 200, HTML, f'<a href="{FERRIES}">A</a><a href="{TRAINS}">B</a><a href="/about">C</a>'.encode()
    site.routes |= {FERRIES: article("Ferries sail later"), TRAINS: article("Trains run later")}
    site.routes["/about"] = 200, HTML, b"<html><body><p>About us.</p></body></html>"
    (crawl.folder / "scrapy.cfg").write_text("[settings]\ndefault = newscrawl.settings\n", encoding="utf-8")
    folder = crawl.folder / "harbour"
    folder.mkdir()
    (folder / "__init__.py").write_text(SPIDERS % {"base": site.base}, encoding="utf-8")
    return crawl


def scrapy(crawler: Crawler, *words: str, expected_errors: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command of our project that finds the spiders of the folder too."""
    environment = crawler.environment()
    del environment["SCRAPY_SETTINGS_MODULE"]  # scrapy.cfg has it, whose folder Scrapy adds to the path
    settings = ("SPIDER_MODULES=newscrawl.spiders,harbour", "NEWSPIDER_MODULE=harbour", "DOWNLOAD_DELAY=0")
    command = [*words, *(word for setting in settings for word in ("-s", setting))]
    return preloaded.run_scrapy(
        command, folder=crawler.folder, environment=environment, expected_errors=expected_errors
    )


def test_the_articles_of_a_foreign_spider_are_stored_and_its_items_pass(spiders: Crawler, site: Publisher) -> None:
    pipelines = ("-s", 'ITEM_PIPELINES={"harbour.Upper": 300}')
    jobs = ("-s", f"JOBDIR={spiders.folder}/jobs", "-a", f"home={site.base}/")
    done = scrapy(spiders, "crawl", "dock", *jobs, *pipelines, "-O", "out.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "dock: done: 2 stored, 0 updated, 0 unchanged, 1 refused (unknown_layout 1)" in done.stdout
    # a pipeline of the command line is added to ours: it gets what they made
    assert sorted(line for line in done.stdout.split("\n") if line.startswith("UPPER")) == (
        ["UPPER Article"] * 2 + ["UPPER dict"] * 3
    )
    items = json.loads((spiders.folder / "out.json").read_text("utf-8"))
    assert sorted(item["headline"] for item in items if "headline" in item) == [
        "Ferries sail later",
        "Trains run later",
    ]
    assert sum("mine" in item for item in items) == 3
    # a second run of a JOBDIR has nothing left to fetch, which is no alarm
    again = scrapy(spiders, "crawl", "dock", *jobs)
    assert (again.returncode, again.stdout.strip()) == (0, "dock: done: 0 stored, 0 updated, 0 unchanged")
    empty = scrapy(spiders, "crawl", "empty")
    assert empty.returncode == 5
    assert "scrapy parse URL" in empty.stdout


def test_arguments_belong_to_the_spider_but_there_is_no_dry_run(spiders: Crawler) -> None:
    done = scrapy(spiders, "crawl", "dock", "--dry-run")
    assert done.returncode == 2
    assert done.stderr.startswith("--dry-run: dock is none of newscrawl's spiders")


def test_a_spider_that_genspider_makes_crawls(spiders: Crawler, site: Publisher) -> None:
    made = scrapy(spiders, "genspider", "jetty", "127.0.0.1")
    assert "Created spider 'jetty'" in made.stdout
    file = spiders.folder / "harbour" / "jetty.py"
    code = (
        file.read_text("utf-8")
        .replace("https://127.0.0.1", f"{site.base}/")
        .replace("pass", "yield {'url': response.url}")
    )
    file.write_text(code, "utf-8")
    done = scrapy(spiders, "crawl", "jetty", "-o", "out.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((spiders.folder / "out.jsonl").read_text("utf-8")) == {"url": f"{site.base}/"}


def test_commands_that_look_at_one_response_show_it_and_store_nothing(spiders: Crawler, site: Publisher) -> None:
    shown = scrapy(spiders, "parse", f"{site.base}{FERRIES}", "--nocolour")
    assert "'headline': 'Ferries sail later'" in shown.stdout
    front = scrapy(spiders, "parse", "--spider", "news", f"{site.base}/", "--nocolour")
    assert f"<GET {site.base}{TRAINS}>" in front.stdout
    own = scrapy(spiders, "parse", "--spider", "dock", "-c", "parse_page", f"{site.base}/about", "--pipelines")
    assert f"<200 {site.base}/about>" in own.stdout
    checked = scrapy(spiders, "check", "-a", "home=")
    assert "\nOK" in checked.stderr
    shell = scrapy(spiders, "shell", f"{site.base}/", "-c", "response.status")
    assert shell.stdout.strip() == "200"
    assert [done.returncode for done in (shown, front, own, checked, shell)] == [0] * 5
    assert "Traceback" not in "".join(done.stderr for done in (shown, front, own, checked, shell))
    assert {path.name for path in spiders.folder.iterdir()} == {"harbour", "scrapy.cfg"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("parse", "{}/", "--spider", "dock"), "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"),
        (("shell", "{}/", "-c", "response"), "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"),
        (("crawl", "empty"), "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"),
        (("parse", "{}/", "--spider", "news", "-a", "colour=red"), "unknown argument 'colour'"),
    ],
)
def test_what_cannot_be_fetched_says_why(spiders: Crawler, site: Publisher, words: tuple[str, ...], line: str) -> None:
    spiders.allowed = ""
    done = scrapy(spiders, *(word.format(site.base) for word in words))
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert site.requests == []


def test_a_jobdir_is_not_used_by_our_own_spiders(crawl: Crawler, site: Publisher) -> None:
    site.routes["/feed.rss"] = (
        200,
        {"Content-Type": "application/xml"},
        (f"<rss><channel><item><link>{site.base}/news/articles/2024-03-05/a</link></item></channel></rss>".encode()),
    )
    site.routes["/news/articles/2024-03-05/a"] = article("Ferries sail later")
    site.routes["/"] = 200, HTML, b"<html><body></body></html>"
    for _ in range(2):
        done = crawl("-s", f"JOBDIR={crawl.folder}/jobs", "-a", "full=1")
        assert (done.code, done.store.totals()["articles"]) == (0, 1)
        assert "JOBDIR is not used: the page ledger continues the run" in done.err
    assert not Path(crawl.folder, "jobs").exists()
