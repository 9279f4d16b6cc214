"""Recognises posts of other sites that a page embeds, and finds their addresses."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from newscrawl.extract.element_index import Element

_MARKED = re.compile(
    r"(?:^|\s)(?:twitter-(?:tweet|video)\S*|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|fb-(?:post|video)"
    r"|reddit-(?:embed-bq|card)|telegram-post|threads-embed|text-post-media|imgur-embed-pub)(?:\s|$)"
)
"""Classes of the markup that the networks hand out."""
_ATTRIBUTES = (
    "data-instgrm-permalink", "data-text-post-permalink", "data-bluesky-uri", "data-href", "cite", "data-tweet-url",
    "data-url",
)  # fmt: skip
_NETWORK = re.compile(
    r"^https?://(?:[\w-]+\.)*(?:twitter\.com/\w+/status(?:es)?/|x\.com/\w+/status/|instagram\.com/(?:\w+/)?(?:p|reel|tv)/"
    r"|facebook\.com/|fb\.watch/|tiktok\.com/|bsky\.app/profile/|threads\.(?:net|com)/|youtube\.com/watch|youtu\.be/"
    r"|reddit\.com/r/|t\.me/)"
)
_FRAMES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        (r"//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,})", "https://www.youtube.com/watch?v={0}"),
        (r"//(?:www\.)?instagram\.com/(p|reel|tv)/([\w-]+)/embed", "https://www.instagram.com/{0}/{1}/"),
        (r"//(?:www\.)?tiktok\.com/(?:embed|player)/(?:v\d+/)?(\d+)", "https://www.tiktok.com/embed/{0}"),
        (r"//embed\.bsky\.app/embed/([\w:.-]+)/app\.bsky\.feed\.post/(\w+)", "https://bsky.app/profile/{0}/post/{1}"),
        (r"//platform\.(?:twitter|x)\.com/embed/.*[?&]id=(\d+)", "https://twitter.com/i/status/{0}"),
        (r"//t\.me/(\w+)/(\d+)\?.*embed", "https://t.me/{0}/{1}"),
        (r"^(https://[\w.-]+/@[\w.@-]+/\d+)/embed", "{0}"),
    )
)
_AMP = {
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/{0}"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/{0}/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v={0}"),
    "amp-facebook": ("data-href", "{0}"),
    "amp-tiktok": ("data-src", "https://www.tiktok.com/embed/{0}"),
}


_MAX_LENGTH = 2_500
"""Characters of a post with the white space and scripts in it."""


TAGS = frozenset(("iframe", *_AMP))
"""Elements that may embed a post whatever their class is."""


def is_marked(names: str) -> bool:
    """Return whether an element with these classes may embed a post."""
    return "-" in names and _MARKED.search(names) is not None


def find_post(element: Element, tag: str) -> str | None:
    """Return the address of the post that an element with such a tag or class embeds.

    "" if the element does not say which; None if it embeds none.
    """
    if tag == "iframe":
        return _of_frame(element)
    if tag in _AMP:
        attribute, template = _AMP[tag]
        value = element.get(attribute)
        return template.format(value) if value else ""
    if sum(map(len, element.itertext())) > _MAX_LENGTH:
        return None  # nothing closes it
    stated = (element.get(attribute) or "" for attribute in _ATTRIBUTES)
    linked = (link.get("href") or "" for link in reversed(list(element.iter("a"))))
    address = next((each for each in (*stated, *linked) if _NETWORK.match(each) or each.startswith("at://")), "")
    if address.startswith("at://"):
        return re.sub(r"^at://([^/]+)/app\.bsky\.feed\.post/", r"https://bsky.app/profile/\1/post/", address)
    return address.partition("?")[0] if "watch?" not in address and "facebook" not in address else address


def _of_frame(element: Element) -> str | None:
    source = next(filter(None, map(element.get, ("src", "data-src", "data-lazy-src", "data-url"))), "")
    for pattern, template in _FRAMES:
        if found := pattern.search(source):
            return template.format(*found.groups())
    if "facebook.com/plugins/" in source:
        try:
            return parse_qs(urlsplit(source).query).get("href", [""])[0] or None
        except ValueError:
            return None
    return None
