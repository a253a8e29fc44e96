import pytest

from anyvenue.data.naming import date_in_name, instrument_in_name, interval_in_name


@pytest.mark.parametrize(
    ("name", "convention", "instrument"),
    [
        ("tqsdk_CFFEX.IF1908_1m.csv.gz", "cn_future", "IF1908.CFFEX"),
        ("wt_SHFE.rb.HOT_m5.csv.gz", "cn_future", "rb.SHFE"),
        ("wt_DCE.m.HOT_m5.csv.gz", "cn_future", "m.DCE"),
        ("mootdx_sh688001_1m.csv.gz", "cn_stock", "688001.SSE"),
        ("sz000001.csv", "cn_stock", "000001.SZSE"),
        ("lean_equity_usa_minute_aapl_20140605_trade.csv.gz", "lean_us", "AAPL.US"),
        ("equity_usa_daily_brk.b.csv", "lean_us", "BRK.B.US"),
        ("20140605_aapl_minute_trade.csv", "lean_us", "AAPL.US"),
        ("yfinance_1398HK_1d.csv.gz", "yahoo", "01398.HK"),
        ("1398.HK.csv", "yahoo", "01398.HK"),
        ("AAPL.csv", "yahoo", "AAPL.US"),
        ("bars.csv", "cn_future", ""),
        ("tqsdk_CFFEX.IF1908_1m.csv.gz", "", ""),
    ],
)
def test_a_file_name_holds_the_instrument(name: str, convention: str, instrument: str) -> None:
    assert instrument_in_name(name, convention) == instrument


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("aapl_20140605_trade.csv", 20140605),
        ("20140605_aapl_minute_trade.csv", 20140605),
        ("aapl_20141399_trade.csv", 0),
        ("123456789.csv", 0),
        ("aapl.csv", 0),
    ],
)
def test_a_file_name_holds_the_date(name: str, day: int) -> None:
    assert date_in_name(name) == day


@pytest.mark.parametrize(
    ("name", "interval"),
    [
        ("tqsdk_SHFE.rb2002_1m.csv.gz", "1m"),
        ("wt_SHFE.rb.HOT_m5.csv.gz", "5m"),
        ("wt_CFFEX.IF.HOT_d.csv", "1d"),
        ("cu1909_10s.csv", "10s"),
        ("cu1909_60s.csv", "1m"),
        ("equity_usa_daily_aapl.csv", "1d"),
        ("cu1909_9d.csv", ""),
        ("cu1909.csv", ""),
    ],
)
def test_a_file_name_holds_the_interval(name: str, interval: str) -> None:
    assert interval_in_name(name) == interval
