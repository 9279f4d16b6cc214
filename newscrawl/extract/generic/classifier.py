"""The model that tells the body of an article from the rest of its page: boosted trees, evaluated without a library.

`model.json` is written by `python -m training.train`: the names of the features, the lexicon of class and id tokens,
and the trees, each a number (a leaf) or [feature, threshold, tree if at most the threshold, tree otherwise].
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from newscrawl.extract.generic import features

Tree = Any
"""float | tuple[int, float, Tree, Tree]: mypy has no recursive types that are as fast to check at run time."""


@dataclass(frozen=True, slots=True)
class Model:
    """Trees over features; the sum of their leaves is the logit of the probability."""

    lexicon: Mapping[str, float]
    trees: tuple[Tree, ...]

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Model:
        """Make a model of the content of model.json. Raises ValueError if it is for other features."""
        if data["features"] != features.NAMES:
            raise ValueError("model.json was trained on other features: run python -m training.train")
        return cls(data["lexicon"], cls.read_trees(data["trees"]))

    @staticmethod
    def read_trees(trees: Sequence[Any]) -> tuple[Tree, ...]:
        """Make trees of their JSON."""
        return tuple(map(_freeze, trees))

    def predict(self, row: Sequence[float]) -> float:
        """Return the probability that a segment belongs to the article."""
        total = 0.0
        for tree in self.trees:
            node = tree
            while node.__class__ is tuple:
                node = node[2] if row[node[0]] <= node[1] else node[3]
            total += node
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def load_model() -> Model:
    return Model.load(json.loads((Path(__file__).parent / "model.json").read_text("utf-8")))


def _freeze(node: Any) -> Tree:
    if not isinstance(node, list):
        return float(node)
    return node[0], node[1], _freeze(node[2]), _freeze(node[3])
