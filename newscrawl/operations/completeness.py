"""How much of what a site publishes its lists show, estimated from how much they overlap (capture-recapture).

Each kind of list is an independent look at the same articles. If a feed and a sitemap were made independently, the
share of the feed's articles that are in the sitemap too is the share of all articles that the sitemap has, and so the
number of articles that neither names can be estimated.

Two kinds: the estimator of Chapman (1951) with the interval of Sadinle (2009). Three kinds: the eight log-linear models
without a three-way interaction (Fienberg 1972), weighted by AIC, so that two kinds may depend on each other (a feed and
a front page both prefer the news of the day). What stays hidden is dependence among all kinds: articles that no list
ever names, such as those of a section without a feed that the sitemap leaves out. Lists that prefer the same
articles make the estimate of what is missing too small, lists that share them out make it too large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt

KINDS: Mapping[str, str] = {
    "sitemap": "sitemap",
    "news_sitemap": "sitemap",
    "text_sitemap": "sitemap",
    "feed": "feed",
    "json_feed": "feed",
    "front_page": "front page",
}
"""Kinds of lists, by source. Lists of one kind are made from the same data: they are one look."""
MIN_ARTICLES, MIN_OVERLAP = 20, 7
"""Fewer articles, or fewer that two kinds name, say nothing: with an overlap of 7, Chapman's bias is below 2 %."""
_MIN_OF_KIND = 5
_Z = 1.959964
_HALF = 0.5  # added to each cell: an estimate, and a width, where a cell is empty

Cells = Mapping[frozenset[str], int]
"""Number of articles by the kinds of lists that name them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval, each from 0 to 1."""

    share: float
    low: float
    high: float
    is_limit: bool = False
    """Whether the true share is probably smaller: both kinds of lists prefer the news of the day."""

    def scale(self, factor: float) -> Estimate:
        return replace(self, share=self.share * factor, low=self.low * factor, high=self.high * factor)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why there is no estimate."""

    reason: str


def estimate_coverage(cells: Cells) -> Estimate | Unknown:
    """Estimate the share of a site's articles that at least one of its lists names.

    `cells` counts the articles of a time in which every kind of list could have named them, by the kinds that do.
    """
    kinds = sorted({kind for named in cells for kind in named})
    kinds = [kind for kind in kinds if sum(n for named, n in cells.items() if kind in named) >= _MIN_OF_KIND]
    if len(kinds) < 2:
        return Unknown(f"only one kind of list: {kinds[0]}" if kinds else "no list names enough articles")
    seen = sum(n for named, n in cells.items() if named)
    of_kinds = _merge(cells, kinds)
    overlap = sum(n for named, n in of_kinds.items() if len(named) > 1)
    if seen < MIN_ARTICLES:
        return Unknown(f"only {seen} articles")
    if overlap < MIN_OVERLAP:
        return Unknown(f"only {overlap} articles are on two kinds of lists")
    missing, low, high = _estimate_two(of_kinds, kinds) if len(kinds) == 2 else _estimate_three(of_kinds, kinds)
    # the logarithm of a number near zero has a wide interval; there, the shares of each list say more
    high = min(high, max(_bound_missing(of_kinds, kind) for kind in kinds))
    share, least, most = (seen / (seen + number) for number in (missing, max(high, missing), min(low, missing)))
    return Estimate(share, least, most, is_limit="sitemap" not in kinds)


def _merge(cells: Cells, kinds: Sequence[str]) -> dict[frozenset[str], int]:
    merged: dict[frozenset[str], int] = {}
    for named, n in cells.items():
        if used := named.intersection(kinds):
            merged[used] = merged.get(used, 0) + n
    return merged


def _estimate_two(cells: Cells, kinds: Sequence[str]) -> tuple[float, float, float]:
    """Return the number of articles on no list, and its interval."""
    both, *single = (cells.get(frozenset(named), 0) for named in (kinds, kinds[:1], kinds[1:]))
    missing = single[0] * single[1] / (both + 1)
    a, b, c = both + _HALF, single[0] + _HALF, single[1] + _HALF
    spread = exp(_Z * sqrt(1 / a + 1 / b + 1 / c + a / (b * c)))
    middle = b * c / a
    return missing, max(0.0, middle / spread - _HALF), middle * spread - _HALF


def _estimate_three(cells: Cells, kinds: Sequence[str]) -> tuple[float, float, float]:
    counts = [
        cells.get(frozenset(kind for kind, bit in zip(kinds, (4, 2, 1), strict=True) if place & bit), 0) + _HALF
        for place in range(1, 8)
    ]
    models = list(_fit_models([0.0, *counts]))
    best = min(model.aic for model in models)
    weights = [exp((best - model.aic) / 2) for model in models]
    total = sum(weights)
    middle = sum(weight * log(model.missing) for weight, model in zip(weights, models, strict=True)) / total
    # the spread among the models counts too (Burnham and Anderson 2002, 4.9)
    error = sum(
        weight * sqrt(model.variance + (log(model.missing) - middle) ** 2)
        for weight, model in zip(weights, models, strict=True)
    )
    spread = exp(_Z * error / total)
    missing = exp(middle)
    return max(0.0, missing - _HALF), max(0.0, missing / spread - _HALF), missing * spread - _HALF


def _bound_missing(cells: Cells, kind: str) -> float:
    """Return an upper limit of the number on no list, if one kind is independent of the others together."""
    both = sum(n for named, n in cells.items() if kind in named and len(named) > 1)
    alone, others = cells.get(frozenset([kind]), 0), sum(n for named, n in cells.items() if kind not in named)
    absent = (1 - _lower_limit(both, both + others)) * (1 - _lower_limit(both, both + alone))
    mean = (both + alone + others) * absent / (1 - absent)
    return mean + _Z * sqrt(mean) + 1


def _lower_limit(n: int, total: int) -> float:
    """Return the lower limit of a share of counts (Wilson 1927)."""
    share, square = n / total, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    return (share + square / (2 * total) - spread) / (1 + square / total)


@dataclass(frozen=True, slots=True)
class _Model:
    missing: float
    variance: float
    """Of the logarithm of `missing`."""
    aic: float


def _fit_models(x: Sequence[float]) -> Iterator[_Model]:
    """Fit the log-linear models of three lists; `x[0b110]` counts what the first and the second list name."""
    yield _fit_independent(x)
    for one, two, three in ((4, 2, 1), (4, 1, 2), (2, 1, 4)):
        yield _fit_pair(x, one, two, three)
        yield _fit_conditional(x, one, two, three)
    singles, pairs = (x[4], x[2], x[1]), (x[6], x[5], x[3])
    missing = x[7] * singles[0] * singles[1] * singles[2] / (pairs[0] * pairs[1] * pairs[2])
    yield _Model(missing, sum(1 / n for n in x[1:]) + 1 / missing, 2 * 7)


def _fit_independent(x: Sequence[float]) -> _Model:
    """All lists independent: no closed form, the number of articles by bisection."""
    seen = sum(x)
    sizes = [sum(n for place, n in enumerate(x) if place & bit) for bit in (4, 2, 1)]

    def excess(number: float) -> float:
        product = 1.0
        for size in sizes:
            product *= 1 - size / number
        return number * product - (number - seen)

    low, high = seen, 2 * seen
    while excess(high) > 0 and high < 1e9 * seen:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    number, shares = high, [size / high for size in sizes]
    missing = max(number - seen, 1e-6)
    fitted = []
    for place in range(8):
        value = number
        for share, bit in zip(shares, (4, 2, 1), strict=True):
            value *= share if place & bit else 1 - share
        fitted.append(value)
    absent = (1 - shares[0]) * (1 - shares[1]) * (1 - shares[2])
    information = 1 / absent + 2 - sum(1 / (1 - share) for share in shares)
    variance = number / information / missing**2 if information > 0 else float("inf")
    return _Model(missing, variance, _deviance(x, fitted) + 2 * 4)


def _fit_pair(x: Sequence[float], one: int, two: int, three: int) -> _Model:
    """Two lists depend on each other, the third one on neither: their union and the third are two lists."""
    union = {place: x[place] + x[place | three] for place in (one, two, one | two)}
    both = sum(x[place | three] for place in union)
    first = sum(x[place] for place in union)
    missing = first * x[three] / both
    fitted = [0.0] * 8
    for place, n in union.items():
        fitted[place] = n * first / (first + both)
        fitted[place | three] = n * both / (first + both)
    fitted[three] = x[three]
    variance = 1 / both + 1 / first + 1 / x[three] + 1 / missing
    return _Model(missing, variance, _deviance(x, fitted) + 2 * 5)


def _fit_conditional(x: Sequence[float], one: int, two: int, three: int) -> _Model:
    """The third list depends on both others, which are independent of each other, with it and without it."""
    missing = x[one] * x[two] / x[one | two]
    fitted = list(x)
    total = x[three] + x[one | three] + x[two | three] + x[7]
    with_one, with_two = x[one | three] + x[7], x[two | three] + x[7]
    fitted[7] = with_one * with_two / total
    fitted[one | three] = with_one * (total - with_two) / total
    fitted[two | three] = (total - with_one) * with_two / total
    fitted[three] = (total - with_one) * (total - with_two) / total
    variance = 1 / x[one] + 1 / x[two] + 1 / x[one | two] + 1 / missing
    return _Model(missing, variance, _deviance(x, fitted) + 2 * 6)


def _deviance(x: Sequence[float], fitted: Sequence[float]) -> float:
    pairs = zip(x[1:], fitted[1:], strict=True)
    return 2 * sum(n * log(n / max(mean, 1e-9)) - n + mean for n, mean in pairs)
