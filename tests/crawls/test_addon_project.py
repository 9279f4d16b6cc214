"""newscrawl.Addon in a project that `scrapy startproject` makes, as real processes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newscrawl import open_archive
from tests.crawls import preloaded
from tests.crawls.crawler import PROJECT
from tests.crawls.loopback import HTML, Publisher, article

FERRIES, TRAINS = "/2024/03/05/ferries-sail-later", "/2024/03/05/trains-run-later"
SPIDERS = '''
from dataclasses import dataclass
from typing import Any
import scrapy
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule

BASE = %(base)r

@dataclass
class Boat:
    url: str
    body: str
    berth: int = 7
    article: Any = None

class RulesSpider(CrawlSpider):
    """Yields responses."""
    name = "rules"
    start_urls = [BASE + "/"]
    rules = (Rule(LinkExtractor(allow="/2024/"), callback="parse_item"),)

    def parse_item(self, response):
        return response

class BoatsSpider(scrapy.Spider):
    """Yields items of its own."""
    name = "boats"
    start_urls = [BASE + path for path in %(paths)r]

    def parse(self, response):
        yield Boat(response.url, response.text)
        yield {"price": 3}

class LostSpider(scrapy.Spider):
    """Finds no page."""
    name = "lost"
    start_urls = [BASE + "/missing"]
'''
SETTINGS = """
ADDONS = {"newscrawl.Addon": 500}
ITEM_PIPELINES = {"tides.pipelines.Later": 300}
DOWNLOAD_DELAY = 0
"""
PIPELINES = '''
class Later:
    """Sees what comes after newscrawl."""
    def process_item(self, item):
        print("LATER", type(item).__name__, flush=True)
        return item
'''
SCRIPT = """
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

process = AsyncCrawlerProcess(get_project_settings())
crawlers = [process.create_crawler(name) for name in ("rules", "rules", "lost")]
for crawler in crawlers:
    process.crawl(crawler)
process.start()
print("CODES", [crawler.stats.get_value("newscrawl/exit_code") for crawler in crawlers])
"""


class Project:
    """A project in a folder, and the commands that are run in it."""

    def __init__(self, folder: Path, site: Publisher) -> None:
        self.folder = folder / "tides"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NEWSCRAWL_", "SCRAPY_"))},
            "PYTHONPATH": str(PROJECT),
        }
        self._run(folder, "-m", "scrapy", "startproject", "tides")
        package = self.folder / "tides"
        with (package / "settings.py").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        code = SPIDERS % {"base": site.base, "paths": [FERRIES, "/about"]}
        (package / "spiders" / "all.py").write_text(code, encoding="utf-8")
        (package / "pipelines.py").write_text(PIPELINES, encoding="utf-8")
        (self.folder / "two.py").write_text(SCRIPT, encoding="utf-8")

    def scrapy(self, *words: str) -> subprocess.CompletedProcess[str]:
        words = (*words, "-L", "WARNING")
        return preloaded.run_scrapy(words, folder=self.folder, environment=self._environment, timeout=120)

    def scrapy_alone(self, *words: str) -> subprocess.CompletedProcess[str]:
        """In a process that imports what it needs by itself."""
        return self._run(self.folder, "-m", "scrapy", *words, "-L", "WARNING")

    def run_script(self, name: str) -> subprocess.CompletedProcess[str]:
        return self._run(self.folder, name)

    def _run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def select(self, sql: str, database: str = "news.db") -> list[Any]:
        with closing(sqlite3.connect(self.folder / database)) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def project(tmp_path: Path, site: Publisher) -> Project:
    site.routes["/"] = 200, HTML, f'<a href="{FERRIES}">A</a><a href="{TRAINS}">B</a>'.encode()
    site.routes |= {FERRIES: article("Ferries sail later"), TRAINS: article("Trains run later")}
    site.routes["/about"] = 200, HTML, b"<html><body><p>About us.</p></body></html>"
    return Project(tmp_path, site)


@pytest.mark.long
def test_the_add_on_keeps_what_spiders_of_any_kind_yield(project: Project, site: Publisher) -> None:
    # responses become articles, stored before the project's pipelines and feeds see them
    rules = project.scrapy_alone("crawl", "rules", "-O", "rules.json")
    assert (rules.returncode, rules.stderr, rules.stdout.split()) == (0, "", ["LATER", "Article"] * 2)
    exported = json.loads((project.folder / "rules.json").read_text("utf-8"))
    assert {each["published_at"] for each in exported} == {"2024-03-05T10:15:00Z"}
    with open_archive(project.folder / "news.db") as archive:
        assert {each.headline for each in archive} == {"Ferries sail later", "Trains run later"}
    files = project.select("SELECT file FROM captures JOIN pages ON pages.id = captures.page_id WHERE article_id > 0")
    assert len(files) == 2
    assert all((project.folder / "warc" / name).is_file() for (name,) in files)

    # items keep their fields
    boats = project.scrapy("crawl", "boats", "-O", "boats.jsonl")
    assert (boats.returncode, sorted(set(boats.stdout.splitlines()))) == (0, ["LATER Boat", "LATER dict"])
    lines = [json.loads(line) for line in (project.folder / "boats.jsonl").read_text("utf-8").splitlines()]
    headlines = [each["article"] and each["article"]["headline"] for each in lines if "berth" in each]
    assert sorted(headlines, key=str) == ["Ferries sail later", None]
    assert {"price": 3} in lines

    # a crawl that finds nothing says so, and exits with the code of that
    lost = project.scrapy("crawl", "lost")
    assert (lost.returncode, lost.stdout) == (3, "")
    assert "unreachable (HTTP status 404)" in lost.stderr
    assert project.select("SELECT spider, exit_code FROM runs") == [("rules", 0), ("boats", 0), ("lost", 3)]
    assert project.select("SELECT state FROM pages WHERE url LIKE '%about'") == [("refused",)]

    # several crawls in a process, two of them of one spider
    both = project.run_script("two.py")
    assert both.stdout.splitlines()[-1] == "CODES [0, 0, 3]"
    assert "Traceback" not in both.stderr
    assert project.select("SELECT count(*) FROM articles") == [(2,)]

    # without its parts, nothing of it is left in the folder
    parts = ("STORAGE", "LEDGER", "CAPTURES", "EXIT_CODES")
    off = [word for part in parts for word in ("-s", f"NEWSCRAWL_{part}=0")]
    before = sorted(project.folder.rglob("*.warc.gz"))
    alone = project.scrapy("crawl", "rules", *off, "-s", "NEWSCRAWL_DATABASE_URL=sqlite:///none.db")
    assert (alone.returncode, alone.stdout.split()) == (0, ["LATER", "Article"] * 2)
    assert not (project.folder / "none.db").exists()
    assert sorted(project.folder.rglob("*.warc.gz")) == before
    quiet = project.scrapy("crawl", "lost", *off)
    assert (quiet.returncode, quiet.stderr) == (0, "")

    # a setting that is misspelled does not pass in silence
    typo = project.scrapy_alone("crawl", "rules", "-s", "NEWSCRAWL_STORAG=0")
    assert typo.returncode == 1
    assert "NEWSCRAWL_STORAG: there is no such setting; the closest is NEWSCRAWL_STORAGE" in typo.stderr

    # with the commands of newscrawl, the code says also why a crawl could not start
    ours = ("-s", "NEWSCRAWL_DATABASE_URL=sqlite:///none/news.db")
    unstarted = project.scrapy_alone("crawl", "rules", *ours)
    assert (unstarted.returncode, "there is no directory" in unstarted.stderr) == (1, True)
    with (project.folder / "tides" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write('COMMANDS_MODULE = "newscrawl.commands"\n')
    unstarted = project.scrapy("crawl", "rules", *ours)
    assert unstarted.returncode == 6
    assert unstarted.stderr.count("\n") == 1
    summary = project.scrapy_alone("crawl", "lost")
    assert (summary.returncode, summary.stdout.startswith("lost: unreachable (HTTP status 404)")) == (3, True)
