"""What holds of every form."""

from io import BytesIO

import pytest

from newscrawl import exporters
from tests.exporters.writing import ENTRY, HOSTILE_ENTRY, exported

FORMS = ("atom", "csv", "epub", "jsonl", "markdown", "ninjs", "parquet", "rss", "text")


def test_the_forms() -> None:
    assert exporters.names() == FORMS
    assert exporters.extensions()[".jsonl"] == "jsonl"
    assert exporters.extensions()["/"] == "markdown"
    assert len(exporters.extensions()) == sum(len(exporters.of_name(name).extensions) for name in FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_the_same_articles_are_the_same_bytes(name: str) -> None:
    assert exported(name, [ENTRY, HOSTILE_ENTRY]) == exported(name, [ENTRY, HOSTILE_ENTRY])


@pytest.mark.parametrize("name", FORMS)
def test_the_file_is_left_open(name: str) -> None:
    file = BytesIO()
    exporter = exporters.of_name(name)(file)
    exporter.begin()
    exporter.write(ENTRY)
    exporter.end()
    assert not file.closed


@pytest.mark.parametrize("name", [name for name in FORMS if exporters.of_name(name).is_text])
def test_text_is_utf_8(name: str) -> None:
    assert "“It moves,” she said." in exported(name, [ENTRY, HOSTILE_ENTRY]).decode("utf-8").replace("&#8220;", "“")


@pytest.mark.parametrize("name", [name for name in FORMS if exporters.of_name(name).may_be_added_to])
def test_what_may_be_added_to_grows_at_its_end(name: str) -> None:
    file = BytesIO()
    for entry in (ENTRY, HOSTILE_ENTRY):
        exporter = exporters.of_name(name)(file)
        exporter.begin()
        exporter.write(entry)
        exporter.end()
    assert file.getvalue() == exported(name, [ENTRY, HOSTILE_ENTRY])
