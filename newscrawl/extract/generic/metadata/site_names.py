"""Names of the site of a page, and which part of a title is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals
from newscrawl.extract.generic.metadata.text_keys import fold
from newscrawl.extract.text import normalize_space

_NAME_METAS = (
    "application-name",
    "apple-mobile-web-app-title",
    "al:ios:app_name",
    "al:android:app_name",
)
_SITE_TYPES = frozenset(("website", "organization", "newsmediaorganization", "corporation"))
_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go"))
_MIN_LABEL = 3


@dataclass(frozen=True, slots=True)
class SiteNames:
    """What identifies the site: its stated names, and the words of its host, folded."""

    names: frozenset[str]
    labels: frozenset[str]

    def match(self, text: str) -> bool:
        """Whether a part of a title is the name of the site: "The Tern Post" on tern-post.example."""
        folded = fold(text)
        if not folded:
            return True
        if folded in self.names or folded.removeprefix("www") in self.labels:
            return True
        bare = folded.removeprefix("the")
        if any(bare == name.removeprefix("the") for name in self.names):
            return True
        near = [name for name in (*self.names, *self.labels) if len(name) > _MIN_LABEL]
        return any(
            (name in folded and len(folded) <= 2 * len(name) + 4)
            or (len(bare) > _MIN_LABEL and bare in name and 2 * len(bare) >= len(name))
            for name in near
        )


def collect_names(signals: Signals) -> SiteNames:
    """Collect the names that a page states for its site."""
    names = {fold(text) for _, text in _stated(signals)} - {""}
    return SiteNames(frozenset(name for name in names if len(name) <= 60), frozenset(_labels(signals.host)))


def read_site_name(signals: Signals) -> Found[str] | None:
    """Return the name of the site as the page states it."""
    stated = ((source, normalize_space(name)) for source, name in _stated(signals))
    return next((Found(name, source) for source, name in stated if name and len(name) <= 100), None)


def _stated(signals: Signals) -> Iterator[tuple[str, str]]:
    for name, content in signals.first_meta("og:site_name"):
        yield f"meta {name}", content
    for text in linked_data.read_texts(signals.article, "publisher"):
        yield "json-ld publisher.name", text
    inner = (each for element in signals.by_property["publisher"] for each in element.iter("meta"))
    yield from (("microdata publisher", each.get("content") or "") for each in inner if each.get("itemprop") == "name")
    yield from ((f"meta {name}", content) for name, content in signals.first_meta(*_NAME_METAS))
    for thing in signals.things:
        if _SITE_TYPES.intersection(map(str.lower, linked_data.type_names(thing))):
            yield from (("json-ld name", text) for text in linked_data.read_texts(thing, "name", "alternateName"))


def _labels(host: str) -> Iterator[str]:
    """Yield the words of a host: "tern-post.co.example" has "ternpost", with and without its ending."""
    parts = [part for part in host.split(".") if part not in ("www", "m", "amp", "mobile")]
    if len(parts) > 1 and not parts[-1].isdecimal():
        end = -2 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else -1
        for label in parts[:end]:
            yield fold(label)
        yield fold("".join(parts[end - 1 :]))
        yield fold("".join(parts))
