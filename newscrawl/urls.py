"""URLs: their normalisation, what their paths say, and the keys by which two URLs are one article's."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from newscrawl.publisher import GENERAL, QueryRule, UrlRules

# Campaign and click parameters, which never select what a page shows. Source: the query filters of the browsers Brave
# (https://github.com/brave/brave-browser/wiki/Query-String-Filter) and Firefox (its remote setting "query-stripping"),
# with the campaign parameters of Google, Matomo, Piano, Adobe and Webtrekk as their documentation lists them.
_TRACKERS = re.compile(
    r"utm_\w+|(?:mtm|matomo|hsa|oft|bsft)_\w+|(?:pk|piwik)_(?:campaign|cid|content|keyword|kwd|medium|source|vid)"
    r"|(?:fbc|gc|dc|twc|ttc|yc|ysc|syc)lid|msclkid|gclsrc|gbraid|wbraid|gad_(?:source|campaignid)|srsltid|_g[al]"
    r"|fb_(?:action_ids|action_types|ref|source)|action_(?:object|ref|type)_map|igsh(?:id)?|li_fat_id|epik|_openstat"
    r"|mc_[ce]id|ml_subscriber(?:_hash)?|mkt_tok|_hs(?:enc|mi)|__hs(?:fp|sc|tc)|hsctatracking|vero_(?:conv|id)"
    r"|oly_(?:anon|enc)_id|_k[ex]|ck_subscriber_id|irclickid|rb_clickid|s_cid|s_kwcid|ef_id|wickedid|__s|guccounter"
    r"|guce_referrer(?:_sig)?|at_(?:campaign|medium)|ns_(?:campaign|linkname|mchannel|source)|wt_z?mc|xtor|cmpid",
    re.I,
)
_AMP = re.compile(r"^/amp(?=/)|/amp/?$|\.amp(?=\.html$)|\.amp$")
# What a page is shown for, in the query of many content management systems: never what it shows.
_VARIANT = re.compile(
    r"(?:amp|print(?:able|view|_view|mode|er|page)?|pf|is_?print|(?:is_?|no_?)?mobile|m)=(?:1|0|true|yes|y|amp|print)?"
    r"|(?:output(?:_?type)?|format|view|mode|type|layout|display|style|version)=(?:amp|amphtml|print(?:er|able)?|mobile)",
    re.I,
)
# A slug such as "view" or "index" names a script or a folder, and so no article in whatever section.
_DATED = re.compile(
    r"/(?P<date>\d{4}-\d{2}-\d{2})/(?P<slug>(?!(?:index|default|view|article|story|show|detail)(?:\.\w+)?/?$)[^/]+?)"
    r"(?:\.html?)?/?$"
)
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[_/-]?(1[0-2]|0?[1-9])(?!\d)")
_FRONT = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home)(?:\.\w+)?/?)?", re.I)
_DEVICE_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")  # not of m.example, which is a site of its own
_DEFAULT_PORTS = {"http": 80, "https": 443}
_DEFAULT_PORT = re.compile(r"^(?:(http://[^/?#]*):80|(https://[^/?#]*):443)(?=[/?#]|$)", re.I)
_FINAL_DOT = re.compile(r"^(https?://[^/?#.]+(?:\.[^/?#.]+)*)\.+(?=(?::\d*)?(?:[/?#]|$))", re.I)
_NO_UTF8 = re.compile(r"[\udc80-\udcff]")
_FRONT_PAGE = re.compile(r"^https?://[\w.:-]+/?$")
_IP_OR_NAME = re.compile(r"^(?:[\d.]+|[^.]+)$")


@lru_cache(maxsize=4096)  # a crawl needs that of every page several times
def normalize_url(url: str, rules: UrlRules = GENERAL.url_rules) -> str:
    """Return the one URL for all spellings of `url`, by the rules of its publisher.

    https; the www. host for m., mobile. and amp. hosts, and for bare hosts where the rules say so; no default port,
    fragment, /amp/ or trailing slash (unless the rules require one); the query sorted, by the rules or without trackers
    and what only says how the page is shown (print=1, outputType=amp). A URL with a port, IP address or bare host name
    keeps scheme and host; others than http(s) are unchanged.

    >>> normalize_url("http://m.tern.example:80/2026-11-20/view.php/?utm_source=feed&id=3#top")
    'https://www.tern.example/2026-11-20/view.php?id=3'
    """
    url = url.strip()
    if not re.match(r"https?://", url, re.I):
        return url
    try:
        parts = urlsplit(canonicalize_url(url, keep_fragments=False))
        if not parts.hostname:
            return url
        path = _AMP.sub("", parts.path).rstrip("/")
        if not path or (rules.slash_paths and rules.slash_paths.search(path)):
            path += "/"
        return urlunsplit((*_scheme_and_host(parts, rules), path, _query(parts, rules), ""))
    except ValueError:
        return url


@lru_cache(maxsize=4096)
def split_host(url: str) -> tuple[str, int | None]:
    """Return the host of a URL in its one spelling, and its port unless that is the default; "" where it has none.

    >>> split_host("HTTPS://WWW.Hafen-Küste.example.:443/a")
    ('www.xn--hafen-kste-geb.example', None)
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port if parts.port != _DEFAULT_PORTS.get(parts.scheme) else None
        return _normalize_host(parts.hostname or ""), port
    except ValueError:  # "http://[x", or a label of 100 characters
        return "", None


def server_of(url: str) -> str:
    """Return HOST or HOST:PORT: what has one robots.txt, and blocks or fails as one."""
    return _join_port(*split_host(url))


def site_of(url: str) -> str:
    """Return the host without www., m. and the like: what is one site for its readers, and one pace for a crawl."""
    return _DEVICE_HOST.sub("", split_host(url)[0])


@lru_cache(maxsize=4096)
def site_key(url: str) -> str:
    """Return HOST or HOST:PORT without www., m. and the like: what identifies a site that newscrawl does not know.

    >>> site_key("https://www.tern.example/news"), site_key("http://127.0.0.1:8000/")
    ('tern.example', '127.0.0.1:8000')
    """
    return _DEVICE_HOST.sub("", server_of(url))


def has_host(url: str, hosts: AbstractSet[str]) -> bool:
    """Whether the host of a URL is one of `hosts`, or the same site under www., m. and the like.

    A host with a port is that port only.

    >>> has_host("https://TERN.example.:443/news", frozenset(("www.tern.example",)))
    True
    """
    sites = _sites(frozenset(hosts))
    return site_of(url) in sites or site_key(url) in sites


def decode_octets(octets: bytes) -> str:
    r"""Decode a URL, or a part of one, and percent-encode the octets that are no UTF-8: they stay what they are.

    >>> decode_octets(b"/k\xc3\xbcste/caf\xe9")
    '/küste/caf%E9'
    """
    text = octets.decode("utf-8", "surrogateescape")
    return _NO_UTF8.sub(lambda octet: f"%{ord(octet[0]) - 0xDC00:02X}", text)


def without_default_port(url: str) -> str:
    """Remove ":80" of http and ":443" of https: only archives write them.

    >>> without_default_port("http://www.tern.example:80/news/")
    'http://www.tern.example/news/'
    """
    return _DEFAULT_PORT.sub(r"\1\2", url)


def without_final_dot(url: str) -> str:
    """Remove the dot at the end of the host: servers and their certificates know only the name without it.

    >>> without_final_dot("https://www.tern.example.:8443/news.")
    'https://www.tern.example:8443/news.'
    """
    return _FINAL_DOT.sub(r"\1", url)


def slug(url: str) -> str | None:
    """Return the words of an article's address: of ".../2013-05-27/kerry-meets-russia.html", "kerry-meets-russia"."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return re.sub(r"\.html?$", "", last) or None


def date_in(url: str) -> str | None:
    """Return the YYYY-MM-DD in the path of a dated address. It is a UTC date, and may be a day off the printed one."""
    day = re.search(r"/(\d{4}-\d{2}-\d{2})(?=/)", urlsplit(url).path)
    return day[1] if day else None


def month_in(url: str) -> tuple[datetime, datetime] | None:
    """Return the last month in an address such as ".../sitemap_2013_5.xml": its first moment and the next one's, UTC.

    >>> month_in("https://www.tern.example/sitemaps/news/2013-12.xml")[1].isoformat()
    '2014-01-01T00:00:00+00:00'
    """
    months = _MONTH.findall(urlsplit(url).path)
    if not months:
        return None
    year, month = map(int, months[-1])
    begin = datetime(year, month, 1, tzinfo=UTC)
    return begin, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def is_front_path(url: str) -> bool:
    """Whether a path is that of a site's front page, in one of its languages: never that of an article.

    >>> [is_front_path(f"https://tern.example{path}") for path in ("", "/en-gb/", "/index.html", "/ferry", "/?id=3")]
    [True, True, True, False, False]
    """
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def is_article_path(url: str, rules: UrlRules) -> bool:
    return rules.article_paths is not None and bool(rules.article_paths.search(urlsplit(url).path))


def other_kind(url: str, rules: UrlRules) -> str | None:
    """Return what the page of `url` is by its path ("video"); None if it may be an article."""
    path = urlsplit(url).path
    return next((name for name, pattern in rules.other_paths.items() if pattern.search(path)), None)


def article_keys(
    url: str, canonical_url: str | None = None, post_id: str | None = None, rules: UrlRules = GENERAL.url_rules
) -> tuple[str, ...]:
    """Return the keys of an article, strongest first: articles that share one are the same.

    "post:HOST/ID" of the publisher's own identifier, "NAME:HOST/VALUE" of a parameter that names the article,
    "dated:HOST/DATE/SLUG" of a path with a date and a slug in whichever section, else "url:URL", normalised. HOST
    leaves out www., m. and the like.
    """
    urls = [normalize_url(each, rules) for each in (canonical_url, url) if each]
    keys = [f"post:{site_key(urls[0])}/{post_id}"] if post_id else []
    if len(urls) > 1 and _FRONT_PAGE.match(urls[0]):  # seen in the wild: as the canonical URL of every article
        urls = urls[-1:]
    keys.extend(_url_key(each, rules) for each in urls)
    return tuple(dict.fromkeys(keys))


def _url_key(url: str, rules: UrlRules) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[x" is no URL, but a page may state it
        return f"url:{url}"
    rule = _query_rule(parts, rules)
    identifier = dict(parse_qsl(parts.query)).get(rule.identifier) if rule and rule.identifier else None
    if rule and identifier:
        return f"{rule.identifier}:{site_key(url)}/{identifier}"
    # a query that no rule explains may name the page: /2026-11-20/view.php?id=3
    if (rule or not parts.query) and (dated := _DATED.search(parts.path)):
        return f"dated:{site_key(url)}/{dated['date']}/{dated['slug']}"
    return f"url:{url}"


@lru_cache(maxsize=64)
def _sites(hosts: frozenset[str]) -> frozenset[str]:
    return frozenset(_DEVICE_HOST.sub("", _normalize_host(host)) for host in hosts)


def _normalize_host(host: str) -> str:
    host = host.lower().rstrip(".")
    return host if host.isascii() else host.encode("idna").decode().rstrip(".")


def _join_port(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def _scheme_and_host(parts: SplitResult, rules: UrlRules) -> tuple[str, str]:
    host = _normalize_host(parts.hostname or "")
    port = parts.port if parts.port != _DEFAULT_PORTS.get(parts.scheme) else None
    if port or ":" in host or _IP_OR_NAME.match(host):
        return parts.scheme, _join_port(host, port)
    bare = _DEVICE_HOST.sub("", host)
    return "https", f"www.{bare}" if bare != host or host in rules.www_hosts else host


def _query(parts: SplitResult, rules: UrlRules) -> str:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    rule = _query_rule(parts, rules)
    if rule is None:
        return urlencode([pair for pair in pairs if not _is_needless(*pair)])
    significant = [pair for pair in pairs if rule.parameters.fullmatch(pair[0])]
    if rule.identifier is None:
        return urlencode(significant)
    values = dict(significant)
    return urlencode({**values, **rule.constants} if rule.identifier in values else values)


def _is_needless(name: str, value: str) -> bool:
    """Whether a parameter makes no difference to what a page shows."""
    return _TRACKERS.fullmatch(name) is not None or _VARIANT.fullmatch(f"{name}={value}") is not None


def _query_rule(parts: SplitResult, rules: UrlRules) -> QueryRule | None:
    address = f"{parts.hostname}{parts.path}"
    return next((rule for rule in rules.queries if rule.addresses.search(address)), None)
