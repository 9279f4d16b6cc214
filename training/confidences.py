"""Calibrates the confidence of the generic extractor on sites that its models were not trained on.

python -m training.confidences --gold ../shared/anynews

Each page is read with a body model of other sites (five folds). A logistic regression then learns on which pages the
body scores .9 or more; it is measured on sites that neither was trained on. Two runs write the same bytes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from newscrawl.article import Page
from newscrawl.extract.generic import body, confidence, features, page_kind
from newscrawl.extract.markup import Markup
from training import scores
from training.dataset import Dataset
from training.rows import PageRows, read_rows
from training.train import cross_validate

RIGHT = 0.9
"""Score of a page from which its body is right."""
_FOLDS = 10
_RIDGE = 4.0
_MODEL = Path(confidence.__file__).parent / "confidence.json"

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Reading:
    """A page as read with a model of other sites."""

    site: str
    set: str
    row: list[float]
    score: float


def score_body(metrics: Any, rows: PageRows, texts: Sequence[str]) -> float | None:
    """Return the score of a page from 0 to 1, None if its gold says too little."""
    found = scores.score_page(metrics, rows.page, texts)
    if found is None or rows.page.set == "postlight":
        return None
    if rows.page.set in ("scrapinghub", "fundus-pages"):
        return float(metrics.page_f1(found))
    if rows.page.set == "trafilatura":
        return float(2 * found[0] / max(1, 2 * found[0] + found[1] + found[2]))
    return float(found)


def read_page(task: tuple[PageRows, list[float], Path]) -> Reading | None:
    """Read a page with the probabilities of its segments that a model of other sites gave."""
    rows, probabilities, gold = task
    page = Page(
        url=rows.page.url, body=rows.page.html, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type="text/html"
    )
    markup = Markup(page, 2**24)
    known = body.find_body(markup)
    given = dict(zip(features.find_candidates(known.evidence), probabilities, strict=True))
    found = body.FoundBody(known.evidence, {number: given[number] for number in known.probabilities})
    score = score_body(scores.load_metrics(gold), rows, [found.segments[number].text for number in found.numbers])
    if score is None:
        return None
    kind = page_kind.classify(found, markup)
    return Reading(rows.page.site, rows.page.set, confidence.compute(found, kind.probability, kind.numbers), score)


def fit(rows: Floats, goal: Floats) -> confidence.Calibration:
    """Fit the logistic regression."""
    means, scales = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    values = np.clip((rows - means) / scales, -3, 3)

    def loss(beta: Floats) -> tuple[float, Floats]:
        logit = values @ beta[:-1] + beta[-1]
        error = 1 / (1 + np.exp(-np.clip(logit, -30, 30))) - goal
        value = np.logaddexp(0, np.where(goal > 0, -logit, logit)).sum() + _RIDGE / 2 * (beta[:-1] ** 2).sum()
        return float(value), np.append(values.T @ error + _RIDGE * beta[:-1], error.sum())

    found = optimize.minimize(
        loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}
    ).x

    def shorten(numbers: Any) -> tuple[float, ...]:
        return tuple(float(f"{number:.4g}") for number in numbers)

    return confidence.Calibration(shorten(means), shorten(scales), shorten(found[:-1]), float(f"{found[-1]:.4g}"))


def print_reliability(estimates: Floats, right: Floats) -> None:
    """Print how many of the pages in each range of confidence are right, and how well it finds the others."""
    edges = [0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.001]
    for low, high in pairwise(edges):
        inside = (estimates >= low) & (estimates < high)
        if inside.any():
            mean, share = estimates[inside].mean(), right[inside].mean()
            print(f"{low:.2f} to {min(high, 1):.2f}  {inside.sum():4} pages  mean {mean:.3f}  right {share:.3f}")
    order = estimates.argsort().argsort() + 1.0
    wrong = right == 0
    count = wrong.sum()
    area = 1 - (order[wrong].sum() - count * (count + 1) / 2) / max(1, count * (len(right) - count))
    print(f"right {right.mean():.3f}  area under the curve {area:.3f}  Brier {np.mean((estimates - right) ** 2):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="folder with dev/SET.tar.xz and metrics.py")
    parser.add_argument("--model", type=Path, default=_MODEL, help="file to write (default: %(default)s)")
    options = parser.parse_args()
    dataset = Dataset(read_rows(options.gold))
    with multiprocessing.Pool() as pool:
        ends = np.cumsum([len(rows.values) for rows in dataset.pages])
        parts = np.split(cross_validate(dataset), ends[:-1])
        tasks = [(rows, part.tolist(), options.gold) for rows, part in zip(dataset.pages, parts, strict=True)]
        readings = [reading for reading in pool.imap(read_page, tasks, chunksize=8) if reading]
    rows = np.array([reading.row for reading in readings])
    right = np.array([float(reading.score >= RIGHT) for reading in readings])
    folds = np.array([zlib.crc32(reading.site.encode()) % _FOLDS for reading in readings])
    estimates = np.zeros(len(readings))
    for fold in range(_FOLDS):
        calibration = fit(rows[folds != fold], right[folds != fold])
        for at in np.flatnonzero(folds == fold).tolist():
            estimates[at] = calibration.predict(readings[at].row)
    print_reliability(estimates, right)
    lost = np.array([reading.score < 0.5 for reading in readings])
    if lost.any():
        found = np.mean(estimates[lost] < 0.5)
        print(f"{lost.sum()} pages score below .5: the confidence of {found:.2f} of them is below .5")
    final = fit(rows, right)
    model = {
        "features": confidence.NAMES,
        "means": final.means,
        "scales": final.scales,
        "weights": final.weights,
        "bias": final.bias,
    }
    options.model.write_text(json.dumps(model, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
