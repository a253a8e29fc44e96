"""What ends lots without an order, and what brings an account back: expiry, exercise, combinations, resets."""

from decimal import Decimal
from itertools import pairwise

import pytest
from counter_rig import ALICE, BUY, DAY, SELL, Rig

from anyvenue.model.commands import CombinePositions
from anyvenue.model.enums import Offset
from anyvenue.model.ids import AccountId
from anyvenue.venues.ctp.counter.context import Row

CLOSE = Offset.CLOSE


def the(rows: list[Row], **fields: object) -> Row:
    (row,) = [row for row in rows if all(row[name] == value for name, value in fields.items())]
    return row


def at_expiry(rig: Rig, day_number: int) -> None:
    """Let so many days pass."""
    rig.now += day_number * DAY
    rig.pass_time(rig.now)


def test_a_future_that_expires_is_delivered_at_its_settlement_price() -> None:
    rig = Rig("IF2609.CFFEX", cash={"CNY": 2_000_000})
    at_expiry(rig, 2)  # to Thursday, the day before its last
    rig.trade("IF2609", BUY, 1, 4000.0)
    rig.sleep()
    rig.quote("IF2609", 4020.0, settlement=4010.0)
    rig.sleep()
    assert rig.positions() == []
    statement = rig.broker.statements(ALICE)[0]
    (closed,) = statement.closed
    assert (closed.price, closed.quantity, closed.fill) == (4010, 1, "delivery")
    assert closed.profit_by_day == statement.figures.position_profit == 3_000


def test_an_option_in_the_money_becomes_its_future() -> None:
    rig = Rig("m2611.DCE", "m2611-C-2900.DCE", cash={"CNY": 200_000})
    option = rig.instrument("m2611-C-2900")
    rig.quote("m2611", 3000.0)
    rig.trade("m2611-C-2900", BUY, 2, 110.0)
    days = 0
    while rig.context.trading_day < option.expiry and days < 60:
        rig.quote("m2611", 3000.0)
        rig.sleep()
        days += 1
    rig.quote("m2611", 3000.0, settlement=3000.0)
    rig.settle()
    (row,) = rig.positions()
    assert (row["InstrumentID"], row["Position"], row["OpenCost"]) == ("m2611", 2, 58_000.0)
    (lot,) = rig.broker.lots(ALICE)
    assert lot.trade_id == "exercise m2611-C-2900.DCE"
    assert lot.price == 2900


def test_legs_of_a_combination_fill_their_own_rows() -> None:
    rig = Rig("m2701.DCE", "m2703.DCE", "SP m2701&m2703.DCE")
    rig.quote("m2701", 3000.0)
    rig.quote("m2703", 2950.0)
    rig.trade("SP m2701&m2703", BUY, 2, 50.0)
    long, short = rig.positions()
    assert (long["InstrumentID"], long["PosiDirection"], long["Position"]) == ("m2701", "2", 2)
    assert (short["InstrumentID"], short["PosiDirection"], short["Position"]) == ("m2703", "3", 2)
    first, second = rig.ask("InvestorPositionCombineDetail")
    assert (first["InstrumentID"], first["Direction"], first["TotalAmt"]) == ("m2701", "0", 2)
    assert (second["InstrumentID"], second["Direction"], second["LegID"]) == ("m2703", "1", 2)
    assert rig.ask("InvestorPositionCombineDetail", CombInstrumentID="SP other") == []


def test_combined_lots_are_told_and_save_margin() -> None:
    rig = Rig("m2701.DCE", "m2703.DCE", "SP m2701&m2703.DCE")
    rig.trade("m2701", BUY, 1, 3000.0)
    rig.trade("m2703", SELL, 1, 2950.0)
    before = rig.money()["CurrMargin"]
    assert rig.ask("InvestorPositionCombineDetail") == []
    spread = rig.instrument("SP m2701&m2703").id
    rig.broker.execute(CombinePositions(ALICE, spread, Decimal(1), rig.now, BUY))
    rig.pass_time(rig.now)
    assert len(rig.ask("InvestorPositionCombineDetail")) == 2
    assert [row["CombPosition"] for row in rig.positions()] == [1, 1]
    assert rig.money()["CurrMargin"] < before  # type: ignore[operator]


def test_lots_of_an_account_that_begins_anew_are_gone() -> None:
    rig = Rig("rb2701.SHFE")
    rig.trade("rb2701", BUY, 1, 3500)
    assert len(rig.positions()) == 1
    rig.broker.reset_account(ALICE, {"CNY": Decimal(500)})
    assert rig.positions() == []
    assert rig.ask("InvestorPositionDetail") == []
    assert rig.money()["Balance"] == 500


def test_an_account_opened_later_has_its_own_lots() -> None:
    rig = Rig("rb2701.SHFE")
    rig.trade("rb2701", BUY, 1, 3500)
    rig.broker.create_account(AccountId("bob"), {"CNY": Decimal(1)})
    assert rig.broker.legs(AccountId("bob")) == []
    assert rig.broker.statements(AccountId("bob")) == []


def test_statements_are_kept_for_every_day() -> None:
    rig = Rig("rb2701.SHFE")
    for price in (3500, 3510, 3520):
        rig.trade("rb2701", BUY, 1, price)
        rig.sleep()
    days = [20260915, 20260916, 20260917]
    statements = [rig.broker.statements(ALICE, day)[0] for day in days]
    assert [len(each.fills) for each in statements] == [1, 1, 1]
    assert [sum(lot.quantity for lot in each.lots) for each in statements] == [1, 2, 3]
    for earlier, later in pairwise(statements):
        assert later.figures.pre_balance == earlier.figures.balance
    assert rig.broker.statements(ALICE) == [statements[-1]]
    assert rig.broker.statements(ALICE, 20260918) == []


def test_the_latest_statement_of_every_currency_is_told() -> None:
    rig = Rig("rb2701.SHFE", "BTC-USDT-PERP.BINANCE", cash={"CNY": 1_000, "USDT": 1_000})
    rig.pass_time(rig.now + 3 * DAY)
    latest = rig.broker.statements(ALICE)
    assert sorted(each.currency for each in latest) == ["CNY", "USDT"]
    days = {each.currency: each.trading_day for each in latest}
    assert [rig.broker.statements(ALICE, day) != [] for day in days.values()] == [True, True]


def test_without_a_settlement_price_the_last_one_settles() -> None:
    rig = Rig("rb2701.SHFE")
    rig.trade("rb2701", BUY, 1, 3500)
    rig.quote("rb2701", 3507)
    rig.sleep()
    (row,) = rig.positions()
    assert (row["PreSettlementPrice"], row["PositionCost"]) == (3507.0, 35_070.0)
    assert rig.money()["PositionProfit"] == pytest.approx(0)
