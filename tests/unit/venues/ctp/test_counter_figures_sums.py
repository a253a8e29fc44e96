"""Positions, lots and money tell the same story at every moment of a long random session."""

from collections.abc import Iterable
from decimal import Decimal
from random import Random

import pytest
from counter_rig import ALICE, BUY, SELL, Rig

from anyvenue.model.enums import Offset
from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.ctp.counter.context import Row

NAMES = ("rb2701.SHFE", "IF2612.CFFEX", "m2701.DCE")
PRICES = {"rb2701": 3500, "IF2612": 4000, "m2701": 3000}
STEPS = {"rb2701": 1.0, "IF2612": 0.2, "m2701": 1.0}
FROZEN = ("FrozenMargin", "FrozenCash", "FrozenCommission")


def total(rows: Iterable[Row], name: str) -> float:
    return sum(float(row[name]) for row in rows)


def check(rig: Rig) -> None:
    """Compare the rows with each other and with the books."""
    rows, money, lots = rig.positions(), rig.money(), rig.ask("InvestorPositionDetail")
    assert total(rows, "UseMargin") == pytest.approx(money["CurrMargin"])
    assert total(rows, "PositionProfit") == pytest.approx(money["PositionProfit"])
    assert total(rows, "CloseProfit") == pytest.approx(money["CloseProfit"])
    assert total(rows, "Commission") == pytest.approx(money["Commission"])
    for name in FROZEN:
        assert total(rows, name) == pytest.approx(money[name])
    for of_rows, of_lots in (
        ("Position", "Volume"),
        ("CloseVolume", "CloseVolume"),
        ("CloseAmount", "CloseAmount"),
        ("CloseProfitByDate", "CloseProfitByDate"),
        ("CloseProfitByTrade", "CloseProfitByTrade"),
        ("PositionProfit", "PositionProfitByDate"),
        ("UseMargin", "Margin"),
    ):
        assert total(rows, of_rows) == pytest.approx(total(lots, of_lots)), of_rows
    _check_balance(money)
    _check_rows(rows)
    _check_lots(rig)


def _check_balance(money: Row) -> None:
    balance = (
        sum(
            float(money[name])
            for name in ("PreBalance", "Deposit", "CloseProfit", "PositionProfit", "CashIn")
        )
        - float(money["Withdraw"])
        - float(money["Commission"])
    )
    assert money["Balance"] == pytest.approx(balance)
    frozen = sum(float(money[name]) for name in FROZEN)
    available = float(money["Balance"]) - float(money["CurrMargin"]) - frozen
    assert money["Available"] == pytest.approx(available)


def _check_rows(rows: Iterable[Row]) -> None:
    for row in rows:
        dated = row["ExchangeID"] == "SHFE"
        assert row["Position"] >= row["TodayPosition"] >= 0  # type: ignore[operator]
        if dated:
            history = row["PositionDate"] == "2"
            assert row["TodayPosition"] == (0 if history else row["Position"])
            assert history or row["YdPosition"] == 0
        closing = row["ShortFrozen"] if row["PosiDirection"] == "2" else row["LongFrozen"]
        assert closing <= row["Position"]  # type: ignore[operator]


def _check_lots(rig: Rig) -> None:
    """The events alone must give the lots of the books: following the books is for what no event tells."""
    record = rig.broker._diaries[ALICE]._records()[0]
    state = rig.broker.exchange.account(ALICE)
    for name in NAMES:
        holding = state.holding(rig.instrument(name).id)
        for side in (BUY, SELL):
            book = holding.held_by(side) if holding else None
            assert record.raw_side(rig.instrument(name).id, side).agrees(book)


def do_something(rig: Rig, chance: Random) -> None:
    name = chance.choice(list(PRICES))
    step = STEPS[name]
    price = round(PRICES[name] + chance.randrange(-4, 5) * step, 1)
    if chance.random() < 0.3:
        rig.quote(name, price)
        return
    working = [order for order in rig.broker.orders(ALICE) if not order.done]
    if working and chance.random() < 0.2:
        rig.broker.cancel(ALICE, chance.choice(working).order_id)
        rig.pass_time(rig.now)
        return
    offset = chance.choice([Offset.OPEN, Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY])
    try:
        rig.order(name, chance.choice([BUY, SELL]), chance.randrange(1, 5), price, offset)
    except AnyvenueError:
        return


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_lots_and_money_agree_after_every_event(seed: int) -> None:
    rig, chance = Rig(*NAMES, cash={"CNY": 20_000_000}), Random(seed)
    for name, price in PRICES.items():
        rig.quote(name, price)
    for day in range(3):
        for _ in range(200):
            do_something(rig, chance)
            check(rig)
        before = rig.money()
        rig.settle()
        check(rig)
        after = rig.money()
        assert after["PreMargin"] == after["CurrMargin"], (seed, day)
        assert after["PositionProfit"] == after["CloseProfit"] == after["Commission"] == 0
        assert after["Balance"] == after["PreBalance"] == pytest.approx(before["Balance"])
        rig.wake()
    assert Decimal(str(rig.money()["Balance"])) > 0
