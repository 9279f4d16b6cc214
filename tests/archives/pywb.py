"""A real pywb that serves WARC files on loopback: its CDX server and its replay.

It pins old versions of what the project uses, so that it stands in a venv of its own; see `executable`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest

_VARIABLE = "NEWSCRAWL_TEST_PYWB"
_PROJECT = Path(__file__).parents[2]
_HOW = "python3 -m venv .venv-pywb && .venv-pywb/bin/pip install pywb==2.10.0"
_COLLECTION = "captures"
_CONFIG = f"""
collections:
  {_COLLECTION}:
    index_paths: {{index}}/
    archive_paths: {{warcs}}/
# as web.archive.org does, which tells of another capture by leading there
redirect_to_exact: true
"""
_STARTS_IN = 60
"""Seconds. It takes 1.3 on an idle machine."""


@dataclass(frozen=True)
class Pywb:
    """Where a running pywb answers."""

    cdx: str
    """The endpoint of its CDX server, for `wayback_query`."""
    replay: str
    """The template of the addresses of captures as they were served, for `replay_address`."""
    log: Path


def executable() -> Path:
    """pywb's `wayback`. Where there is none the test is skipped, or fails if NEWSCRAWL_TEST_REQUIRE_SERVERS is "1"."""
    named = os.environ.get(_VARIABLE) or shutil.which("wayback") or _PROJECT / ".venv-pywb/bin/wayback"
    if Path(named).exists():
        return Path(named).absolute()
    why = f"no pywb at {named}"
    if os.environ.get("NEWSCRAWL_TEST_REQUIRE_SERVERS") == "1":
        pytest.fail(why)
    pytest.skip(f"{why}; set {_VARIABLE} to its wayback, or get it: {_HOW}")


@contextmanager
def serving(warcs: Path, work: Path) -> Iterator[Pywb]:
    """A pywb that serves the WARC files in the folder `warcs` until the end; its own files go into `work`.

    The index is made once, before it starts: a file that comes later is not served.
    """
    wayback = executable()
    index = work / "index"
    index.mkdir(parents=True)
    made = ("-s", "-j", "-r", "-d", warcs, "-o", index / "index.cdxj")  # folders in it, too
    indexer = (wayback.with_name("cdx-indexer"), *made, warcs)
    subprocess.run(indexer, check=True)
    (work / "config.yaml").write_text(_CONFIG.format(index=index, warcs=warcs), "utf-8")
    log, port = work / "pywb.log", _free_port()
    command = (wayback, "--bind", "127.0.0.1", "--port", str(port), "--directory", work)
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    home = f"http://127.0.0.1:{port}/{_COLLECTION}"
    pywb = Pywb(cdx=f"{home}/cdx", replay=f"{home}/{{timestamp}}id_/{{url}}", log=log)
    try:
        _wait(process, pywb)
        yield pywb
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it keeps nothing that it would lose
        process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], pywb: Pywb) -> None:
    latest = monotonic() + _STARTS_IN
    while process.poll() is None and monotonic() < latest:
        try:
            with urlopen(f"{pywb.cdx}?url=none.example", timeout=_STARTS_IN):
                return
        except URLError:
            sleep(0.05)
    pytest.fail(f"pywb did not start: {pywb.log.read_text('utf-8', 'replace')[-2000:]}")
