"""`scrapy schedule`, in a copy of the project; and what it prints, run as cron and systemd run it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newscrawl import console
from tests.commands.calling import Done, Scrapy

ROOT = Path(__file__).parents[2]
FOREIGN = """\
# harbour office
MAILTO=
SHELL=/bin/bash

-*/5 * * * * /usr/bin/tide-gauge > /dev/null    # of the pier
0 0 * * SUN,0 /usr/bin/backup --to "quay # 2" | mail -s 100\\% pilot%two lines%of input
@every_minute nothing that vixie knows
\t
#0 1 * * * was once here
LAST="kept, too"
"""
"""Lines of others, several of which python-crontab drops, alters or ends at when it reads them."""
CRONTAB = """\
#!/bin/sh
# Stands in for crontab(1): one table, in a file beside it.
table="$(dirname "$0")/table"
case "$1" in
-l) [ -f "$table" ] || { echo "no crontab for $(id -un)" >&2; exit 1; }; cat "$table" ;;
-) cat > "$table" ;;
esac
"""
Schedule = Callable[..., Done]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in a folder whose name needs quotes."""
    folder = tmp_path_factory.mktemp("checkout") / "the ferry's 100% & co"
    folder.mkdir()
    shutil.copytree(ROOT / "newscrawl", folder / "newscrawl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "scrapy.cfg", folder)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder in which `crontab` is the stand-in."""
    (tmp_path / "crontab").write_text(CRONTAB)
    (tmp_path / "crontab").chmod(0o755)
    return tmp_path


@pytest.fixture
def schedule(scrapy: Scrapy, project: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> Schedule:
    """Run `scrapy schedule` in the project, with these variables of ours and no others."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    def run(*arguments: str, **ours: str) -> Done:
        for name in [name for name in os.environ if name.startswith("NEWSCRAWL_")]:
            monkeypatch.delenv(name)
        for name, value in ours.items():
            monkeypatch.setenv(name, value)
        settings: dict[str, Any] = {
            name: value for name, value in ours.items() if name not in ("PATH", "NEWSCRAWL_CONFIG")
        }
        return scrapy("schedule", *arguments, **settings)

    return run


def as_cron_does(line: str) -> list[str]:
    """What cron runs for a line without an unescaped %: sh -c, with next to no environment."""
    command = line.strip().split(None, 5)[5].replace("\\%", "%")
    return ["env", "-i", "HOME=/", "LOGNAME=pilot", "SHELL=/bin/sh", "PATH=/usr/bin:/bin", "/bin/sh", "-c", command]


def test_the_line_crawls_from_this_checkout_with_its_environment(schedule: Schedule, project: Path) -> None:
    url = f"sqlite:///{project}/ferries.db"
    done = schedule("-a", "source=sample", "-s", "LOG_LEVEL=ERROR", NEWSCRAWL_DATABASE_URL=url, NEWSCRAWL_CONTACT="%'$")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert done.stdout.startswith("*/30 * * * * cd ")
    ran = subprocess.run(as_cron_does(done.stdout), capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), "a good run gives cron nothing to mail"
    assert "bloomberg: done: 48 stored" in (project / "newscrawl.log").read_text()
    with closing(sqlite3.connect(project / "ferries.db")) as connection:
        assert connection.execute("SELECT spider, exit_code FROM runs").fetchall() == [("bloomberg", 0)]


def test_a_folder_without_a_scrapy_project_crawls_by_newscrawl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSCRAWL_CONTACT", "desk@quay.example")
    assert console.main(["schedule", "bloomberg", "-a", "source=sample"]) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"*/30 * * * * cd {tmp_path} && NEWSCRAWL_CONFIG=none NEWSCRAWL_CONTACT=desk@quay.example ")
    assert re.search(r"(/newscrawl|-m newscrawl) crawl bloomberg -a source=sample >>", line)


def test_each_file_of_sites_has_a_line_of_its_own(schedule: Schedule, project: Path, programs: Path) -> None:
    (project / "north.txt").write_text("tern.example\n")
    (project / "south.txt").write_text("gull.example\n")
    assert schedule("-a", "sites=north.txt", "--install").returncode == 0
    assert schedule("-a", "sites=south.txt", "--install").returncode == 0
    lines = (programs / "table").read_text().splitlines()
    assert [line.partition(" # newscrawl news ")[2].partition(" in ")[0] for line in lines] == [
        f"{project}/north.txt",
        f"{project}/south.txt",
    ]
    assert all(" crawl news -a " in line for line in lines)
    assert schedule("-a", "sites=north.txt", "--remove").stdout == "removed\n"
    assert len((programs / "table").read_text().splitlines()) == 1


def test_cron_mails_the_end_of_the_log_of_a_failed_run(schedule: Schedule, project: Path) -> None:
    line = schedule("--log", "bad.log", NEWSCRAWL_DATABASE_URL="sqlite:////nowhere/at/all.db").stdout
    ran = subprocess.run(as_cron_does(line), capture_output=True, text=True, check=False, timeout=120)
    assert "/nowhere/at/all.db" in ran.stdout
    assert ran.stdout.splitlines() == (project / "bad.log").read_text().splitlines()[-5:]


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ([], "*/30 * * * * "),
        (["--every", "20m"], "*/20 * * * * "),
        (["--every", "3600s"], "@hourly "),
        (["--every", "2h"], "0 */2 * * * "),
        (["--at", "04:15"], "15 4 * * * "),
        (["--at", "4:05"], "5 4 * * * "),
    ],
)
def test_times(schedule: Schedule, arguments: list[str], fields: str) -> None:
    assert schedule(*arguments).stdout.startswith(f"{fields}cd ")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--every", "45m"], 2, "--every: choose"),
        (["--every", "90s"], 2, "--every: choose"),
        (["--every", "often"], 2, "'often': give a duration"),
        (["--at", "24:00"], 2, "'24:00': give a time"),
        (["--at", "04:15", "--every", "1h"], 2, "not allowed with"),
        (["--install", "--remove"], 2, "not allowed with"),
        (["--into", "."], 2, "--into goes with --systemd"),
        (["bloomberg", "bloomberg"], 2, "give one spider"),
        (["-a", "limit"], 2, "-a takes NAME=VALUE"),
        (["-a", "limits=3"], 1, "unknown argument 'limits'"),
        (["ferries"], 1, "there is no spider 'ferries'; there are bloomberg"),
        (["--log", "two\nlines.log"], 1, "control character"),
        (["--systemd", "--into", "nowhere"], 1, "nowhere"),
    ],
)
def test_conflicting_options_are_rejected(schedule: Schedule, arguments: list[str], code: int, message: str) -> None:
    done = schedule(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_other_lines_stay_when_the_line_is_installed_replaced_and_removed(schedule: Schedule, programs: Path) -> None:
    table = programs / "table"
    table.write_text(FOREIGN)
    first = schedule("--install", NEWSCRAWL_CONTACT="100%")
    assert first.returncode == 0
    line = first.stdout.splitlines()[1]
    assert table.read_text() == f"{FOREIGN}{line}\n"
    table.write_text(f"{FOREIGN}# {line}\n# after it\n")
    again = schedule("--at", "04:15", "--install")
    replaced = again.stdout.splitlines()[1]
    assert replaced.startswith("15 4 * * * ")
    assert table.read_text() == f"{FOREIGN}{replaced}\n# after it\n", "one that was commented out is replaced, too"
    assert schedule("--at", "04:15", "--install").returncode == 0
    assert table.read_text() == f"{FOREIGN}{replaced}\n# after it\n"
    assert schedule("--remove").stdout == "removed\n"
    assert table.read_text() == f"{FOREIGN}# after it\n"
    assert schedule("--remove").stdout == "there was no such line\n"


def test_the_first_line_of_a_crontab(schedule: Schedule, programs: Path) -> None:
    done = schedule("--install")
    assert (programs / "table").read_text() == done.stdout.splitlines()[1] + "\n"
    schedule("--remove")
    assert (programs / "table").read_text() == ""


def test_a_crontab_error(schedule: Schedule, programs: Path) -> None:
    (programs / "crontab").write_text("#!/bin/sh\necho 'You (pilot) are not allowed to use this program' >&2; exit 1\n")
    done = schedule("--install")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "crontab -l: You (pilot) are not allowed to use this program\n"


def test_no_crontab(schedule: Schedule, programs: Path) -> None:
    done = schedule("--install", PATH=str(programs.parent))
    assert (done.returncode, done.stdout) == (1, "")
    assert "apt install cron" in done.stderr


def test_a_password_in_the_schedule_is_reported(schedule: Schedule, project: Path) -> None:
    done = schedule(NEWSCRAWL_DATABASE_URL="postgresql://pilot:tide@db.example/news")
    assert done.returncode == 0
    assert "put the setting into .env instead" in done.stderr
    (project / ".env").write_text("NEWSCRAWL_DATABASE_URL=postgresql://pilot:tide@db.example/news")
    done = schedule()
    (project / ".env").unlink()
    assert (done.returncode, done.stderr, "tide" in done.stdout) == (0, "", False)


def test_the_crawl_reads_the_same_files_as_this_command(
    schedule: Schedule, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts in the folder of the project, and this command anywhere below."""
    (below := project / "below").mkdir()
    (below / "newscrawl.toml").write_text("max_wait = 3")
    monkeypatch.chdir(below)
    line = schedule("-s", "NEWSCRAWL_WARC_DIR=pages", NEWSCRAWL_PROMETHEUS_FILE="a.prom").stdout
    words = shlex.split(line.rpartition(" # newscrawl")[0].replace("\\%", "%"))
    expected = (f"NEWSCRAWL_CONFIG={below}/newscrawl.toml", f"NEWSCRAWL_PROMETHEUS_FILE={below}/a.prom")
    assert {*expected, f"NEWSCRAWL_WARC_DIR={below}/pages"} <= set(words)
    (below / "newscrawl.toml").rename(project / "newscrawl.toml")
    assert "NEWSCRAWL_CONFIG" not in schedule().stdout
    named = tmp_path / "my.toml"
    named.touch()
    (project / "newscrawl.toml").unlink()
    assert f"NEWSCRAWL_CONFIG={named}" in schedule(NEWSCRAWL_CONFIG=os.path.relpath(named, below)).stdout


def test_systemd_units(schedule: Schedule, project: Path, tmp_path: Path) -> None:
    ours = {"NEWSCRAWL_CONTACT": 'a\\"b %c $d', "NEWSCRAWL_DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere/news.db"}
    done = schedule("--systemd", "--into", str(tmp_path), "--at", "04:15", "-a", "limit=3", **ours)
    assert (done.returncode, done.stderr) == (0, "")
    service, timer = (tmp_path / f"newscrawl-bloomberg.{kind}" for kind in ("service", "timer"))
    values = service.read_text().splitlines()
    assert 'Environment="NEWSCRAWL_CONTACT=a\\\\\\"b %%c $d"' in values
    assert f"WorkingDirectory={str(project).replace('%', '%%')}" in values
    assert any(line.startswith("ReadWritePaths=") and line.endswith(f" {tmp_path}/elsewhere") for line in values)
    assert any(line.startswith("ExecStart=/") and line.endswith("scrapy crawl bloomberg -a limit=3") for line in values)
    assert {"OnCalendar=04:15", "Persistent=true"} <= set(timer.read_text().splitlines())
    printed = schedule("--systemd", "--at", "04:15", "-a", "limit=3", **ours).stdout
    assert service.read_text().strip() in printed
    assert timer.read_text().strip() in printed
    if not shutil.which("systemd-analyze"):
        pytest.skip("the rest needs systemd-analyze (Debian: apt install systemd)")
    command = ["systemd-analyze", "verify", str(service), str(timer)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    ours_only = [line for line in verified.stderr.splitlines() if "newscrawl" in line]
    assert (verified.returncode, ours_only) == (0, [])


@pytest.fixture
def cron() -> Iterator[None]:
    """A cron daemon, and root's crontab as it was afterwards."""
    if not os.environ.get("NEWSCRAWL_TEST_CRON"):
        pytest.skip("takes a minute, and root's crontab: set NEWSCRAWL_TEST_CRON=1 where that is no matter")
    daemon, program = shutil.which("cron", path=f"{os.environ['PATH']}:/usr/sbin"), shutil.which("crontab")
    if not (daemon and program and os.getuid() == 0):
        pytest.fail("needs Debian's cron (apt install cron) and root")
    before = subprocess.run([program, "-l"], capture_output=True, text=True, check=False)
    running = subprocess.Popen([daemon, "-f"])
    yield
    running.terminate()
    running.wait()
    if before.returncode:
        subprocess.run([program, "-r"], check=True)
    else:
        subprocess.run([program, "-"], input=before.stdout, text=True, check=True)


@pytest.mark.long
@pytest.mark.usefixtures("cron")
def test_cron_runs_it(schedule: Schedule, programs: Path, project: Path) -> None:
    (programs / "crontab").unlink()
    database = project / "by-cron.db"
    ours = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{database}", "NEWSCRAWL_CONTACT": "harbour%master@example.org"}
    installed = schedule("--every", "1m", "-a", "source=sample", "--install", **ours)
    assert installed.returncode == 0, installed.stderr
    try:
        assert first_end(database, seconds=100) == ("bloomberg", 0)
    finally:
        assert schedule("--remove").stdout == "removed\n"


def first_end(database: Path, *, seconds: float) -> tuple[str, int] | None:
    """Spider and exit code of the first run in the database that has an end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.5)
        if not database.exists():
            continue
        with closing(sqlite3.connect(database)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
                continue
            requested = "SELECT spider, exit_code FROM runs WHERE ended_at IS NOT NULL"
            if row := connection.execute(requested).fetchone():
                return tuple(row)
    return None
