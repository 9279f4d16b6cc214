"""Feed files: the newest hundred matches as RSS, Atom or JSON Feed."""

from __future__ import annotations

from pathlib import Path

from newscrawl.batch.watches.delivery import Delivery, Message
from newscrawl.errors import ArgumentError
from newscrawl.export.targets import Target, to_exported, write_articles
from newscrawl.storage import WatchTarget

_FORMATS = {".rss": "rss", ".xml": "rss", ".atom": "atom", ".jsonfeed": "jsonfeed", ".json": "jsonfeed"}
_ARTICLES = 100


def check_address(path: str) -> str:
    """Return the absolute path of a feed file. Raises ArgumentError."""
    if Path(path).suffix.lower() not in _FORMATS:
        raise ArgumentError(f"a feed ends in one of these: {' '.join(_FORMATS)}")
    if not Path(path).absolute().parent.is_dir():
        raise ArgumentError(f"there is no folder {Path(path).absolute().parent}")
    return str(Path(path).absolute())


def is_missing(target: WatchTarget) -> bool:
    """Whether there is no feed file yet, or no more."""
    return not Path(target.address).exists()


def write(target: WatchTarget, message: Message, _delivery: Delivery) -> None:
    """Write the articles that were found last, the last one first. Raises ExportError."""
    path, store = Path(target.address), message.store
    ids = store.newest_matches(message.watch, _ARTICLES)
    articles = to_exported(store.articles_of(ids, on_damage=lambda error: None))
    form = _FORMATS[path.suffix.lower()]
    write_articles(Target(name=str(path), format=form), path, articles, message.watch.name)
