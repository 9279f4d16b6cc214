"""The archive, to read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newscrawl import open_archive
from newscrawl.errors import ArgumentError, NoDatabaseError, StorageError
from tests.library.test_docs import URL, article, store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive with three articles."""
    days = (datetime(2026, 5, day, 22, tzinfo=UTC) for day in (4, 5, 6))
    articles = [article(f"{URL}-{at.day}", f"Boats on day {at.day}", at, "Business") for at in days]
    store(tmp_path / "news.db", *articles)
    return tmp_path / "news.db"


def test_an_archive_is_a_path_or_a_url(path: Path) -> None:
    for name in (path, str(path), f"sqlite:///{path}"):
        with open_archive(name) as archive:
            assert len(archive) == len(list(archive)) == 3


def test_articles_are_found_by_words_conditions_and_any_spelling_of_their_address(path: Path) -> None:
    with open_archive(path) as archive:
        days = [each.published_at.day for each in archive.search("boats", sort="oldest") if each.published_at]
        assert days == [4, 5, 6]
        assert [each.headline for each in archive.search("boats", limit=1, sort="newest")] == ["Boats on day 6"]
        assert archive[f"{URL}-4?utm_source=feed#top"] == archive.get(f"{URL}-4")
        assert f"{URL}-5" in archive
        assert URL not in archive
        assert list(archive.search("trains")) == []
        for found in (archive.search(publisher="tern post"), archive.search(site="tern", section="business")):
            assert len(list(found)) == 3
        assert list(archive.search(publisher="The Quay")) == []
        with pytest.raises(KeyError):
            _ = archive[URL]


@pytest.mark.parametrize("day", ["2026-05-05", date(2026, 5, 5)])
def test_dates_are_text_or_dates_and_the_last_day_is_included(path: Path, day: str | date) -> None:
    with open_archive(path) as archive:
        assert [each.headline for each in archive.search(since=day, until=day)] == ["Boats on day 5"]
        with pytest.raises(ArgumentError, match="since=soon"):
            archive.search(since="soon")


def test_nothing_is_created_or_written(path: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(NoDatabaseError):
        open_archive(missing)
    assert not missing.exists()
    with open_archive(path) as archive, pytest.raises(StorageError):
        archive.store.start_run("tern", {})
