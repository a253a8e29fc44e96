"""One short file of each layout: name, text, and the options a reader needs beside them."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["SAMPLES", "Sample", "ns"]


def ns(text: str) -> int:
    """Return the int ns UTC of an ISO text with offset."""
    moment = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (moment // timedelta(microseconds=1)) * 1000


class Sample(NamedTuple):
    """A file as its vendor would write it; `options` are those `open_source` needs to read it."""

    profile: str
    name: str
    text: str
    instrument: str
    rows: int
    options: dict[str, str]


_CTP = (
    "exchange,instrument,trading_day,action_day,time,last,open,high,low,volume_total,volume,turnover_total,turnover,"
    "open_interest,oi_change,pre_close,pre_settle,pre_open_interest,upper_limit,lower_limit,settle,bid1,bid_vol1,"
    "ask1,ask_vol1\n"
    "CFFEX,IF2101,20210104,20210104,09:29:00.400,5230.0,5230.0,5230.0,5230.0,240,240,376560000.0,376560000.0,"
    "90767,-59,5227.0,5216.2,90826,5737.8,4694.6,0.0,5230.0,1,5230.8,2\n"
    "CFFEX,IF2101,20210104,20210104,09:30:00.400,5230.8,5230.0,5232.8,5229.2,311,71,487976040.0,111416040.0,"
    "90751,-16,5227.0,5216.2,90826,5737.8,4694.6,0.0,5231.4,2,5231.6,1\n"
    "CFFEX,IF2101,20210104,20210104,15:35:19.400,5260.0,5230.0,5298.8,5192.0,84288,0,132807388020.0,0.0,"
    "84531,0,5227.0,5216.2,90826,5737.8,4694.6,5278.6,5259.2,5,1.7976931348623157e+308,0\n"
)
_CLASSIFIED = (
    "exchange,instrument,time,last,open,high,low,volume_total,volume,turnover_total,turnover,open_interest,"
    "trade_type,bid1,bid_vol1,ask1,ask_vol1\n"
    "CFFEX,IC,2021-04-27 09:30:00.100,6436.2002,6436.2002,6436.3999,6428.0,140,11,180203240.0,14149280.0,79924,6,"
    "6428.0,1,6433.0,1\n"
    "CFFEX,IC,2021-04-27 09:30:00.600,6425.0,6436.2002,6436.3999,6425.0,171,31,220062600.0,39859360.0,79906,6,"
    "6424.2002,1,6427.0,1\n"
)
_TQSDK_SIDES = ",".join(
    f"{side}_{what}{level}"
    for side in ("ask", "bid")
    for level in range(1, 6)
    for what in ("price", "volume")
)
_TQSDK_TICKS = (
    f"id,datetime,{_TQSDK_SIDES},last_price,average,highest,lowest,open_interest,volume,amount\n"
    "1,2019-09-16 10:33:27.000,47270.0,20,47280.0,140,47290.0,20,47300.0,60,47410.0,50,"
    "47260.0,125,47250.0,55,47240.0,100,47230.0,25,47220.0,30,47270.0,47210.7,47270.0,47050.0,22030,9220,2176415000.0\n"
    "2,2019-09-16 14:59:59.999,47650.0,10,47730.0,10,47990.0,5,49250.0,50,,0,"
    "47570.0,5,46560.0,100,45650.0,270,44920.0,5,,0,47580.0,47732.3,47860.0,47580.0,6940,9230,2178778000.0\n"
)
_QUOTE_BARS = (
    "ms_since_midnight,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size\n"
    "34200000,6438000,6440600,6438000,6440600,100,6460000,6460000,6460000,6460000,100\n"
    "34260000,,,,,0,6460000,6460000,6459900,6459900,200\n"
)
_TRADE_BARS = (
    "ms_since_midnight,open,high,low,close,volume\n"
    "15300000,6448000,6448000,6448000,6448000,90\n"
    "34200000,6455000,6457000,6454000,6456000,1000\n"
)
_PLAIN_BARS = (
    "datetime,open,high,low,close,volume\n"
    "20140602 00:00,136300,162500,135000,162500,6315000\n"
    "20140603 00:00,165000,165600,151900,160000,5677300\n"
)
_PLAIN_MINUTES = (
    "datetime,open,high,low,close,volume\n"
    "2021-01-04 09:31:00,10.1,10.3,10,10.2,6300\n"
    "2021-01-04 09:32:00,10.2,10.2,10.1,10.1,5600\n"
    "2021-01-04 09:33:00,10.1,10.4,10.1,10.4,100\n"
)
_FX_TICKS = "ms_since_midnight,bid,ask\n808.0672,1310.926,1311.237\n911.5,1310.9,1311.2\n"

SAMPLES = (
    Sample("ctp-tick", "if.csv.gz", _CTP, "IF2101.CFFEX", 3, {}),
    Sample("ctp-tick-classified", "ic.csv", _CLASSIFIED, "IC.CFFEX", 2, {}),
    Sample("tqsdk-tick5", "tqsdk_SHFE.cu1909_tick.csv.gz", _TQSDK_TICKS, "cu1909.SHFE", 2, {}),
    Sample(
        "tqsdk-bar",
        "tqsdk_SHFE.rb2002_1m.csv",
        "id,datetime,open,high,low,close,volume,open_oi,close_oi\n"
        "7,2019-10-24 21:06:00,3197.0,3197.0,3197.0,3197.0,0,5102,5102\n"
        "8,2019-10-24 21:07:00,3197.0,3199.0,3196.0,3198.0,12,5102,5110\n"
        "20,2019-10-25 14:59:00,3190.0,3191.0,3190.0,3191.0,3,5000,5001\n",
        "rb2002.SHFE",
        3,
        {},
    ),
    Sample(
        "vnpy-bar",
        "bars.csv",
        "local_symbol,datetime,open_price,close_price,high_price,low_price,volume,turnover,open_interest\n"
        "rb2401.SHFE,2023-09-25 09:01:00,3778.0,3779.0,3785.0,3778.0,28695.0,1084838520.0,1650408.0\n"
        "rb2401.SHFE,2023-09-25 09:02:00,3780.0,3778.0,3782.0,3778.0,9202.0,347819460.0,1650082.0\n",
        "rb2401.SHFE",
        2,
        {},
    ),
    Sample(
        "wt-bar",
        "wt_SHFE.rb.HOT_m5.csv",
        "date,time,open,high,low,close,volume\n"
        "2019-07-31,21:05:00,3888,3897,3882,3897,118432\n"
        "2019-07-31,21:10:00,3898,3904,3896,3902,92756\n",
        "rb.SHFE",
        2,
        {},
    ),
    Sample(
        "wt-day",
        "wt_CFFEX.IF.HOT_d.csv",
        "date,time,open,high,low,close,volume,turnover,settlement,open_interest\n"
        "2021/01/04,0,5230.0,5298.8,5192.0,5260.0,84288.0,132807388020.0,5278.6,84531.0\n"
        "2021/01/05,0,5250.0,5370.8,5238.8,5359.8,88203.0,140413643280.0,5357.0,85968.0\n",
        "IF.CFFEX",
        2,
        {},
    ),
    Sample(
        "mootdx-day",
        "mootdx_sz000001_1d.csv",
        "date,open,high,low,close,amount,volume\n"
        "20210104,19.1,19.1,18.44,18.6,2891682000.0,155421643\n"
        "20210105,18.4,18.48,17.8,18.17,3284607000.0,182135216\n",
        "000001.SZSE",
        2,
        {},
    ),
    Sample(
        "mootdx-day-adjusted",
        "mootdx_sh601006_1d_fwdadj.csv",
        "date,open,high,low,close,volume,amount\n"
        "2006-08-02,-0.30,-0.02,-0.32,-0.11,232650438,1320554624.00\n"
        "2006-08-03,-0.15,0.00,-0.18,-0.13,100498125,576989760.00\n",
        "601006.SSE",
        2,
        {},
    ),
    Sample(
        "mootdx-minute",
        "mootdx_sh688001_1m.csv",
        "datetime,open,high,low,close,amount,volume\n"
        "2021-04-23 09:31,36.71,37.02,36.71,36.8,256647.0,7000\n"
        "2021-04-23 09:32,36.8,36.8,36.75,36.75,40737.0,1100\n",
        "688001.SSE",
        2,
        {},
    ),
    Sample(
        "lean-daily",
        "equity_usa_daily_aapl.csv",
        _PLAIN_BARS,
        "AAPL.US",
        2,
        {"profile": "lean-daily"},
    ),
    Sample(
        "lean-minute-trade",
        "lean_equity_usa_minute_aapl_20140605_trade.csv",
        _TRADE_BARS,
        "AAPL.US",
        2,
        {"profile": "lean-minute-trade"},
    ),
    Sample(
        "lean-minute-quote",
        "lean_equity_usa_minute_aapl_20140605_quote.csv",
        _QUOTE_BARS,
        "AAPL.US",
        2,
        {"profile": "lean-minute-quote"},
    ),
    Sample(
        "lean-tick-quote",
        "lean_equity_usa_tick_ibm_20140605_quote.csv",
        "ms_since_midnight,bid,bid_size,ask,ask_size,exchange,quote_condition,suspicious\n"
        "14400054,0,0,1836300,100,Q,1,0\n"
        "14400241,1800100,300,0,0,P,1,0\n",
        "IBM.US",
        2,
        {},
    ),
    Sample(
        "lean-us-tick-trade",
        "lean_equity_usa_tick_ibm_20140605_trade.csv",
        "ms_since_midnight,price,size,exchange,sale_condition,suspicious\n"
        "14430270,1815200,283,P,20002020,0\n"
        "14450472,1818000,500,P,2000,0\n",
        "IBM.US",
        2,
        {},
    ),
    Sample(
        "lean-crypto-minute-trade",
        "minute_eurusd_20140605_trade.csv",
        "ms_since_midnight,open,high,low,close,volume\n0,1.3,1.4,1.2,1.3,110.66042\n60000,1.3,1.3,1.3,1.3,0\n",
        "EURUSD.FX",
        2,
        {"profile": "lean-crypto-minute-trade", "instrument": "EURUSD.FX"},
    ),
    Sample(
        "lean-crypto-minute-quote",
        "minute_eurusd_20140605_quote.csv",
        _QUOTE_BARS,
        "EURUSD.FX",
        2,
        {"profile": "lean-crypto-minute-quote", "instrument": "EURUSD.FX"},
    ),
    Sample(
        "lean-fx-tick-utc",
        "tick_xauusd_20140506_quote.csv",
        _FX_TICKS,
        "XAUUSD.FX",
        2,
        {"profile": "lean-fx-tick-utc", "instrument": "XAUUSD.FX"},
    ),
    Sample(
        "lean-fx-tick-utc-05",
        "tick_eurusd_20140506_quote.csv",
        _FX_TICKS,
        "EURUSD.FX",
        2,
        {"profile": "lean-fx-tick-utc-05", "instrument": "EURUSD.FX"},
    ),
    Sample(
        "plain-bar-start",
        "mine_1m.csv",
        _PLAIN_MINUTES,
        "600519.SSE",
        3,
        {"profile": "plain-bar-start", "instrument": "600519"},
    ),
    Sample(
        "plain-bar-end",
        "mine_1m.csv",
        _PLAIN_MINUTES,
        "600519.SSE",
        3,
        {"profile": "plain-bar-end", "instrument": "600519"},
    ),
    Sample(
        "nautilus-bar",
        "gbpusd-m1-ask-2012.csv",
        "timestamp,open,high,low,close\n"
        "2012-02-01 00:00:00+00:00,1.57608,1.57610,1.57585,1.57585\n"
        "2012-02-01 00:01:00+00:00,1.57585,1.57591,1.57552,1.57552\n",
        "GBPUSD.FX",
        2,
        {"instrument": "GBPUSD.FX"},
    ),
    Sample(
        "truefx",
        "usdjpy.csv",
        "timestamp,bid,ask\n"
        "2013-01-01 22:00:00.295000+00:00,86.655,86.728\n"
        "2013-01-01 22:02:35.907000+00:00,86.657,86.728\n",
        "USDJPY.FX",
        2,
        {"instrument": "USDJPY.FX"},
    ),
    Sample(
        "yfinance-day",
        "yfinance_1398HK_1d.csv",
        "Datetime,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Repaired?\n"
        "2022-01-03,4.45,4.45,4.4,4.42,3.504675,42688622.0,0.0,0.0,True\n"
        "2022-01-04,4.43,4.45,4.39,4.44,3.520533,146990360.0,0.0,0.0,True\n",
        "01398.HK",
        2,
        {},
    ),
)
