"""Options of the test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-pages",
        action="store_true",
        help="write what is read from the pages of tests/pages whose expectation is missing or differs, and fail",
    )
