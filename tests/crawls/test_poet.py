"""A spider whose callbacks and page objects get articles from scrapy-poet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.crawls.crawler import PROJECT
from tests.crawls.loopback import HTML, Publisher, article

SPIDER = """
import attrs
import scrapy
from web_poet import ItemPage, field

from newscrawl import Article

@attrs.define
class HeadlinePage(ItemPage[dict]):
    article: Article

    @field
    def headline(self):
        return self.article.headline.upper()

class PoetSpider(scrapy.Spider):
    name = "poet"
    custom_settings = {
        "ADDONS": {"scrapy_poet.Addon": 300},
        "SCRAPY_POET_PROVIDERS": {"newscrawl.poet.ArticleProvider": 700},
    }

    async def start(self):
        for path in ("/story", "/about"):
            yield scrapy.Request("%s" + path, self.parse_story, errback=self.note)

    async def parse_story(self, response, page: HeadlinePage, article: Article):
        yield {**await page.to_item(), "byline": article.byline}

    def note(self, failure):
        yield {"failed": str(failure.value), "reason": failure.value.__cause__.reason}
"""


@pytest.mark.skipif(find_spec("scrapy_poet") is None, reason="scrapy-poet is not installed: pip install scrapy-poet")
def test_articles_are_provided_to_callbacks_and_page_objects(tmp_path: Path, site: Publisher) -> None:
    site.routes["/story"] = article("Ferries sail later")
    site.routes["/about"] = 200, HTML, b"<html><body><p>About us.</p></body></html>"
    (tmp_path / "poet.py").write_text(SPIDER.replace("%s", site.base), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "runspider", "poet.py", "-O", "out.jsonl", "-L", "WARNING"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    items = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert {"headline": "FERRIES SAIL LATER", "byline": ["Ada Okafor"]} in items
    [failed] = [item for item in items if "failed" in item]
    assert failed["reason"] == "unknown_layout"
