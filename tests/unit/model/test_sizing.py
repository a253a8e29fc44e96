"""What an amount buys, what a target lacks and what closes a position: records in, orders out."""

from decimal import Decimal
from itertools import product
from math import nan

import pytest

from anyvenue.model.enums import Offset, OrderState, OrderType, Side
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, BookDelta, Depth, FundingRate, Quote, Trade
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import EMPTY_LEG, Leg, Position
from anyvenue.model.sizing import (
    closing_orders,
    missing_to,
    order_quantity,
    price_met,
    working_quantity,
)
from anyvenue.reference.catalog import Catalog

D = Decimal
CATALOG = Catalog()
PERP = CATALOG.get("BTC-USDT-PERP.BINANCE")
COIN = CATALOG.get("BTC-USD-PERP.OKX")
RB, IRON, SHARE = CATALOG.get("rb2701.SHFE"), CATALOG.get("i2701.DCE"), CATALOG.get("600519.SSE")
ME = AccountId("me")
HOUR = 3_600_000_000_000


def quote(unit: Instrument, bid: float, ask: float) -> Quote:
    return Quote(unit.id, 0, 0, bid, ask, 5.0, 5.0)


def leg(quantity: int | str, price: int = 100, frozen: int = 0) -> Leg:
    size = D(quantity)
    return Leg(size, D(frozen), size * price, size * price)


def order(unit: Instrument, side: Side, quantity: int, **more: object) -> Order:
    request = OrderRequest(ME, unit.id, side, D(quantity), D(100), **more)  # type: ignore[arg-type]
    return Order(OrderId(1), request, OrderState.OPEN)


# ---- the price it is measured by


def test_a_buy_meets_the_ask_and_a_sell_the_bid() -> None:
    seen = quote(PERP, 99, 101)
    assert (price_met(PERP, Side.BUY, seen), price_met(PERP, Side.SELL, seen)) == (101, 99)


def test_where_the_book_is_empty_the_last_price_counts() -> None:
    name = PERP.id
    depth = Depth(name, 0, 0, (99.0,), (1.0,), (), (), last=100.5)
    bar = Bar(name, 0, 0, "1m", 0, 1.0, 1.0, 1.0, 102.0, 1.0)
    assert price_met(PERP, Side.BUY, depth) == D("100.5")
    assert price_met(PERP, Side.BUY, Trade(name, 0, 0, 103.0, 1.0)) == 103
    assert price_met(PERP, Side.SELL, bar) == 102


@pytest.mark.parametrize(
    "seen", [None, quote(PERP, nan, nan), BookDelta(PERP.id, 0, 0, Side.BUY, 1.0, 1.0, 1)]
)
def test_without_any_price_an_amount_cannot_be_measured(seen: Quote | BookDelta | None) -> None:
    with pytest.raises(InvalidOrder, match=r"there is no price of BTC-USDT-PERP\.BINANCE yet"):
        price_met(PERP, Side.BUY, seen)


# ---- amounts


def test_ten_units_of_money_of_fifty_instruments_cost_at_most_ten_and_lack_less_than_a_lot() -> (
    None
):
    pairs = [each for each in CATALOG.search("USDT", 400) if each.currency == "USDT"][:50]
    assert len(pairs) == 50
    for unit in pairs:
        price = unit.snap("0.31", Side.BUY) or unit.price_step.step_at(D(1))
        size = unit.quantity_for(10, price)
        assert 10 - unit.worth(unit.lot.step, price) < unit.worth(size, price) <= 10


def test_an_order_is_given_by_quantity_or_by_money() -> None:
    seen = quote(PERP, 99_999, 100_000)
    assert order_quantity(PERP, Side.BUY, 2, None, None, None) == 2
    assert order_quantity(PERP, Side.BUY, None, 250, None, seen) == D("0.002")
    assert order_quantity(PERP, Side.BUY, None, 250, 50_000, None) == D("0.005")
    for both in ((None, None), (1, 1)):
        with pytest.raises(InvalidOrder, match="needs quantity or amount="):
            order_quantity(PERP, Side.BUY, *both, None, seen)


def test_an_inverse_contract_is_measured_in_the_money_of_its_price() -> None:
    assert COIN.quantity_for(1050, 60_000) == 10  # contracts of 100 USD
    with pytest.raises(InvalidOrder, match="minimum of 1 costs 100 of its price's currency"):
        COIN.quantity_for(99, 60_000)


# ---- targets


@pytest.mark.parametrize(
    ("held", "amount", "missing"),
    [
        (0, 1000, (Side.BUY, D("0.010"))),
        ("0.004", 1000, (Side.BUY, D("0.006"))),
        ("0.010", 1000, None),
        ("0.010", 1099, None),
        ("0.030", 1000, (Side.SELL, D("0.020"))),
        ("-0.010", 1000, (Side.BUY, D("0.020"))),
        ("0.010", -1000, (Side.SELL, D("0.020"))),
        ("0.0105", 0, (Side.SELL, D("0.0105"))),
        (0, 0, None),
        ("0.0095", 1000, None),
    ],
)
def test_a_target_in_money_is_reached_from_anywhere(
    held: str, amount: int, missing: tuple[Side, Decimal] | None
) -> None:
    seen = quote(PERP, 100_000, 100_000)
    assert missing_to(PERP, D(held), None, amount, seen) == missing


def test_a_target_in_quantity_is_exact_and_needs_no_price() -> None:
    assert missing_to(RB, D(3), -1, None, None) == (Side.SELL, 4)
    assert missing_to(RB, D(3), 3, None, None) is None
    with pytest.raises(InvalidOrder, match="is a quantity or amount="):
        missing_to(RB, D(3), 3, 100, None)


def test_a_target_below_the_smallest_order_names_the_minimum() -> None:
    with pytest.raises(InvalidOrder, match=r"minimum of 0\.001 costs 100"):
        missing_to(PERP, D(0), None, 99, quote(PERP, 100_000, 100_000))


def test_what_works_counts_but_stops_that_were_not_touched_do_not() -> None:
    stop = {"type": OrderType.STOP, "stop_price": D(90)}
    orders = [
        order(RB, Side.BUY, 5),
        order(RB, Side.SELL, 2),
        order(RB, Side.SELL, 9, **stop),
        order(IRON, Side.BUY, 7),
    ]
    assert working_quantity(orders, RB.id) == 3


# ---- closing


SIX = {
    "winning long": (IRON, Position(ME, IRON.id, long_old=leg(2, 90))),
    "losing long": (IRON, Position(ME, IRON.id, long_old=leg(3, 110))),
    "winning short": (IRON, Position(ME, IRON.id, short_old=leg(4, 110))),
    "losing short": (IRON, Position(ME, IRON.id, short_today=leg(5, 90))),
    "even long": (IRON, Position(ME, IRON.id, long_old=leg(6, 100))),
    "nothing": (IRON, Position(ME, IRON.id)),
}


@pytest.mark.parametrize(
    ("side", "outcome"), list(product((None, "long", "short"), (None, "winners", "losers")))
)
def test_each_filter_closes_exactly_what_it_names(side: str | None, outcome: str | None) -> None:
    word = {"winners": "winning", "losers": "losing", None: ""}[outcome]
    wanted = {name for name in SIX if word in name and (side or "") in name} - {"nothing"}
    seen = quote(IRON, 100, 100)
    closed = {
        name
        for name, (unit, held) in SIX.items()
        if closing_orders(unit, held, seen, side=side, outcome=outcome)  # type: ignore[arg-type]
    }
    assert closed == wanted


def test_where_the_exchange_tells_days_apart_each_day_is_closed_by_its_own_order() -> None:
    held = Position(ME, RB.id, long_today=leg(2), long_old=leg(3, frozen=1), short_today=leg(4))
    found = [(each.side, each.quantity, each.offset) for each in closing_orders(RB, held, None)]
    assert found == [
        (Side.SELL, 2, Offset.CLOSE_OLD),
        (Side.SELL, 2, Offset.CLOSE_TODAY),
        (Side.BUY, 4, Offset.CLOSE_TODAY),
    ]


def test_shares_bought_today_stay_and_an_odd_rest_goes_with_the_others() -> None:
    held = Position(ME, SHARE.id, long_today=leg(200), long_old=leg(135))
    assert [each.quantity for each in closing_orders(SHARE, held, None)] == [135]


def test_what_is_larger_than_one_order_is_closed_by_several() -> None:
    unit = CATALOG.get("IF2609.CFFEX")
    most = int(unit.lot.market_maximum or unit.lot.maximum or 0)
    held = Position(ME, unit.id, long_old=leg(2 * most + 1))
    assert [each.quantity for each in closing_orders(unit, held, None)] == [most, most, 1]


def test_dust_below_the_minimum_stays() -> None:
    held = Position(ME, PERP.id, EMPTY_LEG, leg("0.0104"))
    assert [each.quantity for each in closing_orders(PERP, held, None)] == [D("0.010")]
    assert closing_orders(PERP, Position(ME, PERP.id, EMPTY_LEG, leg("0.0004")), None) == []


def test_limit_orders_stand_away_from_the_market_on_a_tick() -> None:
    held = Position(ME, PERP.id, long_old=leg("0.1"))
    (limit,) = closing_orders(PERP, held, quote(PERP, 60_000.1, 60_000.2), away="0.0005")
    assert limit.price == D("60030.2")  # 60000.1 x 1.0005 = 60030.10005, never worse
    short = Position(ME, PERP.id, short_old=leg("0.1"))
    (limit,) = closing_orders(PERP, short, quote(PERP, 60_000.1, 60_000.2), away="0.0005")
    assert limit.price == D("59970.1")


@pytest.mark.parametrize("wrong", [{"side": "buy"}, {"outcome": "good"}, {"away": 5}, {"away": -1}])
def test_words_and_distances_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidOrder, match=next(iter(wrong))):
        closing_orders(PERP, Position(ME, PERP.id), None, **wrong)  # type: ignore[arg-type]


# ---- funding


@pytest.mark.parametrize(("rate", "hours"), [("0.0001", 1), ("0.0004", 4), ("0.0008", 8)])
def test_funding_of_one_four_and_eight_hours_is_compared_by_the_hour(rate: str, hours: int) -> None:
    told = FundingRate(InstrumentId("X.Y"), 0, 0, D(rate), hours * HOUR, 0)
    assert told.hourly == D("0.0001")
