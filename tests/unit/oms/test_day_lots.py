"""Lots that remember the day: what was closed of them, at which profit, first in first out."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Side
from anyvenue.oms.days.lots import DaySide, amount_of, gain
from anyvenue.oms.legs import SideBook
from anyvenue.reference.catalog import Catalog

BUY, SELL = Side.BUY, Side.SELL
CATALOG = Catalog(20260915)
RB, COIN = CATALOG.get("rb2701.SHFE"), CATALOG.get("BTC-USD-PERP.BINANCE")
D = Decimal


def settled(*lots: tuple[int, int], mark: int) -> SideBook:
    """Return lots of (price, quantity) that were held over a settlement at `mark`."""
    book = SideBook()
    for number, (price, quantity) in enumerate(lots):
        book.add(D(price), D(quantity), 20260914, f"old{number}")
    book.roll(D(mark))
    return book


def test_closing_takes_the_oldest_lots_and_remembers_what_of_each() -> None:
    side = DaySide(RB.id, BUY, settled((3500, 2), (3510, 2), mark=3520))
    side.open(RB, D(3530), D(1), 20260915, "new")
    first, second = side.close(RB, D(3540), (D(0), D(3)), "out")
    assert (first.opened_by, first.quantity, first.profit_by_day) == ("old0", 2, 400)
    assert (second.opened_by, second.quantity, second.profit_by_trade) == ("old1", 1, 300)
    assert [(lot.trade_id, lot.quantity, lot.closed) for lot in side.lots] == [
        ("old0", 0, 2),
        ("old1", 1, 1),
        ("new", 1, 0),
    ]
    assert (side.previous, side.closed, side.by_day) == (4, [0, 3], [0, 600])
    assert side.closed_amount == [0, 3 * 35_400]


def test_todays_lots_are_measured_from_their_own_price() -> None:
    side = DaySide(RB.id, SELL, settled((3500, 1), mark=3520))
    side.open(RB, D(3530), D(2), 20260915, "new")
    (closed,) = side.close(RB, D(3540), (D(1), D(0)), "out")
    assert (closed.profit_by_day, closed.profit_by_trade, closed.settled) == (-100, -100, None)
    assert side.by_day == [-100, 0]


def test_more_is_never_closed_than_is_there() -> None:
    side = DaySide(RB.id, BUY, settled((3500, 1), mark=3520))
    assert [lot.quantity for lot in side.close(RB, D(3540), (D(5), D(5)))] == [1]
    assert side.book.quantity == 0


def test_lots_follow_the_books_where_events_do_not_tell() -> None:
    side = DaySide(RB.id, BUY, settled((3500, 3), mark=3520))
    side.close(RB, D(3540), (D(0), D(1)))
    other = settled((3505, 7), mark=3520)
    assert not side.agrees(other)
    side.follow(other)
    assert side.agrees(other)
    assert [(lot.price, lot.quantity, lot.closed) for lot in side.lots] == [
        (3500, 0, 1),
        (3505, 7, 0),
    ]
    side.follow(None)
    assert side.agrees(None)


@pytest.mark.parametrize(("side", "sign"), [(BUY, 1), (SELL, -1)])
def test_an_inverse_contract_gains_coins_when_its_price_rises(side: Side, sign: int) -> None:
    worth = COIN.multiplier * 10
    assert amount_of(COIN, D(50_000), D(10)) == worth / 50_000
    gained = gain(COIN, side, D(40_000), D(50_000), D(10))
    assert gained == sign * (worth / 40_000 - worth / 50_000)
