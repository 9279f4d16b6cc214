"""Bounds of CPU time that hold on a busy machine: the clock is never looked at.

A busy machine makes code slower as well: other programs fill its caches and share its cores. So a bound is many times
what was measured, and the input is so large that a loop over a loop takes minutes.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import thread_time

_ATTEMPTS = 5
_LEAST_SECONDS = 0.005
"""What is shorter is not measured well."""


@contextmanager
def _spare_objects_of_others() -> Iterator[None]:
    """Keep the garbage collector from the objects that other tests left: it would visit them during the measurement.

    In a process with a gigabyte of them, that took longer than what is measured, and more often for a larger input.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise AssertionError if the block takes more CPU time of this thread."""
    with _spare_objects_of_others():
        began = thread_time()
        yield
        taken = thread_time() - began
    assert taken <= seconds, f"{taken:.1f} seconds of CPU time, not {seconds:g}"


def assert_linear(run: Callable[[int], object], small: int, *, factor: int = 8) -> None:
    """Raise AssertionError if `run(factor * small)` takes more than three times `factor` times what `run(small)` takes.

    Other programs only ever add to what is measured: so the least of several attempts counts, and there are more than
    one only if the first is above the bound.
    """
    run(small)
    few, many = float("inf"), float("inf")
    for _ in range(_ATTEMPTS):
        few, many = min(few, _measure(run, small)), min(many, _measure(run, factor * small))
        if many <= 3 * factor * max(few, _LEAST_SECONDS):
            return
    message = f"{factor} times the input takes {many / few:.0f} times the CPU time: {few:.3f} and {many:.3f} seconds"
    raise AssertionError(message)


def _measure(run: Callable[[int], object], size: int) -> float:
    with _spare_objects_of_others():
        began = thread_time()
        run(size)
        return thread_time() - began
