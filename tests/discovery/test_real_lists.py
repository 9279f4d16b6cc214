"""Real lists, which are third parties' and not of this project: read from a folder beside the checkout, where it is.

The folder ../shared/bloomberg/feeds, or the one that NEWSCRAWL_TEST_REAL_FEEDS names, holds NAME.xml with its gold,
NAME.json: what each entry tells.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from newscrawl import discovery
from newscrawl.article import Link

BESIDE = Path(__file__).parents[3] / "shared" / "bloomberg" / "feeds"
FEEDS = Path(os.environ.get("NEWSCRAWL_TEST_REAL_FEEDS") or BESIDE)
if not FEEDS.is_dir():
    pytest.skip(f"no real lists: {FEEDS} is missing (NEWSCRAWL_TEST_REAL_FEEDS names another)", allow_module_level=True)

LISTS = sorted(FEEDS.glob("*.xml"))


def told(link: Link) -> dict[str, Any]:
    published_at = link.published_at
    return {
        "url": link.url,
        "headline": link.headline,
        "dek": link.dek,
        "byline": list(link.byline),
        "tickers": list(link.tickers),
        "published_at": published_at.strftime("%Y-%m-%dT%H:%M:%SZ") if published_at else None,
        "caption": link.caption,
        "credit": link.credit,
    }


def wanted(gold: dict[str, Any]) -> dict[str, Any]:
    picture = gold.get("image") or {}
    known = {name: gold[name] for name in ("url", "headline", "dek", "byline", "tickers", "published_at")}
    return known | {"caption": picture.get("caption"), "credit": picture.get("credit")}


def test_there_are_real_lists() -> None:
    assert len(LISTS) >= 2


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.stem)
def test_every_entry_is_read_as_it_should_be(file: Path) -> None:
    source = "feed" if b"<rss" in file.read_bytes()[:1000] else "sitemap"
    listing = discovery.read(source, file.read_bytes(), "https://www.bloomberg.com/list.xml")
    golds = json.loads(file.with_suffix(".json").read_text("utf-8"))
    assert [told(link) for link in listing.links] == [wanted(gold) for gold in golds]
    assert (listing.refused, listing.error) == ((), None)
