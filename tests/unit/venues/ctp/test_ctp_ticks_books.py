"""Positions and money of a tick strategy, to the last digit."""

from decimal import Decimal

import pytest

from anyvenue.oms.settings import AccountSettings
from anyvenue.venues.ctp.ticks.contracts import Commission, Contract, MarginRates, contract_of
from anyvenue.venues.ctp.ticks.desk import BUY, CLOSE_TODAY, OPEN, SELL
from anyvenue.venues.ctp.ticks.host import TickHost
from anyvenue.venues.ctp.ticks.lots import Lot, Side
from anyvenue.venues.ctp.ticks.rules import Rules
from ctp_ticking import Floor

REBAR = "rb2701.SHFE"


def rebar(cash: int = 1_000_000) -> tuple[Floor, TickHost]:
    """Return a market of rebar (10 t a lot, margin 16 %, fee 0.01 %) and a strategy in it."""
    floor = Floor(REBAR)
    floor.tick("rb2701", 3499, 3500)
    return floor, floor.add("alice", "rb2701", cash=cash)


def test_an_order_freezes_money_before_the_counter_has_answered() -> None:
    _, host = rebar()
    host.desk.insert("rb2701", BUY, OPEN, 3490.0, 2)
    money = host.desk.account()
    assert (money.FrozenMargin, money.FrozenCommission) == (11_168, 6.98)
    assert money.Available == 1_000_000 - 11_168 - 6.98
    assert host.desk.available == Decimal("988825.02")
    (row,) = host.desk.positions()
    assert (row.Position, row.LongFrozen, row.LongFrozenAmount) == (0, 2, 69_800)


def test_what_the_counter_refuses_is_free_again() -> None:
    floor, host = rebar(cash=1_000)
    host.desk.insert("rb2701", BUY, OPEN, 3490.0, 2)
    assert host.desk.account().FrozenMargin == 11_168
    floor.market.settle_down()
    assert host.strategy.told[-1] == "OnRspOrderInsert 31"
    assert host.desk.account().Available == 1_000
    assert host.desk.positions() == host.desk.working() == []


def test_money_is_never_free_between_an_orders_report_and_its_trade() -> None:
    floor, host = rebar()
    seen: list[tuple[float, float]] = []

    def note(_: object) -> None:
        money = host.desk.account()
        seen.append((money.FrozenMargin, money.CurrMargin))

    host.strategy.on_order = host.strategy.on_trade = note
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 2)
    floor.market.settle_down()
    assert seen == [(11_200, 0), (11_200, 0), (11_200, 0), (0, 11_200)]


def test_rebar_of_today_with_working_orders() -> None:
    floor, host = rebar()
    desk = host.desk
    desk.insert("rb2701", BUY, OPEN, 3500.0, 3)
    floor.tick("rb2701", 3510, 3511)
    desk.insert("rb2701", SELL, CLOSE_TODAY, 3510.0, 1)
    floor.market.settle_down()
    desk.insert("rb2701", BUY, OPEN, 3490.0, 2)
    desk.insert("rb2701", SELL, CLOSE_TODAY, 3600.0, 1)
    (row,) = desk.positions("rb2701")
    assert (row.PosiDirection, row.PositionDate, row.Position) == ("2", "1", 2)
    assert (row.OpenVolume, row.CloseVolume, row.CloseAmount) == (3, 1, 35_100)
    assert (row.LongFrozen, row.ShortFrozen, row.ShortFrozenAmount) == (2, 1, 36_000)
    assert (row.UseMargin, row.CloseProfit, row.PositionProfit) == (11_200, 100, 200)
    money = desk.account()
    assert (money.Commission, money.Balance) == (14.01, 1_000_285.99)
    assert money.WithdrawQuota == pytest.approx(1_000_085.99 - 11_200 - 11_168 - 6.98)
    assert floor.differences("alice") == []


def test_what_another_session_trades_is_booked_although_nobody_watches_it() -> None:
    floor = Floor(REBAR, "m2701.DCE")
    floor.tick("rb2701", 3499, 3500)
    floor.tick("m2701", 2999, 3000)
    first, second = floor.add("alice", "rb2701"), floor.add("alice", "m2701")
    second.desk.insert("m2701", BUY, OPEN, 3000.0, 4)
    floor.market.settle_down()
    assert first.desk.account().CurrMargin == 4 * 30_000 * 0.14
    floor.tick("m2701", 3010, 3011)
    assert first.desk.account().PositionProfit == 400
    assert floor.differences("alice", first) == floor.differences("alice", second) == []


def test_money_paid_in_is_there_once_the_counter_has_said_so() -> None:
    floor, host = rebar()
    host.desk.request("ReqFromBankToFutureByFuture", TradeAmount=5000.0, CurrencyID="CNY")
    floor.market.settle_down()
    host.desk.request("ReqFromFutureToBankByFuture", TradeAmount=700.0, CurrencyID="CNY")
    floor.market.settle_down()
    money = host.desk.account()
    assert (money.Deposit, money.Withdraw, money.Available) == (1_005_000, 700, 1_004_300)


def test_only_the_larger_side_is_margined_where_the_counter_does_so() -> None:
    floor = Floor(REBAR, settings=AccountSettings(larger_side=True))
    floor.tick("rb2701", 3499, 3500)
    host = floor.add("alice", "rb2701", rules=Rules(seller="current"))
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 3)
    host.desk.insert("rb2701", SELL, OPEN, 3499.0, 2)
    floor.market.settle_down()
    assert [row.UseMargin for row in host.desk.positions()] == [16_800, 11_196.8]
    assert host.desk.account().CurrMargin == 16_800
    assert floor.differences("alice") == []


def test_a_sold_option_is_margined_as_the_counter_quotes_it() -> None:
    floor = Floor("m2701.DCE", "m2701-C-3000.DCE")
    floor.tick("m2701", 2950, 2951)
    floor.tick("m2701-C-3000", 60, 60.5)
    host = floor.add("alice", "m2701-C-3000", rules=Rules())
    host.desk.insert("m2701-C-3000", SELL, OPEN, 60.0, 2)
    floor.market.settle_down()
    assert host.desk.account().CurrMargin == 2 * (600 + 4_130 - 250)
    floor.tick("m2701", 3000, 3001)  # quoted for the day: the underlying does not move it
    assert host.desk.account().CurrMargin == 2 * (600 + 4_130 - 250)


@pytest.mark.parametrize(("algorithm", "usable"), [("1", -60), ("2", -60), ("3", 0), ("4", 0)])
def test_which_unrealised_profit_may_be_used_is_the_counters_rule(
    algorithm: str, usable: int
) -> None:
    floor = Floor(REBAR)
    floor.tick("rb2701", 3499, 3500)
    host = floor.add("alice", "rb2701", cash=100_000, rules=Rules(algorithm=algorithm))
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 2)
    floor.tick("rb2701", 3497, 3498)
    money = host.desk.account()
    assert money.Balance == 100_000 - 60 - 7
    assert money.Available == pytest.approx(100_000 + usable - 7 - 11_200)


def test_a_trade_that_takes_more_than_a_part_has_takes_the_rest_of_the_other() -> None:
    side = Side(Contract("rb", "SHFE", "rb", Decimal(10), Decimal(1), True, True), True)
    side.hold(Lot(Decimal(3400), 2, "20260914", "1"))
    side.open(Decimal(3500), 1, "20260915", "2")
    assert side.split(2, True, False) == (1, 1)
    assert side.close(Decimal(3510), 1, 1) == 10 * 110 + 10 * 10
    assert (side.today.volume, side.old.volume, side.volume) == (0, 1, 1)


def test_rates_and_terms_are_read_from_ctps_rows() -> None:
    option = contract_of(
        {
            "InstrumentID": "IO2612-C-4000",
            "ExchangeID": "CFFEX",
            "ProductID": "IO",
            "ProductClass": "6",
            "OptionsType": "1",
            "StrikePrice": 4000.0,
            "VolumeMultiple": 100,
            "DeliveryYear": 2026,
            "DeliveryMonth": 12,
        }
    )
    assert option.option
    assert option.call
    assert option.seller is not None
    assert (option.seller.kind, option.strike) == ("index", 4000)
    assert not option.priced
    commission = Commission.from_row({"CloseRatioByVolume": 3.0, "CloseTodayRatioByVolume": 0.0})
    assert commission.today_first
    rates = MarginRates.from_row({"LongMarginRatioByMoney": 0.1, "LongMarginRatioByVolume": 5.0})
    assert rates.of(True, Decimal(1000), 2) == 110
