"""The examples for those who run it: they are what `scrapy schedule` makes, and name only what there is."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.metrics import write_metrics
from newscrawl.operations.schedule import Job, make_cron_line, make_service, make_timer, read_interval
from newscrawl.storage import Run

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")
COMMAND = re.compile("""(?:^|/|; |[$] )scrapy ((?:runs|pages|schedule|crawl|db|articles)\\b[^;|&#"]*)""")
HOME = Path("/srv/newscrawl")
JOB = Job(
    spider="bloomberg",
    times=read_interval(timedelta(minutes=30)),
    project=HOME,
    scrapy=(str(HOME / ".venv/bin/scrapy"),),
    environment={"NEWSCRAWL_CONTACT": "you@example.org"},
    log=HOME / "newscrawl.log",
    user="newscrawl",
)


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("systemd/newscrawl-bloomberg.service", make_service(JOB)),
        ("systemd/newscrawl-bloomberg.timer", make_timer(JOB)),
        ("crontab", make_cron_line(JOB)),
    ],
)
def test_the_example_files_are_current(file: str, made: str) -> None:
    values = [line for line in (ROOT / file).read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in made.splitlines() if not line.startswith("#")] == [
        line for line in values if not line.startswith("MAILTO=")
    ]


def commands() -> Iterator[str]:
    """Every `scrapy …` of the guide: lines of its code blocks, and code in its text."""
    blocks = re.findall(r"^    (.*)$", GUIDE, re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", GUIDE)
    for code in (*blocks, *spans):
        if result := COMMAND.search(code):
            yield result[1].strip()


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_every_command_of_the_guide_is_valid(command: str) -> None:
    name, *words = shlex.split(command)
    parser = argparse.ArgumentParser(exit_on_error=False, conflict_handler="resolve")
    requested = importlib.import_module(f"newscrawl.commands.{name}").Command()
    requested.settings = Settings()
    requested.add_options(parser)
    parser.add_argument("words", nargs="*")
    parser.parse_args(words)


def test_the_guide_has_commands() -> None:
    assert {command.split()[0] for command in commands()} >= {"runs", "pages", "schedule", "db"}


def test_every_metric_of_the_guide_exists(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    run = Run(id=1, spider="a", arguments={}, started_at=now, ended_at=now, finish_reason=None, exit_code=0, counts={})
    write_metrics(str(tmp_path / "a.prom"), run=run, last_success=now, states={}, articles=1)
    written = set(re.findall(r"^(newscrawl_\w+)", (tmp_path / "a.prom").read_text(), re.MULTILINE))
    values = set(re.findall(r"\bnewscrawl_[a-z_]+", GUIDE))
    assert values
    assert values <= written


def test_every_exit_code_of_the_guide_exists() -> None:
    values = {int(number) for number in re.findall(r"exit code (\d+)", GUIDE)}
    assert values
    assert values <= {code.value for code in ExitCode}


def test_logrotate_accepts_the_example(tmp_path: Path) -> None:
    program = shutil.which("logrotate", path="/usr/sbin:/usr/bin:/sbin")
    if program is None:
        pytest.skip("needs logrotate (apt install logrotate)")
    block = re.search(r"^    (/srv/newscrawl/newscrawl\.log \{.*?^    \})", GUIDE, re.MULTILINE | re.DOTALL)
    assert block
    example = tmp_path / "newscrawl"
    example.write_text(re.sub("^    ", "", block[1], flags=re.MULTILINE).replace(str(HOME), str(tmp_path)) + "\n")
    (tmp_path / "newscrawl.log").write_text("a line\n")
    command = [program, "--force", "--state", str(tmp_path / "state"), str(example)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "newscrawl.log.1").read_text() == "a line\n"
