"""Trains the body model, and scores it on sites that it was not trained on.

python -m training.train --gold ../shared/anynews                  five folds of sites, then the model of all pages
python -m training.train --gold ../shared/anynews --no-folds       only the model

Needs training/requirements.txt. Two runs write the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.extract.generic import body, classifier, features
from training import scores
from training.dataset import Dataset, Floats
from training.gold import SETS
from training.progress import show_progress
from training.rows import PageRows, read_rows, split_sites

FOLDS = 5
_INNER_FOLDS = 4
_MODEL = Path(classifier.__file__).parent / "model.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="folder with dev/SET.tar.xz and metrics.py")
    parser.add_argument("--model", type=Path, default=_MODEL, help="file to write (default: %(default)s)")
    parser.add_argument("--no-folds", action="store_true", help="do not cross-validate")
    options = parser.parse_args()
    dataset = Dataset(read_rows(options.gold))
    print(f"{len(dataset.pages)} pages, {len(dataset.values)} segments, {len(dataset.tokens)} tokens")
    if not options.no_folds:
        print_scores(options.gold, dataset.pages, cross_validate(dataset))
    options.model.write_text(fit_model(dataset, np.ones(len(dataset.values), dtype=bool)), "utf-8")


def cross_validate(dataset: Dataset) -> Floats:
    """Return the probability of each row by a model that was trained on other sites."""
    folds = find_folds(dataset)[dataset.page_of]
    probabilities = np.zeros(len(folds))
    for fold in show_progress(range(FOLDS), "Cross-validating", FOLDS):
        train, test = folds != fold, folds == fold
        lexicon, booster = fit(dataset, train)
        probabilities[test] = booster.predict(dataset.with_lexicon(lexicon, test))
    return probabilities


def find_folds(dataset: Dataset) -> NDArray[np.int64]:
    """Return the fold of each page."""
    return np.array(split_sites([rows.page for rows in dataset.pages], FOLDS))


def fit(dataset: Dataset, train: Any) -> tuple[Floats, Any]:
    """Fit lexicon and trees; the trees learn from lexicons that were fitted to other sites than those of their rows."""
    inner = np.array(split_sites([rows.page for rows in dataset.pages], _INNER_FOLDS, seed=99))[dataset.page_of]
    values = np.zeros(dataset.values.shape)
    for fold in range(_INNER_FOLDS):
        held = train & (inner == fold)
        values[held] = dataset.with_lexicon(dataset.fit_lexicon(train & (inner != fold)), held)
    return dataset.fit_lexicon(train), dataset.fit_trees(values[train], train)


def fit_model(dataset: Dataset, train: Any) -> str:
    """Return the content of model.json, fitted to the rows that `train` marks."""
    lexicon, booster = fit(dataset, train)
    return export(dict(zip(dataset.tokens, lexicon.tolist(), strict=True)), booster)


def export(lexicon: dict[str, float], booster: Any) -> str:
    trees = [export_tree(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    model = {
        "features": features.NAMES,
        "lexicon": {token: round(weight, 2) for token, weight in sorted(lexicon.items()) if weight},
        "trees": trees,
    }
    head, _, tail = json.dumps(model, separators=(",", ":")).partition('"trees":[')
    return f'{head}"trees":[\n' + tail.replace("]],[", "]],\n[") + "\n"


def export_tree(node: dict[str, Any]) -> Any:
    """Return a tree as model.json has it."""
    if "leaf_value" in node:
        return float(f"{node['leaf_value']:.5g}")
    return [
        node["split_feature"],
        float(f"{node['threshold']:.7g}"),
        export_tree(node["left_child"]),
        export_tree(node["right_child"]),
    ]


def print_scores(gold: Path, pages: Sequence[PageRows], probabilities: Floats) -> None:
    """Print a line a set: its figure on unseen sites with the 95 % interval."""
    metrics = scores.load_metrics(gold)
    ends = np.cumsum([len(rows.values) for rows in pages])
    parts = np.split(probabilities, ends[:-1])
    for name in SETS:
        found = []
        exact = []
        for rows, part in zip(pages, parts, strict=True):
            if rows.page.set != name:
                continue
            threshold, _ = body.choose_threshold([float(len(text)) for text in rows.texts], part.tolist())
            texts = [text for text, each in zip(rows.texts, part, strict=True) if each >= threshold]
            score = scores.score_page(metrics, rows.page, texts)
            if score is not None:
                found.append(score)
            if name == "scrapinghub":
                exact.append(metrics.accuracy(rows.page.gold["body"], "\n".join(texts)))
        low, high = scores.find_interval(metrics, name, found)
        figure = scores.summarize(metrics, name, found)
        more = f"  exact {np.mean(exact):.3f}" if exact else ""
        print(f"{name:14} {len(found):4} pages  {figure:.4f}  [{low:.4f}, {high:.4f}]{more}")


if __name__ == "__main__":
    main()
