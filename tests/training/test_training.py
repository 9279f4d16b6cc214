"""The pieces of the training, on invented pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newscrawl.extract.generic import features
from newscrawl.extract.generic.classifier import Model
from training.gold import GoldPage
from training.labels import UNKNOWN, align, label_segments
from training.rows import make_rows, split_sites

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from training.dataset import Dataset
    from training.page_kinds import Measured

SENTENCES = [
    f"Pier {number} of Port Ellery reopened on Tuesday after the longest closure in its history, the port said."
    for number in range(8)
]


def make_page(number: int) -> GoldPage:
    story = "".join(f"<p>{text}</p>" for text in SENTENCES[number % 3 :])
    teasers = "".join(f"<div class='teaser'><a href='/{at}'>The tern of day {at} flew</a></div>" for at in range(12))
    html = f"<html><body><h1>Pier {number}</h1><div class='text'>{story}</div><aside>{teasers}</aside></body></html>"
    gold = {"body": "\n".join(SENTENCES[number % 3 :])}
    return GoldPage("scrapinghub", str(number), f"https://news{number // 2}.example/{number}", html.encode(), gold)


def test_labels_follow_the_order_of_the_gold() -> None:
    page = ["The pier reopened.", "Menu", "The pier reopened.", "The tern of the harbour flew away on Tuesday.", "Menu"]
    gold = "The pier reopened.\nThe tern of the harbour flew away on Tuesday."
    assert align(page, gold) == [0, 0, 1, 1, 0]
    assert align(["港は火曜日に再開した。", "広告"], "港は火曜日に再開した。") == [1, 0]


def test_labels_of_phrases_and_first_words() -> None:
    page = ["Menu", "The pier reopened on Tuesday.", "Share this", "More"]
    phrases = {"with": ["pier reopened"], "without": ["Share this"]}
    assert label_segments(page, "trafilatura", phrases) == [UNKNOWN, 1, 0, UNKNOWN]
    assert label_segments(page, "postlight", {"first": "The pier reopened on"}) == [0, 1, UNKNOWN, UNKNOWN]


def test_pages_of_a_site_are_in_one_fold() -> None:
    pages = [make_page(number) for number in range(20)]
    folds = split_sites(pages, 5)
    assert len(set(zip([page.site for page in pages], folds, strict=True))) == len({page.site for page in pages})


def test_the_exported_model_says_what_the_library_says() -> None:
    pytest.importorskip("lightgbm", reason="lightgbm is not installed: pip install -r training/requirements.txt")
    pytest.importorskip("scipy", reason="scipy is not installed: pip install -r training/requirements.txt")
    from training.dataset import Dataset
    from training.train import export, fit

    rows = [made for number in range(24) if (made := make_rows(make_page(number)))]
    dataset = Dataset(rows)
    chosen = dataset.weights >= 0
    lexicon, booster = fit(dataset, chosen)
    assert export({}, booster) == export({}, fit(dataset, chosen)[1])
    model = Model.load(json.loads(export({}, booster)))
    values = dataset.with_lexicon(lexicon, chosen)
    ours = [model.predict(row) for row in values.tolist()]
    assert ours == pytest.approx(booster.predict(values).tolist(), abs=1e-4)
    assert max(ours) > 0.5 > min(ours)
    assert len(set(ours)) > 1
    assert len(features.NAMES) == values.shape[1]


def test_models_of_a_fold_were_fitted_to_other_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightgbm", reason="lightgbm is not installed: pip install -r training/requirements.txt")
    pytest.importorskip("scipy", reason="scipy is not installed: pip install -r training/requirements.txt")
    from training import folds, page_kinds, train

    fitted: list[tuple[str, set[str]]] = []

    def fit_body(dataset: Dataset, chosen: NDArray[np.bool_]) -> str:
        fitted.append(("body", {dataset.pages[at].page.site for at in dataset.page_of[chosen]}))
        return "{}"

    def fit_kind(pages: list[Measured], threshold: float) -> str:
        fitted.append(("kind", {page.sample.group for page in pages}))
        return "{}"

    pages = [make_page(number) for number in range(40)]
    samples = [page_kinds.Sample("article", page.site, "", page.url, page.html) for page in pages]
    samples.append(page_kinds.Sample("invented", "theme", "", "https://invented.example/", b"<p>Log in</p>"))
    monkeypatch.setattr(folds, "read_rows", lambda _: [rows for page in pages if (rows := make_rows(page))])
    monkeypatch.setattr(folds, "read_negatives", lambda _: [("https://tern.example/tags", b"")])
    measured = [made for sample in samples if (made := page_kinds.measure(sample))]
    monkeypatch.setattr(page_kinds, "measure_all", lambda _: measured)
    monkeypatch.setattr(train, "fit_model", fit_body)
    monkeypatch.setattr(page_kinds, "fit_model", fit_kind)
    folds.write_folds(tmp_path, tmp_path)
    fold_of = json.loads((tmp_path / "folds.json").read_text())
    sites = {page.site for page in pages}
    assert set(fold_of) == sites | {"tern.example"}
    for fold in range(train.FOLDS):
        others = {site for site in sites if fold_of[site] != fold}
        assert others < sites
        assert ("body", others) in fitted
        assert ("kind", others | {"theme"}) in fitted
        assert (tmp_path / str(fold) / "model.json").exists()
        assert (tmp_path / str(fold) / "page_kind.json").exists()
