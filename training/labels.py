"""Labels the segments of a gold page: which of them are in the gold text.

The sets say it in different ways: the whole text, phrases that must and must not be found, or the first words.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

UNKNOWN = -1.0
"""Label of a segment about which the gold says nothing."""
_CJK = re.compile("([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af])")
_WORD = re.compile(r"\w+")
_GRAM = 4


def find_tokens(text: str) -> list[str]:
    """Return the words of a text in lower case, and each Chinese, Japanese or Korean letter as one."""
    return _WORD.findall(_CJK.sub(r" \1 ", text).lower())


def label_segments(texts: Sequence[str], name: str, gold: dict[str, Any]) -> list[float]:
    """Return for each text of a page whether it is in the gold (0 to 1, or UNKNOWN)."""
    if name == "postlight":
        return _label_by_first_words(texts, gold.get("first") or "")
    if name == "trafilatura":
        return _label_by_phrases(texts, gold["with"], gold["without"])
    body = gold["body"]
    if name == "fundus-pages":
        body = _join([*gold["body"], *(p for p in gold["paragraphs"] if p not in gold["body"])])
        labels = align(texts, body)
        summary = align(texts, _join(gold["summary"]))  # counts neither way
        return [UNKNOWN if above > 0.5 > own else own for own, above in zip(labels, summary, strict=True)]
    return align(texts, _join(body))


def _join(body: str | Sequence[str]) -> str:
    return body if isinstance(body, str) else "\n".join(re.sub(r"^\[(.*)\]$", r"\1", part, flags=re.S) for part in body)


def align(texts: Sequence[str], gold: str) -> list[float]:
    """Return the share of each text that is in the gold, in order: a repetition of it elsewhere is not.

    The chain of texts that covers most words of the gold, in its order, is the body. Texts out of order count if
    nothing in the chain covers their words.
    """
    goal = find_tokens(gold)
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for size in range(1, _GRAM + 1):
        for at in range(len(goal) - size + 1):
            places[tuple(goal[at : at + size])].append(at)
    found = [_find_places(find_tokens(text), places) for text in texts]
    chain = _find_chain(found)
    labels = [0.0] * len(texts)
    covered: set[int] = set()
    for number, (start, size, share) in chain.items():
        labels[number] = share
        covered.update(range(start, start + size))
    for number, options in enumerate(found):
        for start, size, share in options if number not in chain else ():
            span = set(range(start, start + size))
            if size >= 8 and share > 0.8 and len(span & covered) < 0.2 * size:
                labels[number] = share
                covered |= span
                break
    return labels


_MAX_PLACES = 12


def _find_places(words: list[str], places: dict[tuple[str, ...], list[int]]) -> list[tuple[int, int, float]]:
    """Return where in the gold a text may be: (first word, number of words, share of its words that are there)."""
    size = min(_GRAM, len(words))
    if not size:
        return []
    grams = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    hits = [at for at, gram in enumerate(grams) if gram in places]
    if not hits:
        return []
    share = len({at + step for at in hits for step in range(size)}) / len(words)
    if share < 0.3 or (len(words) < _GRAM and share < 1):
        return []
    starts = Counter(start - at for at in hits for start in places[grams[at]][:_MAX_PLACES])
    best = starts.most_common(_MAX_PLACES)
    return [(max(0, start), len(words), share) for start, count in best if count >= 0.5 * best[0][1]]


def _find_chain(found: Sequence[list[tuple[int, int, float]]]) -> dict[int, tuple[int, int, float]]:
    """Return the heaviest chain of texts whose places ascend, by the number of the text."""
    nodes: list[tuple[int, int, int, float]] = []  # text, start, size, share
    best: list[tuple[float, int]] = []  # weight of the chain that ends here, and the node before
    for number, options in enumerate(found):
        added: list[tuple[tuple[int, int, int, float], tuple[float, int]]] = []
        for start, size, share in options:
            weight, before = 0.0, -1
            for at, (text, other, length, _) in enumerate(nodes):
                # Of equal chains the one whose texts are close to each other.
                total = best[at][0] + 0.1 / (number - text + 1)
                if other + 0.7 * length <= start + 1 and total > weight:
                    weight, before = total, at
            added.append(((number, start, size, share), (weight + size * share, before)))
        for node, value in added:
            nodes.append(node)
            best.append(value)
    chain: dict[int, tuple[int, int, float]] = {}
    at = max(range(len(best)), key=lambda each: best[each][0], default=-1)
    while at >= 0:
        number, start, size, share = nodes[at]
        chain[number] = start, size, share
        at = best[at][1]
    return chain


def _label_by_phrases(texts: Sequence[str], wanted: Sequence[str], unwanted: Sequence[str]) -> list[float]:
    labels = []
    squeezed = [" ".join(find_tokens(text)) for text in texts]
    keys = [[" ".join(find_tokens(phrase)) for phrase in phrases] for phrases in (wanted, unwanted)]
    counts = [[sum(f" {key} " in f" {text} " for text in squeezed) for key in group] for group in keys]
    for text in squeezed:
        # A phrase that is on the page more than once says nothing about one of its places.
        is_wanted, is_unwanted = (
            any(key and count == 1 and f" {key} " in f" {text} " for key, count in zip(group, number, strict=True))
            for group, number in zip(keys, counts, strict=True)
        )
        labels.append(UNKNOWN if is_wanted == is_unwanted else float(is_wanted))
    return labels


def _label_by_first_words(texts: Sequence[str], first: str) -> list[float]:
    key = find_tokens(first)
    key = key[:-1] if len(key) > 4 else key
    wanted = " ".join(key)
    at = next((at for at, text in enumerate(texts) if wanted and wanted in " ".join(find_tokens(text))), None)
    if at is None:
        return [UNKNOWN] * len(texts)
    return [0.0] * at + [1.0] + [UNKNOWN] * (len(texts) - at - 1)


__all__ = ["UNKNOWN", "align", "find_tokens", "label_segments"]
