"""Trains the models of five folds of sites, for reading pages of sites that a model has not seen.

python -m training.folds --gold ../shared/anynews --models FOLDER

FOLDER gets folds.json (the fold of each site), and N/model.json and N/page_kind.json for each fold N, which were fitted
to the pages of all other sites. Needs training/requirements.txt. Two runs write the same bytes. `python -m
bench.anynews` runs it and reads each page with the models of its fold; `--folds FOLDER` lets it use them again.
"""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path

import numpy as np

from training import page_kinds, train
from training.dataset import Dataset
from training.gold import GoldPage, read_negatives
from training.progress import show_progress
from training.rows import read_rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="folder with dev/, negatives/ and metrics.py")
    parser.add_argument("--models", type=Path, required=True, help="folder to write to")
    options = parser.parse_args()
    write_folds(options.gold, options.models)


def write_folds(gold: Path, folder: Path) -> None:
    """Write the models of each fold, then folds.json."""
    dataset = Dataset(read_rows(gold))
    folds = train.find_folds(dataset)
    sites = {rows.page.site: int(fold) for rows, fold in zip(dataset.pages, folds, strict=True)}
    for url, _ in read_negatives(gold):
        site = GoldPage("", "", url, b"", {}).site
        sites.setdefault(site, zlib.crc32(site.encode()) % train.FOLDS)
    kinds = page_kinds.measure_all(gold)
    for fold in show_progress(range(train.FOLDS), "Training a model of each fold", train.FOLDS):
        own = folder / str(fold)
        own.mkdir(parents=True, exist_ok=True)
        others = [page for page in kinds if sites.get(page.sample.group) != fold]
        threshold = page_kinds.choose_threshold(others, page_kinds.cross_validate(others))
        (own / "page_kind.json").write_text(page_kinds.fit_model(others, threshold), "utf-8")
        model = train.fit_model(dataset, np.asarray(folds != fold)[dataset.page_of])
        (own / "model.json").write_text(model, "utf-8")
    (folder / "folds.json").write_text(json.dumps(sites, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
