"""docs/stability.md lists what the code has: nothing that users rely on is dropped or renamed by mistake."""

from __future__ import annotations

import pytest

from tests.packaging.interface import Section, list_changes, read_docs, read_interface


@pytest.fixture(scope="module")
def interface() -> dict[str, Section]:
    return read_interface()


def test_the_code_has_everything_that_is_listed(interface: dict[str, Section]) -> None:
    """What is missing is restored; a major release deletes its line from the lists by hand."""
    assert list_changes(read_docs(), interface) == set()


def test_everything_is_listed(interface: dict[str, Section]) -> None:
    """To add what is new: python -m tests.packaging.interface."""
    assert list_changes(interface, read_docs()) == set()


def test_the_lists_are_read_whole(interface: dict[str, Section]) -> None:
    listed = read_docs()
    assert "NEWSCRAWL_DATABASE_URL" in listed["Settings"][""]
    assert listed["Commands and options"]["init"] == []
    assert listed["Tables and views"]["authors"] == ["id", "name"]
    assert "id int64" in listed["Columns of Parquet"][""]
    assert {title: set(section) for title, section in listed.items()} == {
        title: set(section) for title, section in interface.items()
    }


def test_what_was_dropped_or_renamed_is_found() -> None:
    old: dict[str, Section] = {"Commands": {"runs": ["--limit", "--check"], "init": []}, "Settings": {"": ["A"]}}
    assert list_changes(old, {"Commands": {"runs": ["--check", "--all"]}, "Settings": {"": ["A", "B"]}}) == {
        ("Commands", "runs", "--limit"),
        ("Commands", "init", ""),
    }
    assert list_changes(old, {"Commands": old["Commands"]}) == {("Settings", "", ""), ("Settings", "", "A")}
