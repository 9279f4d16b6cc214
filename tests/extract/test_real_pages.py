"""Real pages, which are third parties' and not of this project: read from a folder beside the checkout, where it is.

The folder ../shared/bloomberg/pages, or the one that NEWSCRAWL_TEST_REAL_PAGES names, holds NAME.html (or .txt) with
its gold, NAME.json; score.py in the folder above compares the two.
"""

import json
import os
from datetime import UTC, datetime
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page as extract
from tests.extract.claimants import claimants, owner

BESIDE = Path(__file__).parents[3] / "shared" / "bloomberg" / "pages"
PAGES = Path(os.environ.get("NEWSCRAWL_TEST_REAL_PAGES") or BESIDE)
SCORE = PAGES.parent / "score.py"
if not PAGES.is_dir() or not SCORE.is_file():
    missing = PAGES if not PAGES.is_dir() else SCORE
    reason = f"no real pages: {missing} is missing (NEWSCRAWL_TEST_REAL_PAGES names another)"
    pytest.skip(reason, allow_module_level=True)


def _score() -> ModuleType:
    spec = spec_from_file_location("score", SCORE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


score = _score()
GOLDS = sorted(PAGES.glob("*.json"))
FETCHED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def name(gold: Path) -> str:
    return gold.stem


@cache
def page(gold: Path) -> Page:
    file = next(path for end in (".html", ".txt") if (path := gold.with_suffix(end)).exists())
    return Page(url=json.loads(gold.read_text("utf-8"))["url"], body=file.read_bytes(), fetched_at=FETCHED_AT)


@cache
def compared(gold: Path) -> dict[str, Any]:
    told: dict[str, Any] = score.compare(extract(page(gold)).to_json(), json.loads(gold.read_text("utf-8")))
    return told


def test_there_are_real_pages() -> None:
    assert GOLDS


@pytest.mark.parametrize("field", score.FIELDS)
@pytest.mark.parametrize("gold", GOLDS, ids=name)
def test_field(gold: Path, field: str) -> None:
    assert compared(gold)[field] == 1


@pytest.mark.parametrize("gold", GOLDS, ids=name)
def test_no_chrome(gold: Path) -> None:
    assert compared(gold)["_chrome"] == 0


@pytest.mark.parametrize("gold", GOLDS, ids=name)
def test_kinds(gold: Path) -> None:
    assert compared(gold)["_kinds"] == compared(gold)["_hit"]


@pytest.mark.parametrize("gold", GOLDS, ids=name)
def test_one_era_claims_a_page(gold: Path) -> None:
    assert claimants(page(gold)) == owner(extract(page(gold)).layout)
