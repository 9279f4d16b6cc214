"""A command of newscrawl in a process that is forked from one which has imported what crawls need."""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Sequence
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

from newscrawl.operations.process import PARENT_VARIABLE


def run_command(program: str, words: Sequence[str], folder: Path) -> None:
    """Run `python -m PROGRAM WORDS` in a folder, and end with SIGTERM when the worker is gone. Raises SystemExit."""
    os.setsid()  # Ctrl-C reaches the worker, which ends its crawls once
    os.chdir(folder)
    # If the process it is forked from is killed, the worker does not learn how it ends.
    os.environ[PARENT_VARIABLE] = str(os.getppid())
    Thread(target=_end_with_worker, daemon=True).start()
    sys.argv = [program, *words]
    runpy.run_module(program, run_name="__main__")


def _end_with_worker() -> None:
    if worker := parent_process():
        worker.join()
        os.kill(os.getpid(), signal.SIGTERM)
