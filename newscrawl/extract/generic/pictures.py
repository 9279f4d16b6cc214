"""Reads the pictures of an article with their captions and credits; those of the page chrome are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from newscrawl.article import Image
from newscrawl.extract.element_index import Element
from newscrawl.extract.fields import captions
from newscrawl.extract.generic.body import FoundBody
from newscrawl.extract.generic.segmenter import Frame, Picture, Segment, read_style
from newscrawl.extract.text import normalize_space, read_text

_ADDRESSES = ("data-src", "data-lazy-src", "data-original", "data-native-src", "src", "data-srcset", "srcset")
_MIN_SIDE = 60
"""Pixels; smaller pictures are icons and counters."""
_CHROME = frozenset(("aside", "nav", "footer", "form", "header"))
_OTHERS = frozenset(
    (
        *("ad", "ads", "advert", "advertisement", "author", "avatar", "bio", "comment", "comments", "icon", "logo"),
        *("newsletter", "outbrain", "promo", "recirc", "recommended", "related", "share", "sidebar", "social"),
        *("sponsor", "sponsored", "taboola", "teaser", "trending", "widget"),
    )
)
"""Words of classes around pictures of the chrome."""
_CAPTION = frozenset(("caption", "captions", "cutline", "legend", "figcaption"))
_CREDIT = frozenset(("copyright", "credit", "credits", "photographer", "rights", "source"))
_BESIDE = _CAPTION | _CREDIT
_STEPS_UP = 5
_MAX_CAPTION_LENGTH = 1_000
_SIZE = re.compile(r"/(?:-?\d+x-?\d+|v\d+|w\d+)(?=[./])|-\d+x\d+(?=\.\w+$)|\?.*$|\.\w+$")
"""The parts of a picture's address that differ between its sizes."""


_PICTURE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)\b|^#|^javascript:", re.I)


def read_images(found: FoundBody, absolute: Callable[[str], str]) -> tuple[Image, ...]:
    """Return the pictures between the headline and the end of the article, each once."""
    numbers = found.numbers
    if not numbers:
        return ()
    headline = found.evidence.headline_at
    first = headline if 0 <= headline < numbers[0] else numbers[0]
    images: dict[str, Image] = {}
    article = set(numbers)
    for picture in found.evidence.pictures:
        is_inside = first <= picture.at <= numbers[-1] + 1 or any(
            frame is found.evidence.core for frame in picture.frame.up()
        )
        if not is_inside or _is_chrome(picture, found.evidence.above):
            continue
        image = _read_image(picture, found, article, absolute)
        if image.caption or (image.url and not _is_teaser(picture.element)):
            key = image.caption or _SIZE.sub("", image.url or "")
            images[key] = images[key] if key in images and (images[key].url or not image.url) else image
    return tuple(images.values())


def _is_teaser(element: Element) -> bool:
    """Return whether a picture links to another page, not to a larger size of itself."""
    links = (link.get("href") or "" for link in islice(element.iterancestors(), _STEPS_UP) if link.tag == "a")
    return any(address and not _PICTURE.search(address) for address in links)


def _is_chrome(picture: Picture, above: frozenset[Frame]) -> bool:
    sides = [picture.element.get(side) or "" for side in ("width", "height")]
    if any(side.isdecimal() and int(side) < _MIN_SIDE for side in sides):
        return True
    if not _OTHERS.isdisjoint(read_style(picture.element.get("class") or "").tokens):
        return True
    frames = (frame for frame in picture.frame.up() if frame not in above)
    return any(frame.tag in _CHROME or not _OTHERS.isdisjoint(frame.style.tokens) for frame in frames)


def _read_image(picture: Picture, found: FoundBody, article: set[int], absolute: Callable[[str], str]) -> Image:
    caption, credit = None, None
    holder = _find_holder(picture, found, article)
    if holder is not None:
        texts = list(_read_texts(_segments_of(found, holder), holder))
        caption, credit = captions.split(" ".join(dict.fromkeys(text for text, is_credit in texts if not is_credit)))
        credit = " ".join(dict.fromkeys(text for text, is_credit in texts if is_credit)) or credit
    address = _find_address(picture.element)
    return Image(url=absolute(address) if address else None, caption=caption, credit=credit)


def _find_holder(picture: Picture, found: FoundBody, article: set[int]) -> Frame | None:
    """Return the frame with the picture and its caption: the first around it with text that is not the article's."""
    for steps, frame in enumerate(picture.frame.up()):
        if steps > _STEPS_UP or not article.isdisjoint(range(frame.first, frame.last)):
            return None
        if frame.last > frame.first and any(_is_caption(segment, frame) for segment in _segments_of(found, frame)):
            return frame
        if frame.tag == "figure":
            return frame
    return None


def _segments_of(found: FoundBody, frame: Frame) -> Sequence[Segment]:
    return found.segments[frame.first : frame.last]


def _is_caption(segment: Segment, holder: Frame) -> bool:
    frame: Frame | None = segment.frame
    while frame is not None:
        if frame.tag == "figcaption" or not _CAPTION.isdisjoint(frame.style.tokens):
            return True
        if frame is holder:
            break
        frame = frame.parent
    return bool(segment.inner) and not _BESIDE.isdisjoint(read_style(segment.inner).tokens)


def _read_texts(segments: Sequence[Segment], holder: Frame) -> Iterator[tuple[str, bool]]:
    """Yield the texts beside a picture, and whether each is a credit."""
    for segment in segments:
        if len(segment.text) > _MAX_CAPTION_LENGTH or segment.tag in ("table", "embed"):
            continue
        if not _CREDIT.isdisjoint(segment.frame.style.tokens):
            yield segment.text, True
        elif _is_caption(segment, holder) or holder.tag == "figure":
            credit = _find_credit(segment.frame.element)
            rest = segment.text.replace(credit, "", 1).strip() if credit else segment.text
            if rest:
                yield normalize_space(rest), False
            if credit:
                yield credit, True


def _find_credit(element: Element) -> str:
    """Return the text of the first inline element of a caption whose class says that it is a credit, "" without one."""
    for inner in element.iterdescendants():
        names = inner.get("class") if isinstance(inner.tag, str) else None
        if names and not _CREDIT.isdisjoint(read_style(names).tokens):
            return read_text(inner)
    return ""


def _find_address(element: Element) -> str | None:
    for attribute in _ADDRESSES:
        value = (element.get(attribute) or "").strip()
        if value and not value.startswith(("data:", "about:")):
            return value.split(",")[-1].split()[0] if attribute.endswith("srcset") and " " in value else value
    return None
