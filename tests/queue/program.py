"""Runs in place of newscrawl in a process of a worker: writes down what it found there, and ends as its spider says.

`crawl SPIDER … FILE`: the spider is "report", "killed", "alone" (kills the process it was forked from) or "waiting"
(for SIGTERM, with exit code 8).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from newscrawl.operations.process import end_with_parent

SECONDS = 60


def report(file: Path) -> None:
    is_prepared = "newscrawl.pipelines" in sys.modules
    import newscrawl.crawl_command as state

    found = {
        "is_prepared": is_prepared,
        "argv": sys.argv,
        "folder": str(Path.cwd()),
        "variable": os.environ.get("STATE_OF_A_CRAWL"),
        "attribute": getattr(state, "state_of_a_crawl", None),
        "stdin": sys.stdin.read(),
        "leads_session": os.getsid(0) == os.getpid(),
        "default": [signal.getsignal(number) is signal.SIG_DFL for number in (signal.SIGTERM, signal.SIGCHLD)],
        "interrupts": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "imported": [name for name in ("newscrawl.settings", "twisted.internet.reactor") if name in sys.modules],
    }
    os.environ["STATE_OF_A_CRAWL"] = state.state_of_a_crawl = sys.argv[2]  # type: ignore[attr-defined]
    file.write_text(json.dumps(found), "utf-8")


def wait(file: Path) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        file.write_text("ended", "utf-8")
        raise SystemExit(8)

    signal.signal(signal.SIGTERM, end)
    end_with_parent()
    file.write_text("waits", "utf-8")
    threading.Event().wait(SECONDS)


def main() -> None:
    spider, file = sys.argv[2], Path(sys.argv[-1])
    if spider == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif spider == "alone":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(SECONDS)
    elif spider == "waiting":
        wait(file)
    else:
        report(file)


if __name__ == "__main__":
    main()
