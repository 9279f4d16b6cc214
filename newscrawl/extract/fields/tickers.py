"""Tickers: of links, lists and meta elements, in the one form "AAPL:US" (symbol, colon, exchange).

>>> from_href("/apps/quote?ticker=AAPL%3AUS"), normal("NYSE:RIG"), in_meta("Acme Depot(AD), Poe's (POE)")
('AAPL:US', 'RIG:NYSE', ('AD', 'POE'))
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, unquote, urlsplit

_SYMBOL = r"[A-Z0-9][A-Z0-9./*&_=+-]{0,19}"
_TICKER = re.compile(rf"\$?(?P<symbol>{_SYMBOL})\s?:\s?(?P<exchange>[A-Z]{{2,12}})", re.A)
_PREFIXED = re.compile(rf"(?P<exchange>[A-Z][A-Z ]{{1,19}}?)\s?:\s?(?P<symbol>{_SYMBOL})", re.A)
_SPACED = re.compile(
    rf"(?P<symbol>{_SYMBOL}) (?P<exchange>[A-Z]{{2}})(?: (?:EQUITY|INDEX))?|(?P<index>{_SYMBOL}) INDEX", re.A
)
_BARE = re.compile(r"\$?(?P<symbol>[A-Z0-9][A-Z0-9./*&-]{0,9})", re.A)
_EXCHANGES = frozenset(
    " ".join(
        (
            "NYSE NYS NASDAQ NAS NMS NASDAQGS NASDAQGM NASDAQCM AMEX NYSEAMERICAN NYSEMKT NYSEARCA ARCA BATS",
            "CBOE OTC OTCMKTS OTCBB OTCPK PINK LON LSE GER PAR MIL MAC AIM TSX TSXV CVE CNSX NEO TSE TYO JPX",
            "OSE HKG HKEX SEHK SHA SHE SSE SZSE NSE BSE BOM ASX NZE NZX SGX SES KRX KSC KOSPI KOSDAQ TPE TWSE",
            "BKK IDX JKT KLSE MYX PSE HOSE ETR FRA XETRA EPA AMS BRU EBR LIS ELI BIT BME MCE VTX SWX SIX STO",
            "CPH HEL OSL ICEX WSE WAR VIE PRA BUD IST BIST ATH MCX MOEX TASE TLV TADAWUL DFM ADX JSE EGX BVMF",
            "BMV BCBA BVC SGO",
        )
    ).split()
)
"""Exchanges that lists print in front of the symbol: names of two letters are Bloomberg's own, and stand behind."""
_QUOTE_PATH = re.compile(r"/quote/([^/?#]+)")
_TERMINAL_PATH = re.compile(r"bbg://securities/([^/?#]+)", re.I)


def from_href(href: str) -> str | None:
    """The ticker whose quote page `href` links to, with its exchange; None for any other link.

    >>> from_href("https://www.bloomberg.com/quote/6758:JP?sref=x"), from_href("/quote/"), from_href("/news")
    ('6758:JP', None, None)
    """
    try:
        query = urlsplit(href.strip()).query
    except ValueError:  # "http://[": an address that is none
        return None
    path = _QUOTE_PATH.search(href) or _TERMINAL_PATH.match(href.strip())
    told = unquote(path[1]) if path else next(iter(parse_qs(query).get("ticker", [])), "")
    ticker = normal(told)
    return ticker if ticker and ":" in ticker else None


def normal(text: str) -> str | None:
    """The normal form of one ticker; None for what is none.

    An exchange known to be printed first ("NYSE:RIG", "LON:BP/") changes places with its symbol, whose slash is kept.
    A terminal's "AAPL US Equity" becomes "AAPL:US", a bare symbol stays bare. Lower case is read only around a colon.

    >>> normal("LON:BP/"), normal("aapl:us"), normal("AAPL US Equity"), normal("HD"), normal("Home Depot")
    ('BP/:LON', 'AAPL:US', 'AAPL:US', 'HD', None)
    """
    text = " ".join(text.split()).strip("()[]{},;")
    if len(text) > 40:
        return None
    if ":" in text:
        found = (_PREFIXED if _exchange_first(text.upper()) else _TICKER).fullmatch(text.upper())
    else:
        found = _SPACED.fullmatch(re.sub(r" (Equity|Index)$", lambda m: m[0].upper(), text)) or _BARE.fullmatch(text)
    return _told(found) if found else None


def in_meta(text: str) -> tuple[str, ...]:
    """The tickers of a list, in order, each once: "Name(SYMBOL), ...", "NYSE:RIG, LON:BP/", "AAPL:US; MSFT:US".

    Where any symbol stands in brackets, only what stands in brackets is read.

    >>> in_meta("NYSE:RIG, LON:BP/, NYSE:RIG")
    ('RIG:NYSE', 'BP/:LON')
    """
    pieces = re.findall(r"\(([^()]{1,40})\)", text) or re.split(r"[,;|\n]", text)
    return tuple(dict.fromkeys(ticker for ticker in map(normal, pieces) if ticker))


def each_once(listed: Iterable[str]) -> tuple[str, ...]:
    """Remove repeated tickers, and a bare symbol that also occurs with an exchange.

    >>> each_once(["FDX", "UPS", "FDX:US"])
    ('UPS', 'FDX:US')
    """
    unique = dict.fromkeys(listed)
    complete = {ticker.partition(":")[0] for ticker in unique if ":" in ticker}
    return tuple(ticker for ticker in unique if ticker not in complete)


def _exchange_first(text: str) -> bool:
    """Whether the exchange stands in front: a known one, or any before what only can be a symbol ("000660")."""
    first, _, second = (part.replace(" ", "") for part in text.partition(":"))
    return first in _EXCHANGES or (first.isalpha() and not second.isalpha())


def _told(found: re.Match[str]) -> str:
    parts = found.groupdict()
    if parts.get("index"):
        return f"{parts['index']}:IND"
    exchange = parts.get("exchange")
    return f"{parts['symbol']}:{exchange.replace(' ', '')}" if exchange else parts["symbol"]
