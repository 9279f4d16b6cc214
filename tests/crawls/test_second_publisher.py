"""The publisher of the README, added as one file to a copy of the package, crawls its site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import newscrawl
from newscrawl.operations.archive import open_archive
from tests.crawls.loopback import HTML, XML, Publisher

PROJECT = Path(__file__).parents[2]
SITE = "http://www.tern.example"
TEXT = "<p>The ferry to the outer islands leaves at noon on weekdays, the harbour office said on Tuesday.</p>" * 5
STORY = f"""<!DOCTYPE html><html lang="en"><head><title>Ferry Leaves at Noon | Tern Post</title></head><body>
<article class="tern-story"><h1>Ferry Leaves at Noon</h1><p class="story-author">By Ada Okafor</p>
<div class="story-text">{TEXT}</div></article></body></html>""".encode()
FRONT = (
    b'<html><body><a href="/about">About</a><a href="/2026/gull">A Gull Lands</a><a href="/video/1">V</a></body></html>'
)
FEED = f'<rss version="2.0"><channel><item><link>{SITE}/2026/ferry</link></item></channel></rss>'.encode()


def example() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", (PROJECT / "README.md").read_text("utf-8"), re.S)
    return str(code)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with its compiled modules: to compile them again takes seconds."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(Path(newscrawl.__file__).parent, folder / "newscrawl")
    shutil.copy(PROJECT / "scrapy.cfg", folder)
    return folder


def scrapy(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"PYTHONPATH": str(folder)} | environment
    command = [sys.executable, "-m", "scrapy", *words]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


def test_a_publisher_is_one_file(copy: Path, site: Publisher) -> None:
    assert len(example().strip().splitlines()) <= 25
    (copy / "newscrawl" / "publishers" / "tern.py").write_text(example(), "utf-8")
    # the site stands in for the invented host as a proxy: it is requested by whole URLs
    site.routes |= {
        f"{SITE}/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow:\n"),
        f"{SITE}/": (200, HTML, FRONT),
        f"{SITE}/news.rss": (200, XML, FEED),
        **{
            f"{SITE}/{page}": (200, HTML, STORY.replace(b"Noon", page.encode())) for page in ("2026/ferry", "2026/gull")
        },
    }
    database = f"sqlite:///{copy}/news.db"
    settings = ("-s", "DOWNLOAD_DELAY=0", "-s", f"NEWSCRAWL_DATABASE_URL={database}", "-s", "NEWSCRAWL_WARC_DIR=")
    done = scrapy(copy, "crawl", "tern", *settings, http_proxy=site.base)
    assert (done.returncode, done.stderr) == (0, "")
    with open_archive(database) as archive:
        pages = {page.url.removeprefix(SITE): (page.state, page.reason) for page in archive.pages()}
        article = archive.article(f"{SITE}/2026/ferry")
    assert pages == {"/2026/ferry": ("stored", None), "/2026/gull": ("stored", None)}
    assert article
    read = article.article
    assert (read.publisher, read.layout, read.byline) == ("Tern Post", "tern_2026", ("Ada Okafor",))


@pytest.mark.parametrize(
    ("words", "right", "wrong", "line"),
    [
        (
            "crawl tern",
            "article.tern-story",
            "article[",
            "tern: layout Tern2026: marker: 'article[' is not a CSS selector",
        ),
        ("list", '("feed"', '("rss"', "tern: lists: 'rss' is not a kind of list; did you mean 'feed'?"),
        (
            "crawl tern",
            '"www.tern.example",',
            '"www.tern.example:80",',
            "tern: hosts: 'www.tern.example:80' is not a host name",
        ),
        ("list", "body =", "bodies =", "tern: layout Tern2026: 'bodies' is not a field; did you mean 'body'?"),
        (
            "crawl tern",
            "title=",
            "titel=",
            "newscrawl.publishers.tern: Publisher.__init__() got an unexpected keyword",
        ),
    ],
)
def test_a_mistake_is_one_line(copy: Path, words: str, right: str, wrong: str, line: str) -> None:
    assert example().count(right) == 1
    (copy / "newscrawl" / "publishers" / "tern.py").write_text(example().replace(right, wrong), "utf-8")
    done = scrapy(copy, *words.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
