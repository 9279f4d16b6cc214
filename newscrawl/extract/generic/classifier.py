"""The model that tells the body of an article from the rest of its page: boosted trees, evaluated without a library.

`model.json` is written by `python -m training.train`: the names of the features, the lexicon of class and id tokens,
and the trees, each a number (a leaf) or [feature, threshold, tree if at most the threshold, tree otherwise].
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from newscrawl.extract.generic import features

MODELS = Path(__file__).parent
"""Where model.json and page_kind.json are. Benchmarks put other models in their place, before the first page."""
Trees = Callable[[Sequence[float]], float]
"""Returns the sum of the leaves that a row of features leads to."""


@dataclass(frozen=True, slots=True)
class Model:
    """Trees over features; the sum of their leaves is the logit of the probability."""

    lexicon: Mapping[str, float]
    trees: Trees

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Model:
        """Make a model of the content of model.json. Raises ValueError if it is for other features."""
        if data["features"] != features.NAMES:
            raise ValueError("model.json was trained on other features: run python -m training.train")
        return cls(data["lexicon"], compile_trees(data["trees"], len(features.NAMES)))

    def predict(self, row: Sequence[float]) -> float:
        """Return the probability that a segment belongs to the article."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.trees(row)))))


@cache
def load_model() -> Model:
    return Model.load(json.loads((MODELS / "model.json").read_text("utf-8")))


def compile_trees(trees: Sequence[Any], width: int) -> Trees:
    """Compile trees over `width` features to one function.

    It has a conditional expression for each tree, and a local variable for each feature: a walk over the nodes as data
    takes three times as long, and half of the time of a whole page.
    """
    names = "".join(f"f{number}, " for number in range(width))
    lines = ["def add_leaves(row):", f" {names}= row", " total = 0.0", *(f" total += {_write(tree)}" for tree in trees)]
    scope: dict[str, Trees] = {}
    exec("\n".join((*lines, " return total")), scope)  # noqa: S102 - nothing but numbers of our own file
    return scope["add_leaves"]


def _write(node: Any) -> str:
    if not isinstance(node, list):
        return repr(float(node))
    feature, threshold, low, high = node
    return f"({_write(low)} if f{int(feature)} <= {float(threshold)!r} else {_write(high)})"
