"""Finds the body of an article on a page of any site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from newscrawl.article import BlockKind
from newscrawl.extract.body import Line
from newscrawl.extract.generic import classifier, container, features, segmenter
from newscrawl.extract.generic.container import Evidence
from newscrawl.extract.generic.segmenter import Segment
from newscrawl.extract.markup import Markup

MAX_THRESHOLD = 0.5


@dataclass
class FoundBody:
    """The segments of a page, and how likely each belongs to the article."""

    evidence: Evidence
    probabilities: dict[int, float]
    """By the number of the segment, for those near the container; all others are chrome."""

    @property
    def segments(self) -> Sequence[Segment]:
        return self.evidence.segments

    @cached_property
    def numbers(self) -> list[int]:
        """Numbers of the segments of the article, in order."""
        lengths = [float(len(self.segments[number].text)) for number in self.probabilities]
        threshold, _ = choose_threshold(lengths, list(self.probabilities.values()))
        return [number for number, probability in self.probabilities.items() if probability >= threshold]

    def lines(self) -> list[Line]:
        """Return the article's segments as lines of a body, with the posts of other sites between them."""
        numbers = self.numbers
        if not numbers:
            return []
        chosen = {number for number in numbers if not _is_caption(self.segments[number])}
        posts = {
            number
            for number in range(numbers[0], numbers[-1] + 1)
            if self.segments[number].url is not None and not self.segments[number].text
        }
        return [_make_line(self.segments[number]) for number in sorted(chosen | posts)]


def choose_threshold(lengths: Sequence[float], probabilities: Sequence[float]) -> tuple[float, float]:
    """Return from which probability segments are the article's, at most a half, and the F1 to expect of that choice.

    Where the model is unsure of a whole page, because no other looks like it, its most likely segments are the article.
    """
    whole = sum(length * probability for length, probability in zip(lengths, probabilities, strict=True))
    best, threshold = 0.0, MAX_THRESHOLD
    chosen = found = 0.0
    for probability, length in sorted(zip(probabilities, lengths, strict=True), reverse=True):
        chosen += length
        found += length * probability
        score = 2 * found / (chosen + whole or 1.0)
        if score > best:
            best, threshold = score, probability
    return min(threshold, MAX_THRESHOLD), best


def find_body(markup: Markup) -> FoundBody:
    """Segment a page, and weigh each segment near the container of the article."""
    segmentation = segmenter.segment(markup.root)
    evidence = container.weigh_evidence(segmentation, markup)
    model = classifier.load_model()
    numbers = [each for each in features.find_candidates(evidence) if not features.is_chrome(evidence, each)]
    rows = features.compute(evidence, container.find_description(markup), model.lexicon, numbers)
    probabilities = {number: model.predict(row) for number, row in rows}
    return FoundBody(evidence, probabilities)


def _is_caption(segment: Segment) -> bool:
    return any(frame.tag == "figcaption" for frame in islice(segment.frame.up(), _MAX_STEPS))


def _make_line(segment: Segment) -> Line:
    letters = sum(map(str.isalnum, segment.text)) if segment.linked or segment.bold else 1
    mailto = [link.removeprefix("mailto:") for link in segment.links if link.startswith("mailto:")]
    return Line(
        kind=find_kind(segment),
        text=segment.text,
        emails=tuple(address.partition("?")[0].strip() for address in mailto),
        is_link=segment.linked >= letters > 0,
        is_bold=segment.bold >= letters > 0,
        url=segment.url,
    )


_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "subhead"),
    "li": "list_item",
    "blockquote": "quote",
    "table": "table",
    "embed": "embed",
}
_MAX_STEPS = 4


def find_kind(segment: Segment) -> BlockKind:
    """Return the kind of block that a segment is in the body: what its tag says, or one close around it."""
    if segment.tag in _KINDS:
        return _KINDS[segment.tag]
    for frame in islice(segment.frame.up(), _MAX_STEPS):
        if frame.tag in ("li", "blockquote"):
            return _KINDS[frame.tag]
    return "paragraph"
