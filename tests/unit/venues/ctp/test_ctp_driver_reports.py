"""What the driver makes of orders and trades: each thing is told once, in our words."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import UnknownOrder
from anyvenue.model.events import (
    CancelRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.venues.ctp.driver.book import DayBook
from anyvenue.venues.ctp.driver.identity import Identities
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.link import Row
from anyvenue.venues.ctp.driver.reports import Reports
from ctp_driving import ALICE, RB, Box, Driving, cancel, driving, order, run

EVENTS = (OrderAccepted, OrderCancelled, OrderFilled, OrderRejected, OrderTriggered)


def kinds(place: Driving) -> list[str]:
    return [type(each).__name__ for each in place.box.of(*EVENTS)]


def test_a_fill_has_all_that_books_need() -> None:
    async def main() -> None:
        async with driving() as place:
            rates = await place.driver.rates(RB)
            place.driver.submit(order(7, 3400, 2))
            place.desk.depth(3399, 3400, 1.0)
            await place.box.until(lambda: place.box.of(OrderFilled))
            [event] = place.box.of(OrderFilled)
            fill = event.fill
            assert (fill.order_id, fill.instrument, fill.side) == (7, RB, Side.BUY)
            assert (fill.price, fill.quantity, fill.offset) == (3400, 1, Offset.OPEN)
            assert rates.fees is not None
            turnover = fill.price * fill.quantity * 10
            fee = turnover * rates.fees.open.by_money + rates.fees.open.by_lot
            assert (fill.fee, fill.fee_currency, fill.trading_day) == (fee, "CNY", 20260915)
            assert kinds(place) == ["OrderAccepted", "OrderFilled"]

    run(main())


def test_the_fee_of_the_driver_is_the_counters() -> None:
    async def main() -> None:
        async with driving() as place:
            await place.driver.rates(RB)
            place.driver.submit(order(7, 3400, 3))
            place.desk.depth(3399, 3400, 5.0)
            await place.box.until(lambda: place.box.of(OrderFilled))
            snapshot = await place.driver.snapshot(ALICE, (0, 0))
            fees = sum(each.fill.fee for each in place.box.of(OrderFilled))
            assert snapshot.balances[0].fees == fees > 0

    run(main())


@pytest.mark.parametrize(
    ("changes", "venue_code", "code"),
    [
        ({"price": Decimal("3400.5")}, "95", "venue.refused"),
        ({"offset": Offset.CLOSE}, "51", "order.insufficient_position"),
        ({"offset": Offset.CLOSE_TODAY, "side": Side.SELL}, "50", "order.insufficient_position"),
        ({"quantity": Decimal(400)}, "31", "order.insufficient_funds"),
        ({"type": OrderType.MARKET, "price": None}, "80", "venue.refused"),
        ({"instrument": InstrumentId("rb2799.SHFE")}, "16", "venue.refused"),
    ],
)
def test_a_refusal_is_told_once_with_the_counters_code(
    changes: dict[str, object], venue_code: str, code: str
) -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7, **changes))
            await place.box.until(lambda: place.box.of(OrderRejected))
            await place.driver.snapshot(ALICE, (0, 0))
            [event] = place.box.of(OrderRejected)
            assert (event.venue_code, event.code) == (venue_code, code)
            assert event.reason.startswith(f"[{venue_code}] CTP")

    run(main())


def test_an_exchanges_refusal_comes_with_its_words() -> None:
    async def main() -> None:
        async with driving() as place:
            place.desk.depth(3499, 3501, upper_limit=3600.0, lower_limit=3300.0)
            place.driver.submit(order(7, 3200))
            await place.box.until(lambda: place.box.of(OrderRejected))
            [event] = place.box.of(OrderRejected)
            assert "SHFE" in event.reason

    run(main())


def test_orders_that_overtake_each_other_keep_their_ids() -> None:
    async def main() -> None:
        async with driving() as place:
            for number in (9, 7, 8):
                place.driver.submit(order(number))
            await place.box.until(lambda: len(place.box.of(OrderAccepted)) == 3)
            assert [each.order_id for each in place.box.of(OrderAccepted)] == [9, 7, 8]
            place.driver.submit(order(5, price=Decimal("0.5")))
            await place.box.until(lambda: place.box.of(OrderRejected))
            assert place.box.of(OrderRejected)[0].order_id == 5
            other = place.another()
            other.resume(ALICE, 0, (0, 0), [order(number).order_id for number in (7, 8, 9)])
            await other.open(Box())
            snapshot = await other.snapshot(ALICE, (0, 0))
            assert sorted(each.order_id for each in snapshot.orders) == [7, 8, 9]
            await other.close()
            place.driver.cancel(cancel(7))
            await place.box.until(lambda: place.box.of(OrderCancelled))
            assert place.box.of(OrderCancelled)[0].order_id == 7

    run(main())


def test_a_cancel_of_what_is_done_is_refused_once() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderAccepted))
            place.driver.cancel(cancel(7))
            await place.box.until(lambda: place.box.of(OrderCancelled))
            place.driver.cancel(cancel(7))
            await place.box.until(lambda: place.box.of(CancelRejected))
            await place.driver.snapshot(ALICE, (0, 0))
            [event] = place.box.of(CancelRejected)
            assert event.venue_code == "26"
            with pytest.raises(UnknownOrder):
                place.driver.cancel(cancel(8))

    run(main())


@pytest.mark.parametrize(
    ("life", "lots", "expected"),
    [
        (TimeInForce.IOC, 3, ["OrderAccepted", "OrderFilled", "OrderCancelled"]),
        (TimeInForce.FOK, 3, ["OrderAccepted", "OrderCancelled"]),
        (TimeInForce.FOK, 2, ["OrderAccepted", "OrderFilled"]),
    ],
)
def test_orders_that_live_for_a_moment_end_with_it(
    life: TimeInForce, lots: int, expected: list[str]
) -> None:
    async def main() -> None:
        async with driving() as place:
            place.desk.depth(3499, 3501, 2.0)
            place.driver.submit(order(7, 3501, lots, time_in_force=life))
            place.desk.depth(3499, 3501, 2.0)
            await place.box.until(lambda: len(kinds(place)) >= len(expected))
            await place.driver.snapshot(ALICE, (0, 0))
            assert kinds(place) == expected

    run(main())


def test_a_stop_is_one_order_from_its_acceptance_to_its_fill() -> None:
    async def main() -> None:
        async with driving() as place:
            stop = order(7, 3520, type=OrderType.STOP_LIMIT, stop_price=Decimal(3510))
            place.driver.submit(stop)
            await place.box.until(lambda: place.box.of(OrderAccepted))
            place.desk.depth(3511, 3512, last=3511.0)
            place.desk.depth(3511, 3512, last=3511.0)
            await place.box.until(lambda: place.box.of(OrderFilled))
            assert kinds(place) == ["OrderAccepted", "OrderTriggered", "OrderFilled"]
            assert {each.order_id for each in place.box.of(*EVENTS)} == {7}
            snapshot = await place.driver.snapshot(ALICE, (0, 0))
            assert [(each.order_id, each.state) for each in snapshot.orders] == [
                (7, OrderState.FILLED)
            ]

    run(main())


def test_a_waiting_stop_can_be_taken_back() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7, 3520, type=OrderType.STOP_LIMIT, stop_price=Decimal(3510)))
            await place.box.until(lambda: place.box.of(OrderAccepted))
            place.driver.cancel(cancel(7))
            await place.box.until(lambda: place.box.of(OrderCancelled))

    run(main())


def test_a_second_process_learns_the_day_from_the_stream() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7, 3400, 2))
            place.desk.depth(3399, 3400, 1.0)
            await place.box.until(lambda: place.box.of(OrderFilled))
            driver, box = place.another(), Box()
            driver.resume(ALICE, 0, (0, 0), [order(7).order_id])
            await driver.open(box)
            await box.until(lambda: box.of(OrderFilled))
            events = box.of(*EVENTS)
            assert [(type(e).__name__, e.order_id) for e in events] == [
                ("OrderAccepted", 7),
                ("OrderFilled", 7),
            ]
            snapshot = await driver.snapshot(ALICE, (0, 0))
            [known] = snapshot.orders
            assert (known.order_id, known.filled, known.quantity) == (7, 1, 2)
            driver.cancel(cancel(7))
            await place.box.until(lambda: place.box.of(OrderCancelled))
            await driver.close()

    run(main())


# ---- rows that no counter of ours sends in this order


def reports() -> tuple[Reports, list[object]]:
    told: list[object] = []
    instruments = Instruments()
    instruments.begin_day(20260915)
    identities, book = Identities(), DayBook()
    identities.add_session(1, 5)
    book.begin(20260915)
    made = Reports(
        AccountId("alice"),
        book,
        identities,
        instruments.of_code,
        lambda fill, instrument: (Decimal(0), instrument.currency),
        told.append,
    )
    return made, told


def an_order(status: str, traded: int = 0, **changes: object) -> Row:
    row: Row = {
        "FrontID": 1,
        "SessionID": 5,
        "OrderRef": "           7",
        "InstrumentID": "m2701",
        "ExchangeID": "DCE",
        "OrderSysID": "          42",
        "Direction": "0",
        "CombOffsetFlag": "0",
        "CombHedgeFlag": "1",
        "OrderPriceType": "2",
        "LimitPrice": 3000.0,
        "TimeCondition": "3",
        "VolumeCondition": "1",
        "ContingentCondition": "1",
        "VolumeTotalOriginal": 2,
        "VolumeTraded": traded,
        "VolumeTotal": 2 - traded,
        "OrderStatus": status,
        "OrderSubmitStatus": "3",
        "InsertDate": "20260915",
        "InsertTime": "10:00:00",
        "TradingDay": "20260915",
    }
    return row | changes  # type: ignore[operator]


def a_trade(number: int, **changes: object) -> Row:
    row: Row = {
        "InstrumentID": "m2701",
        "ExchangeID": "DCE",
        "OrderSysID": "          42",
        "TradeID": f"{number:>12}",
        "Direction": "0",
        "OffsetFlag": "0",
        "Price": 3000.0,
        "Volume": 1,
        "TradeDate": "20260915",
        "TradeTime": "10:00:01",
        "TradingDay": "20260915",
    }
    return row | changes  # type: ignore[operator]


def names(told: list[object]) -> list[str]:
    return [type(each).__name__ for each in told]


def test_a_stream_that_begins_anew_says_nothing_twice() -> None:
    made, told = reports()
    stream = [an_order("a", OrderSysID=""), an_order("3"), an_order("1", 1), a_trade(1)]
    stream += [an_order("5", 1)]
    for row in stream * 2:
        (made.on_trade if "TradeID" in row else made.on_order)(row, 1)
    assert names(told) == ["OrderAccepted", "OrderFilled", "OrderCancelled"]


def test_a_trade_waits_for_its_order_and_an_end_for_its_trades() -> None:
    made, told = reports()
    made.on_trade(a_trade(1), 1)
    assert told == []
    made.on_order(an_order("5", 2, VolumeTotal=0), 2)
    assert names(told) == ["OrderAccepted", "OrderFilled"]
    made.on_trade(a_trade(2), 3)
    assert names(told) == ["OrderAccepted", "OrderFilled", "OrderFilled"]


def test_both_sides_of_a_trade_with_oneself_share_its_number() -> None:
    made, told = reports()
    made.on_order(an_order("3"), 1)
    made.on_order(an_order("3", OrderRef="8", OrderSysID="43", Direction="1"), 1)
    made.on_trade(a_trade(1), 1)
    made.on_trade(a_trade(1, OrderSysID="43", Direction="1"), 1)
    filled = [each for each in told if isinstance(each, OrderFilled)]
    assert [(each.order_id, each.fill.side) for each in filled] == [(7, Side.BUY), (8, Side.SELL)]


def test_a_spread_is_filled_where_both_its_legs_are() -> None:
    made, told = reports()
    spread = "SP m2701&m2705"
    made.on_order(an_order("3", InstrumentID=spread, CombOffsetFlag="00", LimitPrice=-20.0), 1)
    made.on_trade(a_trade(1, Price=3000.0, Volume=2, TradeType="4"), 1)
    assert names(told) == ["OrderAccepted"]
    made.on_trade(a_trade(2, InstrumentID="m2705", Direction="1", Price=3021.0), 1)
    made.on_trade(a_trade(3, InstrumentID="m2705", Direction="1", Price=3020.0), 1)
    fills = [each.fill for each in told if isinstance(each, OrderFilled)]
    assert [(each.instrument, each.price, each.quantity) for each in fills] == [
        (f"{spread}.DCE", -21, 1),
        (f"{spread}.DCE", -20, 1),
    ]
    assert [(leg.instrument, leg.side, leg.price) for leg in fills[0].legs] == [
        ("m2701.DCE", Side.BUY, 3000),
        ("m2705.DCE", Side.SELL, 3021),
    ]


def test_nothing_is_made_of_an_instrument_that_has_no_name() -> None:
    made, told = reports()
    made.on_order(an_order("3", InstrumentID=""), 1)
    assert told == []
