"""Make tables/volatility.csv of the reference package from recorded prices.

    python scripts/measure_volatility.py ../shared/data

The argument is a folder with recorded bars and ticks. A figure is the root mean square of log returns over five
minutes, scaled to an hour of trading; returns over a break or a night are left out. Of daily bars it is the return from
open to close, scaled by the hours of a day. What was not recorded is assumed: the row says so.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from datetime import datetime
from math import log, sqrt
from pathlib import Path
from statistics import median
from typing import NamedTuple

TABLE = Path(__file__).resolve().parents[1] / "src/anyvenue/reference/tables/volatility.csv"
BUCKET = 300
DAYS = 1000  # daily bars: the last ones only

HEAD = """\
# Written by scripts/measure_volatility.py: deviation of log returns per square root of one hour of trading.
# `key` is an instrument, a product, a crypto base, a currency pair or a kind; `hours` are trading hours a year. Rows of
# 0 returns are assumed: from the figure of a like market, or from what is generally known of its daily moves.
"""


class File(NamedTuple):
    """A recorded file and a day's trading hours; only rows from `since` and of the seconds `between` count."""

    key: str
    path: str
    hours: float
    days: int = 243
    since: str = ""
    between: tuple[int, int] = (0, 10**12)


FILES = [
    *(
        File(f"{name}.{exchange}", f"cn_futures_bars/wt_{exchange}.{name}.HOT_m5.csv.gz", hours)
        for exchange, name, hours in (
            ("SHFE", "rb", 5.75), ("SHFE", "bu", 5.75), ("DCE", "i", 5.75), ("DCE", "j", 5.75), ("DCE", "l", 5.75),
            ("DCE", "m", 5.75), ("DCE", "p", 5.75), ("DCE", "a", 5.75), ("DCE", "cs", 5.75), ("CZCE", "MA", 5.75),
            ("CZCE", "SR", 5.75), ("CZCE", "ZC", 5.75), ("CZCE", "AP", 3.75),
        )
    ),
    File("cu.SHFE", "cn_futures_bars/tqsdk_SHFE.cu2002_1m.csv.gz", 7.75),
    File("au.SHFE", "cn_futures_bars/tqsdk_SHFE.au1912_1m.csv.gz", 9.25),
    File("jd.DCE", "cn_futures_bars/tqsdk_DCE.jd2002_1m.csv.gz", 3.75),
    File("IF.CFFEX", "cn_futures_bars/wt_CFFEX.IF.HOT_m5.csv.gz", 4.0, since="2016-03-01"),
    File("IC.CFFEX", "cn_futures_ticks/CFFEX.IC_tick_20210427.csv.gz", 4.0),
    File("688001.SSE", "cn_stocks/mootdx_sh688001_1m.csv.gz", 4.0),
    File("000001.SZSE", "cn_stocks/mootdx_sz000001_1d.csv.gz", 4.0),
    File("01398.HK", "hk_stocks/yfinance_1398HK_1d.csv.gz", 5.5),
    *(
        File(f"{name}.US", f"us_stocks/lean_equity_usa_minute_{low}_{day}_trade.csv.gz", 6.5, 252, "", (34_200, 57_600))
        for name, low, day in (("AAPL", "aapl", "20140605"), ("IBM", "ibm", "20131008"), ("SPY", "spy", "20230803"))
    ),
    File("GOOG.US", "us_stocks/lean_equity_usa_daily_goog.csv.gz", 6.5, 252),
    File("BTC", "crypto_bars/nautilus_btc_perp_1m_2021-12-31_2022-02-01.csv.gz", 24, 365),
    File("GBPUSD", "fx/nautilus_fxcm_gbpusd-m1-bid-2012.csv.gz", 24, 260),
    File("EURUSD", "fx/lean_forex_fxcm_tick_eurusd_20140507_quote.csv.gz", 24, 260),
    File("NZDUSD", "fx/lean_forex_fxcm_tick_nzdusd_20140507_quote.csv.gz", 24, 260),
    File("XAUUSD", "fx/lean_cfd_oanda_tick_xauusd_20140506_quote.csv.gz", 23, 260),
]  # fmt: skip
# Per hour: a day's usual move over the root of its hours. Government bond futures hardly move.
ASSUMED = [
    ("T.CFFEX", 0.0009, 4.25 * 243, "assumed: 0.2 % a day"),
    ("TF.CFFEX", 0.0006, 4.25 * 243, "assumed: 0.12 % a day"),
    ("TS.CFFEX", 0.00025, 4.25 * 243, "assumed: 0.05 % a day"),
    ("TL.CFFEX", 0.0024, 4.25 * 243, "assumed: 0.5 % a day"),
    ("kind:bond", 0.0005, 4 * 243, "assumed: 0.1 % a day"),
]
LIKE = [
    ("IH.CFFEX", "IF.CFFEX"), ("IM.CFFEX", "IC.CFFEX"), ("000300.SSE", "IF.CFFEX"), ("000016.SSE", "IF.CFFEX"),
    ("000905.SSE", "IC.CFFEX"), ("000852.SSE", "IC.CFFEX"), ("kind:index", "IF.CFFEX"), ("kind:fund", "SPY.US"),
    ("kind:spot", "BTC"), ("kind:perpetual", "BTC"),
]  # fmt: skip
KINDS = {
    "kind:future": lambda row: row.key.endswith((".SHFE", ".DCE", ".CZCE")),
    "kind:stock": lambda row: row.key.endswith((".SSE", ".SZSE", ".HK", ".US")),
    "kind:fx": lambda row: row.key in ("GBPUSD", "EURUSD", "NZDUSD"),
}


class Row(NamedTuple):
    """One row of the table."""

    key: str
    per_hour: float
    hours: float
    source: str
    returns: int


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a gzipped CSV file, columns in lower case."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8").lower()
    return list(csv.DictReader(text.splitlines()))


def moments(rows: list[dict[str, str]]) -> Iterator[tuple[float, float, str]]:
    """Yield seconds, price and the day as text of each row."""
    for row in rows:
        text = row.get("datetime") or row.get("timestamp") or ""
        if "time" in row and "date" in row:
            text = f"{row['date']} {row['time']}"
        if "ms_since_midnight" in row:
            seconds = float(row["ms_since_midnight"]) / 1000
        else:
            text = text or row["time"]
            seconds = datetime.fromisoformat(text).timestamp()
        price = float(row.get("close") or 0) or quoted(row)
        if price > 0:
            yield seconds, price, text


def quoted(row: dict[str, str]) -> float:
    """Return the middle of bid and ask, 0 when a side is absent."""
    bid, ask = (float(row.get(a) or row.get(b) or 0) for a, b in (("bid", "bid1"), ("ask", "ask1")))
    return (bid + ask) / 2 if bid and ask else 0.0


def measure(file: File, rows: list[dict[str, str]]) -> tuple[float, int]:
    """Return the figure of one file per root of an hour, and how many returns it is made of."""
    if file.path.endswith(("_1d.csv.gz", "daily_goog.csv.gz")):
        traded = [row for row in rows if row["open"] and row["close"]][-DAYS:]
        found = [log(float(row["close"]) / float(row["open"])) for row in traded]
        return rms(found) / sqrt(file.hours), len(found)
    last: dict[int, float] = {}
    low, high = file.between
    for seconds, price, text in moments(rows):
        if text >= file.since and low <= seconds < high:
            last[int(seconds // BUCKET)] = price
    found = [log(last[each] / last[each - 1]) for each in last if each - 1 in last]
    return rms(found) * sqrt(3600 / BUCKET), len(found)


def rms(values: list[float]) -> float:
    """Return the root mean square."""
    return sqrt(sum(value * value for value in values) / len(values))


def table(data: Path) -> list[Row]:
    """Return all rows: measured ones, then those like them, then assumed ones."""
    rows = []
    for file in FILES:
        figure, returns = measure(file, read(data / file.path))
        rows.append(Row(file.key, figure, file.hours * file.days, file.path, returns))
    by_key = {row.key: row for row in rows}
    for key, of in LIKE:
        rows.append(by_key[of]._replace(key=key, source=f"assumed: as {of}", returns=0))
    for key, belongs in KINDS.items():
        group = [row for row in rows if belongs(row) and row.returns]
        figure, hours = (
            median(values) for values in zip(*((row[1], row[2]) for row in group), strict=True)
        )
        rows.append(Row(key, figure, hours, f"median of {len(group)} measured", 0))
    rows += [Row(*each, 0) for each in ASSUMED]
    return rows


def main() -> int:
    """Write the table; return 1 without the recorded data."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    if not (data / "cn_futures_bars").is_dir():
        print(
            f"{data} has no recorded prices (cn_futures_bars); name their folder", file=sys.stderr
        )
        return 1
    lines = [
        f"{row.key},{row.per_hour:.6f},{row.hours:.0f},{row.source.removesuffix('.csv.gz')},{row.returns}"
        for row in table(data)
    ]
    text = "\n".join(["key,per_hour,hours,source,returns", *lines])
    TABLE.write_text(f"{HEAD}{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
