"""Addresses: the normal form of one, and the keys by which two addresses are known as one article's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from newscrawl.publisher import UrlRules

_KEPT_QUERY = {"/apps/news": ("pid", "sid")}
"""Paths whose query names the article."""
_WWW = re.compile(r"^(bloomberg\.(com|example)|businessweek\.com)$")
"""Sites whose bare host is a door to www.: of another publisher's it is not known."""
_QUERYLESS = re.compile(r"(^|\.)bloomberg\.(com|example)$")
"""Hosts where every other query is tracking."""
_TRACKING = re.compile(
    r"^(utm_\w+|srnd|sref|cmpid|source|leadSource|mod|ref|fbclid|gclid|mc_[ce]id|smid|partner)$", re.I
)
_SLASHED = re.compile(r"^/(graphics|features)/[^/]+/?$")
_AMP = re.compile(r"^/amp(?=/)|/amp/?$|\.amp(?=\.html$)")
_DATED = re.compile(r"/(?P<date>\d{4}-\d{2}-\d{2})/(?P<slug>[^/]+?)(?:\.html?)?/?$")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[_/-]?(1[0-2]|0?[1-9])(?!\d)")
_OTHER_DOORS = re.compile(r"^(?:www|m|mobile|amp)\.")
_DEFAULT_PORT = re.compile(r"^(?:(http://[^/?#]*):80|(https://[^/?#]*):443)(?=[/?#]|$)", re.I)
_IP_OR_NAME = re.compile(r"^(?:[\d.]+|\[.*\]|[^.]+)$")


@lru_cache(maxsize=4096)  # a crawl asks several times for every page
def normal_form(url: str) -> str:
    """The one address that stands for all spellings of `url`.

    https; the www host for its m. and mobile. doors, and for bare ones known to lead there; no fragment, no /amp/, no
    trailing slash but on /graphics/ and /features/; no query on a dated address or on Bloomberg's hosts, but pid and
    sid of /apps/news (where every pid is the same story); elsewhere a query without its tracking parameters.
    An address with a port, of an IP address or of a bare name keeps its scheme and host; a `file:` or other address,
    and one that is none ("http://[x"), is returned as it is.

    >>> normal_form("http://bloomberg.com/news/articles/2016-05-24/slug/?srnd=premium#x")
    'https://www.bloomberg.com/news/articles/2016-05-24/slug'
    """
    url = url.strip()
    if not re.match(r"https?://", url, re.I):
        return url
    try:
        parts = urlsplit(canonicalize_url(url, keep_fragments=False))
        return urlunsplit((*_door(parts), _path(parts.path), _query(parts), "")) if parts.hostname else url
    except ValueError:
        return url


def without_default_port(url: str) -> str:
    """`url` without ":80" of http or ":443" of https, which archives write and nobody else does.

    >>> without_default_port("http://www.bloomberg.example:80/news/")
    'http://www.bloomberg.example/news/'
    """
    return _DEFAULT_PORT.sub(r"\1\2", url)


def slug(url: str) -> str | None:
    """The words of an article's address: of ".../2013-05-27/kerry-meets-russia.html", "kerry-meets-russia"."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return re.sub(r"\.html?$", "", last) or None


def date_in(url: str) -> str | None:
    """The YYYY-MM-DD in the path of a dated address. It is a UTC date, and may be a day off the printed one."""
    found = re.search(r"/(\d{4}-\d{2}-\d{2})(?=/)", urlsplit(url).path)
    return found[1] if found else None


def month_in(url: str) -> tuple[datetime, datetime] | None:
    """The month in an address such as ".../sitemap_2013_5.xml": its first moment and the first after it, UTC.

    The last one, where it has several; None where it has none.

    >>> month_in("https://www.bloomberg.com/sitemaps/news/2013-12.xml")[1].isoformat()
    '2014-01-01T00:00:00+00:00'
    """
    months = _MONTH.findall(urlsplit(url).path)
    if not months:
        return None
    year, month = map(int, months[-1])
    begin = datetime(year, month, 1, tzinfo=UTC)
    return begin, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def is_article_path(url: str, rules: UrlRules) -> bool:
    """Whether `url` is an article's by its path."""
    return rules.article_paths is not None and bool(rules.article_paths.search(urlsplit(url).path))


def other_kind(url: str, rules: UrlRules) -> str | None:
    """What the page of `url` is, by its path, instead of an article ("video"); None: it may be an article."""
    path = urlsplit(url).path
    return next((name for name, pattern in rules.other_paths.items() if pattern.search(path)), None)


def article_keys(url: str, canonical_url: str | None = None, post_id: str | None = None) -> tuple[str, ...]:
    """Keys of an article, strongest first: articles that share one are the same, whatever their headline.

    "post:HOST/ID" from the publisher's own identifier, "sid:HOST/SID" of /apps/news, "dated:HOST/DATE/SLUG" of
    a dated address in whichever section, else "url:ADDRESS" in normal form. HOST leaves out www., m. and the like.
    """
    addresses = [normal_form(address) for address in (canonical_url, url) if address]
    keys = [f"post:{_site(addresses[0])}/{post_id}"] if post_id else []
    keys.extend(_address_key(address) for address in addresses)
    return tuple(dict.fromkeys(keys))


def _address_key(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:  # "http://[x" is no address, and still told of a page
        return f"url:{address}"
    sid = dict(parse_qsl(parts.query)).get("sid") if parts.path in _KEPT_QUERY else None
    if sid:
        return f"sid:{_site(address)}/{sid}"
    if dated := _DATED.search(parts.path):
        return f"dated:{_site(address)}/{dated['date']}/{dated['slug']}"
    return f"url:{address}"


def _site(address: str) -> str:
    try:
        return _OTHER_DOORS.sub("", urlsplit(address).netloc)
    except ValueError:
        return ""


def _door(parts: SplitResult) -> tuple[str, str]:
    host = parts.hostname or ""
    if parts.port or _IP_OR_NAME.match(host):
        return parts.scheme, parts.netloc
    bare = _OTHER_DOORS.sub("", host)
    return "https", f"www.{bare}" if bare != host or _WWW.search(host) else host


def _path(path: str) -> str:
    path = _AMP.sub("", path) or "/"
    if _SLASHED.match(path):
        return path.rstrip("/") + "/"
    return path.rstrip("/") or "/"


def _query(parts: SplitResult) -> str:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if parts.path in _KEPT_QUERY:
        named = {name: value for name, value in pairs if name in _KEPT_QUERY[parts.path]}
        return urlencode(named | {"pid": "newsarchive"} if "sid" in named else named)
    if _QUERYLESS.search(parts.hostname or "") or _DATED.search(parts.path):
        return ""
    return urlencode([(name, value) for name, value in pairs if not _TRACKING.match(name)])
