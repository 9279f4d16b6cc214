"""ninjs, by the standard's own schema: it is in ../shared/ninjs, or where NEWSCRAWL_TEST_NINJS_SCHEMA names it."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, FormatChecker

from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.formats.ninjs import make_news_object
from newscrawl.export.links import _URI
from tests.export.formats.entries import ENTRIES, ENTRY, HOSTILE_ENTRY, STORY, edition, exported

BESIDE = Path(__file__).parents[4] / "shared" / "ninjs" / "ninjs-schema_3.1.json"
SCHEMA = Path(os.environ.get("NEWSCRAWL_TEST_NINJS_SCHEMA") or BESIDE)
needs_the_schema = pytest.mark.skipif(
    not SCHEMA.is_file(),
    reason=f"no {SCHEMA}: get it from https://www.iptc.org/std/ninjs/ and name it with NEWSCRAWL_TEST_NINJS_SCHEMA",
)


@cache
def validator() -> Any:
    formats = FormatChecker(())
    formats.checks("uri")(lambda text: bool(_URI.fullmatch(text)))
    formats.checks("date-time", raises=ValueError)(lambda text: bool(datetime.fromisoformat(text).tzinfo))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=formats)


def wrong(values: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(values)]


@needs_the_schema
def test_the_schema_rejects_invalid_objects() -> None:
    values = make_news_object(ENTRY)
    assert wrong(values | {"uri": "no address"})
    assert wrong(values | {"firstCreated": "yesterday"})
    assert wrong(values | {"layout": "bloomberg_2018"})


@needs_the_schema
@given(ENTRIES)
@settings(max_examples=60)
def test_every_object_is_valid(entry: ExportedArticle) -> None:
    assert wrong(json.loads(json.dumps(make_news_object(entry)))) == []


@needs_the_schema
def test_the_sample_edition_is_valid() -> None:
    lines = exported("ninjs", [*edition(), HOSTILE_ENTRY]).decode().split("\n")
    assert len(lines) == len(edition()) + 2
    assert [problem for line in lines if line for problem in wrong(json.loads(line))] == []


def test_the_fields_of_an_object() -> None:
    values = make_news_object(ENTRY)
    assert (values["uri"], values["version"], values["language"]) == (STORY.canonical_url, "2", "en")
    assert (values["firstCreated"], values["versionCreated"]) == ("2019-01-02T03:04:05Z", "2019-01-02T04:00:00Z")
    assert values["headlines"][0]["value"] == STORY.headline
    assert [body["contentType"] for body in values["bodies"]] == ["text/plain", "text/html"]
    assert values["bodies"][0]["value"] == STORY.body_text
    assert values["organisations"][0]["symbols"] == [{"symbol": "TIDE", "exchange": "LN"}]
    assert values["organisations"][1]["symbols"] == [{"symbol": "OAT"}]
    assert values["people"][0] == {"name": "Jo Doe", "rel": "author"}
    assert values["people"][3]["contactInfo"][0]["value"] == "jdoe@news.example"
    assert values["associations"][0]["renditions"][0]["href"] == "https://img.example/i%201.jpg"
    assert values["associations"][1]["uri"] == f"{STORY.canonical_url}#picture-2"
    assert values["edNote"] == "(Corrects the depth.)"


def test_html_has_no_script() -> None:
    values = json.dumps(make_news_object(HOSTILE_ENTRY)["bodies"][1])
    assert "<script" not in values
    assert "href" not in values
