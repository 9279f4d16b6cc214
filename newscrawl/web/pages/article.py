"""An article to read, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newscrawl.article import Access
from newscrawl.diff import compare, folded
from newscrawl.storage import StoredArticle, Version
from newscrawl.web.context import Room
from newscrawl.web.request import Answer, Asked, Elsewhere, NothingHereError, Shown, address

_STORY = 30
"""Articles of the same story that are named."""
_SHOWN_AS: Mapping[Access, str] = {"full": "full text", "teaser": "a teaser", "blocked": "a headline only"}


def article(room: Room, asked: Asked) -> Answer:
    """The article of a number. One that became part of another leads there."""
    stored = _stored(room, asked)
    if str(stored.id) != asked.named["number"]:
        return Elsewhere(address("article", stored.id))
    story = room.store.cluster_members(stored.id, _STORY)
    shown = {
        "stored": stored,
        "article": stored.article,
        "captures": room.store.captures(stored.id),
        "versions": room.store.versions(stored.id) if stored.revision > 1 else (),
        "story": story if len(story) > 1 else (),
        "most": _STORY,
    }
    return Shown("article.html", shown)


def changes(room: Room, asked: Asked) -> Answer:
    """What changed between two of its versions: those asked for, else the last two."""
    stored = _stored(room, asked)
    versions = room.store.versions(stored.id)
    old, new = _pair(versions, asked)
    shown = {
        "stored": stored,
        "article": stored.article,
        "versions": versions,
        "old": old,
        "new": new,
        "changes": compare(versions[old - 1], versions[new - 1]) if len(versions) > 1 else None,
        "folded": folded,
        "shown_as": _SHOWN_AS,
    }
    return Shown("changes.html", shown)


def _pair(versions: Sequence[Version], asked: Asked) -> tuple[int, int]:
    """Numbers of two versions, from 1."""
    newest = len(versions)
    new = min(asked.number("to", newest), newest)
    return min(asked.number("from", max(1, new - 1)), newest), new


def _stored(room: Room, asked: Asked) -> StoredArticle:
    stored = room.store.article(int(asked.named["number"]))
    if stored is None:
        raise NothingHereError(f"There is no article {asked.named['number']} in this archive.")
    return stored
