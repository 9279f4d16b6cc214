"""The tests that take hours: python -m tests.long_run [STEP …] [--log long-run.jsonl] [--again]

Without a STEP, all of them. Each is done in batches of some minutes. A finished batch is a line of the log, and is not
done again: a run that was stopped continues with the next batch, on another day if need be. --again starts over.
The exit code is 1 if a batch failed; its output is in the log.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
_CORPUS = Path("long-run-corpus")


@dataclass(frozen=True, slots=True)
class Step:
    """A test that is done in batches; "{batch}" in a word is the number of the batch, from 1."""

    name: str
    words: tuple[str, ...]
    """Of the Python that runs this."""
    batches: int = 1

    def command(self, batch: int) -> list[str]:
        return [sys.executable, *(word.format(batch=batch) for word in self.words)]


def _kill(command: str, kills: int, articles: int = 400) -> tuple[str, ...]:
    module = ("-m", "tests.kills.command_kills", command)
    return (*module, "--kills", str(kills), "--articles", str(articles), "--seed", "{batch}")


def _fuzz(target: str) -> tuple[str, ...]:
    return ("-m", "tests.fuzz.fuzz", target, "--seconds", "300", "--corpus", str(_CORPUS / target))


_CRAWL = ("-m", "tests.kills.harness", "--articles", "1000", "--kills", "25", "--healthy", "5", "--seed", "{batch}")
STEPS = (
    Step("crawl", _CRAWL, batches=8),
    Step("ingest", _kill("ingest", 10), batches=5),
    Step("export", _kill("export", 10), batches=2),
    Step("reextract", _kill("reextract", 10), batches=2),
    Step("upgrade", _kill("upgrade", 10, 20_000), batches=2),
    Step("vacuum", _kill("vacuum", 10), batches=2),
    Step("repair", _kill("repair", 10), batches=2),
    Step("month", (*_PYTEST, "-m", "long or not long", "tests/simulation")),
    Step("memory", ("-m", "bench.memory")),
    Step("fuzz-extraction", _fuzz("extraction"), batches=4),
    Step("fuzz-lists", _fuzz("lists"), batches=4),
)


def read_log(log: Path) -> list[dict[str, Any]]:
    """Return the finished batches; a last line that a kill cut off is none."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.endswith("}")]


def find_missing(steps: Sequence[Step], done: Sequence[dict[str, Any]]) -> Iterator[tuple[Step, int]]:
    """Yield the batches that are not in the log."""
    finished = {(each["step"], each["batch"]) for each in done}
    for step in steps:
        yield from ((step, batch) for batch in range(1, step.batches + 1) if (step.name, batch) not in finished)


def run_batch(step: Step, batch: int) -> dict[str, Any]:
    """Run a batch to its end; return its line of the log."""
    began = time.time()
    done = subprocess.run(step.command(batch), capture_output=True, text=True, errors="replace", check=False)
    # A fuzzer prints a line for each module that it watches, and for each input that it keeps.
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(("INFO:", "#"))]
    output = "\n".join(lines[-60:])
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "step": step.name,
        "batch": batch,
        "exit_code": done.returncode,
        "seconds": round(time.time() - began),
        "commit": head.stdout.strip(),
        "output": output,
    }


def main() -> int:
    """Run what is missing, then print a line for each step; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [step.name for step in STEPS]
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(names))
    parser.add_argument("--log", type=Path, default=Path("long-run.jsonl"))
    parser.add_argument("--again", action="store_true", help="forget the finished batches of these steps")
    options = parser.parse_args()
    if unknown := {*options.steps} - {*names}:
        parser.error(f"there is no step {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    console = Console(highlight=False, markup=False)
    steps = [step for step in STEPS if step.name in (options.steps or names)]
    done = read_log(options.log)
    if options.again:
        done = [each for each in done if each["step"] not in {step.name for step in steps}]
    options.log.write_text("".join(json.dumps(each) + "\n" for each in done), "utf-8")
    for step, batch in list(find_missing(steps, done)):
        with console.status(f"{step.name}, batch {batch} of {step.batches}"):
            done.append(run_batch(step, batch))
        with options.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(done[-1]) + "\n")
        if done[-1]["exit_code"]:
            console.print(f"{step.name}, batch {batch}: failed\n{done[-1]['output']}\n")
    return print_summary(steps, done, console)


def print_summary(steps: Sequence[Step], done: Sequence[dict[str, Any]], console: Console) -> int:
    """Print a line for each step; return the exit code."""
    failed = 0
    for step in steps:
        own = [each for each in done if each["step"] == step.name]
        bad = [str(each["batch"]) for each in own if each["exit_code"]]
        failed += len(bad)
        result = f"batches that failed: {', '.join(bad)}" if bad else "ok"
        minutes = sum(each["seconds"] for each in own) / 60
        console.print(f"{step.name:16} {len(own):2} of {step.batches} batches in {minutes:.0f} min: {result}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
