"""The processes of a worker's crawls: forked, and still of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from newscrawl.queue.crawls import CrawlCommand, Crawls
from newscrawl.storage import Schedule

ROOT = Path(__file__).parents[2]


def make_crawls(folder: Path, file: str = "found", program: str = "tests.queue.program") -> Crawls:
    return Crawls(CrawlCommand(program=program, options=[str(folder / file)], folder=folder))


def make_schedule(spider: str, **arguments: str) -> Schedule:
    return Schedule(site=f"{spider}.example", spider=spider, arguments=arguments, every_seconds=60)


def run(crawls: Crawls, spider: str) -> int:
    return asyncio.run(crawls.run(make_schedule(spider)))


async def wait_for(file: Path, text: str) -> None:
    for _ in range(600):
        if file.exists() and file.read_text("utf-8") == text:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{file.name} never said {text!r}")


def test_what_crawls_are_forked_from_has_no_threads_or_reactor_and_all_that_a_crawl_imports(tmp_path: Path) -> None:
    code = """
import newscrawl.crawl_modules, atexit, sys, threading
before, threads = set(sys.modules), threading.active_count()
names = "newscrawl.", "psycopg.", "scrapy.", "twisted."
new = lambda: sorted(name for name in set(sys.modules) - before if name.startswith(names) and "migrations" not in name)
atexit.register(lambda: print(threads, *new()))
from newscrawl.console import main
main()
"""
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = newscrawl.settings\n")
    crawl = [sys.executable, "-c", code, "crawl", "bloomberg", "-a", "source=sample", "-a", "limit=4"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(crawl, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 newscrawl.settings twisted.internet.reactor"


def test_a_module_that_cannot_be_imported_does_not_end_what_crawls_are_forked_from(tmp_path: Path) -> None:
    (tmp_path / "broken_command_of_a_user.py").write_text("raise ValueError('no such harbor')\n")
    installed = tmp_path / "broken-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[scrapy.commands]\nbroken = broken_command_of_a_user:Command\n")
    code = "import sys, newscrawl.crawl_modules; print('newscrawl.pipelines' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_two_crawls_at_once_see_nothing_of_each_other(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()

    async def run_both() -> list[int]:
        crawls = [make_crawls(folder) for folder in folders]
        runs = [each.run(make_schedule("report", limit=str(n))) for n, each in enumerate(crawls)]
        return list(await asyncio.gather(*runs))

    assert asyncio.run(run_both()) == [0, 0]
    assert run(make_crawls(tmp_path), "report") == 0
    own = {"variable": None, "attribute": None, "stdin": "", "leads_session": True, "default": [True, True]}
    own |= {"interrupts": True, "imported": [], "is_prepared": True}
    words = [["-a", f"limit={n}"] for n in range(2)]
    for folder, more in zip([*folders, tmp_path], [*words, []], strict=True):
        file = folder / "found"
        argv = ["tests.queue.program", "crawl", "report", *more, str(file)]
        assert json.loads(file.read_text("utf-8")) == {"argv": argv, "folder": str(folder), **own}


def test_a_killed_crawl_is_that_of_one_site(tmp_path: Path) -> None:
    crawls = make_crawls(tmp_path)
    assert (run(crawls, "killed"), run(crawls, "report")) == (-signal.SIGKILL, 0)


def test_crawls_end_if_the_process_they_are_forked_from_is_killed_and_others_start(tmp_path: Path) -> None:
    waiting, others = make_crawls(tmp_path, "waiting"), make_crawls(tmp_path)

    async def run_all() -> tuple[int, int, int]:
        first = asyncio.create_task(waiting.run(make_schedule("waiting")))
        await wait_for(tmp_path / "waiting", "waits")
        second = await others.run(make_schedule("alone"))
        await wait_for(tmp_path / "waiting", "ended")
        return await first, second, await others.run(make_schedule("report"))

    assert asyncio.run(run_all()) == (-signal.SIGKILL, -signal.SIGKILL, 0)


def test_stopped_crawls_end_by_themselves(tmp_path: Path) -> None:
    crawls = make_crawls(tmp_path)

    async def run_and_stop() -> int:
        crawl = asyncio.create_task(crawls.run(make_schedule("waiting")))
        await wait_for(tmp_path / "found", "waits")
        crawls.stop()
        return await crawl

    assert asyncio.run(run_and_stop()) == 8
    assert (tmp_path / "found").read_text("utf-8") == "ended"


def test_settings_that_cannot_be_imported_fail_their_crawl_alone(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = broken_settings_of_a_user\n")
    (tmp_path / "broken_settings_of_a_user.py").write_text("raise ValueError('no such harbor')\n")
    assert run(make_crawls(tmp_path, program="scrapy"), "report") == 1
    assert run(make_crawls(tmp_path), "report") == 0


def test_crawls_end_when_their_worker_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, asyncio; from pathlib import Path; from tests.queue.test_crawls import make_crawls, run; "
        "run(make_crawls(Path(sys.argv[1])), 'waiting')"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    asyncio.run(wait_for(tmp_path / "found", "waits"))
    worker.kill()
    worker.wait()
    asyncio.run(wait_for(tmp_path / "found", "ended"))
