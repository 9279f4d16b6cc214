"""The rows of all pages as matrices, and the lexicon and trees that are fitted to some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from newscrawl.extract.generic import features
from training.labels import UNKNOWN
from training.rows import LEXICON_AT, PageRows

Floats = NDArray[np.float64]

MIN_SITES = 4
"""A token of the lexicon is on pages of so many sites."""
RIDGE = 1.0
TREES = 120
PARAMETERS: dict[str, Any] = {
    "objective": "cross_entropy",
    "learning_rate": 0.08,
    "num_leaves": 16,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
SET_WEIGHTS = {"trafilatura": 0.6, "postlight": 0.5}
"""Sets whose gold is only some phrases of a page."""


def weigh_rows(page: PageRows) -> list[float]:
    """Return how much each row counts: by its share of the words of the article, as in the scores; 0 if unlabelled."""
    whole = sum(words for words, label in zip(page.words, page.labels, strict=True) if label > 0.5) or 100
    scale = SET_WEIGHTS.get(page.page.set, 1.0)
    return [
        0.0 if label == UNKNOWN else scale * min(0.25, (words + 4) / (whole + 100)) ** 0.75
        for words, label in zip(page.words, page.labels, strict=True)
    ]


class Dataset:
    """The rows of pages, in order; `page_of` has the number of the page of each."""

    def __init__(self, pages: Sequence[PageRows]) -> None:
        self.pages = [page for page in pages if page.values]
        self.page_of = np.repeat(np.arange(len(self.pages)), [len(page.values) for page in self.pages])
        self.values = np.array([row for page in self.pages for row in page.values])
        labels = np.array([label for page in self.pages for label in page.labels])
        self.labels = np.where(labels > 0.8, 1.0, np.where(labels < 0.2, 0.0, labels))
        self.weights = np.array([weight for page in self.pages for weight in weigh_rows(page)])
        self._number_elements()

    def _number_elements(self) -> None:
        rows = [elements for page in self.pages for elements in page.elements]
        known = {tokens: at for at, tokens in enumerate(dict.fromkeys(each for row in rows for each in row))}
        self.tokens = sorted({token for tokens in known for token in tokens})
        number = {token: at for at, token in enumerate(self.tokens)}
        self._elements = _incidence([[number[token] for token in tokens] for tokens in known], len(self.tokens))
        numbers = [[known[tokens] for tokens in row] for row in rows]
        self._outer = np.array([at for row in numbers for at in row[1:] or row[:1]])
        self._outer_at = np.cumsum([0, *(max(1, len(row) - 1) for row in numbers[:-1])])
        self._inner = np.array([row[0] for row in numbers])
        self._counts = (_incidence(numbers, len(known)) @ self._elements).tocsr()
        sites = sorted({page.page.site for page in self.pages})
        self._site_of = np.array([sites.index(self.pages[page].page.site) for page in self.page_of])

    def fit_lexicon(self, chosen: NDArray[np.bool_]) -> Floats:
        """Fit a logistic regression of the labels on the tokens; return the weight of each token."""
        chosen = chosen & (self.weights > 0)
        counts = self._counts[chosen]
        sites = self._site_of[chosen]
        by_site = _incidence([np.flatnonzero(sites == site).tolist() for site in np.unique(sites)], len(sites)) @ counts
        common = np.flatnonzero(np.asarray((by_site > 0).sum(axis=0)).ravel() >= MIN_SITES)
        counts = counts[:, common]
        goal, weights = (self.labels[chosen] > 0.5).astype(float), self.weights[chosen]

        def loss(beta: Floats) -> tuple[float, Floats]:
            logit = counts @ beta[:-1] + beta[-1]
            error = weights * (1 / (1 + np.exp(-np.clip(logit, -30, 30))) - goal)
            value = (weights * np.logaddexp(0, np.where(goal > 0, -logit, logit))).sum()
            value += RIDGE / 2 * (beta[:-1] ** 2).sum()
            return float(value), np.append(counts.T @ error + RIDGE * beta[:-1], error.sum())

        start = np.zeros(len(common) + 1)
        found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
        lexicon = np.zeros(len(self.tokens))
        lexicon[common] = np.where(np.abs(found.x[:-1]) >= 0.03, np.round(found.x[:-1], 2), 0.0)
        return lexicon

    def with_lexicon(self, lexicon: Floats, chosen: NDArray[np.bool_]) -> Floats:
        """Return the features of the chosen rows, with those that depend on the lexicon."""
        sums = self._elements @ lexicon
        near = sums[self._inner]
        far = (self._counts @ lexicon) - near
        lowest = np.minimum.reduceat(sums[self._outer], self._outer_at)
        values = self.values[chosen].copy()
        values[:, LEXICON_AT : LEXICON_AT + 4] = np.stack([near + far, near, far, lowest], axis=1)[chosen]
        return values

    def fit_trees(self, values: Floats, chosen: NDArray[np.bool_]) -> lightgbm.Booster:
        """Fit the trees to the labelled ones of the chosen rows, whose features are `values`."""
        labelled = self.weights[chosen] > 0
        weights = self.weights[chosen][labelled]
        data = lightgbm.Dataset(
            values[labelled],
            self.labels[chosen][labelled],
            weight=weights / weights.mean(),
            feature_name=list(features.NAMES),
        )
        return lightgbm.train(PARAMETERS, data, TREES)


def _incidence(rows: Sequence[Sequence[int]], width: int) -> Any:
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.array([at for row in rows for at in row], dtype=np.int64)
    return sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), width))
