"""What holds of every command of the project's own."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.commands.calling import Scrapy

_COMMANDS = (
    *("articles", "browse", "clusters", "db", "export", "extract", "ingest", "pages"),
    *("reextract", "report", "runs", "schedule", "sites", "stats", "watch", "work"),
)


@pytest.mark.parametrize("columns", [60, 72, 80, 120])
@pytest.mark.parametrize("command", _COMMANDS)
def test_help_underlines_headings_only(scrapy: Scrapy, command: str, columns: int) -> None:
    values = scrapy(command, "--help", columns=columns)
    lines = values.stdout.splitlines()
    underlined = {above for above, line in pairwise(lines) if line and set(line) <= {"=", "-"}}
    assert values.returncode == 0
    own = {"Articles To Delete"} if command == "db" else set()
    assert underlined == {"Usage", "Options", "Global Options"} | own


@pytest.mark.parametrize("command", ["articles", "browse", "clusters", "export", "report", "stats"])
def test_an_unknown_option_is_rejected(scrapy: Scrapy, command: str) -> None:
    refused = scrapy(command, "--newest=1")
    assert refused.returncode == 2
    assert "there is no option --newest=1" in refused.stdout + refused.stderr
