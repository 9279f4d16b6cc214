"""The examples of docs/embed.md print what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.article import Article, Block
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult
from tests.library.markdown import run_examples

DOCS = Path(__file__).parents[2] / "docs"
URL = "https://www.tern.example/2026/05/06/later-boats"
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Later boats for the islands | Tern Post</title></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>Later boats for the islands</h1>
<p class="byline">By <a href="/people/noor-haddad">Noor Haddad</a></p><time datetime="2026-05-06T10:00:00Z">6 May</time>
<p>The ferry company Tern Lines said on Tuesday that it would run its boats an hour later.</p>
<p>Its chief executive told the harbour board on Monday that islanders had asked for later boats for years.</p>
<p>The later boats cost a night crew each, which fares from visitors are expected to pay for by autumn.</p>
</article></body></html>"""
FRONT = """<!DOCTYPE html><html><head><title>Tern Post</title>
<link rel="alternate" type="application/rss+xml" href="/news.rss"></head><body><nav><a href="/about">About us</a></nav>
<h2><a href="/2026/05/06/later-boats">Later boats for the islands from the first of June</a></h2>
<footer><a href="/privacy">Privacy</a></footer></body></html>"""


def store(path: Path, *articles: Article) -> None:
    with open_archive(f"sqlite:///{path}") as archive:
        run = archive.start_run("tern", {})
        results = [PageResult(each.url, "stored", article=each, spider="tern") for each in articles]
        archive.record(results, run_id=run)


def article(url: str, headline: str, moment: datetime, section: str) -> Article:
    body = (Block(kind="paragraph", text=f"{headline}, said Tern Lines."),)
    return Article(
        url=url,
        publisher="Tern Post",
        layout="tern",
        headline=headline,
        section=section,
        body=body,
        published_at=moment,
        fetched_at=moment,
    )


def test_the_examples_print_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, encoding="utf-8")
    Path("front.html").write_text(FRONT, encoding="utf-8")
    older = article(f"{URL}-before", "A quiet harbour", datetime(2026, 4, 30, 9, tzinfo=UTC), "Sport")
    newer = article(URL, "Later boats for the islands", datetime(2026, 5, 6, 10, tzinfo=UTC), "Business")
    store(Path("news.db"), older, newer)
    examples = run_examples(DOCS / "embed.md")
    assert len(examples) > 15
    for code, expected, printed in examples:
        assert printed == expected, code
