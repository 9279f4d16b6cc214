"""Which database the commands read."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.cli import project
from newscrawl.cli.project import Project
from newscrawl.configuration import load_configuration


def choose(folder: Path, *files: str, **environ: str) -> str:
    """Return the name of the database that is read where these files are."""
    project._note_sample.cache_clear()
    for file in files:
        (folder / file).touch()
    (folder / "newscrawl.toml").touch()
    configuration = load_configuration(environ=environ, folder=folder / "below")
    made = Project.make(
        configuration,
        folder=folder,
        spider_names=list,
        find_publisher=pytest.fail,
        make_crawl_settings=dict,
    )
    assert made.database_url.endswith(environ.get("NEWSCRAWL_DATABASE_URL", f"{folder}/news.db"))
    return Path(made.archive_url).name


def test_the_sample_edition_is_read_where_nothing_else_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "below").mkdir()
    assert choose(tmp_path) == "news.db"
    assert capsys.readouterr().err == ""
    assert choose(tmp_path, "sample.db") == "sample.db"
    assert capsys.readouterr().err == "sample.db is read, the sample edition: there is no news.db yet\n"
    assert choose(tmp_path, NEWSCRAWL_DATABASE_URL="sqlite:///other.db") == "other.db"
    assert choose(tmp_path, NEWSCRAWL_DATABASE_URL="sqlite:///news.db") == "news.db"
    assert choose(tmp_path, "sample.db", "news.db") == "news.db"
    assert capsys.readouterr().err == ""
