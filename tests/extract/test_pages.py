"""Fixture pages: tests/pages/LAYOUT/SLUG.html (or .txt), each beside the SLUG.json that a careful person reads off it.

    pytest tests/extract/test_pages.py -k SLUG                  a failure names the page and the field
    pytest tests/extract/test_pages.py -k SLUG --write-pages    write what is read, and fail until it is run again

A new page needs no .json to begin with, or one that tells its address and no more: {"url": "https://..."}.
"""

import json
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.sample import EDITION
from sample.story import renditions
from tests.extract.claimants import ERAS, claimants, owner

PAGES = Path(__file__).parents[1] / "pages"
FILES = sorted(path for path in PAGES.glob("*/*") if path.suffix in (".html", ".txt"))
FETCHED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
OTHERS = {"fetched_at", "sources", "complete", "confidence"}
FIELDS = [field.name for field in fields(Article) if field.name not in OTHERS]
DEFECTS: dict[str, str] = {}
"""Fields that are not yet read as the page tells them. One that is read has to leave this table."""
TYPES = {".html": "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8"}


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def expected(path: Path) -> dict[str, Any]:
    told = path.with_suffix(".json")
    return json.loads(told.read_text("utf-8")) if told.exists() else {}


@cache
def page(path: Path) -> Page:
    url = expected(path).get("url") or f"file:{name(path)}{path.suffix}"
    return Page(url=url, body=path.read_bytes(), fetched_at=FETCHED_AT, content_type=TYPES[path.suffix])


@cache
def article_of(path: Path) -> Article:
    return extract(page(path))


def read(path: Path) -> dict[str, Any]:
    article = article_of(path).to_json()
    return {field: article[field] for field in FIELDS}


def defects(path: Path) -> list[str]:
    return DEFECTS.get(name(path), "").split()


def to_write(path: Path) -> dict[str, Any]:
    """What is read, but for the fields that are known to be read wrong."""
    told = expected(path)
    return read(path) | {field: told[field] for field in defects(path) if field in told}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("path", FILES, ids=name)
def test_field(path: Path, field: str, request: pytest.FixtureRequest) -> None:
    told = expected(path)
    if request.config.getoption("--write-pages") and told != to_write(path):
        file = path.with_suffix(".json")
        file.write_text(json.dumps(to_write(path), ensure_ascii=False, indent=1) + "\n", "utf-8")
        pytest.fail(f"written: {file}. Read it, then run again", pytrace=False)
    if field in defects(path):
        request.applymarker(pytest.mark.xfail(strict=True, reason="a known defect"))
    assert field in told, f"{name(path)} tells no {field}: --write-pages writes what is read"
    assert read(path)[field] == told[field]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_an_expectation_names_what_an_article_has_and_no_more(path: Path) -> None:
    told = expected(path)
    assert sorted(told) == sorted(FIELDS)
    assert told["layout"] == path.parent.name


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_page_that_no_layout_claims_has_a_confidence(path: Path) -> None:
    confidence = article_of(path).confidence
    if path.parent.name == "generic":
        assert confidence is not None
        assert 0 < confidence <= 1
    else:
        assert confidence is None


@pytest.mark.parametrize("path", FILES, ids=name)
def test_one_era_claims_a_page(path: Path) -> None:
    assert claimants(page(path)) == owner(path.parent.name)


def test_every_layout_has_a_page() -> None:
    assert ERAS | {"bloomberg_text", "generic"} == {path.parent.name for path in FILES}


def test_one_era_claims_an_article_of_the_sample_edition() -> None:
    pages = {(capture.url, capture.captured_at): capture.page() for capture in read_captures(EDITION)}
    stories = {(story.url, story.captured): story.article().layout for story in renditions()}
    assert {key: claimants(pages[key]) for key in stories} == {key: owner(layout) for key, layout in stories.items()}
