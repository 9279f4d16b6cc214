"""Estimates how likely the body of a page was read right, as calibrated on sites that the models were not trained on.

"Right" is a score of .9 or more in the metric of the gold sets. `confidence.json` is written by
`python -m training.confidences`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from newscrawl.extract.generic.body import FoundBody
from newscrawl.extract.generic.page_kind import PageKind

NAMES = [
    "kind", "accepted_sure", "rejected_sure", "doubtful", "length", "share", "outside", "gaps", "distance",
    "streak", "lone", "second", "signs", "stated", "unstated",
]  # fmt: skip
"""The features, in order."""
_MAX_LOGIT = 6.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression on standardized features."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def predict(self, row: list[float]) -> float:
        parts = zip(row, self.means, self.scales, self.weights, strict=True)
        logit = self.bias + sum(weight * _clip((value - mean) / scale, 3.0) for value, mean, scale, weight in parts)
        return 1 / (1 + math.exp(-_clip(logit, _MAX_LOGIT)))


@cache
def load_calibration() -> Calibration:
    data = json.loads((Path(__file__).parent / "confidence.json").read_text("utf-8"))
    if data["features"] != NAMES:
        raise ValueError("confidence.json was calibrated on other features: run python -m training.confidences")
    return Calibration(tuple(data["means"]), tuple(data["scales"]), tuple(data["weights"]), data["bias"])


def estimate(found: FoundBody, kind: PageKind) -> float:
    """Return how likely the body is right, from 0 to 1."""
    return round(load_calibration().predict(compute(found, kind.probability, kind.numbers)), 3)


def compute(found: FoundBody, probability: float, numbers: Mapping[str, float]) -> list[float]:
    """Return the features of a page; `probability` is that of an article, `numbers` are its features."""
    evidence = found.evidence
    container = evidence.container
    lengths = {number: evidence.lengths[number] for number in found.probabilities}
    accepted = {number: lengths[number] for number in found.numbers}
    rejected = {number: length for number, length in lengths.items() if number not in accepted}
    size = sum(accepted.values()) or 1.0
    first, last = (min(accepted), max(accepted)) if accepted else (0, 0)
    prose = sum(length for length, weight in zip(evidence.lengths, evidence.weights, strict=True) if weight)
    chances = found.probabilities
    doubtful = sum(length for number, length in lengths.items() if 0.15 < chances[number] < 0.85)
    outside = sum(
        length for number, length in accepted.items() if container and not container.first <= number < container.last
    )
    gaps = sum(length for number, length in rejected.items() if first < number < last)
    stated = [evidence.stated[number] for number in accepted] if evidence.stated else []
    agreed = sum(1 for each in stated if each) / len(stated) if stated else 0.0
    return [
        _clip(math.log((probability + 1e-4) / (1 - probability + 1e-4)), _MAX_LOGIT),
        sum(chances[number] * length for number, length in accepted.items()) / size,
        _mean({number: 1 - chances[number] for number in rejected}, rejected),
        min(2.0, doubtful / size),
        math.log1p(size),
        min(2.0, size / (prose or 1.0)),
        outside / size,
        min(2.0, gaps / size),
        math.log1p(abs(first - evidence.headline_at)) if evidence.headline_at >= 0 else 4.0,
        numbers["streak"],
        numbers["lone"],
        numbers["second"],
        numbers["signs"],
        agreed,
        (1 - agreed) if stated else 0.0,
    ]


def _mean(values: Mapping[int, float], weights: Mapping[int, float]) -> float:
    whole = sum(weights.values())
    return sum(values[number] * weight for number, weight in weights.items()) / whole if whole else 1.0


def _clip(value: float, most: float) -> float:
    return max(-most, min(most, value))
