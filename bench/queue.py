"""Many sites from a queue: one of the workers is killed, and PostgreSQL is restarted.

python -m bench.queue [--sites 60] [--articles 3] [--workers 3] [--processes 2] [--delay 0.5] [--spread 60] [--calm]

The sites are those of tests/world again and again, each at a loopback address of its own; PostgreSQL is a server of its
own, without disk syncs. The lag of a site is the time from when it was due to its first request, as the site sees it:
it includes the start of a process. --calm: nothing is killed or restarted.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.many_sites import make_sites
from tests.queue.servers import serve_postgresql
from tests.queue.trial import Outcome, Plan, run_trial
from tests.world import serve


def print_outcome(outcome: Outcome, plan: Plan, sites: int) -> None:
    """Print the figures of a trial."""
    found, lags, waits = outcome.found, sorted(outcome.lags), sorted(outcome.waits)
    print(f"{sites} sites, {plan.workers} workers of {plan.processes} processes, {outcome.seconds:.0f} s")
    print(f"articles: {found.found} of {found.articles}, {len(found.duplicates)} twice, {outcome.refetched} refetched")
    print(f"two runs at once on a site: {outcome.together}; runs: {dict(outcome.runs)}")
    print(f"closest requests to a site: {outcome.closest:.3f} s apart, of {plan.delay:g} s")
    print("\n".join(outcome.close))
    print(f"lag to the first request: median {statistics.median(lags):.1f} s, longest {lags[-1]:.1f} s")
    print(f"lag to the last start: median {statistics.median(waits):.1f} s, longest {waits[-1]:.1f} s")
    print(f"CPU: {outcome.cpu_seconds:.0f} s, {outcome.cpu_seconds / sites:.2f} s for each site")
    print(f"connections to PostgreSQL: {outcome.connections} at most")
    articles = found.found
    print(f"database: {outcome.database_bytes / articles / 1e3:.1f} kB an article, with pages, lists, runs and indexes")
    print(f"captures: {outcome.capture_bytes / articles / 1e3:.1f} kB an article, {outcome.capture_files} files")
    print(f"exit codes of the workers that were left: {list(outcome.codes)}")


def main() -> None:
    """Run the trial and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=60)
    parser.add_argument("--articles", type=int, default=3)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--delay", type=float, default=0.5)
    parser.add_argument("--spread", type=float, default=60)
    parser.add_argument("--calm", action="store_true")
    options = parser.parse_args()
    plan = Plan(
        workers=options.workers,
        processes=options.processes,
        delay=options.delay,
        spread=options.spread,
        kill_after=0 if options.calm else max(1, options.sites // 5),
        restart_after=0 if options.calm else max(2, options.sites // 2),
    )
    sites = make_sites(options.sites, options.articles)
    with tempfile.TemporaryDirectory() as name, serve(sites) as world, serve_postgresql() as server:
        outcome = run_trial(world, server, Path(name), plan)
    print_outcome(outcome, plan, options.sites)
    if outcome.found.missing or outcome.together:
        print(outcome.log)


if __name__ == "__main__":
    main()
