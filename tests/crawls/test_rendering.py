"""Pages whose text is made by scripts, in a real browser, on a site of this machine."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from newscrawl.article import Page
from newscrawl.extract.script_shell import is_script_shell
from tests.web.test_browser import BROWSERS, missing

STORIES = {
    "otters-return-to-the-old-canal": "Otters",
    "night-ferry-finds-a-new-captain": "Ferries",
    "lighthouse-opens-its-doors-again": "Lights",
}
PRIVATE = "http://127.0.0.9:9/secret"
SHELL = """<!doctype html><html lang="en"><head><title>Tern Daily</title></head><body>
<div id="app"></div><noscript>This site needs scripts.</noscript><script src="/app.js"></script></body></html>"""
APP = """
const name = location.pathname.split('/').pop();
const story = await (await fetch('/api/' + name + '.json')).json();
fetch('/forbidden/' + name + '.json').catch(() => 0);
fetch('%s').catch(() => 0);
document.title = story.headline + ' | Tern Daily';
const time = '<time datetime="' + story.published + '">1 March</time>';
document.getElementById('app').innerHTML = '<img src="/picture.jpg"><article><h1>' + story.headline + '</h1><p>By ' +
  story.author + '</p>' + time + story.body.map(text => '<p>' + text + '</p>').join('') + '</article>';
"""


def front() -> str:
    links = "".join(f'<h2><a href="/2026/11/20/{slug}">{slug.replace("-", " ")}</a></h2>' for slug in STORIES)
    return f"<html lang='en'><head><title>Tern Daily</title></head><body><main>{links}</main></body></html>"


def story(slug: str) -> str:
    subject = STORIES[slug]
    sentence = f"{subject} were seen by the keeper of the third lock on Tuesday, who wrote it into the book of the day."
    body = [f"{sentence} {at} people came to look, and most of them stayed until the evening." for at in range(3, 9)]
    told = {"headline": slug.replace("-", " ").capitalize(), "author": "Ida Quill", "published": "2026-11-20T08:00:00Z"}
    return json.dumps({**told, "body": body})


def plain(slug: str) -> str:
    told = json.loads(story(slug))
    body = "".join(f"<p>{text}</p>" for text in told["body"])
    time = f'<time datetime="{told["published"]}">20 November</time>'
    article = f"<article><h1>{told['headline']}</h1><p>By {told['author']}</p>{time}{body}</article>"
    return f"<html lang='en'><head><title>{told['headline']} | Tern Daily</title></head><body>{article}</body></html>"


def respond(path: str, shell: str | None) -> tuple[str, str]:
    """Return the content type and text of a path; no text for one that is not there."""
    if path == "/robots.txt":
        return "text/plain", "User-agent: *\nDisallow: /forbidden/\n"
    if path == "/app.js":
        return "text/javascript", f"(async () => {{{APP % PRIVATE}}})()"
    if path.startswith("/api/"):
        return "application/json", story(path[5:-5])
    text = front() if path == "/" else ""
    if path.startswith("/2026/"):
        text = shell or plain(path.rpartition("/")[2])
    return "text/html; charset=utf-8", text


@contextmanager
def serve(shell: str | None = SHELL) -> Iterator[tuple[str, Counter[str]]]:
    """Serve a site, its stories made by scripts in a `shell`, or plain; its address, and the requests of each path."""
    requested: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested[self.path] += 1
            kind, text = respond(self.path, shell)
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", requested
    finally:
        server.shutdown()
        server.server_close()


def start(folder: Path, *arguments: str, stdout: int, stderr: int, **environment: str) -> subprocess.Popen[str]:
    settings = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db", "NEWSCRAWL_WARC_DIR": str(folder / "warc")}
    command = [sys.executable, "-m", "scrapy", *arguments]
    env = os.environ | settings | {"NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": "127.0.0.1/32"} | environment
    return subprocess.Popen(command, env=env, stdout=stdout, stderr=stderr, text=True)


def crawl(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    process = start(folder, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment)
    stdout, stderr = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def read(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "news.db") as database:
        return database.execute(query).fetchall()


@pytest.mark.long
def test_articles_made_by_scripts_are_stored_and_read_back(tmp_path: Path) -> None:
    if not any(map(shutil.which, BROWSERS)):
        missing(f"none of {', '.join(BROWSERS)} is there; get one: apt install chromium")
    with serve() as (home, requested):
        done = crawl(tmp_path, "crawl", "news", "-a", f"site={home}", "-s", "DOWNLOAD_DELAY=0")
    assert done.returncode == 0, done.stdout + done.stderr
    headlines = sorted(slug.replace("-", " ").capitalize() for slug in STORIES)
    articles = read(tmp_path, "SELECT headline, body_text FROM articles ORDER BY headline")
    assert [headline for headline, _ in articles] == headlines
    assert all("most of them stayed until the evening" in text for _, text in articles)
    # each page was fetched once, and nothing that robots.txt forbids, nor a picture
    assert {requested[f"/2026/11/20/{slug}"] for slug in STORIES} == {1}
    assert not [path for path in requested if path.startswith(("/forbidden", "/picture"))]
    captures = read(tmp_path, "SELECT kind, state FROM captures WHERE state = 'stored'")
    assert captures == [("resource", "stored")] * 3
    again = tmp_path / "again"
    again.mkdir()
    files = str(tmp_path / "warc/*/*.warc.gz")
    ingested = crawl(again, "ingest", files, "--spider", "news")
    assert ingested.returncode == 0, ingested.stderr
    assert read(again, "SELECT headline, body_text FROM articles ORDER BY headline") == articles


@pytest.mark.long
def test_without_a_browser_the_pages_say_what_is_missing(tmp_path: Path) -> None:
    with serve() as (home, _):
        done = crawl(tmp_path, "crawl", "news", "-a", f"site={home}", "-s", "DOWNLOAD_DELAY=0", PATH="/nowhere")
        sites = tmp_path / "sites.toml"
        sites.write_text(f'[[site]]\nurl = "{home}"\nbrowser = true\n')
        named = crawl(tmp_path, "crawl", "news", "-a", f"sites={sites}", PATH="/nowhere")
    assert "its text is made by scripts" in done.stderr
    assert read(tmp_path, "SELECT count(*) FROM articles") == [(0,)]
    assert named.returncode == 2
    assert "needs a browser, and there is none: `pip install 'newscrawl[browser]'`" in named.stderr
    assert "Traceback" not in done.stderr + named.stderr


@pytest.mark.parametrize(
    ("html", "is_shell"),
    [
        (SHELL, True),
        (f"<html><body><p>{'A long story. ' * 60}</p><script>1</script></body></html>", False),
        ("<html><body><p>Short, and without scripts.</p></body></html>", False),
        ("", False),
    ],
)
def test_an_empty_frame_for_scripts_is_recognised(html: str, *, is_shell: bool) -> None:
    page = Page(url="https://tern.example/a", body=html.encode(), fetched_at=datetime(2026, 11, 20, tzinfo=UTC))
    assert is_script_shell(page, 10**6) is is_shell
