"""What a command costs before it does its work: CPU seconds as `newscrawl NAME`, with `scrapy NAME` in the same run.

    python -m bench.startup [--runs N]

Byte code is compiled before. Each command runs N times in turn; the least CPU time counts: other work on the machine
disturbs it least.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = """<html lang="en"><head><title>Tide Mill Turns Again</title></head><body><article><h1>Tide Mill Turns Again</h1>
<p>{}</p><p>{}</p></article></body></html>""".format(*("The miller of Ravensend opened the sluice at noon. " * 8,) * 2)
COMMANDS = {
    "articles harbor": ("articles", "harbor"),
    "runs --check": ("runs", "--check"),
    "extract page.html": ("extract", "page.html"),
    "sites": ("sites",),
    "crawl of no page": ("crawl", "bloomberg", "-a", "source=sample", "-a", "dry_run=1"),
}
PROGRAMS = {"scrapy": ("-m", "scrapy"), "newscrawl": ("-m", "newscrawl")}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long commands take to start.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scrapy.cfg").write_text((ROOT / "scrapy.cfg").read_text())
        (Path(folder) / "page.html").write_text(PAGE)
        measure_cpu([*PROGRAMS["newscrawl"], "crawl", "bloomberg", "-a", "source=sample"], folder)
        print(f"{'':20} {'scrapy':>8} {'newscrawl':>10} {'ratio':>6}   (CPU seconds, least of {runs})")
        for name, arguments in COMMANDS.items():
            times = {program: [0.0] * runs for program in PROGRAMS}
            for run in range(runs):
                for program, start in PROGRAMS.items():
                    times[program][run] = measure_cpu([*start, *arguments], folder)
            ours, theirs = min(times["newscrawl"]), min(times["scrapy"])
            print(f"{name:20} {theirs:8.2f} {ours:10.2f} {ours / theirs:6.2f}", flush=True)


def measure_cpu(arguments: Sequence[str], folder: str) -> float:
    """Run Python with arguments in a folder; return the CPU seconds that it took."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NEWSCRAWL_CONFIG": "none"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # of Docker images: every run would compile again
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr.decode().strip()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
