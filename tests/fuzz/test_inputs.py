"""Inputs that fuzzing found, and the sample edition's own pages and lists, read by the targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, make_seeds

INPUTS = Path(__file__).parent / "inputs"
FOUND = sorted(path for path in INPUTS.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_found_input_is_read(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_the_sample_edition_is_read(target: str) -> None:
    seeds = list(make_seeds(target))
    assert len(seeds) > 5
    for seed in seeds:
        TARGETS[target](seed)
