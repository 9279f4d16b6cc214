"""Store.statistics on the three databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from newscrawl.article import CaptureRef
from newscrawl.operations.archive import open_archive
from newscrawl.storage import LAGS, Count, Month, PageResult, Point, Reason, Statistics, Store
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.query.statistics import compute_statistics
from tests.storage.captures import HOST, Keep, capture, result

EVENING = timedelta(hours=23, minutes=59, seconds=59, microseconds=999_999)


def story(number: int, published: datetime | None, **fields: Any) -> PageResult:
    precision = "second" if published else None
    values = {"published_at": published, "published_precision": precision, "headline": f"Story {number}"}
    return result(capture(f"story-{number}", **(values | fields)))


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def archive(store: Store, run_id: int) -> Store:
    last = day("2016-03-01") + EVENING
    store.record(
        [
            story(1, last, section="Markets", tickers=("SEA:US", "PORT"), byline=("Ann Bo", "Cy Do"), language="en"),
            story(2, day("2016-03-01"), section="Markets", tickers=("SEA:US",), byline=("Ann Bo",), access="teaser"),
            story(3, day("2016-04-01"), section="Politics", layout="bloomberg_2010", assistance=("Cy Do",)),
            story(4, day("2009-12-31") + EVENING, publisher="Another", section="Markets"),
            story(5, None, section="Green", access="teaser"),
            PageResult(f"{HOST}/a", "refused", reason="video", spider="sample"),
            PageResult(f"{HOST}/b", "refused", reason="video", spider="other"),
            PageResult(f"{HOST}/c", "failed", reason="http_500", spider="sample"),
        ],
        run_id=run_id,
    )
    return store


def test_statistics_of_a_small_archive(archive: Store) -> None:
    stats = archive.statistics()
    assert dict(stats.totals) == {"articles": 5, "revisions": 5, "authors": 2, "pages": 8, "runs": 1}
    assert (stats.articles, stats.undated) == (5, 1)
    assert stats.first_published_at == day("2009-12-31") + EVENING
    assert stats.last_published_at == day("2016-04-01")
    assert stats.days == ((date(2009, 12, 31), 1), (date(2016, 3, 1), 2), (date(2016, 4, 1), 1))
    assert stats.years == {2009: 1, 2016: 3}
    assert stats.stacked == ("Markets", "Green", "Politics")
    assert stats.months == (
        Month(date(2009, 12, 1), 1, (1, 0, 0)),
        Month(date(2016, 3, 1), 2, (2, 0, 0)),
        Month(date(2016, 4, 1), 1, (0, 0, 1)),
    )
    assert stats.sections == (Count("Markets", 3), Count("Green", 1), Count("Politics", 1))
    assert stats.layouts == (Count("bloomberg_2015", 4), Count("bloomberg_2010", 1))
    assert stats.access == (Count("full", 3), Count("teaser", 2))
    assert stats.languages == (Count(None, 4), Count("en", 1))
    assert stats.publishers == (Count("Sample Edition", 4), Count("Another", 1))
    assert stats.tickers == (Count("SEA:US", 2), Count("PORT", 1))
    assert stats.authors == (Count("Ann Bo", 2), Count("Cy Do", 1))
    assert stats.states == {"stored": 5, "refused": 2, "failed": 1}
    assert stats.reasons == (Reason("refused", "video", 2), Reason("failed", "http_500", 1))


def test_the_counts_as_titled_series(archive: Store, run_id: int) -> None:
    archive.record([PageResult(f"{HOST}/d", "failed", spider="sample")], run_id=run_id)
    series = archive.statistics().series
    assert list(series) == [
        *("sections", "layouts", "access", "languages", "publishers", "tickers", "authors", "pages", "reasons", "lag")
    ]
    assert series["languages"].points == (Point("none", 4, "none"), Point("en", 1, "en", "en"))
    assert (series["access"].title, series["access"].unit) == ("Access", "article")
    assert series["pages"].points[0] == Point("stored", 5, "stored", "stored")
    assert series["reasons"].points == (
        Point("video (refused)", 2, "video", "video"),
        Point("none (failed)", 1, "none"),
        Point("http 500 (failed)", 1, "http 500", "http_500"),
    )
    assert (series["reasons"].unit, series["reasons"].long_title) == ("page", "Pages without an article")
    assert series["lag"].points[1] == Point("under 1 hour", 0, "< 1 h")
    assert [point.label for point in series["lag"].points] == list(LAGS)


def test_figures_and_spans(archive: Store) -> None:
    stats = archive.statistics()
    assert stats.figures == {"articles": 5, "without a date": 1, "authors": 2, "pages": 8, "runs": 1}
    assert stats.span == (date(2009, 12, 31), date(2016, 4, 1))
    assert stats.empty_years == (range(2010, 2016),)


def test_spellings_of_a_section_are_counted_together(archive: Store, run_id: int) -> None:
    older = story(6, day("2016-03-07"), section="markets")
    archive.record([older, story(7, day("2016-04-07"), section="politics")], run_id=run_id)
    stats = archive.statistics()
    assert stats.sections[:2] == (Count("Markets", 4), Count("politics", 2))
    assert stats.stacked == ("Markets", "politics", "Green")
    assert [month.by_section for month in stats.months] == [(1, 0, 0), (3, 0, 0), (0, 2, 0)]


def test_statistics_between_two_dates(archive: Store) -> None:
    stats = archive.statistics(since=day("2016-03-01"), until=day("2016-04-01"))
    assert (stats.articles, stats.undated, stats.years) == (2, 0, {2016: 2})
    assert stats.months == (Month(date(2016, 3, 1), 2, (2,)),)
    assert (stats.first_published_at, stats.last_published_at) == (
        day("2016-03-01"),
        day("2016-03-01") + EVENING,
    )
    assert (stats.sections, stats.publishers) == ((Count("Markets", 2),), (Count("Sample Edition", 2),))
    assert stats.access == (Count("full", 1), Count("teaser", 1))
    assert (stats.tickers, stats.authors) == (
        (Count("SEA:US", 2), Count("PORT", 1)),
        (Count("Ann Bo", 2), Count("Cy Do", 1)),
    )
    assert stats.totals["articles"] == 5


def test_an_empty_archive(store: Store) -> None:
    stats = store.statistics()
    assert (
        stats.articles,
        stats.first_published_at,
        stats.days,
        stats.months,
        stats.gaps,
    ) == (0, None, (), (), ())
    assert (stats.lag.articles, stats.lag.median, stats.states) == (0, None, {})
    assert (stats.span, stats.empty_years, stats.figures) == (None, (), {"articles": 0})


def test_gaps_are_found_between_days_with_articles(store: Store, keep: Keep) -> None:
    days = [number for number in range(60) if not 30 <= number < 40]
    published = [day("2016-01-01") + timedelta(days=number, hours=12) for number in days]
    keep(*(capture(f"story-{at}", published_at=moment) for at, moment in enumerate(published)))
    (gap,) = store.statistics().gaps
    assert (gap.first, gap.last) == (date(2016, 1, 31), date(2016, 2, 9))


def test_lists_end_after_the_most_frequent_names(store: Store, keep: Keep) -> None:
    keep(
        *(
            capture(f"s-{n}-{m}", section=f"S{n:02}", published_at=day("2016-03-01"))
            for n in range(25)
            for m in range(2)
        )
    )
    stats = store.statistics()
    assert (stats.stacked, len(stats.sections)) == (("S00", "S01", "S02", "S03", "S04", "S05"), 20)
    assert stats.months == (Month(date(2016, 3, 1), 50, (2,) * 6),)


def captured(number: int, lag: timedelta, source: str = "live", **fields: Any) -> PageResult:
    published = day("2016-03-01")
    article = story(number, published, fetched_at=published + lag, **fields).article
    assert article
    ref = CaptureRef(url=article.url, captured_at=published + lag, status=200)
    return PageResult(article.url, "stored", article=article, spider="sample", source=source, capture=ref)


def test_the_lag_is_measured_to_the_first_capture_if_that_was_live(store: Store, run_id: int) -> None:
    minutes = (-5, 5, 14, 20, 200, 2_000, 20_000)
    live = [captured(at, timedelta(minutes=lag)) for at, lag in enumerate(minutes)]
    other = [
        captured(7, timedelta(minutes=1), published_precision="day"),
        captured(8, timedelta(days=99), "wayback"),
        captured(9, timedelta(hours=2), "wayback"),
        captured(9, timedelta(hours=3)),
        captured(1, timedelta(hours=9)),
    ]
    store.record([*live, *other], run_id=run_id)
    lag = store.statistics().lag
    assert lag.articles == 7
    assert lag.buckets == tuple(map(Count, LAGS, (3, 1, 1, 0, 1, 1)))
    assert (lag.median, lag.p90) == (timedelta(minutes=20), timedelta(minutes=20_000))


def test_counts_read_indexes_and_no_article(tmp_path: Path) -> None:
    """Bodies are most of an archive, so counting must not read them."""
    url = f"sqlite:///{tmp_path / 'news.db'}"
    open_archive(url).close()
    queries: list[tuple[str, Any]] = []
    engine = make_engine(parse_url(url))
    event.listen(engine, "before_cursor_execute", lambda _c, _k, sql, values, *_: queries.append((sql, values)))
    with engine.connect() as connection:
        stats: Statistics = compute_statistics(connection, None, None)
        of_articles = [
            (sql, values) for sql, values in queries if "FROM articles" in sql and "published_precision" not in sql
        ]
        plans = [
            row.detail
            for sql, values in of_articles
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            if "articles" in row.detail
        ]
    engine.dispose()
    assert stats.articles == 0
    assert len(plans) >= 7
    assert all("COVERING INDEX" in plan for plan in plans), plans


@pytest.mark.parametrize("kind", ["postgresql"])
def test_names_of_equal_counts_do_not_depend_on_the_locale(empty_url: str) -> None:
    url = parse_url(empty_url)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    english = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {url.database}"))
        connection.execute(text(f"CREATE DATABASE {url.database} {english}"))
    server.dispose()
    tickers = tuple(f"a{number:02}" for number in range(20))
    with open_archive(empty_url) as store:
        store.record([story(1, None, tickers=(*tickers, "Z"))], run_id=store.start_run("sample", {}))
        assert store.statistics().tickers == tuple(Count(name, 1) for name in ("Z", *tickers[:19]))
