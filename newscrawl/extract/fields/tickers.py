"""Parses tickers in links, lists and meta elements to the form "AAPL:US" (symbol, colon, exchange).

>>> parse_link("/apps/quote?ticker=AAPL%3AUS"), normalize("NYSE:RIG"), parse_list("Acme Depot(AD), Poe's (POE)")
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
    re.findall(
        r"\w+",
        "NYSE NYS NASDAQ NAS NMS NASDAQGS NASDAQGM NASDAQCM AMEX NYSEAMERICAN NYSEMKT NYSEARCA ARCA BATS "
        "CBOE OTC OTCMKTS OTCBB OTCPK PINK LON LSE GER PAR MIL MAC AIM TSX TSXV CVE CNSX NEO TSE TYO JPX "
        "OSE HKG HKEX SEHK SHA SHE SSE SZSE NSE BSE BOM ASX NZE NZX SGX SES KRX KSC KOSPI KOSDAQ TPE TWSE "
        "BKK IDX JKT KLSE MYX PSE HOSE ETR FRA XETRA EPA AMS BRU EBR LIS ELI BIT BME MCE VTX SWX SIX STO "
        "CPH HEL OSL ICEX WSE WAR VIE PRA BUD IST BIST ATH MCX MOEX TASE TLV TADAWUL DFM ADX JSE EGX BVMF "
        "BMV BCBA BVC SGO",
    )
)
"""Exchanges that lists print before the symbol. Names of two letters follow the symbol."""
_QUOTE_PATH = re.compile(r"/quote/([^/?#]+)")
_TERMINAL_PATH = re.compile(r"bbg://securities/([^/?#]+)", re.I)


def parse_link(href: str) -> str | None:
    """Return the ticker, with its exchange, of a link to a quote page; None for other links.

    >>> parse_link("https://www.tern.example/quote/6758:JP?x=1"), parse_link("/quote/"), parse_link("/news")
    ('6758:JP', None, None)
    """
    try:
        query = urlsplit(href.strip()).query
    except ValueError:  # "http://["
        return None
    path = _QUOTE_PATH.search(href) or _TERMINAL_PATH.match(href.strip())
    printed = unquote(path[1]) if path else next(iter(parse_qs(query).get("ticker", [])), "")
    ticker = normalize(printed)
    return ticker if ticker and ":" in ticker else None


def normalize(text: str) -> str | None:
    """Return the normal form of one ticker; None for other texts.

    "NYSE:RIG" becomes "RIG:NYSE" and "LON:BP/" becomes "BP/:LON"; a terminal's "AAPL US Equity" becomes "AAPL:US". A
    symbol without exchange stays as it is. Lower case is accepted only with a colon.

    >>> normalize("LON:BP/"), normalize("AAPL US Equity"), normalize("HD"), normalize("Home Depot")
    ('BP/:LON', 'AAPL:US', 'HD', None)
    """
    text = " ".join(text.split()).strip("()[]{},;")
    if len(text) > 40:
        return None
    if ":" in text:
        first, _, second = (part.replace(" ", "") for part in text.upper().partition(":"))
        # The exchange is first if it is a known one, or any before a number ("000660").
        is_prefixed = first in _EXCHANGES or (first.isalpha() and not second.isalpha())
        match = (_PREFIXED if is_prefixed else _TICKER).fullmatch(text.upper())
    else:
        match = _SPACED.fullmatch(re.sub(r" (Equity|Index)$", lambda m: m[0].upper(), text)) or _BARE.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    if parts.get("index"):
        return f"{parts['index']}:IND"
    exchange = parts.get("exchange")
    return f"{parts['symbol']}:{exchange.replace(' ', '')}" if exchange else parts["symbol"]


def parse_list(text: str) -> tuple[str, ...]:
    """Parse a list without repetitions: "Name(SYMBOL), ...", "NYSE:RIG, LON:BP/", "AAPL:US; MSFT:US".

    If there are brackets, only their contents are read.

    >>> parse_list("NYSE:RIG, LON:BP/, NYSE:RIG")
    ('RIG:NYSE', 'BP/:LON')
    """
    pieces = re.findall(r"\(([^()]{1,40})\)", text) or re.split(r"[,;|\n]", text)
    return tuple(dict.fromkeys(ticker for ticker in map(normalize, pieces) if ticker))


def remove_repeated(listed: Iterable[str]) -> tuple[str, ...]:
    """Remove repeated tickers, and a bare symbol that also occurs with an exchange.

    >>> remove_repeated(["FDX", "UPS", "FDX:US"])
    ('UPS', 'FDX:US')
    """
    unique = dict.fromkeys(listed)
    complete = {ticker.partition(":")[0] for ticker in unique if ":" in ticker}
    return tuple(ticker for ticker in unique if ticker not in complete)
