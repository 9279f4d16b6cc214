"""feedparser's own test feeds: no crash, no lost entry, and every difference has a reason (bench.feedparser_feeds)."""

import pytest

from bench.feedparser_feeds import EXPECTED, compare, fetch_feeds


@pytest.mark.long
def test_no_entry_of_feedparsers_feeds_is_lost() -> None:
    try:
        feeds = fetch_feeds()
    except OSError as error:
        pytest.skip(f"feedparser's feeds need the package index: {error}")
    counts, differences = compare(feeds)
    assert (counts["files"], counts["entries"]) == (2248, 1209)
    assert {difference.file for difference in differences} == {*EXPECTED}
