"""Measure the order book by itself and the exchange in `book` matching, with accounts, fees and margin.

Half of the operations insert an order, half cancel one, over 400 price levels, so that the number of resting orders
stays as it is; then the same with a fifth of the orders crossing the spread. CPU time of `insert` and `cancel` of the
book, and of `Exchange.apply`; commands are made beforehand. Public market data is not built: nobody asks for it here.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import NamedTuple

from _harness import peak_mb
from _ours_common import bench_instrument
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.orderbook import OrderBook

MIDDLE = 10_000
LEVELS = 200  # on each side
START = 1_700_000_000_000_000_000
TARGETS = {
    "book": 600_000,
    "exchange": 100_000,
    "by_resting": 3.0,
    "by_accounts": 1.6,
    "by_stops": 1.2,
}
BY_SIZE = ("book_by_resting", "exchange_by_resting", "exchange_by_accounts", "exchange_by_stops")
STOPS_FROM = 10_000_000  # their order ids: above all others
WAITING = AccountId("waiting")  # the account that they are of


class Op(NamedTuple):
    """An insert, or a cancel where `price` is 0."""

    order_id: int
    account: int
    buy: bool
    price: int
    quantity: int


def operations(resting: int, count: int, crossing: float, accounts: int) -> Iterator[Op]:
    """Yield `resting` inserts, then `count` operations, half of them cancels of orders that may still rest."""
    draw = Random(20260915)
    live: list[Op] = []
    for number in range(1, resting + count // 2 + 1):
        buy = draw.random() < 0.5
        away = draw.randrange(LEVELS)
        if number > resting and draw.random() < crossing:
            away = -2
        price = MIDDLE - 1 - away if buy else MIDDLE + away
        op = Op(number, number % accounts, buy, price, draw.randrange(1, 10))
        live.append(op)
        yield op
        if number > resting:
            victim = draw.randrange(len(live))
            live[victim], live[-1] = live[-1], live[victim]
            yield live.pop()._replace(price=0)


def book_speed(resting: int, count: int, crossing: float) -> float:
    """Return operations a CPU second of the book alone."""
    book = OrderBook()
    ops = list(operations(resting, count, crossing, 10))
    for op in ops[:resting]:
        book.insert(*op)
    insert, cancel = book.insert, book.cancel
    gc.collect()
    began = time.process_time()
    for order_id, account, buy, price, quantity in ops[resting:]:
        if price:
            insert(order_id, account, buy, price, quantity)
        else:
            cancel(order_id)
    return (len(ops) - resting) / (time.process_time() - began)


def exchange_speed(
    resting: int, count: int, crossing: float, accounts: int, stops: int = 0
) -> float:
    """Return commands a CPU second of `Exchange.apply`, while `stops` wait for prices that do not come."""
    exchange = _exchange(accounts)
    for number in range(stops):
        exchange.apply(_stop(STOPS_FROM + number), START)
    commands = [_command(op) for op in operations(resting, count, crossing, accounts)]
    for command in commands[:resting]:
        exchange.apply(command, START)
    apply = exchange.apply
    gc.collect()
    began = time.process_time()
    for command in commands[resting:]:
        apply(command, START)
    return (len(commands) - resting) / (time.process_time() - began)


def _exchange(accounts: int) -> Exchange:
    instrument = bench_instrument()
    hours = hours_of(VenueOptions(hours="always"), Catalog())
    exchange = Exchange(lambda _: instrument, hours, matching="book", keep_done=False)
    for name in (*(AccountId(f"user{number}") for number in range(accounts)), WAITING):
        exchange.create_account(name)
        exchange.deposit(name, instrument.currency, Decimal(10**12), START)
    return exchange


def _command(op: Op) -> SubmitOrder | CancelOrder:
    account, order_id = AccountId(f"user{op.account}"), OrderId(op.order_id)
    if not op.price:
        return CancelOrder(order_id, account, START)
    request = OrderRequest(
        account,
        bench_instrument().id,
        Side.BUY if op.buy else Side.SELL,
        Decimal(op.quantity),
        Decimal(op.price),
        time_in_force=TimeInForce.GTC,
        offset=Offset.OPEN,
    )
    return SubmitOrder(order_id, request, START)


def _stop(number: int) -> SubmitOrder:
    buy = number % 2 == 0
    away = 1_000 + number % 500
    request = OrderRequest(
        WAITING,
        bench_instrument().id,
        Side.BUY if buy else Side.SELL,
        Decimal(1),
        type=OrderType.STOP,
        time_in_force=TimeInForce.GTC,
        offset=Offset.OPEN,
        stop_price=Decimal(MIDDLE + away if buy else MIDDLE - away),
    )
    return SubmitOrder(OrderId(number), request, START)


def measure(count: int, rounds: int) -> dict[str, float]:
    """Return all figures, medians of `rounds`."""
    sizes = (1_000, 100_000)
    figures: dict[str, float] = {}

    def note(name: str, *laps: float) -> None:
        figures[name] = round(statistics.median(laps))

    for resting in sizes:
        for crossing in (0.0, 0.2):
            name = f"{resting}_resting_{crossing:.0%}_crossing".replace("%", "pct")
            note(f"book_{name}", *(book_speed(resting, count, crossing) for _ in range(rounds)))
            note(
                f"exchange_{name}",
                *(exchange_speed(resting, count // 5, crossing, 10) for _ in range(rounds)),
            )
    for accounts in (10, 10_000):
        # So many resting orders that every account has sent one before the clock starts.
        laps = (exchange_speed(20_000, count // 5, 0.0, accounts) for _ in range(rounds))
        note(f"exchange_20000_resting_{accounts}_accounts", *laps)
    for stops in (0, 10_000):
        laps = (exchange_speed(1_000, count // 5, 0.2, 10, stops) for _ in range(rounds))
        note(f"exchange_1000_resting_{stops}_stops", *laps)
    return figures


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--operations", type=int, default=200_000, help="default: 200000")
    parser.add_argument("--rounds", type=int, default=3, help="median of so many, default: 3")
    args = parser.parse_args()
    figures = measure(args.operations, args.rounds)
    for name, speed in figures.items():
        print(f"{name:<40} {speed:>12,.0f} /s   {1e6 / speed:6.2f} us")
    ours = summary(figures)
    print(f"book at least {TARGETS['book']:,}/s, exchange at least {TARGETS['exchange']:,}/s")
    for name in BY_SIZE:
        most = TARGETS[name.partition("_")[2]]
        print(f"{name}: {ours[name]:.2f} times slower (at most {most})")
    if args.json:
        result = {"name": "matching", "ours": ours | {"peak_mb": peak_mb()} | figures}
        print(json.dumps(result | {"peers": {}, "ratio": {}}))
    return 0


def summary(figures: dict[str, float]) -> dict[str, float]:
    """Return the two speeds (the slower of the two mixes) and how they scale."""

    def slower(side: str, resting: int) -> float:
        return min(figures[f"{side}_{resting}_resting_{share}pct_crossing"] for share in (0, 20))

    few = "1000_resting_0pct_crossing"
    many = "100000_resting_0pct_crossing"
    return {
        "book_ops_per_s": slower("book", 1_000),
        "exchange_ops_per_s": slower("exchange", 1_000),
        "book_by_resting": round(figures[f"book_{few}"] / figures[f"book_{many}"], 2),
        "exchange_by_resting": round(figures[f"exchange_{few}"] / figures[f"exchange_{many}"], 2),
        "exchange_by_accounts": round(
            figures["exchange_20000_resting_10_accounts"]
            / figures["exchange_20000_resting_10000_accounts"],
            2,
        ),
        "exchange_by_stops": round(
            figures["exchange_1000_resting_0_stops"] / figures["exchange_1000_resting_10000_stops"],
            2,
        ),
    }


if __name__ == "__main__":
    sys.exit(main())
