"""`scrapy articles --diff`, as a person calls it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from newscrawl.operations.archive import open_archive
from tests.commands.calling import Done, Scrapy
from tests.storage.captures import at, body, capture, result

HOSTILE = "\x1b[31m<script>alert(1)</script> \u202e[bold]x[/bold]"
FIRST = capture(
    headline="Harbour Falls Quiet",
    body=body("One.", "Two.", "The cranes stood still on Tuesday.", "Gulls had the quay.", HOSTILE),
)
SECOND = replace(
    FIRST,
    fetched_at=at(2),
    headline="Harbour Falls Silent",
    body=body("One.", "Two.", "The cranes stood still on Wednesday.", f"{HOSTILE} again"),
)
THIRD = replace(SECOND, fetched_at=at(5), correction="An earlier version counted gulls.")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('archive') / 'news.db'}"
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        versions = [FIRST, SECOND, THIRD, capture("once")]
        store.record([result(version) for version in versions], run_id=run_id)
    return url


@pytest.fixture
def diff(scrapy: Scrapy, archive: str) -> Callable[..., Done]:
    return lambda *arguments: scrapy("articles", "--diff", *arguments, NEWSCRAWL_DATABASE_URL=archive)


def test_changed_words_are_marked_and_unchanged_paragraphs_folded(diff: Callable[..., Done]) -> None:
    done = diff("1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Harbour Falls Silent",
        "https://www.bloomberg.example/news/articles/2016-03-01/quiet-harbour",
        "",
        "Revision 1 to 2",
        "1: seen 1 March 2016, 12:00 UTC",
        "2: seen 1 March 2016, 14:00 UTC",
        "3 words added, 6 removed",
        "",
        "Headline   Harbour Falls [-Quiet-]{+Silent+}",
        "",
        "  … 2 paragraphs unchanged",
        "",
        "~ The cranes stood still on [-Tuesday-]{+Wednesday+}.",
        "",
        "- [-Gulls had the quay.-]",
        "",
        "~ [31m<script>alert(1)</script> [bold]x[/bold]{+ again+}",
        "",
        "Revision 2 to 3",
        "2: seen 1 March 2016, 14:00 UTC",
        "3: seen 1 March 2016, 17:00 UTC",
        "5 words added, 0 removed",
        "",
        "Correction {+An earlier version counted gulls.+}",
    ]


def test_colours_replace_marks(diff: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = diff("1").stdout
    assert "\x1b[9;31mTuesday\x1b[0m\x1b[4;32mWednesday\x1b[0m" in shown
    assert "[-" not in shown


def test_two_revisions_are_compared_in_one_step(diff: Callable[..., Done]) -> None:
    shown = diff("1", "--revisions", "1..3").stdout
    assert "Revision 1 to 3" in shown
    assert "{+An earlier version counted gulls.+}" in shown
    assert "[-Quiet-]" in shown


def test_one_revision_has_no_changes(diff: Callable[..., Done]) -> None:
    done = diff(capture("once").url)
    assert (done.returncode, done.stdout) == (0, "Article 2 has one revision only: no changes.\n")
    assert "one revision only" in diff("2", "--format", "html").stdout


def test_as_json(diff: Callable[..., Done]) -> None:
    first, second = json.loads(diff("1", "--format", "json").stdout)["steps"]
    assert first["from"] == {
        "revision": 1,
        "seen_at": "2016-03-01T12:00:00Z",
        "seen_until": "2016-03-01T12:00:00Z",
        "access": "full",
    }
    assert first["headline"][1:] == [{"kind": "removed", "text": "Quiet"}, {"kind": "added", "text": "Silent"}]
    assert [block["change"] for block in first["body"]] == ["same", "same", "changed", "removed", "changed"]
    assert second["to"]["revision"] == 3


class _Read(HTMLParser):
    """Which elements a page has, and with which attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_as_a_page_without_scripts_and_requests(diff: Callable[..., Done]) -> None:
    page = diff("1", "--format", "html").stdout
    assert "on <del>Tuesday</del><ins>Wednesday</ins>." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert re.search(r"<summary>2 paragraphs unchanged</summary>\s*<p class=\"paragraph same\">One\.</p>", page)
    read = _Read()
    read.feed(page)
    assert {tag for tag, _ in read.elements}.isdisjoint({"script", "link", "img", "iframe", "a"})
    named = {name for _, attributes in read.elements for name in attributes}
    assert named.isdisjoint({"style", "src", "href", "onclick", "onload"})
    (policy,) = (
        values["content"] for _, values in read.elements if values.get("http-equiv") == "Content-Security-Policy"
    )
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'", policy or "")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("99",), 1, "99: there is no such article"),
        (("1", "--revisions", "2..9"), 1, "article 1 has no revision 9; the newest is 3"),
        (("1", "--revisions", "2..1"), 2, "give two revision numbers, the lower one first"),
        (("1", "--format", "csv"), 2, "--diff prints one article"),
        (("1", "harbour"), 2, "takes no words"),
    ],
)
def test_errors(diff: Callable[..., Done], arguments: tuple[str, ...], code: int, line: str) -> None:
    done = diff(*arguments)
    assert done.returncode == code
    assert line in done.stdout + done.stderr


def test_options_that_go_with_it_need_it(scrapy: Scrapy, archive: str) -> None:
    for arguments in (("--revisions", "1..2"), ("--format", "html")):
        done = scrapy("articles", *arguments, NEWSCRAWL_DATABASE_URL=archive)
        assert done.returncode == 2
        assert "--diff" in done.stdout + done.stderr
