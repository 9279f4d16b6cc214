"""What every export format does."""

from io import BytesIO

import pytest

from newscrawl.export import formats
from tests.export.formats.entries import ENTRY, HOSTILE_ENTRY, exported

FORMATS = formats.list_formats()


def test_the_formats() -> None:
    assert {"atom", "csv", "epub", "jsonl", "markdown", "ninjs", "parquet", "rss", "text"} <= set(FORMATS)
    assert formats.map_extensions()[".jsonl"] == "jsonl"
    assert formats.map_extensions()["/"] == "markdown"
    assert len(formats.map_extensions()) == sum(len(formats.find_format(name).extensions) for name in FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_articles_are_the_same_bytes(name: str) -> None:
    assert exported(name, [ENTRY, HOSTILE_ENTRY]) == exported(name, [ENTRY, HOSTILE_ENTRY])


@pytest.mark.parametrize("name", FORMATS)
def test_the_file_is_left_open(name: str) -> None:
    file = BytesIO()
    exporter = formats.find_format(name)(file)
    exporter.begin()
    exporter.write(ENTRY)
    exporter.end()
    assert not file.closed


@pytest.mark.parametrize("name", [name for name in FORMATS if formats.find_format(name).is_text])
def test_text_is_utf_8(name: str) -> None:
    assert "“It moves,” she said." in exported(name, [ENTRY, HOSTILE_ENTRY]).decode("utf-8").replace("&#8220;", "“")


@pytest.mark.parametrize("name", [name for name in FORMATS if formats.find_format(name).is_appendable])
def test_appendable_formats_grow_at_the_end(name: str) -> None:
    file = BytesIO()
    for entry in (ENTRY, HOSTILE_ENTRY):
        exporter = formats.find_format(name)(file)
        exporter.begin()
        exporter.write(entry)
        exporter.end()
    assert file.getvalue() == exported(name, [ENTRY, HOSTILE_ENTRY])
