"""A scheduled crawl: its line for cron, its units for systemd."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from crontab import CronItem

from newscrawl.errors import ArgumentError
from newscrawl.operations.exit_codes import ExitCode

_HOUR, _DAY = 60, 24
_MAIL_LINES = 5
_NEEDS_NO_QUOTES = re.compile(r"[\w@+=:,./-]+", re.ASCII)
_UNQUOTABLE = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Times:
    """When a crawl starts, in the local time of the machine."""

    cron: str
    """The five fields: "*/30 * * * *"."""
    calendar: str
    """systemd's OnCalendar: "*:0/30"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scheduled crawl. Paths are absolute. Raises ArgumentError for what neither cron nor systemd can hold."""

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
    """Of cron's runs; systemd's go to the journal."""
    user: str
    writes: tuple[Path, ...] = ()
    """Folders outside the project that it writes to."""

    def __post_init__(self) -> None:
        for text in (*self.command, *self.environment.values(), *map(str, (self.project, self.log, *self.writes))):
            if _UNQUOTABLE.search(text):
                raise ArgumentError(f"{text!r} has a line break or another control character, which cron cannot hold")

    @property
    def command(self) -> tuple[str, ...]:
        return (*self.scrapy, "crawl", self.spider, *self.options)

    @property
    def marker(self) -> str:
        """The comment that identifies its line."""
        return f"newscrawl {self._name} in {self.project}"

    @property
    def unit(self) -> str:
        return re.sub(r"[^\w.-]+", "-", f"newscrawl-{self._name}", flags=re.ASCII)

    @property
    def _name(self) -> str:
        """The spider and, of the spider of any site, the sites: two jobs over different ones go together."""
        sites = [each.partition("=")[2] for each in self.options if each.startswith(("site=", "sites="))]
        return " ".join((self.spider, *sites))


def read_interval(interval: timedelta) -> Times:
    """Convert an interval that divides an hour or a day. Raises ArgumentError for others."""
    minutes, rest = divmod(interval, timedelta(minutes=1))
    hours = minutes // _HOUR
    if not rest and 0 < minutes < _HOUR and _HOUR % minutes == 0:
        return Times(f"*/{minutes} * * * *", f"*:0/{minutes}")
    if not rest and minutes % _HOUR == 0 and 0 < hours <= _DAY and _DAY % hours == 0:
        return Times(f"0 */{hours} * * *", f"0/{hours}:00") if hours < _DAY else read_time("00:00")
    raise ArgumentError("choose 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30m, or 1, 2, 3, 4, 6, 8, 12 or 24h")


def read_time(text: str) -> Times:
    """Read a time of day, "04:15", as once a day. Raises ArgumentError."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text, re.ASCII)
    if not match:
        raise ArgumentError("give a time of the day such as 04:15")
    hour, minute = map(int, match.groups())
    return Times(f"{minute} {hour} * * *", f"{hour:02}:{minute:02}")


def make_cron_line(job: Job) -> str:
    """Make the job's line of a user's crontab, which mails the end of the log of a run that failed."""
    log = shlex.quote(str(job.log))
    variables = (f"{name}={shlex.quote(value)}" for name, value in job.environment.items())
    run = " ".join([*variables, shlex.join(job.command)])
    # Being locked out by an earlier run that still works is not a failure.
    on_failure = f"[ $? -eq {ExitCode.LOCKED.value} ] || tail -n {_MAIL_LINES} {log}"
    item = CronItem(f"cd {shlex.quote(str(job.project))} && {run} >>{log} 2>&1 || {on_failure}", comment=job.marker)
    item.setall(job.times.cron)
    return str(item.render())


def add_line(crontab: str, job: Job) -> str:
    """Add the job's line to a crontab, at the place of an earlier one; all other lines stay as they are."""
    lines = _split_lines(crontab)
    place = next((number for number, line in enumerate(lines) if _is_line_of(job, line)), len(lines))
    others = [line for line in lines if not _is_line_of(job, line)]
    return "\n".join([*others[:place], make_cron_line(job), *others[place:]]) + "\n"


def remove_line(crontab: str, job: Job) -> str:
    """Remove the job's line from a crontab; all other lines stay as they are."""
    others = [line for line in _split_lines(crontab) if not _is_line_of(job, line)]
    return "\n".join(others) + "\n" if others else ""


def _split_lines(crontab: str) -> list[str]:
    return crontab.removesuffix("\n").split("\n") if crontab else []


def _is_line_of(job: Job, line: str) -> bool:
    return line.rstrip().endswith(f"# {job.marker}")


def make_service(job: Job) -> str:
    environment = "".join(f"Environment={_quote(f'{name}={value}')}\n" for name, value in job.environment.items())
    return f"""\
[Unit]
Description=newscrawl: crawl {_escape(job.spider)}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={job.user}
WorkingDirectory={_escape(str(job.project))}
{environment}\
ExecStart={" ".join(_quote(word).replace("$", "$$") for word in job.command)}
# Stopped by a signal, or locked out by a run that takes long: no failure of the service.
SuccessExitStatus={ExitCode.STOPPED.value} {ExitCode.LOCKED.value}
# The crawl ends its own processes, once their pages are stored.
KillMode=mixed
TimeoutStopSec=90
Nice=10

# It reads what it likes, and writes here only.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={" ".join(_quote(str(path)) for path in (job.project, *job.writes))}
{_HARDENING}
"""


def make_timer(job: Job) -> str:
    return f"""\
[Unit]
Description=newscrawl: when to crawl {_escape(job.spider)}

[Timer]
OnCalendar={job.times.calendar}
RandomizedDelaySec=60
# What came due while the machine was off is made up for once, at its start.
Persistent=true

[Install]
WantedBy=timers.target
"""


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
SystemCallFilter=@system-service"""


def _escape(text: str) -> str:
    """Escape systemd's specifiers."""
    return text.replace("%", "%%")


def _quote(text: str) -> str:
    """Quote one word of a list in a unit (systemd.syntax)."""
    if _NEEDS_NO_QUOTES.fullmatch(text):
        return text
    escaped = _escape(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
