"""`scrapy ingest --spider news`: archive files with pages of any site."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.commands.calling import Done, Scrapy
from tests.commands.press import contents, rows, story, write
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Answer, article, publisher

pytestmark = pytest.mark.usefixtures("quick_workers")


def page(headline: str) -> Answer:
    """An article of no publisher that newscrawl knows."""
    status, headers, body = article(headline)
    text = re.sub(r"<meta[^>]*>", '<meta property="og:type" content="article">', body.decode())
    return status, headers, text.replace("lede-text-v2", "story").replace("body-copy-v2", "text").encode()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/news.db"


class Ingest:
    """`scrapy ingest --spider news` with one worker, in this process."""

    def __init__(self, scrapy: Scrapy, url: str) -> None:
        self._scrapy, self._url = scrapy, url

    def __call__(self, *arguments: Any, spider: str = "news") -> Done:
        words = ("--workers", "1", "--spider", spider, *map(str, arguments))
        return self._scrapy("ingest", *words, columns=200, NEWSCRAWL_DATABASE_URL=self._url)


@pytest.fixture
def ingest(scrapy: Scrapy, url: str) -> Ingest:
    return Ingest(scrapy, url)


def articles(url: str) -> Counter[tuple[str, str]]:
    """Site and headline of each article."""
    return Counter((row["site"], row["headline"]) for row in rows(url, "articles"))


def test_a_crawl_of_any_site_is_read_back_from_its_own_files(ingest: Ingest, tmp_path: Path, url: str) -> None:
    paths = [f"/2026/story-number-{number}" for number in range(3)]
    with publisher() as site:
        site.routes |= {path: page(f"Headline of {path}") for path in paths}
        crawl = Crawler(tmp_path, site, modules="newscrawl.spiders")
        assert crawl("-a", f"urls={','.join(site.base + path for path in paths)}", spider="news").code == 0
        name = site.base.removeprefix("http://")
    live = articles(url)
    assert live == Counter((name, f"Headline of {path}") for path in paths)
    assert {row["site"] for row in rows(url, "pages")} == {name}
    (file,) = tmp_path.glob("warc/*/*.warc.gz")
    (tmp_path / "news.db").rename(tmp_path / "live.db")

    done = ingest(file)
    assert (done.returncode, done.stderr) == (0, "")
    assert articles(url) == live
    assert {row["site"] for row in rows(url, "pages")} == {name}
    (tmp_path / "crawled").mkdir()
    again = Crawler(tmp_path / "crawled", site, modules="newscrawl.spiders")
    assert again("-a", f"warc={file}", spider="news").code == 0
    assert contents(again.url) == contents(url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Pages of four sites, and a front page."""
    hosts = "tern.example", "sport.tern.example", "gull.example", "www.bloomberg.example"
    records = [story(host, url=f"https://{host}/news/articles/2024-03-05/{host}") for host in hosts]
    return write(tmp_path / "a.warc", [*records, story("front", url="https://tern.example/")])


def test_pages_of_every_site_or_of_some(ingest: Ingest, file: Path, url: str) -> None:
    done = ingest(file, "--site", "https://www.tern.example/news,nowhere.example")
    assert (done.returncode, done.stderr) == (0, "")
    tern = {("tern.example", "Story tern.example"), ("tern.example", "Story sport.tern.example")}
    assert articles(url) == Counter(tern)
    assert [row["sites"] for row in rows(url, "archive_files")] == ["nowhere.example,tern.example"]
    counts = {row["site"]: row["counts"] for row in rows(url, "run_sites")}
    assert counts["tern.example"] == {"pages/asked": 2, "outcome/stored": 2, "exit_code": 0}
    assert counts["nowhere.example"] == {"exit_code": 5}
    assert ingest(file, "--site", "tern.example").stdout.endswith("; 0 files read, 1 finished before\n")

    assert ingest(file, spider="bloomberg").returncode == 0
    assert articles(url) == Counter((*tern, ("bloomberg", "Story www.bloomberg.example")))
    assert [row["sites"] for row in rows(url, "archive_files")] == ["bloomberg,nowhere.example,tern.example"]

    assert ingest("--dry-run", file).stdout.split()[1] == "again"
    done = ingest(file)
    assert done.stdout.startswith("news: done: 1 stored")
    assert articles(url) == Counter(
        (*tern, ("bloomberg", "Story www.bloomberg.example"), ("gull.example", "Story gull.example"))
    )
    assert [row["sites"] for row in rows(url, "archive_files")] == [None]
    for options in ([], ["--site", "gull.example"]):
        assert ingest(file, *options).stdout.endswith("; 0 files read, 1 finished before\n")


def test_a_page_that_names_the_article_of_another_site_does_not_replace_it(
    ingest: Ingest, tmp_path: Path, url: str
) -> None:
    addresses = [f"https://{host}.example/news/articles/2024-03-05/ferry" for host in ("tern", "gull")]
    stolen = story(2, 5, url=addresses[1], headline="Gull", extra=f'<link rel="canonical" href="{addresses[0]}">')
    write(tmp_path / "a.warc", [story(1, url=addresses[0], headline="Tern"), stolen])
    assert ingest(tmp_path / "a.warc").returncode == 0
    assert articles(url) == Counter([("tern.example", "Tern"), ("gull.example", "Gull")])


def test_a_site_is_named_only_for_the_spider_of_any_site(ingest: Ingest, file: Path) -> None:
    done = ingest(file, "--site", "tern.example", spider="bloomberg")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--site: bloomberg reads the pages of one publisher")
    for wrong in ("", ",", "https://["):
        assert ingest(file, "--site", wrong).returncode == 2
