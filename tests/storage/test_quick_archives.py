"""Archives that tests make quickly are those that the migrations make."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import schema
from tests import quick_archives
from tests.commands.press import everything


def test_a_quick_archive_is_what_the_migrations_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated, quick = tmp_path / "migrated.db", tmp_path / "quick.db"
    open_archive(f"sqlite:///{migrated}").close()
    monkeypatch.setattr(schema, "_upgrade_to_head", quick_archives.make_or_upgrade)
    monkeypatch.setattr(schema, "_migrate", None)
    open_archive(f"sqlite:///{quick}").close()
    assert sorted(everything(quick)) == sorted(everything(migrated))  # SQLAlchemy creates indexes in any order
    assert quick.read_bytes()[18:20] == migrated.read_bytes()[18:20] == b"\2\2"  # in WAL mode
