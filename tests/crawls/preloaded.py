"""Runs Scrapy commands in processes forked from one that has imported Scrapy and newscrawl.

A process of its own spends 1.3 s of computing time on imports, and tests start hundreds. What is imported here must not
depend on the environment: `newscrawl.settings` and the spiders of tests are imported by each process itself.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import pkgutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from scrapy.settings import default_settings

from tests.crawls.crawl_log import check_log

PROJECT = Path(__file__).parents[2]
FORKS = multiprocessing.get_context("forkserver")
_PACKAGES = (
    *("newscrawl.commands", "newscrawl.crawl", "newscrawl.discovery", "newscrawl.export", "newscrawl.extract"),
    *("newscrawl.publishers", "scrapy.commands"),
)
_COMPONENTS = (
    *default_settings.EXTENSIONS_BASE,
    *default_settings.DOWNLOADER_MIDDLEWARES_BASE,
    *default_settings.SPIDER_MIDDLEWARES_BASE,
)
_MODULES = (
    *(
        "alembic.command",
        "alembic.config",
        "newscrawl.crawl_command",
        "newscrawl.middlewares",
        "newscrawl.pipelines",
        "queuelib",
        "tests.crawls.quick",
        "uvloop",
    ),
    *("scrapy.cmdline", "scrapy.core.engine", "scrapy.core.scheduler", "scrapy.core.scraper", "scrapy.pqueues"),
    *("scrapy.resolver", "scrapy.squeues", "twisted.internet.asyncioreactor", "encodings.idna", "encodings.utf_8_sig"),
)
_READ_ENVIRONMENT = frozenset(("newscrawl.settings", "tests.crawls.loopback", "twisted.internet.reactor"))


def run_scrapy(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float = 60,
    expected_errors: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run `scrapy ARGUMENTS` in `folder` to its end.

    Raises subprocess.TimeoutExpired after `timeout` seconds, and CrawlLogError if its log has an unhandled error in
    which no text of `expected_errors` occurs.
    """
    start_server()
    with TemporaryDirectory() as name:
        out, err = Path(name, "out"), Path(name, "err")
        process = FORKS.Process(target=_execute, args=(arguments, folder, dict(environment), out, err))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout, out.read_text("utf-8"), err.read_text("utf-8"))
        code = process.exitcode
        process.close()
        done = subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))
    check_log(done.stderr, expected_errors)
    return done


def start_server() -> None:
    """Start the process that the others are forked from, unless it runs."""
    FORKS.set_forkserver_preload(_modules())
    with patch.dict(os.environ, PYTHONPATH=str(PROJECT)):
        forkserver.ensure_running()


def _modules() -> list[str]:
    """What is imported once for all."""
    packages = {package: import_module(package).__path__ for package in _PACKAGES}
    found = (module.name for package in packages for module in pkgutil.walk_packages(packages[package], f"{package}."))
    components = (component.rpartition(".")[0] for component in _COMPONENTS)
    return [*_MODULES, *components, *found]


def _execute(arguments: Sequence[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    if early := _READ_ENVIRONMENT & set(sys.modules):
        raise RuntimeError(f"imported before the environment of the command is known: {early}")
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["scrapy", *arguments]
    for number, file in (1, out), (2, err):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the life of the process
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, errors="backslashreplace", buffering=1)  # noqa: SIM115
    from scrapy.cmdline import execute

    code: int | str | None = 0
    try:
        execute(sys.argv)
    except SystemExit as ended:
        code = ended.code
    gc.unfreeze()  # a crawl freezes what it has loaded
    for value in gc.get_objects():
        if isinstance(value, asyncio.Future) and value.done():
            value.__del__()  # asyncio reports an exception that nobody retrieved when its task is deleted
    sys.exit(code)
