"""`scrapy db`, as a person calls it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.storage.dictionary import markdown


def scrapy(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NEWSCRAWL_DATABASE_URL": f"sqlite:///{file}"}
    command = [sys.executable, "-m", "scrapy", "db", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_upgrade_makes_a_database_and_leaves_one_at_head_alone(tmp_path: Path) -> None:
    first, second = scrapy(tmp_path / "news.db", "upgrade"), scrapy(tmp_path / "news.db", "upgrade")
    assert (first.returncode, first.stdout) == (0, "database made, at version 0004\n")
    assert (second.returncode, second.stdout) == (0, "database at version 0004, nothing to do\n")


def test_upgrade_refuses_somebody_elses_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE customers (id)")
    done = scrapy(tmp_path / "other.db", "upgrade")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "is not a newscrawl database" in done.stderr


def test_schema_is_the_data_dictionary(tmp_path: Path) -> None:
    done = scrapy(tmp_path / "none.db", "schema")
    assert (done.returncode, done.stdout) == (0, markdown())


@pytest.mark.parametrize("arguments", [[], ["downgrade"], ["upgrade", "now"]])
def test_anything_else_is_refused_with_what_there_is(tmp_path: Path, arguments: list[str]) -> None:
    done = scrapy(tmp_path / "none.db", *arguments)
    assert done.returncode == 2
    assert "say what to do: upgrade or schema" in done.stderr
