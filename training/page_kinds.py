"""Trains the model that tells articles from other pages, and measures it on sites that it was not trained on.

python -m training.page_kinds --gold ../shared/anynews

The articles are those of the gold sets, and invented ones; the others are the real pages in negatives/, and invented
ones (training.invented_sites). Five folds: neither a site nor a kind of content management system is in training and
test at once. The threshold refuses REFUSED of the real articles of other sites. Needs training/requirements.txt.
Two runs write the same bytes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from newscrawl.article import Page
from newscrawl.errors import NewscrawlError
from newscrawl.extract.generic import page_features, page_kind
from newscrawl.extract.generic.body import find_body
from newscrawl.extract.markup import Markup
from training.gold import GoldPage, read_negatives, read_pages
from training.invented_sites import make_pages
from training.progress import show_progress
from training.train import export_tree

REFUSED = 0.0125
"""Share of the real articles that the model alone may refuse."""
_FOLDS = 5
_TREES = 150
_MAX_BYTES = 2**24
_MODEL = Path(page_kind.__file__).parent / "page_kind.json"
_WEIGHTS = {"article": 1.0, "negatives": 5.0, "invented article": 0.7, "invented": 1.0}
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 4,
    "min_data_in_leaf": 20,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,
    "monotone_constraints": list(page_features.SIGNS.values()),
    "monotone_constraints_method": "advanced",
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A page whose kind is known."""

    source: str
    """"article" (real), "negatives" (real), "invented article" or "invented"."""
    group: str
    """Its site, or the kind of system: never in training and test at once."""
    kind: str
    url: str
    html: bytes

    @property
    def is_article(self) -> bool:
        return self.source.endswith("article")


@dataclass(slots=True)
class Measured:
    """A sample and its features."""

    sample: Sample
    row: list[float]
    has_objection: bool


def read_samples(gold: Path) -> Iterator[Sample]:
    """Yield all pages to learn from."""
    for page in read_pages(gold):
        yield Sample("article", page.site, page.set, page.url, page.html)
    for url, html in read_negatives(gold):
        yield Sample("negatives", GoldPage("", "", url, b"", {}).site, "real", url, html)
    for invented in make_pages():
        source = "invented article" if invented.is_article else "invented"
        yield Sample(source, invented.theme, invented.kind, invented.url, invented.html.encode())


def measure(sample: Sample) -> Measured | None:
    """Compute the features of a page; None if it cannot be parsed."""
    page = Page(url=sample.url, body=sample.html, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type="text/html")
    try:
        markup = Markup(page, _MAX_BYTES)
    except NewscrawlError:
        return None
    numbers = page_features.compute(find_body(markup), markup)
    return Measured(sample, page_features.make_row(numbers), page_kind.find_objection(numbers) is not None)


def measure_all(gold: Path) -> list[Measured]:
    """Return the features of all pages to learn from."""
    samples = list(read_samples(gold))
    with multiprocessing.Pool() as pool:
        measured = pool.imap(measure, samples, chunksize=8)
        return [page for page in show_progress(measured, "Measuring pages of all kinds", len(samples)) if page]


def fit(pages: Sequence[Measured]) -> lightgbm.Booster:
    """Fit the trees."""
    data = lightgbm.Dataset(
        np.array([page.row for page in pages]),
        np.array([page.sample.is_article for page in pages], dtype=float),
        weight=np.array([_WEIGHTS[page.sample.source] for page in pages]),
        feature_name=list(page_features.NAMES),
    )
    return lightgbm.train(PARAMETERS, data, _TREES)


def cross_validate(pages: Sequence[Measured]) -> NDArray[np.float64]:
    """Return for each page the probability of an article, by a model of other sites and systems."""
    folds = np.array([zlib.crc32(page.sample.group.encode()) % _FOLDS for page in pages])
    found = np.zeros(len(pages))
    for fold in range(_FOLDS):
        booster = fit([page for page, own in zip(pages, folds, strict=True) if own != fold])
        test = np.flatnonzero(folds == fold).tolist()
        if len(test):
            found[test] = booster.predict(np.array([pages[at].row for at in test]))
    return found


def choose_threshold(pages: Sequence[Measured], probabilities: NDArray[np.float64]) -> float:
    """Return the probability below which REFUSED of the real articles are."""
    real = np.array([page.sample.source == "article" for page in pages])
    return float(f"{np.quantile(probabilities[real], REFUSED):.4g}")


def fit_model(pages: Sequence[Measured], threshold: float) -> str:
    """Return the content of page_kind.json."""
    trees = [export_tree(tree["tree_structure"]) for tree in fit(pages).dump_model()["tree_info"]]
    model = {"features": page_features.NAMES, "threshold": threshold, "trees": trees}
    return json.dumps(model, separators=(",", ":")).replace("]],[", "]],\n[") + "\n"


def print_rates(pages: Sequence[Measured], probabilities: NDArray[np.float64], threshold: float) -> None:
    """Print the share of the pages of each source that are taken for articles."""
    taken: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for page, probability in zip(pages, probabilities, strict=True):
        is_taken = bool(probability >= threshold and not page.has_objection)
        for kind in ("", page.sample.kind):
            taken[page.sample.source, kind].append(is_taken)
    for (source, kind), each in sorted(taken.items()):
        print(f"{source:16} {kind:14} {sum(each):5} of {len(each):5} taken for articles  {np.mean(each):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="folder with dev/ and negatives/")
    parser.add_argument("--model", type=Path, default=_MODEL, help="file to write (default: %(default)s)")
    options = parser.parse_args()
    pages = measure_all(options.gold)
    probabilities = cross_validate(pages)
    threshold = choose_threshold(pages, probabilities)
    print(f"threshold {threshold}; on other sites and systems:")
    print_rates(pages, probabilities, threshold)
    options.model.write_text(fit_model(pages, threshold), "utf-8")


if __name__ == "__main__":
    main()
