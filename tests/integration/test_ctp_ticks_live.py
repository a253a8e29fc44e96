"""Tick strategies over the framed door, with threads and sockets as at a counter elsewhere."""

import threading
from pathlib import Path

from anyvenue.ctp.ticks import (
    BUY,
    OPEN,
    SELL,
    Login,
    Order,
    TickHost,
    TickStrategy,
    Trade,
    open_host,
)
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.ticks.views import RowView

FRONT = "sim://?instrument=rb2701&matching=book&pace=0"
PATIENCE_S = 60.0
LAYOUT = describe().layout("TradingAccount")


class Seller(TickStrategy):
    """Offers five lots."""

    instruments = ("rb2701",)

    def __init__(self) -> None:
        self.resting = threading.Event()

    def on_start(self) -> None:
        self.desk.insert("rb2701", SELL, OPEN, 3500.0, 5)

    def on_order(self, order: Order) -> None:
        if order.OrderStatus == "3":
            self.resting.set()


class Buyer(TickStrategy):
    """Takes three of them and leaves a bid."""

    instruments = ("rb2701",)

    def __init__(self) -> None:
        self.traded = 0

    def on_start(self) -> None:
        self.desk.insert("rb2701", BUY, OPEN, 3500.0, 3)
        self.desk.insert("rb2701", BUY, OPEN, 3400.0, 2)

    def on_trade(self, trade: Trade) -> None:
        self.traded += trade.Volume


def opened(strategy: TickStrategy, user: str, folder: Path) -> TickHost:
    host = open_host(strategy, Login("9999", user, "secret"), flow=folder / user, query_gap_s=0.01)
    host.start([FRONT], [FRONT])
    return host


def ask_until_equal(host: TickHost, strategy: Buyer) -> None:
    """Have the counter asked for the money until both orders are told and its answer is the strategy's own."""

    def compare(rows: list[bytes]) -> None:
        told = LAYOUT.unpack(rows[0])
        own: RowView = host.desk.account()
        both = strategy.traded == 3 and len(host.desk.working()) == 1
        if both and all(told[name] == value for name, value in own.fields.items()):
            host.stop()
        else:
            ask()

    def ask() -> None:
        host._queries.ask("ReqQryTradingAccount", {"BrokerID": "9999"}, compare)

    ask()


def test_two_programs_trade_with_each_other_and_their_money_is_the_counters(
    tmp_path: Path,
) -> None:
    seller, buyer = Seller(), Buyer()
    first = opened(seller, "tick-seller", tmp_path)
    selling = threading.Thread(target=first.run)
    selling.start()
    try:
        assert seller.resting.wait(PATIENCE_S)
        second = opened(buyer, "tick-buyer", tmp_path)
        overdue = threading.Timer(PATIENCE_S, second.stop)
        overdue.start()
        start = buyer.on_start
        buyer.on_start = lambda: (start(), ask_until_equal(second, buyer))[0]  # type: ignore[method-assign]
        second.run()
        overdue.cancel()
    finally:
        first.stop()
        selling.join()
    assert buyer.traded == 3
    (row,) = second.desk.positions()
    assert (row.Position, row.LongFrozen, row.UseMargin) == (3, 2, 16_800)
    assert overdue.finished.is_set()
    second.close()
    first.close()
