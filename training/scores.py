"""Scores bodies against the gold with the metric of each set, with bootstrap intervals over its pages."""

from __future__ import annotations

import importlib.util
import random
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from training.gold import GoldPage

_DRAWS = 400


def load_metrics(folder: Path) -> Any:
    """Import the metrics.py that lies beside the gold."""
    spec = importlib.util.spec_from_file_location("gold_metrics", folder / "metrics.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{folder} has no metrics.py: give the folder of the gold with --gold")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score_page(metrics: Any, page: GoldPage, body: Sequence[str]) -> Any:
    """Return the counts or the score of one page, as `summarize` takes them; None if its gold says nothing."""
    gold, text = page.gold, "\n".join(body)
    if page.set == "postlight":
        return _find_first_words(metrics, gold.get("first"), text)
    if page.set == "wcxb-articles" and not gold["body"]:
        return None
    ways: dict[str, Callable[[], Any]] = {
        "scrapinghub": lambda: metrics.shingle_tpfpfn(gold["body"], text),
        "fundus-eval": lambda: metrics.fundus_eval_page(gold["body"], list(body))[2],
        "fundus-pages": lambda: _score_variants(metrics, gold, text),
        "trafilatura": lambda: metrics.traf_counts(gold, text),
        "wcxb-articles": lambda: metrics.word_f1(text, gold["body"])[2],
    }
    return ways[page.set]()


def _score_variants(metrics: Any, gold: dict[str, Any], text: str) -> Any:
    summaries: list[list[str]] = [[], gold["summary"]]
    variants = [above + own for own in (gold["body"], gold["paragraphs"]) for above in summaries]
    counts = [metrics.shingle_tpfpfn("\n".join(each), text, tok=metrics.tokens_cjk) for each in variants]
    return max(counts, key=metrics.page_f1)


def _find_first_words(metrics: Any, first: str | None, text: str) -> float | None:
    if not first:
        return None
    words = metrics.tokens_cjk(first.lower())
    key = words[2:] if len(words) > 6 else words
    key = key[:-1] if len(key) > 4 else key
    return float(" ".join(key) in " ".join(metrics.tokens_cjk(text.lower())))


def summarize(metrics: Any, name: str, scores: Sequence[Any]) -> float:
    """Return the figure of a set."""
    if name in ("scrapinghub", "fundus-pages"):
        return float(metrics.shingle_corpus(list(scores))["f1"])
    if name == "trafilatura":
        found, extra, missed = (sum(score[at] for score in scores) for at in range(3))
        return float(2 * found / max(1, 2 * found + extra + missed))
    return float(statistics.mean(scores))


def find_interval(metrics: Any, name: str, scores: Sequence[Any]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a set's figure."""
    chance = random.Random(7)  # noqa: S311 - drawn pages, no secret
    drawn = sorted(summarize(metrics, name, chance.choices(scores, k=len(scores))) for _ in range(_DRAWS))
    return drawn[_DRAWS // 40], drawn[-1 - _DRAWS // 40]
