"""Positions, money, rates, transfers, quotes, and whatever else CTP has a request for."""

import math
from decimal import Decimal

import pytest
from msgspec.structs import replace

from anyvenue.model.commands import ExerciseOption, SetLeverage
from anyvenue.model.enums import InstrumentKind, InstrumentStatus
from anyvenue.model.errors import VenueRefused
from anyvenue.model.events import (
    CommandRefused,
    Deposited,
    OrderAccepted,
    OrderFilled,
    Status,
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.market import Depth
from anyvenue.model.statements import LotDetail
from anyvenue.venues.ctp.description import ABSENT, describe
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.market_data import DepthReader
from anyvenue.venues.ctp.driver.venue import VENUE
from anyvenue.venues.registry import find_venue
from ctp_desk import PROFILE, SECOND
from ctp_driving import ALICE, RB, Driving, driving, order, run

M = InstrumentId("m2701.DCE")


def test_positions_are_told_lot_by_lot_with_today_and_older_ones_apart() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7, 3400, 2))
            place.desk.depth(3399, 3400, 5.0)
            await place.box.until(lambda: place.box.of(OrderFilled))
            first = await place.driver.snapshot(ALICE, (0, 0))
            [position] = first.positions
            assert position.long_today.quantity == 2
            assert position.long_today.open_value == 6800
            broker = place.desk.broker
            broker.pass_time(max(broker.now, broker.exchange.days.due) + SECOND)
            place.desk.depth(3450, 3452)
            place.desk.depth(3450, 3452)
            await place.box.until(lambda: place.driver._book.trading_day == 20260916)
            await place.box.until(lambda: place.driver.state == "ready")
            place.driver.submit(order(8, 3452, 1))
            place.desk.depth(3450, 3452)
            await place.box.until(lambda: len(place.box.of(OrderFilled)) == 2)
            snapshot = await place.driver.snapshot(ALICE, first.cursor)
            [position] = snapshot.positions
            assert (position.long_old.quantity, position.long_today.quantity) == (2, 1)
            assert position.long_old.open_value == 6800
            assert position.long_old.mark_value != 6800, "marked at the settlement price"
            assert snapshot.trading_day == 20260916
            [money] = snapshot.balances
            flows = money.close_profit + money.position_profit + money.cash_flow - money.fees
            assert money.balance == money.pre_balance + flows

    run(main())


def test_spreads_and_options_are_held_as_the_exchange_holds_them_over_a_night() -> None:
    names = ("m2701.DCE", "m2705.DCE", "SP m2701&m2705.DCE", "m2701-C-3000.DCE")
    spread, option = InstrumentId(names[2]), InstrumentId(names[3])

    async def main() -> None:
        async with driving(names=names) as place:
            desk = place.desk
            for code in ("m2701", "m2705"):
                desk.depth(3000, 3001, code=code)
            desk.depth(-1.0, 1.0, code=spread[:-4])
            desk.depth(50, 51, code=option[:-4])
            place.driver.submit(order(7, 2, instrument=spread))
            place.driver.submit(order(8, 51, instrument=option))
            desk.depth(-1.0, 1.0, 11.0, code=spread[:-4])
            desk.depth(50, 51, 11.0, code=option[:-4])
            await place.box.until(lambda: len(place.box.of(OrderFilled)) == 2)
            fills = {each.fill.instrument: each.fill for each in place.box.of(OrderFilled)}
            assert [leg.instrument for leg in fills[spread].legs] == list(names[:2])
            assert await holds_what_the_exchange_holds(place) == 4
            broker = desk.broker
            broker.pass_time(max(broker.now, broker.exchange.days.due) + SECOND)
            desk.depth(3050, 3051, code="m2701")
            await place.box.until(lambda: place.driver._book.trading_day == 20260916)
            await place.box.until(lambda: place.driver.state == "ready")
            assert await holds_what_the_exchange_holds(place) == 4

    run(main())


async def holds_what_the_exchange_holds(place: Driving) -> int:
    snapshot = await place.driver.snapshot(ALICE, (0, 0))
    theirs = place.desk.broker.positions(ALICE)
    for ours, held in zip(snapshot.positions, theirs, strict=True):
        assert (ours.instrument, ours.net) == (held.instrument, held.net)
        if "&" in ours.instrument:
            continue  # combined lots: nobody tells what they were opened at
        for leg in ("long_today", "long_old", "short_today", "short_old"):
            mine, other = getattr(ours, leg), getattr(held, leg)
            assert (mine.quantity, mine.open_value, mine.mark_value) == (
                other.quantity,
                other.open_value,
                other.mark_value,
            ), (ours.instrument, leg)
    return len(theirs)


def test_a_snapshot_is_never_made_of_two_moments() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7, 3400, 9))
            await place.box.until(lambda: place.box.of(OrderAccepted))
            moves = iter([1.0])
            request = place.desk.counter.context.broker.lots

            def traded_meanwhile(account: AccountId) -> list[LotDetail]:
                found = request(account)
                for size in moves:
                    place.desk.depth(3399, 3400, size)
                return found

            place.desk.broker.lots = traded_meanwhile  # type: ignore[method-assign]
            snapshot = await place.driver.snapshot(ALICE, (0, 0))
            [position] = snapshot.positions
            assert position.long == sum(fill.quantity for fill in snapshot.fills) == 1
            assert len(place.asked("ReqQryTradingAccount")) == 2

    run(main())


def test_rates_are_asked_for_when_they_are_needed_and_once() -> None:
    async def main() -> None:
        async with driving() as place:
            rates = await place.driver.rates(RB)
            again = await place.driver.rates(RB)
            assert (again.fees, again.margin) == (rates.fees, rates.margin)
            assert rates.fees is not None
            assert rates.margin is not None
            assert rates.margin.source == "CTP"
            assert len(place.asked("ReqQryInstrumentCommissionRate")) == 1
            assert len(place.asked("ReqQryInstrumentMarginRate")) == 1

    run(main())


def test_what_our_model_has_no_word_for_passes_through() -> None:
    async def main() -> None:
        async with driving() as place:
            [row] = await place.driver.native("ReqQryTradingAccount", {})
            assert (row["AccountID"], row["Balance"]) == ("alice", 1_000_000.0)
            with pytest.raises(VenueRefused) as caught:
                await place.driver.native("ReqUserPasswordUpdate", {"OldPassword": "no"})
            assert caught.value.venue_code == "26" or "CTP" in caught.value.venue_text
            with pytest.raises(VenueRefused, match="not part of ctp"):
                await place.driver.native("ReqMakeCoffee", {})

    run(main())


def test_transfers_are_told_once_and_those_of_before_not_at_all() -> None:
    profile = replace(PROFILE, largest_deposit=Decimal(10_000), deposits_a_day=9)

    async def main() -> None:
        async with driving(profile) as place:
            bank = {"BankID": "1", "TradeAmount": 500.0, "CurrencyID": "CNY"}
            await place.driver.native("ReqFromBankToFutureByFuture", bank)
            await place.driver.snapshot(ALICE, (0, 0))
            assert place.box.of(Deposited) == []
            await place.driver.native("ReqFromBankToFutureByFuture", {**bank, "TradeAmount": 70.0})
            await place.driver.native("ReqFromFutureToBankByFuture", {**bank, "TradeAmount": 30.0})
            await place.box.until(lambda: place.box.of(Withdrawn))
            place.library.cut()
            place.library.restore()
            await place.box.until(lambda: place.driver.connection == 2)
            await place.driver.snapshot(ALICE, (0, 0))
            moved = [(type(e), e.amount) for e in place.box.of(Deposited, Withdrawn)]
            assert moved == [(Deposited, 70), (Withdrawn, 30)]

    run(main())


def test_a_wish_to_exercise_what_is_no_option_is_refused() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.send(ExerciseOption(ALICE, RB, Decimal(1), 0))
            await place.box.until(lambda: place.box.of(CommandRefused))
            [refused] = place.box.of(CommandRefused)
            assert (refused.instrument, "CTP" in refused.reason) == (RB, True)
            with pytest.raises(VenueRefused, match="SetLeverage"):
                place.driver.send(SetLeverage(ALICE, RB, Decimal(2), 0))

    run(main())


def test_instruments_have_the_venues_terms() -> None:
    async def main() -> None:
        async with driving() as place:
            listed = {each.id: each for each in await place.driver.instruments()}
            rb = listed[RB]
            assert (rb.multiplier, rb.price_step.step_at(Decimal(1))) == (10, 1)
            assert rb.venue_symbol == "rb2701"
            assert rb.name_zh
            assert listed[InstrumentId("SR701.CZCE")].exchange == "CZCE"

    run(main())


def test_an_instrument_that_the_tables_do_not_know_is_made_of_its_row() -> None:
    instruments = Instruments()
    option = {
        "InstrumentID": "10009999",
        "ExchangeID": "SSE",
        "ProductClass": "6",
        "PriceTick": 0.0001,
        "VolumeMultiple": 10_000,
        "StrikePrice": 3.1,
        "OptionsType": "2",
        "UnderlyingInstrID": "510050",
        "ExpireDate": "20270127",
        "MinLimitOrderVolume": 1,
        "MaxLimitOrderVolume": 50,
    }
    made = instruments.add(option)  # type: ignore[arg-type]
    assert (made.id, made.kind, made.strike) == (
        "10009999.SSE",
        InstrumentKind.OPTION,
        Decimal("3.1"),
    )
    assert (made.underlying, made.right, made.expiry) == ("510050.SSE", "put", 20270127)
    assert (made.multiplier, made.lot.maximum) == (10_000, 50)


# ---- quotes

QUOTE = {
    "InstrumentID": "rb2701",
    "TradingDay": "20260915",
    "ActionDay": "20260915",
    "UpdateTime": "10:00:00",
    "UpdateMillisec": 500,
    "LastPrice": 3500.0,
    "BidPrice1": 3499.0,
    "BidVolume1": 3,
    "AskPrice1": 3501.0,
    "AskVolume1": 4,
    "BidPrice2": 3498.0,
    "BidVolume2": 7,
    "AskPrice2": ABSENT,
    "Volume": 10,
    "Turnover": 350_000.0,
    "OpenInterest": 100.0,
}


def depth(**changes: object) -> Depth:
    layout = describe("ctp").layout("DepthMarketData")
    reader = DepthReader(layout)
    values = reader.values(layout.pack(QUOTE | changes))  # type: ignore[arg-type, operator]
    assert values is not None
    return reader.depth(values, (RB, 1.0, "&" in str(changes), False), 5, 20260915)


def test_a_snapshot_has_the_levels_there_are() -> None:
    found = depth()
    assert (found.bid_prices, found.bid_sizes) == ((3499.0, 3498.0), (3.0, 7.0))
    assert (found.ask_prices, found.ask_sizes) == ((3501.0,), (4.0,))
    assert (found.last, found.volume, found.trading_day) == (3500.0, 10.0, 20260915)
    assert (found.ts_event % (60 * SECOND), found.ts_recv) == (SECOND // 2, 5)


@pytest.mark.parametrize("junk", [ABSENT, 0.0, 1e16, math.inf, math.nan])
def test_junk_prices_are_absent(junk: float) -> None:
    names = ("LastPrice", "BidPrice1", "AskPrice1", "OpenPrice", "SettlementPrice")
    names += ("UpperLimitPrice", "PreSettlementPrice")
    found = depth(**dict.fromkeys(names, junk), BidPrice2=junk)
    for figure in (found.bid, found.ask, found.last, found.open, found.settlement):
        assert math.isnan(figure)
    assert math.isnan(found.upper_limit)
    assert math.isnan(found.pre_settlement)


def test_a_side_without_volume_is_absent() -> None:
    assert math.isnan(depth(AskVolume1=0).ask)


def test_another_versions_struct_is_passed_over() -> None:
    reader = DepthReader(describe("ctp").layout("DepthMarketData"))
    assert reader.values(b"short") is None


def test_quotes_come_with_the_multiplier_that_zhengzhou_leaves_out() -> None:
    async def main() -> None:
        async with driving() as place:
            name = InstrumentId("SR701.CZCE")
            place.driver.subscribe(name, "depth")
            place.desk.depth(5000, 5001, code="SR701", volume=2.0, turnover=100_000.0)
            await place.box.until(lambda: place.box.of(Depth))
            found = place.box.of(Depth)[-1]
            assert (found.instrument, found.turnover) == (name, 100_000.0)
            assert found.trading_day == 20260915

    run(main())


def test_the_phase_of_trading_is_told_of_what_is_subscribed() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.subscribe(M, "quotes")
            await place.box.until(lambda: place.box.of(Status))
            assert {each.instrument for each in place.box.of(Status)} == {M}
            assert place.box.of(Status)[-1].status is InstrumentStatus.OPEN

    run(main())


def test_ctp_is_a_venue_of_the_configuration_in_a_process_of_its_own() -> None:
    assert find_venue("ctp") is VENUE
    assert VENUE.host == "process"
    assert [each.name for each in VENUE.settings if each.secret] == [
        "password",
        "auth_code",
        "new_password",
    ]
    assert all(each.help_zh for each in VENUE.settings)
