"""What pip installs for a checkout, by the requirements files, and as a package, by pyproject.toml, is the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOT_IN_A_CHECKOUT = {"gs", "az", "postgresql", "mariadb", "cluster", "queue", "poet"}
"""Extras that `make extras` leaves out: servers and clouds that few people have."""


def read_requirements(name: str) -> set[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return {str(Requirement(line)) for line in lines if line.strip() and line[0] not in "#-"}


def read_metadata(requirements: list[str]) -> set[str]:
    return {str(Requirement(each)) for each in requirements}


def test_the_package_requires_what_a_checkout_installs() -> None:
    assert read_metadata(PROJECT["dependencies"]) == read_requirements("requirements.txt")


def test_the_extras_are_those_of_a_checkout() -> None:
    shared = [each for name, extra in EXTRAS.items() if name not in NOT_IN_A_CHECKOUT | {"all"} for each in extra]
    assert read_metadata(shared) == read_requirements("requirements-extras.txt")


def test_all_is_every_extra() -> None:
    (all_extras,) = map(Requirement, EXTRAS["all"])
    assert (all_extras.name, all_extras.extras) == (PROJECT["name"], set(EXTRAS) - {"all"})


def test_each_requirement_has_an_exact_build_that_fits() -> None:
    pinned = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if match := re.fullmatch(r"([\w.\-]+)==(\S+)(\s*;.*)?", line):
            pinned[canonicalize_name(match[1])] = match[2]
    for name in ("requirements.txt", "requirements-extras.txt", "requirements-dev.txt"):
        for each in map(Requirement, read_requirements(name)):
            build = pinned.get(canonicalize_name(each.name))
            assert build, f"{name}: constraints.txt has no build of {each.name}"
            assert each.specifier.contains(build, prereleases=True), f"{name}: {each} excludes the build {build}"


def test_every_supported_python_is_named_alike() -> None:
    lowest = re.fullmatch(r">=(3\.\d+)", PROJECT["requires-python"])
    assert lowest
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert tools["mypy"]["python_version"] == lowest[1]
    assert tools["ruff"]["target-version"] == f"py{lowest[1].replace('.', '')}"
