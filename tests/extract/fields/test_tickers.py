import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.extract.fields import tickers


@pytest.mark.parametrize(
    ("href", "ticker"),
    [
        ("/apps/quote?ticker=AAPL%3AUS", "AAPL:US"),
        ("http://www.bloomberg.com/apps/quote?ticker=AAPL:US&x=1", "AAPL:US"),
        ("/quote/6758:JP", "6758:JP"),
        ("/quote/0730485D:US", "0730485D:US"),
        ("https://www.bloomberg.com/quote/BA:US?sref=x#y", "BA:US"),
        ("https://www.bloomberg.com/quote/BA%3AUS/chart", "BA:US"),
        ("/quote/BRK%2FA:US", "BRK/A:US"),
        ("/quote/INDU:IND", "INDU:IND"),
        ("/quote/EURUSD:CUR", "EURUSD:CUR"),
        ("/quote/ba:us", "BA:US"),
        ("bbg://securities/AAPL%20US%20Equity", "AAPL:US"),
        ("bbg://securities/SPX%20Index", "SPX:IND"),
        ("/quote/AAPL", None),
        ("/quote/", None),
        ("/quote/:US", None),
        ("/news/articles/2013-05-27/rain", None),
        ("/apps/quote?ticker=", None),
        ("/search?q=AAPL:US", None),
        ("mailto:jdoe@news.example", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_ticker_a_link_leads_to(href: str, ticker: str | None) -> None:
    assert tickers.parse_link(href) == ticker


@pytest.mark.parametrize(
    ("printed", "ticker"),
    [
        ("AAPL:US", "AAPL:US"),
        (" aapl:us ", "AAPL:US"),
        ("9988:HK", "9988:HK"),
        ("NYSE:RIG", "RIG:NYSE"),
        ("NASDAQ: AAPL", "AAPL:NASDAQ"),
        ("NYSE ARCA:SPY", "SPY:NYSEARCA"),
        ("LON:BP/", "BP/:LON"),
        ("CPH:NOVOB", "NOVOB:CPH"),
        ("KSC:000660", "000660:KSC"),
        ("XYZ:000660", "000660:XYZ"),
        ("AAPL US", "AAPL:US"),
        ("AAPL US Equity", "AAPL:US"),
        ("BRK/A US", "BRK/A:US"),
        ("SPX Index", "SPX:IND"),
        ("$AAPL", "AAPL"),
        ("(HD)", "HD"),
        ("HD", "HD"),
        ("hd", None),
        ("Home Depot", None),
        ("Rain: it fell", None),
        ("A:B:C", None),
        (":", None),
        ("", None),
        ("A" * 50 + ":US", None),
    ],
)
def test_the_normal_form(printed: str, ticker: str | None) -> None:
    assert tickers.normalize(printed) == ticker


@pytest.mark.parametrize(
    ("printed", "listed"),
    [
        ("Acme Depot(AD), Poe's (POE)", ("AD", "POE")),
        ("Acme(AD)", ("AD",)),
        ("Alpha (Beta) (BETA)", ("BETA",)),
        ("Acme (AD:US), Poe (NYSE:POE)", ("AD:US", "POE:NYSE")),
        ("NYSE:RIG, LON:BP/", ("RIG:NYSE", "BP/:LON")),
        ("AAPL:US;MSFT:US|AAPL:US", ("AAPL:US", "MSFT:US")),
        ("AAPL US, MSFT US", ("AAPL:US", "MSFT:US")),
        ("Acme Depot, Poe's", ()),
        ("", ()),
    ],
)
def test_the_tickers_of_a_list(printed: str, listed: tuple[str, ...]) -> None:
    assert tickers.parse_list(printed) == listed


@given(st.text() | st.from_regex(r"[A-Z:/ $()]{1,20}", fullmatch=True))
def test_the_normal_form_is_normal(printed: str) -> None:
    ticker = tickers.normalize(printed)
    assert ticker is None or tickers.normalize(ticker) in (ticker, _other_way_round(ticker))
    tickers.parse_link(printed)
    tickers.parse_list(printed)


def _other_way_round(ticker: str) -> str:
    symbol, _, exchange = ticker.partition(":")
    return f"{exchange}:{symbol}"
