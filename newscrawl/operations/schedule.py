"""A crawl that is run by the clock: its line for cron, its units for systemd. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from crontab import CronItem  # type: ignore[import-untyped]

from newscrawl.errors import ArgumentError
from newscrawl.operations.exit_codes import ExitCode

_HOUR, _DAY = 60, 24
_MAIL_LINES = 5
_NEEDS_NO_QUOTES = re.compile(r"[\w@+=:,./-]+", re.ASCII)
_UNQUOTABLE = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Times:
    """When, in the local time of the machine."""

    cron: str
    """The five fields: "*/30 * * * *"."""
    calendar: str
    """systemd's OnCalendar: "*:0/30"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A crawl by the clock. Paths are absolute. Raises ArgumentError for what neither cron nor systemd can hold."""

    spider: str
    times: Times
    project: Path
    """The folder of scrapy.cfg, where it runs."""
    scrapy: tuple[str, ...]
    """The program, and what comes before "crawl"."""
    options: tuple[str, ...] = ()
    """What comes after the spider's name: "-a", "limit=100"."""
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path
    """Where cron's runs write; systemd's go to the journal."""
    user: str
    writes: tuple[Path, ...] = ()
    """Folders beside the project that it writes to."""

    def __post_init__(self) -> None:
        for text in (*self.command, *self.environment.values(), *map(str, (self.project, self.log, *self.writes))):
            if _UNQUOTABLE.search(text):
                raise ArgumentError(f"{text!r} has a line's end or another control character, which cron does not take")

    @property
    def command(self) -> tuple[str, ...]:
        """The program and its arguments."""
        return (*self.scrapy, "crawl", self.spider, *self.options)

    @property
    def marker(self) -> str:
        """The comment by which its line is found again."""
        return f"newscrawl {self.spider} in {self.project}"

    @property
    def unit(self) -> str:
        """The name of its units, without what they end in."""
        return f"newscrawl-{self.spider}"


def every(span: timedelta) -> Times:
    """So often, by the clock. Raises ArgumentError for what does not divide an hour or a day."""
    minutes, rest = divmod(span, timedelta(minutes=1))
    hours = minutes // _HOUR
    if not rest and 0 < minutes < _HOUR and _HOUR % minutes == 0:
        return Times(f"*/{minutes} * * * *", f"*:0/{minutes}")
    if not rest and minutes % _HOUR == 0 and 0 < hours <= _DAY and _DAY % hours == 0:
        return Times(f"0 */{hours} * * *", f"0/{hours}:00") if hours < _DAY else daily("00:00")
    raise ArgumentError("the clock has 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30m, and 1, 2, 3, 4, 6, 8, 12 or 24h")


def daily(time: str) -> Times:
    """Once a day at that time, "04:15". Raises ArgumentError."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", time, re.ASCII)
    if not found:
        raise ArgumentError("give a time of the day such as 04:15")
    hour, minute = map(int, found.groups())
    return Times(f"{minute} {hour} * * *", f"{hour:02}:{minute:02}")


def cron_line(job: Job) -> str:
    """The job's line of a user's crontab.

    A run writes to the log; of one that failed cron is given the last lines, to be mailed. To be locked out by a run
    that takes long is no failure.
    """
    log = shlex.quote(str(job.log))
    run = " ".join(
        [*(f"{name}={shlex.quote(value)}" for name, value in job.environment.items()), shlex.join(job.command)]
    )
    told = f"[ $? -eq {ExitCode.LOCKED.value} ] || tail -n {_MAIL_LINES} {log}"
    item = CronItem(f"cd {shlex.quote(str(job.project))} && {run} >>{log} 2>&1 || {told}", comment=job.marker)
    item.setall(job.times.cron)
    return str(item.render())


def with_line(crontab: str, job: Job) -> str:
    """A crontab with the job's line, in the place of an earlier one; the other lines are as they were, to the byte."""
    lines = _lines(crontab)
    mine = [number for number, line in enumerate(lines) if _is_of(job, line)]
    place = mine[0] if mine else len(lines)
    kept = _without(lines, job)
    return "\n".join([*kept[:place], cron_line(job), *kept[place:]]) + "\n"


def without_line(crontab: str, job: Job) -> str:
    """A crontab without the job's line; the other lines are as they were."""
    kept = _without(_lines(crontab), job)
    return "\n".join(kept) + "\n" if kept else ""


def service(job: Job) -> str:
    """The job as a service of systemd."""
    return "\n".join([*_service(job), ""])


def timer(job: Job) -> str:
    """The timer that starts the job's service."""
    return f"""\
[Unit]
Description=newscrawl: when to crawl {_literal(job.spider)}

[Timer]
OnCalendar={job.times.calendar}
RandomizedDelaySec=60
# What came due while the machine was off is made up for once, at its start.
Persistent=true

[Install]
WantedBy=timers.target
"""


def _lines(crontab: str) -> list[str]:
    return crontab.removesuffix("\n").split("\n") if crontab else []


def _is_of(job: Job, line: str) -> bool:
    return line.rstrip().endswith(f"# {job.marker}")


def _without(lines: list[str], job: Job) -> list[str]:
    return [line for line in lines if not _is_of(job, line)]


def _service(job: Job) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description=newscrawl: crawl {_literal(job.spider)}"
    yield "Wants=network-online.target"
    yield "After=network-online.target"
    yield ""
    yield "[Service]"
    yield "Type=oneshot"
    yield f"User={job.user}"
    yield f"WorkingDirectory={_literal(str(job.project))}"
    for name, value in job.environment.items():
        yield f"Environment={_word(f'{name}={value}')}"
    yield f"ExecStart={' '.join(_word(word).replace('$', '$$') for word in job.command)}"
    yield "# Stopped by a signal, or locked out by a run that takes long: no failure of the service."
    yield f"SuccessExitStatus={ExitCode.STOPPED.value} {ExitCode.LOCKED.value}"
    yield "# The crawl ends its own processes, once their pages are stored."
    yield "KillMode=mixed"
    yield "TimeoutStopSec=90"
    yield "Nice=10"
    yield ""
    yield "# It reads what it likes, and writes here only."
    yield "ProtectSystem=strict"
    yield "ProtectHome=read-only"
    yield f"ReadWritePaths={' '.join(_word(str(path)) for path in (job.project, *job.writes))}"
    yield from _HARDENING


_HARDENING = """\
PrivateTmp=true
PrivateDevices=true
NoNewPrivileges=true
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
SystemCallArchitectures=native
SystemCallFilter=@system-service""".splitlines()


def _literal(text: str) -> str:
    """Text of a unit in which systemd finds no specifier."""
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """One word of a unit's list, quoted as systemd reads it (systemd.syntax)."""
    if _NEEDS_NO_QUOTES.fullmatch(text):
        return text
    escaped = _literal(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
