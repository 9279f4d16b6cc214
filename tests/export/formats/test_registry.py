"""What holds of every form."""

from io import BytesIO

import pytest

from newscrawl.export import formats
from tests.export.formats.writing import ENTRY, HOSTILE_ENTRY, exported

FORMS = ("atom", "csv", "epub", "jsonl", "markdown", "ninjs", "parquet", "rss", "text")


def test_the_forms() -> None:
    assert formats.names() == FORMS
    assert formats.extensions()[".jsonl"] == "jsonl"
    assert formats.extensions()["/"] == "markdown"
    assert len(formats.extensions()) == sum(len(formats.of_name(name).extensions) for name in FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_the_same_articles_are_the_same_bytes(name: str) -> None:
    assert exported(name, [ENTRY, HOSTILE_ENTRY]) == exported(name, [ENTRY, HOSTILE_ENTRY])


@pytest.mark.parametrize("name", FORMS)
def test_the_file_is_left_open(name: str) -> None:
    file = BytesIO()
    exporter = formats.of_name(name)(file)
    exporter.begin()
    exporter.write(ENTRY)
    exporter.end()
    assert not file.closed


@pytest.mark.parametrize("name", [name for name in FORMS if formats.of_name(name).is_text])
def test_text_is_utf_8(name: str) -> None:
    assert "“It moves,” she said." in exported(name, [ENTRY, HOSTILE_ENTRY]).decode("utf-8").replace("&#8220;", "“")


@pytest.mark.parametrize("name", [name for name in FORMS if formats.of_name(name).may_be_added_to])
def test_what_may_be_added_to_grows_at_its_end(name: str) -> None:
    file = BytesIO()
    for entry in (ENTRY, HOSTILE_ENTRY):
        exporter = formats.of_name(name)(file)
        exporter.begin()
        exporter.write(entry)
        exporter.end()
    assert file.getvalue() == exported(name, [ENTRY, HOSTILE_ENTRY])
