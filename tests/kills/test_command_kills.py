"""The harness of killed commands, in its short form."""

from __future__ import annotations

import pytest

from tests.kills.command_kills import COMMANDS, hold


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_command_loses_nothing(command: str) -> None:
    report = hold(command, articles=40, kills=2, seed=20240305)
    assert report.is_clean, "\n".join(report.lines())
