"""Features of segments: numbers that say in any language how likely a block of text belongs to the article.

No feature knows a word of the text. The lexicon knows words of classes and ids ("comment", "byline"), which templates
write in English nearly everywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, islice

from newscrawl.extract.generic.container import Evidence, count_sentences, squeeze
from newscrawl.extract.generic.segmenter import Frame, Segment, read_style

Lexicon = Mapping[str, float]
"""Weights of tokens, each with the place of the element: "0:" the block itself, "1:" around it, "2:" further out."""

NAMES = [
    "length", "words", "stops", "commas", "ends_stop", "ends_colon", "ends_question", "starts_lower", "upper",
    "digits", "quoted", "word_length", "symbols", "bullet", "linked", "links", "in_link", "bold", "italic",
    "social", "outward", "after_picture", "beside_picture", "paragraph", "heading", "item", "quote", "table",
    "post", "division", "cell", "preformatted", "definition", "other_tag", "depth", "in_item", "in_figure",
    "in_aside", "in_nav", "in_footer", "in_header", "in_form", "in_article", "in_main", "in_quote", "in_table",
    "in_caption", "hidden", "marked", "negatives", "negative_steps", "positives", "polarity", "inner_polarity",
    "lexicon", "lexicon_near", "lexicon_far", "lexicon_lowest", "score", "score_up", "score_own", "steps_up",
    "steps_down", "inside", "frame_segments", "frame_length", "frame_linked", "frame_mean", "branch_segments",
    "branch_length", "branch_linked", "branch_mean", "branch_weight", "branch_first", "weight", "after_headline",
    "from_headline", "page_position", "position", "from_start", "from_end", "before", "after", "to_previous",
    "to_next", "path_count", "path_share", "path_mean", "path_linked", "path_weight", "before_length",
    "before_linked", "before_stops", "before_sibling", "before_path", "before_heading", "next_length",
    "next_linked", "next_stops", "next_sibling", "next_path", "next_heading", "shared", "is_headline",
    "in_description", "stated", "repeated", "page_length", "page_segments", "container_share", "rival",
    "has_headline", "container_mean", "container_depth",
]  # fmt: skip
"""The features, in order."""

_COMMA = re.compile(r"[,،、，;；]")
_SYMBOL = re.compile(r"[©®|»«›‹•→▶@#/\\*]")
_BULLETS = frozenset("-–—•*·▪►>+")
_QUOTES = "\"“”„«»'‘’「『"
_COLONS = (":", "：")
_HEADING = 1
_TAGS = {
    "p": 0,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
    "li": 2,
    **dict.fromkeys(("blockquote", "q"), 3),
    "table": 4,
    "embed": 5,
    **dict.fromkeys(("div", "section", "article", "main", "body"), 6),
    **dict.fromkeys(("td", "th", "caption"), 7),
    "pre": 8,
    **dict.fromkeys(("dd", "dt", "dl"), 9),
}
_AROUND = {
    "li": 0,
    "figure": 1,
    "aside": 2,
    "nav": 3,
    "footer": 4,
    "header": 5,
    "form": 6,
    "article": 7,
    "main": 8,
    "blockquote": 9,
    "table": 10,
    "figcaption": 11,
}
_MARKED = re.compile(r"articleBody", re.I)
_HEAVY = 1.0


class _Counts:
    """Sums over the segments of a page, from which those of any range of segments are read."""

    def __init__(self, evidence: Evidence) -> None:
        self.lengths = evidence.lengths
        self._length = [0.0, *accumulate(self.lengths)]
        self._linked = [0.0, *accumulate([float(segment.linked) for segment in evidence.segments])]
        self._weight = [0.0, *accumulate(evidence.weights)]

    def length(self, first: int, last: int) -> float:
        return self._length[last] - self._length[first]

    def linked(self, first: int, last: int) -> float:
        return (self._linked[last] - self._linked[first]) / max(1.0, self.length(first, last))

    def weight(self, first: int, last: int) -> float:
        return self._weight[last] - self._weight[first]


def find_candidates(evidence: Evidence) -> list[int]:
    """Return the numbers of the segments near the container; no other one can belong to the article."""
    container = evidence.container
    if container is None:
        return []
    whole = sum(evidence.weights)
    scope = container
    for steps, frame in enumerate(container.up()):
        scope = frame
        if frame.tag == "body":
            break
        if steps >= _MIN_STEPS_UP and sum(evidence.weights[frame.first : frame.last]) > _MOST * whole:
            break
    return list(range(scope.first, scope.last))


_MIN_STEPS_UP = 4
_MOST = 0.9


def is_chrome(evidence: Evidence, number: int) -> bool:
    """Return whether a segment outside of the container is a link, or no sentence and far from any.

    Two fifths of the candidates are, and the model takes none of them for the article.
    """
    segment, container = evidence.segments[number], evidence.container
    if container is None or container.first <= number < container.last:
        return False
    if segment.linked >= _ALL_LINK * len(segment.text):
        return True
    parent = segment.frame.parent or segment.frame
    score = evidence.scores.get(parent.parent or parent, 0.0)
    return not evidence.weights[number] and score < _NO_SCORE * evidence.best


_ALL_LINK = 0.9
_NO_SCORE = 0.01


def compute(
    evidence: Evidence, description: str, lexicon: Lexicon, numbers: Sequence[int]
) -> Iterator[tuple[int, list[float]]]:
    """Yield number and features of each of the segments with these numbers."""
    return _Page(evidence, description, lexicon).rows(numbers)


class _Page:
    def __init__(self, evidence: Evidence, description: str, lexicon: Lexicon) -> None:
        self.evidence = evidence
        self.segments = evidence.segments
        self.pictures = {picture.at: picture.frame for picture in evidence.pictures}
        self.reader = LexiconReader(lexicon)
        self.counts = _Counts(evidence)
        self.description = squeeze(description)
        self.headline = squeeze(evidence.headline)
        self._around: dict[Frame, tuple[float, ...]] = {}
        self._places: dict[Frame, tuple[float, ...]] = {}
        self._read_container()
        self._read_paths()
        self._read_neighbours()

    def _read_container(self) -> None:
        container = self.evidence.container
        total = len(self.segments)
        self.ups: dict[Frame, int] = {}
        self.first, self.last = 0, total
        self.page = [0.0] * 7
        if container is None:
            return
        self.ups = {frame: steps for steps, frame in enumerate(container.up())}
        self.first, self.last = container.first, container.last
        counts, best = self.counts, self.evidence.best
        rivals = (
            score
            for frame, score in self.evidence.scores.items()
            if frame not in self.ups and not (container.first <= frame.first and frame.last <= container.last)
        )
        self.page = [
            counts.length(0, total),
            float(total),
            counts.weight(self.first, self.last) / max(0.01, counts.weight(0, total)),
            max(rivals, default=0.0) / max(0.01, best),
            float(self.evidence.headline_at >= 0),
            counts.length(self.first, self.last) / max(1, self.last - self.first),
            float(container.depth),
        ]

    def _read_paths(self) -> None:
        self.paths: dict[tuple[int, str], list[float]] = {}
        for segment, length, weight in zip(self.segments, self.counts.lengths, self.evidence.weights, strict=True):
            sums = self.paths.setdefault((segment.frame.path, segment.tag), [0.0, 0.0, 0.0, 0.0])
            sums[0] += 1
            sums[1] += length
            sums[2] += segment.linked
            sums[3] += weight
        self.length = self.counts.length(0, len(self.segments)) or 1.0
        self.weight = self.counts.weight(0, len(self.segments)) or 1.0
        self.texts = Counter(segment.text for segment in self.segments)

    def _read_neighbours(self) -> None:
        heavy = [weight >= _HEAVY for weight in self.evidence.weights]
        self.to_previous, self.to_next = _distances(heavy), _distances(heavy[::-1])[::-1]
        self._briefs: dict[int, tuple[float, float, float]] = {}

    def _brief(self, number: int) -> tuple[float, float, float]:
        """Return length, share of links and number of sentences of a segment."""
        if number not in self._briefs:
            segment = self.segments[number]
            self._briefs[number] = (
                min(self.counts.lengths[number], 1000.0),
                segment.linked / (len(segment.text) or 1),
                count_sentences(segment.text),
            )
        return self._briefs[number]

    def rows(self, numbers: Sequence[int]) -> Iterator[tuple[int, list[float]]]:
        for number in numbers:
            segment = self.segments[number]
            yield (
                number,
                [
                    *_describe_text(segment, *self._brief(number), beside=self._near_picture(number)),
                    *self._look_around(segment.frame),
                    segment.frame.style.polarity,
                    read_style(segment.inner).polarity if segment.inner else 0.0,
                    *self.reader.weigh(segment),
                    *self._place(segment.frame),
                    self.evidence.weights[number],
                    *self._position(number),
                    *self._path(segment),
                    *self._neighbour(number, -1),
                    *self._neighbour(number, 1),
                    *self._compare(number),
                    *self.page,
                ],
            )

    def _near_picture(self, number: int) -> tuple[float, float]:
        """Return whether a picture is right before a segment, and whether it is in the same element."""
        if number not in self.pictures:
            return 0.0, 0.0
        outer = self.segments[number].frame
        parents = (outer, outer.parent)
        return 1.0, any(frame in parents for frame in islice(self.pictures[number].up(), 3))

    def _look_around(self, frame: Frame) -> tuple[float, ...]:
        """Describe the elements around a segment: each frame adds to what is known of the one around it."""
        values = self._around.get(frame)
        if values is None:
            outer: list[Frame] = []
            each: Frame | None = frame
            while each is not None and each not in self._around:
                outer.append(each)
                each = each.parent
            for each in reversed(outer):
                values = self._around[each] = self._add_frame(each)
        return values or ()

    def _add_frame(self, frame: Frame) -> tuple[float, ...]:
        if frame.parent is None:
            inside = [0.0] * len(_AROUND)
            marked, negatives, steps, positives = 0.0, 0.0, 19.0, 0.0
        else:
            _, *inside, _, marked, negatives, steps, positives = self._around[frame.parent]
        if frame.tag in _AROUND:
            inside[_AROUND[frame.tag]] = 1.0
        polarity = frame.style.polarity
        steps = min(20.0, steps + 1)
        if polarity < 0 and frame not in self.evidence.above:
            negatives, steps = negatives + 1, 0.0
        elif polarity > 0:
            positives += 1
        if not marked and _MARKED.search(frame.element.get("itemprop") or ""):
            marked = 1.0
        return (frame.depth, *inside, frame.hidden, marked, negatives, steps, positives)

    def _place(self, frame: Frame) -> tuple[float, ...]:
        """Describe where a frame is relative to the container, and what it and its branch of the container hold."""
        if frame in self._places:
            return self._places[frame]
        scores, best = self.evidence.scores, self.evidence.best or 1.0
        parent = frame.parent or frame
        upper = parent.parent or parent
        branch = frame
        steps = 0
        while branch.parent is not None and branch.parent not in self.ups and branch not in self.ups:
            branch = branch.parent
            steps += 1
        meeting = branch if branch in self.ups else branch.parent or branch
        steps_up = steps if branch in self.ups else steps + 1
        counts = self.counts
        self._places[frame] = values = (
            scores.get(parent, 0.0) / best,
            scores.get(upper, 0.0) / best,
            scores.get(frame, 0.0) / best,
            steps_up,
            self.ups.get(meeting, 20),
            self.first <= frame.first < self.last and self.ups.get(meeting) == 0,
            *_sum(counts, frame),
            *_sum(counts, branch),
            counts.weight(branch.first, branch.last) / self.weight,
            branch.first - self.first,
        )
        return values

    def _position(self, number: int) -> tuple[float, ...]:
        at = self.evidence.headline_at
        counts = self.counts
        first, last = min(self.first, number), max(self.last, number + 1)
        whole = counts.weight(first, last) or 1.0
        return (
            number > at,
            _limit(number - at) if at >= 0 else -99,
            number / len(self.segments),
            (number - self.first) / max(1, self.last - self.first),
            _limit(number - self.first),
            _limit(self.last - number),
            counts.weight(first, number) / whole,
            counts.weight(number + 1, last) / whole,
            self.to_previous[number],
            self.to_next[number],
        )

    def _path(self, segment: Segment) -> tuple[float, ...]:
        count, length, linked, weight = self.paths[segment.frame.path, segment.tag]
        return count, length / self.length, length / count, linked / max(1.0, length), weight / self.weight

    def _neighbour(self, number: int, step: int) -> tuple[float, ...]:
        other = number + step
        if not 0 <= other < len(self.segments):
            return -1.0, 0.0, 0.0, 0.0, 0.0, 0.0
        own, near = self.segments[number], self.segments[other]
        is_sibling = own.frame.parent is near.frame.parent or own.frame is near.frame
        is_alike = own.frame.path == near.frame.path
        return *self._brief(other), is_sibling, is_alike, _TAGS.get(near.tag) == _HEADING

    def _compare(self, number: int) -> tuple[float, ...]:
        text = self.segments[number].text
        evidence = self.evidence
        stated = evidence.stated[number] if evidence.stated else None
        squeezed = squeeze(text[:200]) if self.description or self.headline else ""
        return (
            evidence.shared[number],
            squeezed != "" and squeezed[:60] == self.headline[:60],
            len(squeezed) > 20 and squeezed[:60] in self.description,
            -1 if stated is None else stated,
            self.texts[text] - 1,
        )


_ASCII_KINDS = (b",;", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789", b"|@#/\\*")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def _count_characters(text: str) -> tuple[int, int, int, int]:
    """Count commas, capitals, digits and symbols: those of ASCII, which are most, at once, the others one by one."""
    plain = text.encode("ascii", "ignore")
    size = len(plain)
    commas, upper, digits, symbols = [size - len(plain.translate(None, kind)) for kind in _ASCII_KINDS]
    if size < len(text):
        others = _BEYOND_ASCII.findall(text)
        joined = "".join(others)
        commas += len(_COMMA.findall(joined))
        upper += sum(map(str.isupper, others))
        digits += sum(map(str.isdigit, others))
        symbols += len(_SYMBOL.findall(joined))
    return commas, upper, digits, symbols


def _describe_text(
    segment: Segment, length: float, linked: float, stops: float, *, beside: tuple[float, float]
) -> list[float]:
    text = segment.text
    size = len(text) or 1
    words = text.count(" ") + 1
    sample = text[:400]
    length_of_sample = len(sample) or 1
    commas, upper, digits, symbols = _count_characters(sample)
    last = text.rstrip(_QUOTES + ")]")[-1:]
    tags = [0.0] * 11
    tags[_TAGS.get(segment.tag, 10)] = 1.0 if segment.tag[0] != "h" or len(segment.tag) != 2 else float(segment.tag[1])
    return [
        min(length, 3000.0),
        min(words, 500),
        stops,
        100 * commas / length_of_sample,
        last in _ENDS,
        last in _COLONS,
        last in ("?", "？", "؟"),
        text[:1].islower(),
        upper / length_of_sample,
        digits / length_of_sample,
        text[:1] in _QUOTES,
        size / words,
        symbols,
        text[:1] in _BULLETS,
        linked,
        len(segment.links),
        segment.in_link,
        segment.bold / size,
        segment.italic / size,
        *_describe_links(segment),
        *beside,
        *tags,
    ]


_SOCIAL = re.compile(
    r"mailto:|//(?:\w+\.)*(?:facebook|twitter|x|instagram|linkedin|whatsapp|telegram|tiktok|threads|bsky|pinterest|t)\.\w+/"
)


def _describe_links(segment: Segment) -> tuple[float, float]:
    """Return how many links lead to social networks, and which share of them to other sites."""
    if not segment.links:
        return 0.0, -1.0
    social = sum(bool(_SOCIAL.match(link.removeprefix("https:").removeprefix("http:"))) for link in segment.links)
    outward = sum(link.startswith(("http:", "https:", "//")) for link in segment.links)
    return social, outward / len(segment.links)


_ENDS = frozenset(".!?…。！？؟।")


def _limit(steps: int) -> int:
    return -50 if steps < -50 else 200 if steps > 200 else steps


def _sum(counts: _Counts, frame: Frame) -> tuple[float, float, float, float]:
    first, last = frame.first, max(frame.last, frame.first)
    length = counts.length(first, last)
    return last - first, length, counts.linked(first, last), length / max(1, last - first)


def _distances(marks: Sequence[bool]) -> list[int]:
    """Return how far the last mark before each position is, at most _FAR."""
    distances, far = [], _FAR
    for mark in marks:
        far = far + 1 if far < _FAR else _FAR
        distances.append(far)
        if mark:
            far = 0
    return distances


_FAR = 30


@lru_cache(50_000)
def _list_tokens(names: str, tag: str) -> tuple[str, ...]:
    return (*read_style(names).tokens, f"<{tag}") if tag else read_style(names).tokens


def list_elements(segment: Segment) -> list[tuple[str, ...]]:
    """Return the tokens of the elements around a segment, from the inside out, each token with its place."""
    elements = [
        tuple(_PLACES[min(steps, _OUTER)] + token for token in _list_tokens(frame.style.names, frame.tag))
        for steps, frame in enumerate(segment.frame.up())
    ]
    elements[0] += tuple("0:" + token for token in _list_tokens(segment.inner, ""))
    return elements


_PLACES = ("0:", "1:", "1:", "2:")
_OUTER = 3


class LexiconReader:
    """Weighs the elements around the segments of a page with a lexicon, each element once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._sums: dict[tuple[str, str, str], float] = {}
        self._outer: dict[Frame, tuple[float, float]] = {}

    def weigh(self, segment: Segment) -> tuple[float, float, float, float]:
        """Return the sum of all weights, those of the block itself, those around it, and the lowest of one element."""
        frame: Frame | None = segment.frame
        near = self._sum("0:", segment.frame.style.names, segment.frame.tag)
        if segment.inner:
            near += self._sum("0:", segment.inner, "")
        far, weights = 0.0, []
        for _ in range(1, _OUTER):
            frame = frame.parent if frame is not None else None
            if frame is not None:
                weights.append(self._sum("1:", frame.style.names, frame.tag))
        if frame is not None and frame.parent is not None:
            far, lowest = self._weigh_outer(frame.parent)
            weights.append(lowest)
            far -= lowest
        far += sum(weights)
        return near + far, near, far, min(weights, default=0.0)

    def _weigh_outer(self, frame: Frame) -> tuple[float, float]:
        """Return the sum of a frame and all around it, and the lowest of them."""
        if frame not in self._outer:
            own = self._sum("2:", frame.style.names, frame.tag)
            if frame.parent is None:
                self._outer[frame] = own, own
            else:
                # Without recursion below the frames that are known: pages may be deep.
                for each in reversed([each for each in frame.parent.up() if each not in self._outer]):
                    self._weigh_outer(each)
                far, lowest = self._outer[frame.parent]
                self._outer[frame] = own + far, min(own, lowest)
        return self._outer[frame]

    def _sum(self, place: str, names: str, tag: str) -> float:
        key = place, names, tag
        if key not in self._sums:
            self._sums[key] = sum(self._lexicon.get(place + token, 0.0) for token in _list_tokens(names, tag))
        return self._sums[key]
