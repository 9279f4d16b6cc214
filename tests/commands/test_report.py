"""`scrapy report` from the command line."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Count, Lag, Month, PageResult, Statistics, Store
from newscrawl.web import report
from tests.commands.calling import Done, Scrapy
from tests.storage.captures import HOST, capture, result

HOSTILE = "\x1b[31m</style><script>alert(1)</script>\u202e"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('archive') / 'news.db'}"
    begin = datetime(2016, 1, 1, 12, tzinfo=UTC)
    days = [begin + timedelta(days=number) for number in range(100) if not 60 <= number < 75]
    stories = [capture(f"s-{at}", published_at=day, section="Markets") for at, day in enumerate(days)]
    stories.append(capture("hostile", headline=HOSTILE, section=HOSTILE, byline=(HOSTILE,), published_at=days[-1]))
    pages = [result(story) for story in stories]
    pages.append(PageResult(f"{HOST}/a", "failed", reason="http_500", spider="sample"))
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        store.record(pages, run_id=run_id)
        store.end_run(run_id, finish_reason="finished", exit_code=7, counts={"outcome/stored": 86, "outcome/failed": 1})
    return url


@pytest.fixture
def written(scrapy: Scrapy, archive: str) -> Callable[..., Done]:
    return lambda *arguments: scrapy("report", *arguments, NEWSCRAWL_DATABASE_URL=archive)


class PageParser(HTMLParser):
    """Collects elements with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_one_file_describes_the_archive_and_its_runs(written: Callable[..., Done], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = written(str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"{re.escape(str(file))}: [\d.]+ kB\n", done.stdout)
    text = PageParser(file.read_text(encoding="utf-8")).text
    for values in (
        "The archive: Sample Edition",
        "1 January 2016 to 9 April 2016",
        "Articles per month",
        "January 2016: 31",
        "9 April 2016: 2",
        "1 March 2016",
        "http 500 (failed): 1",
        "partly failed (7)",
        "86 stored, 1 failed",
        "finished, but some pages or lists failed",
        "</style><script>alert(1)</script>",
    ):
        assert values in text
    assert list(tmp_path.iterdir()) == [file]


def test_it_has_no_scripts_and_requests_nothing(written: Callable[..., Done]) -> None:
    page = written("-").stdout
    read = PageParser(page)
    assert {tag for tag, _ in read.elements}.isdisjoint({"script", "link", "img", "iframe", "object", "base", "form"})
    named = {name for _, attributes in read.elements for name in attributes}
    assert not {name for name in named if name in ("style", "src", "href", "srcset") or name.startswith("on")}
    (policy,) = (
        values["content"] for _, values in read.elements if values.get("http-equiv") == "Content-Security-Policy"
    )
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    assert policy == f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    assert "url(" not in style
    assert "@import" not in style
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_an_existing_file_stays_if_writing_fails(
    written: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.html"
    file.write_text("yesterday's", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", _refuse)
    done = written(str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{file}: cannot be written: No space left on device; existing files are unchanged\n"
    assert file.read_text(encoding="utf-8") == "yesterday's"
    assert list(tmp_path.iterdir()) == [file]


def _refuse(_self: Path, _target: Path) -> None:
    raise OSError(28, "No space left on device")


def test_a_missing_folder_and_a_missing_name_are_reported(written: Callable[..., Done], tmp_path: Path) -> None:
    done = written(str(tmp_path / "none" / "report.html"))
    assert (done.returncode, "there is no folder" in done.stderr) == (1, True)
    assert written().returncode == 2


def test_an_empty_archive_has_a_report(scrapy: Scrapy, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'news.db'}"
    open_archive(url).close()
    done = scrapy("report", "-", NEWSCRAWL_DATABASE_URL=url)
    assert done.returncode == 0
    assert "The database has no articles yet." in done.stdout
    assert "No run yet." in done.stdout
    assert scrapy("report", "-", NEWSCRAWL_DATABASE_URL=f"{url}.none").returncode == 1


def test_the_largest_report_is_less_than_a_megabyte(archive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles on every day of 46 years, each month of six sections and others."""
    days = tuple((date(1980, 1, 1) + timedelta(days=number), 1000 + number % 700) for number in range(365 * 46))
    firsts = sorted({day.replace(day=1) for day, _ in days})
    names = tuple(Count("n" * 500, 1_000_000) for _ in range(20))
    values = Statistics(
        totals={"articles": 1, "revisions": 1, "authors": 1, "pages": 1, "runs": 1},
        articles=1,
        undated=0,
        first_published_at=None,
        last_published_at=None,
        days=days,
        stacked=tuple("abcdef"),
        months=tuple(Month(first, 30_000, (4_000,) * 6) for first in firsts),
        gaps=(),
        sections=names,
        layouts=names,
        access=names,
        languages=names,
        publishers=names,
        tickers=names,
        authors=names,
        lag=Lag(0, (), None, None),
        states={},
        reasons=(),
    )
    monkeypatch.setattr(Store, "statistics", lambda _store: values)
    with open_archive(archive) as store:
        assert len(report.render_report(store, datetime(2026, 1, 1, tzinfo=UTC)).encode()) < 1_000_000
