"""Measure the synthetic markets: CPU time of all together, and spreads, levels and volatility against what is promised.

CPU seconds of this process. Spread and levels are of one simulated hour at the venue's pace, volatility of five-minute
returns over two days at a snapshot every 5 s, the range of a week at one a minute, all around the clock.
"""

from __future__ import annotations

import argparse
import json
import time
from decimal import Decimal
from itertools import pairwise
from math import log, sqrt
from statistics import median

from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from anyvenue.reference.sessions import SessionWindow
from anyvenue.reference.volatility import get_volatility
from anyvenue.sim.synthetic import synthetic_ticks, usual_interval

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
SHOWN = (
    "rb2701.SHFE", "IF2609.CFFEX", "cu2701.SHFE", "TS2612.CFFEX", "600519.SSE", "510050.SSE", "AAPL.US", "00700.HK",
    "BTC-USDT-PERP.BINANCE", "EURUSD.FX",
)  # fmt: skip
MARKET = (
    "rb2701.SHFE", "i2701.DCE", "IF2609.CFFEX", "cu2701.SHFE", "m2701-C-3000.DCE", "T2612.CFFEX", "600519.SSE",
    "510050.SSE", "AAPL.US", "BTC-USDT.BINANCE", "BTC-USDT-PERP.BINANCE", "EURUSD.FX",
)  # fmt: skip
DEMO_SPEED = 300


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    catalog = Catalog(DEFAULT_DATE)
    print(f"{'market':22} {'us':>5} {'CPU s/h':>8} {'median':>7} {'1-2':>6} {'levels':>7} "
          f"{'measured':>9} {'ours':>9} {'ratio':>6} {'week':>7}")  # fmt: skip
    rows = {name: figures(catalog, catalog.get(name), args.seed) for name in SHOWN}
    for name, row in rows.items():
        print(f"{name:22} {row['us']:5.1f} {row['cpu_s_per_hour']:8.3f} {row['median_spread']:7.0f} "
              f"{row['one_or_two']:6.1%} {row['five_levels']:7.2%} {row['measured']:9.5f} "
              f"{row['volatility']:9.5f} {row['volatility'] / row['measured']:6.2f} "
              f"{row['week_range']:7.2%}")  # fmt: skip
    ours = whole_market(catalog, args.seed)
    print(f"{len(MARKET)} markets: {ours['events']} events in a simulated hour, {ours['us']:.1f} us each, "
          f"{ours['core_at_demo_speed']:.3f} of a core at {DEMO_SPEED} x")  # fmt: skip
    if args.json:
        ours["markets"] = rows
        print(json.dumps({"name": "synthetic_market", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


def windows(catalog: Catalog, days: int, span: int = 0) -> list[SessionWindow]:
    """Return the first days around the clock, each cut to `span` ns where that is above 0."""
    sessions, day = catalog.sessions("always"), DEFAULT_DATE
    found = []
    for _ in range(days):
        (whole,) = sessions.windows(day)
        end = whole.start + span if span else whole.end
        found.append(SessionWindow(whole.start, end, whole.status, day))
        day = sessions.calendar.next_day(day)
    return found


def figures(catalog: Catalog, market: Instrument, seed: int) -> dict[str, float]:
    """Return the figures of one market."""
    began = time.process_time()
    hour = list(synthetic_ticks(market, windows(catalog, 1, HOUR), seed))
    cpu = time.process_time() - began
    step = float(market.price_step.step_at(Decimal(repr(hour[0].last))))
    spreads = [round((each.ask - each.bid) / step) for each in hour]
    full = sum(len(each.bid_prices) == 5 == len(each.ask_prices) for each in hour)
    week = [
        each.last
        for each in synthetic_ticks(market, windows(catalog, 7), seed, every_ns=60 * SECOND)
    ]
    return {
        "interval_s": usual_interval(market) / SECOND,
        "us": cpu / len(hour) * 1e6,
        "cpu_s_per_hour": cpu,
        "median_spread": median(spreads),
        "one_or_two": sum(each <= 2 for each in spreads) / len(spreads),
        "five_levels": full / len(hour),
        "measured": get_volatility(market).per_hour,
        "volatility": volatility(catalog, market, seed),
        "week_range": max(abs(price / week[0] - 1) for price in week),
    }


def volatility(catalog: Catalog, market: Instrument, seed: int) -> float:
    """Return the deviation of five-minute returns, scaled to an hour."""
    events = synthetic_ticks(market, windows(catalog, 2), seed, every_ns=5 * SECOND)
    prices = [each.mid for number, each in enumerate(events) if not number % 60]
    moves = [log(b / a) for a, b in pairwise(prices)]
    return sqrt(sum(move * move for move in moves) / len(moves) * 12)


def whole_market(catalog: Catalog, seed: int) -> dict[str, object]:
    """Return what a simulated hour of twelve markets costs."""
    feed = synthetic_feed(catalog, date=DEFAULT_DATE, seed=seed, instruments=MARKET)
    events = feed.events()
    until = next(events).ts_recv + HOUR
    began, count = time.process_time(), 0
    for event in events:
        count += isinstance(event, Depth)
        if event.ts_recv >= until:
            break
    cpu = time.process_time() - began
    return {
        "events": count,
        "us": cpu / count * 1e6,
        "cpu_s_per_hour": cpu,
        "core_at_demo_speed": cpu * DEMO_SPEED / 3600,
    }


if __name__ == "__main__":
    raise SystemExit(main())
