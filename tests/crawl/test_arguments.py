"""The -a arguments: what reads, and what is refused with one line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.crawl.arguments import ARGUMENTS, CrawlArguments, read_arguments
from newscrawl.errors import ArgumentError


def test_without_arguments_the_source_is_live() -> None:
    assert read_arguments({}) == CrawlArguments(source="live")


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"source": "sample"}, "source", "sample"),
        ({"files": "pages/*.html"}, "source", "files"),
        ({"source": "files", "files": "pages/*.html"}, "files", "pages/*.html"),
        ({"urls": "https://a.example/1"}, "urls", ("https://a.example/1",)),
        ({"urls": "https://a.example/1,http://b.example/2"}, "urls", ("https://a.example/1", "http://b.example/2")),
        ({"urls": "https://a.example/1,2,3"}, "urls", ("https://a.example/1,2,3",)),
        ({"urls": "http://127.0.0.1:8080/x,http://127.0.0.1:8080/x"}, "urls", ("http://127.0.0.1:8080/x",)),
        ({"urls": "https://a.example/1"}, "source", "live"),
        ({"limit": "20"}, "limit", 20),
        ({"warc": "old/**/*.warc.gz"}, "source", "warc"),
        ({"source": "warc", "warc": "old/*.wacz"}, "warc", "old/*.wacz"),
        ({"warc": "a", "since": "2013-05-27", "limit": "2", "full": "1", "dry_run": "1"}, "full", True),
        ({"source": "wayback", "since": "2013-05-27"}, "captures", "ends"),
        ({"source": "wayback", "since": "2013-05-27", "captures": "all"}, "captures", "all"),
        ({"source": "commoncrawl", "since": "2020-01-01", "captures": "ends"}, "source", "commoncrawl"),
        ({"since": "2013-05-27"}, "since", datetime(2013, 5, 27, tzinfo=UTC)),
        ({"since": "2013-05-27T14:30:00+02:00"}, "since", datetime(2013, 5, 27, 12, 30, tzinfo=UTC)),
        ({"until": "2013-05-27"}, "until", datetime(2013, 5, 28, tzinfo=UTC)),
        ({"until": "2013-05"}, "until", datetime(2013, 6, 1, tzinfo=UTC)),
        ({"since": "2013"}, "since", datetime(2013, 1, 1, tzinfo=UTC)),
        ({"until": "2013-05-27T14:30:00Z"}, "until", datetime(2013, 5, 27, 14, 30, tzinfo=UTC)),
    ],
)
def test_what_reads(given: dict[str, str], field: str, value: object) -> None:
    assert getattr(read_arguments(given), field) == value


@pytest.mark.parametrize(
    "given",
    [
        {"sources": "live"},
        {"source": "Live"},
        {"source": "files"},
        {"source": "live", "files": "x"},
        {"source": "sample", "urls": "https://a.example/"},
        {"files": ""},
        {"files": "x", "urls": "https://a.example/"},
        {"urls": "https://"},
        {"urls": "https://a.example/1,https://"},
        {"urls": "https://a example/"},
        {"urls": "http://[::1"},
        {"urls": "no/such/file"},
        {"urls": "\0"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "1" * 40},
        {"since": "some day"},
        {"since": "2013-02-30"},
        {"since": "2013-05-28", "until": "2013-05-27"},
        {"source": "warc"},
        {"warc": ""},
        {"source": "live", "warc": "x"},
        {"warc": "x", "files": "y"},
        {"warc": "x", "urls": "https://a.example/"},
        {"warc": "x", "captures": "all"},
        {"source": "wayback"},
        {"source": "commoncrawl", "until": "2020-01-31"},
        {"source": "wayback", "since": "2013-05-27", "captures": "some"},
        {"source": "wayback", "since": "2013-05-27", "warc": "x"},
        {"source": "wayback", "since": "2013-05-27", "urls": "https://a.example/"},
        {"captures": "all"},
        {"source": "_screen"},
    ],
)
def test_what_is_refused_with_one_line(given: dict[str, str]) -> None:
    with pytest.raises(ArgumentError) as caught:
        read_arguments(given)
    assert "\n" not in str(caught.value)


def test_an_unknown_argument_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ArgumentError) as caught:
        read_arguments({"section": "markets"})
    assert all(f"{name}=" in str(caught.value) for name in ARGUMENTS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"source": "warc"}, "source=warc needs warc=GLOB"),
        ({"source": "wayback"}, "source=wayback needs since=DATE: archives are large"),
        ({"warc": "x", "captures": "all"}, "captures= cannot be combined with source=warc"),
        ({"source": "live", "warc": "x"}, "warc= cannot be combined with source=live"),
        ({"source": "tape"}, "choose one of commoncrawl, files, live, sample, warc, wayback"),
    ],
)
def test_it_says_what_is_at_odds(given: dict[str, str], told: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        read_arguments(given)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("source", "selective"),
    [("live", True), ("sample", False), ("warc", False), ("wayback", False), ("commoncrawl", False)],
)
def test_the_ledger_does_not_decide_for_archives(source: str, selective: bool) -> None:
    needed = {"warc": "x"} if source == "warc" else {"since": "2013-05-27"}
    assert read_arguments({"source": source, **needed}).selective is selective


def test_a_file_lists_addresses(tmp_path: Path) -> None:
    listed = tmp_path / "urls.txt"
    listed.write_text("# mine\nhttps://a.example/1\n\n  https://a.example/2  \n")
    assert read_arguments({"urls": str(listed)}).urls == ("https://a.example/1", "https://a.example/2")


@pytest.mark.parametrize("text", ["", "# nothing\n", "https://a.example/1\nnot one\n"])
def test_a_file_that_lists_none_or_something_else_is_refused(tmp_path: Path, text: str) -> None:
    listed = tmp_path / "urls.txt"
    listed.write_text(text)
    with pytest.raises(ArgumentError):
        read_arguments({"urls": str(listed)})


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        (None, True),
        (datetime(2013, 5, 26, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2013, 5, 27, tzinfo=UTC), True),
        (datetime(2013, 5, 28, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2013, 5, 29, tzinfo=UTC), False),
    ],
)
def test_the_days_named_are_wanted_both_included(moment: datetime | None, wanted: bool) -> None:
    assert read_arguments({"since": "2013-05-27", "until": "2013-05-28"}).dates.contains(moment) is wanted
