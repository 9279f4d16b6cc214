"""Finds the element that holds the body of an article, by the sentences in it and by what surrounds them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from newscrawl.extract.generic.segmenter import Frame, Picture, Segment, Segmentation
from newscrawl.extract.markup import Markup

_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uff60]")
"""Letters of scripts without spaces, each of which is about half a word."""
_WORD = re.compile(r"\w+")
_STOP = re.compile(r"[.!?…。！？؟।။።][\"”“’'»›)\]」』]*(?=\s|$|[\u2e80-\u9fff])")
_DECAY = 0.6
_STEPS = 8
"""Number of frames around a segment that its weight reaches."""
_DECAYS = tuple(_DECAY**steps for steps in range(_STEPS))
_MIN_SENTENCE = 25
_LONG = 80
_MAX_WEIGHT = 8.0
_PENALTY = {0: 1.0, 1: 0.35, 2: 0.15}


@dataclass(slots=True)
class Evidence:
    """What a page says about where its article is."""

    segments: list[Segment]
    lengths: list[float]
    """Of the text of each segment, in characters of an alphabet."""
    pictures: list[Picture]
    scores: dict[Frame, float]
    core: Frame | None
    """The frame with the highest score; None on a page without a sentence."""
    container: Frame | None
    """`core`, or the frame around it that also holds the other parts of an article in several parts."""
    headline: str
    headline_at: int
    """Number of the segment with the headline, -1 if the page does not show it."""
    above: frozenset[Frame]
    """Frames around the headline."""
    weights: list[float]
    """Weight of each segment as a sentence of the article."""
    shared: _Shares
    """Share of the words of the headline that each segment has."""
    stated: list[float | None] = field(default_factory=list)
    """Whether the JSON-LD articleBody contains each segment (0 or 1); empty without one."""

    @property
    def best(self) -> float:
        return self.scores[self.core] if self.core else 0.0


def find_words(text: str) -> list[str]:
    """Return the words of a text in lower case; pairs of letters for scripts without spaces."""
    lowered = text.lower()
    if lowered.isascii() or not _WIDE.search(lowered):
        return _WORD.findall(lowered)
    words: list[str] = []
    for word in _WORD.findall(lowered):
        if not word.isascii() and _WIDE.search(word):
            words += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        else:
            words.append(word)
    return words


def measure(text: str) -> float:
    """Return the length of a text in characters of an alphabet."""
    return float(len(text)) if text.isascii() else len(text) + 1.5 * len(_WIDE.findall(text))


def count_sentences(text: str) -> int:
    if text.isascii() and "." not in text and "!" not in text and "?" not in text:
        return 0
    return len(_STOP.findall(text))


def weigh_evidence(segmentation: Segmentation, markup: Markup) -> Evidence:
    """Score the frames of a page."""
    segments = segmentation.segments
    headline = find_headline(markup)
    words = frozenset(word for word in find_words(headline) if len(word) > 1)
    at = _locate(segments, words)
    above = frozenset(segments[at].frame.up()) if at >= 0 else frozenset()
    shared = _Shares(words, segments)
    stated = _match_stated(segments, markup)
    lengths = [measure(segment.text) for segment in segments]
    chrome: dict[Frame, int] = {}
    weights = []
    for number, (segment, length) in enumerate(zip(segments, lengths, strict=True)):
        weight = _weigh(segment, length, above, chrome)
        if weight:
            weight *= 1 + shared[number]
            if at > number:
                weight *= 0.4
            if stated:
                weight *= 1.5 if stated[number] else 0.6
        weights.append(weight)
    scores = _sum_up(segments, weights)
    core = max(scores, key=lambda frame: scores[frame], default=None)
    container = _grow(core, segments, weights) if core else None
    pictures = segmentation.pictures
    return Evidence(segments, lengths, pictures, scores, core, container, headline, at, above, weights, shared, stated)


def find_headline(markup: Markup) -> str:
    """Return the title that the metadata of a page state, "" if there is none."""
    data = markup.data
    stated = (*data.values("headline"), *data.meta.get("og:title", []), markup.title)
    return next((text for text in stated if text.strip()), "")


def _locate(segments: Sequence[Segment], words: frozenset[str]) -> int:
    """Return the number of the segment with the headline: the heading that shares most of its words."""
    best, found = 0.0, -1
    for number, segment in enumerate(segments):
        if segment.tag not in _HEADINGS or segment.in_link:
            continue
        own = set(find_words(segment.text))
        if not own:
            continue
        common = len(own & words)
        score = 2 * common / (len(own) + len(words)) if words else 0.0
        score += {"h1": 0.35, "h2": 0.05}.get(segment.tag, 0.0)
        if score > best + 1e-9 and (score >= 0.5 or segment.tag == "h1"):
            best, found = score, number
    return found


_HEADINGS = frozenset(("h1", "h2", "h3"))


class _Shares(dict[int, float]):
    """The shares by number of the segment, each computed at its first use."""

    def __init__(self, words: frozenset[str], segments: Sequence[Segment]) -> None:
        super().__init__()
        self._words, self._segments = words, segments

    def __missing__(self, number: int) -> float:
        text, words = self._segments[number].text, self._words
        is_sentence = words and len(text) >= _MIN_SENTENCE
        share = len(words.intersection(find_words(text[:1000]))) / len(words) if is_sentence else 0.0
        self[number] = share
        return share


_MIN_STATED = 200
_PROBE = 40


_NEITHER = bytes(code for code in range(128) if not chr(code).isalnum())


def squeeze(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    if text.isascii():
        return text.encode().translate(None, _NEITHER).lower().decode()
    return "".join(filter(str.isalnum, text)).lower()


def _match_stated(segments: Sequence[Segment], markup: Markup) -> list[float | None]:
    body = squeeze(re.sub(r"<[^>]*>", " ", " ".join(markup.data.values("articleBody"))))
    if len(body) < _MIN_STATED:
        return []
    return [_is_stated(segment, body) for segment in segments]


def _is_stated(segment: Segment, body: str) -> float | None:
    text = squeeze(segment.text)
    if len(text) < 12:
        return None
    return float(text[:_PROBE] in body or text[-_PROBE:] in body)


def _weigh(segment: Segment, length: float, above: Collection[Frame], chrome: dict[Frame, int]) -> float:
    if segment.in_link or length < _MIN_SENTENCE or segment.tag in _NO_PROSE:
        return 0.0
    linked = segment.linked / len(segment.text)
    stops = count_sentences(segment.text) if linked <= 0.5 else 0
    if linked > 0.5 or (not stops and length < _LONG):
        return 0.0
    weight = min(_MAX_WEIGHT, length / 100 + 0.3 * stops) * (1 - linked)
    if not stops:
        weight *= 0.4
    if segment.tag not in ("p", "div"):
        weight *= 0.6
    return weight * _PENALTY.get(segment.frame.hidden + _count_chrome(segment.frame, above, chrome), 0.05)


def _count_chrome(frame: Frame, above: Collection[Frame], known: dict[Frame, int]) -> int:
    """Return how many frames around a segment, without those around the headline, are chrome."""
    inner: list[Frame] = []
    each: Frame | None = frame
    while each is not None and each not in known:
        inner.append(each)
        each = each.parent
    count = known[each] if each is not None else 0
    for each in reversed(inner):
        if (each.style.polarity < 0 or each.tag in _CHROME) and each not in above:
            count += (each.style.polarity < 0) + (each.tag in _CHROME)
        known[each] = count
    return count


_NO_PROSE = frozenset(("table", "embed", "figcaption", "label", "h1", "h2", "h3", "h4", "h5", "h6"))
_CHROME = frozenset(("aside", "nav", "footer", "form", "figure", "figcaption"))


def _sum_up(segments: Sequence[Segment], weights: Sequence[float]) -> dict[Frame, float]:
    """Return the sum of weights of each frame; a weight decays with each frame around the segment."""
    scores: dict[Frame, float] = {}
    for segment, weight in zip(segments, weights, strict=True):
        if weight:
            frame: Frame | None = segment.frame
            if frame and frame.parent and segment.tag in ("p", "li", "blockquote"):
                frame = frame.parent
            for share in _DECAYS:
                if frame is None:
                    break
                scores[frame] = scores.get(frame, 0.0) + weight * share
                frame = frame.parent if frame.tag not in ("body", "html") else None
    return scores


def find_description(markup: Markup) -> str:
    """Return the summary that the metadata of a page state, "" if there is none."""
    data = markup.data
    stated = (*data.meta.get("description", []), *data.meta.get("og:description", []), *data.values("description"))
    return max(stated, key=len, default="")


def _grow(core: Frame, segments: Sequence[Segment], weights: Sequence[float]) -> Frame:
    """Return the outermost frame that adds more sentences than links and labels to the core."""
    container = core
    weight, noise = sum(weights[core.first : core.last]), _sum_noise(core, segments, weights)
    for frame in core.up():
        if frame.tag in ("body", "html"):
            break
        wider = sum(weights[frame.first : frame.last])
        gain = wider - weight
        if gain > _MIN_GAIN * weight and gain > (louder := _sum_noise(frame, segments, weights)) - noise:
            container, weight, noise = frame, wider, louder
    return container


_MIN_GAIN = 0.25


def _sum_noise(frame: Frame, segments: Sequence[Segment], weights: Sequence[float]) -> float:
    """Return how much of a frame is links and labels."""
    inside = range(frame.first, frame.last)
    return sum(min(3.0, len(segments[at].text) / 100) for at in inside if not weights[at])
