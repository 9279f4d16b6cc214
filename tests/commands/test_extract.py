"""`scrapy extract`, as a person calls it."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.crawls.preloaded import run_scrapy

PARAGRAPH = "The harbour of Port Ellery reopened on Tuesday after the longest closure in its history, the master said."
PAGE = (
    '<html lang="en"><head><meta charset="utf-8"><link rel="canonical" '
    'href="https://www.bloomberg.com/news/articles/2015-11-13/harbour-reopens"></head><body>'
    '<article class="bb-article"><h1 class="lede-headline">Harbour Reopens</h1>'
    '<div class="byline"><a class="author-link">Jo Doe</a></div>'
    f'<div class="article-body__content"><p>Nov. 13 (Bloomberg) -- {PARAGRAPH}</p>'
    "<p>To contact the reporter on this story: Jo Doe in Lima at jdoe@news.example</p></div></article></body></html>"
)
CHALLENGE = "<html><head><title>Bloomberg - Are you a robot?</title></head><body>Press and hold</body></html>"


def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_scrapy(["extract", *arguments], folder=Path.cwd(), environment=os.environ)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_json_is_one_object(saved: Path) -> None:
    done = scrapy(str(saved), "--url", "https://www.bloomberg.com/news/articles/2015-11-13/harbour-reopens?srnd=x")
    assert (done.returncode, done.stderr) == (0, "")
    article = json.loads(done.stdout)
    assert article["headline"] == "Harbour Reopens"
    assert article["url"] == "https://www.bloomberg.com/news/articles/2015-11-13/harbour-reopens?srnd=x"
    assert article["canonical_url"] == "https://www.bloomberg.com/news/articles/2015-11-13/harbour-reopens"
    assert article["body"] == [{"kind": "paragraph", "text": PARAGRAPH}]
    assert article["sources"]["headline"] == "dom h1.lede-headline"


def test_a_saved_page_states_its_own_address(saved: Path) -> None:
    article = json.loads(scrapy(str(saved)).stdout)
    assert article["url"] == "https://www.bloomberg.com/news/articles/2015-11-13/harbour-reopens"


def test_text_to_read(saved: Path) -> None:
    done = scrapy(str(saved), "--format", "text")
    assert done.returncode == 0
    assert done.stdout.startswith("Harbour Reopens\n===============\n\nBy Jo Doe")


def test_explain(saved: Path) -> None:
    values = scrapy(str(saved), "--explain").stdout
    assert "layout         bloomberg_2015" in values
    assert "read at dom h1.lede-headline" in values
    assert "passed over dom time.published-at[datetime]@datetime: absent" in values
    assert "left out       contact line: To contact the reporter" in values


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (CHALLENGE, "blocked (robot check)"),
        ('{"a": 1}', "not a page"),
        ("", "the page is empty"),
        ("<html><body><p>Short.", "no layout claims the page"),
    ],
)
def test_no_article_is_one_line_and_an_exit_code(tmp_path: Path, body: str, line: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(body)
    done = scrapy(str(path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert line in done.stderr


def test_no_such_file_is_one_line() -> None:
    done = scrapy("nowhere.html")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nowhere.html" in done.stderr


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/robots.txt": "User-agent: *\nDisallow: /private", "/story": PAGE, "/private": PAGE}
        body = known.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES", "1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_address_is_fetched(site: str) -> None:
    done = scrapy(f"{site}/story")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["url"] == f"{site}/story"


@pytest.mark.parametrize("path", ["/private", "/missing"])
def test_an_address_that_gives_no_page_is_one_line(site: str, path: str) -> None:
    done = scrapy(f"{site}{path}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert path in done.stderr
