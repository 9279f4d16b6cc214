"""The bounds of other tests fail when they should."""

import pytest

from tests.cpu_time import assert_linear, at_most


def loop(size: int) -> int:
    return sum(number for number in range(size))


def test_a_loop_over_a_loop_is_not_linear() -> None:
    assert_linear(lambda size: loop(size * 100), 2_000)
    with pytest.raises(AssertionError, match="8 times the input takes"):
        assert_linear(lambda size: loop(size * size // 2), 800)


def test_more_than_the_bound_fails() -> None:
    with at_most(60):
        loop(10)
    with pytest.raises(AssertionError, match="seconds of CPU time, not 0"), at_most(0):
        loop(100_000)
