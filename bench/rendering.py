"""Pages in a browser next to plain fetches: CPU time and memory for each, on a site of this machine.

    python -m bench.rendering [--pages 50]

The same articles come from scripts, in a browser, and as plain pages. Prints one line for each way.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.crawls import test_rendering as site


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=50)
    pages = parser.parse_args().pages
    site.STORIES |= {f"story-{at}-about-the-harbour-and-its-ships": f"Ships of quay {at}" for at in range(pages - 3)}
    for name, shell in (("plain", None), ("browser", site.SHELL)):
        stored, cpu, memory, seconds = measure(shell)
        print(
            f"{name:8} {stored} articles  {1000 * cpu / stored:6.0f} ms CPU a page  {memory:5.0f} MiB  {seconds:5.1f} s"
        )


def measure(shell: str | None) -> tuple[int, float, float, float]:
    """Crawl the site. Return articles, CPU seconds and peak memory (MiB) of all processes, and seconds."""
    with tempfile.TemporaryDirectory() as name, site.serve(shell) as (home, _):
        folder = Path(name)
        began = time.monotonic()
        command = ["crawl", "news", "-a", f"site={home}", "-s", "DOWNLOAD_DELAY=0"]
        process = site.start(folder, *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        watch = Watch(psutil.Process(process.pid))
        watch.start()
        process.wait()
        watch.is_over = True
        (stored,) = site.read(folder, "SELECT count(*) FROM articles")[0]
        if not stored:
            sys.exit("nothing was stored")
        return stored, watch.cpu, watch.memory, time.monotonic() - began


class Watch(threading.Thread):
    """Adds up what a process and its children use."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process, self.memory, self.is_over = process, 0.0, False
        self._cpu: dict[int, float] = {}

    @property
    def cpu(self) -> float:
        return sum(self._cpu.values())

    def run(self) -> None:
        while not self.is_over:
            memory = 0
            try:
                for each in (self.process, *self.process.children(recursive=True)):
                    times = each.cpu_times()
                    self._cpu[each.pid] = times.user + times.system
                    memory += each.memory_full_info().pss  # pages that processes share count once
            except psutil.Error:
                continue
            self.memory = max(self.memory, memory / 2**20)
            time.sleep(0.1)


if __name__ == "__main__":
    main()
