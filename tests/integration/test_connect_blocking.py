"""The venue in a script: every call blocks until it has its answer, and nothing stays behind."""

import _thread
import asyncio
import gc
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from anyvenue.engine.connect import AsyncVenue, Venue, VenueOrder, connect
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import (
    ConfigError,
    ConnectivityError,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    OffLot,
    OffTick,
    UnknownInstrument,
)

pytestmark = pytest.mark.long

RB = "rb2701.SHFE"
# A hundred times the wall's pace, so that nobody waits for the half second between two ticks.
FAST = {"speed": 100.0}


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    gc.collect()  # a task destroyed while pending would say so now
    assert set(threading.enumerate()) == before


def order_far_away(venue: Venue) -> VenueOrder:
    """Return a buy order that will not be filled."""
    return venue.buy(RB, 1, price=venue.quote(RB).bid - 100)


def test_a_market_order_is_filled_and_the_account_shows_it() -> None:
    with connect("sim", **FAST) as venue:
        order = venue.buy("rb2701", 2)
        assert order.wait(60) is order
        assert (order.state, order.filled, order.instrument) == (OrderState.FILLED, 2, RB)
        (position,) = venue.positions()
        assert position.long == venue.position("SHFE.rb2701").long == 2
        assert sum(fill.quantity for fill in venue.fills()) == 2
        assert order.average_price == venue.fills()[0].price
        account = venue.account()
        assert account.margin > 0
        assert account.balance == 1_000_000 + account.position_profit - account.fees


def test_a_resting_order_can_be_cancelled() -> None:
    with connect("sim", **FAST) as venue:
        order = order_far_away(venue)
        assert [each.order_id for each in venue.open_orders()] == list(order.order_ids)
        order.cancel()
        assert order.wait(60).state is OrderState.CANCELLED
        assert venue.open_orders() == []


def test_cancel_and_cancel_all_do_what_the_handle_does() -> None:
    with connect("sim", **FAST) as venue:
        orders = [order_far_away(venue) for _ in range(3)]
        venue.cancel(orders[0])
        orders[0].wait(60)
        venue.cancel_all()
        assert [order.wait(60).state for order in orders] == [OrderState.CANCELLED] * 3
        orders[0].cancel()  # what is done stays done
        assert [order.state for order in venue.orders()] == [OrderState.CANCELLED] * 3


def test_a_limit_order_in_the_market_and_a_closing_order_are_filled() -> None:
    with connect("sim", **FAST) as venue:
        bought = venue.buy(RB, 3, price=venue.quote(RB).ask + 5).wait(60)
        sold = venue.sell(RB, 3, offset="close_today", tag="back").wait(60)
        assert bought.done
        assert sold.order.request.tag == "back"
        assert venue.positions() == []
        assert [fill.side for fill in venue.fills()] == [Side.BUY, Side.SELL]


def test_every_kind_of_market_answers() -> None:
    with connect("sim", **FAST) as venue:
        for text, currency in (("600519", "CNY"), ("AAPL", "USD"), ("00700.HK", "HKD")):
            instrument = venue.subscribe(text)
            assert instrument.currency == currency
            order = venue.buy(text, instrument.lot.minimum).wait(60)
            assert order.state is OrderState.FILLED
            assert venue.account(currency).market_value > 0


def test_an_instrument_can_join_while_the_market_runs() -> None:
    with connect("sim", **FAST) as venue:
        instrument = venue.subscribe("cu2610")
        quote = venue.quote("cu2610")
        assert quote.instrument == instrument.id == "cu2610.SHFE"
        assert quote.bid < quote.ask
        assert venue.subscribe("cu2610") is instrument


def test_instruments_are_found_by_their_chinese_names() -> None:
    with connect("sim") as venue:
        assert "rb2701.SHFE" in [each.id for each in venue.instruments("螺纹钢")]


def test_what_cannot_be_ordered_raises_at_the_call_and_the_venue_goes_on() -> None:
    with connect("sim", **FAST) as venue:
        venue.subscribe(RB)
        with pytest.raises(UnknownInstrument, match="nosuch"):
            venue.buy("nosuch9999", 1)
        with pytest.raises(UnknownInstrument):
            venue.quote("nosuch9999")
        with pytest.raises(OffTick) as off:
            venue.buy(RB, 1, price=3500.3)
        assert (off.value.below, off.value.above) == (Decimal(3500), Decimal(3501))
        with pytest.raises(OffLot):
            venue.buy(RB, 0.5)
        with pytest.raises(InvalidOrder):
            venue.buy(RB, -1)
        with pytest.raises(InvalidOrder, match="time_in_force was 'soon'"):
            venue.buy(RB, 1, price=3500, time_in_force="soon")
        with pytest.raises(InsufficientPosition):
            venue.sell("AAPL", 1)
        with pytest.raises(InsufficientFunds):
            venue.buy(RB, 400, price=3500)
        assert venue.orders() == []
        assert venue.buy(RB, 1).wait(60).done


def test_waiting_has_an_end() -> None:
    with connect("sim", **FAST) as venue:
        order = order_far_away(venue)
        with pytest.raises(TimeoutError):
            order.wait(0.05)
        assert order.state in (OrderState.SENT, OrderState.OPEN)


def test_leaving_cancels_what_works() -> None:
    with connect("sim", **FAST) as venue:
        order = order_far_away(venue)
    assert order.state is OrderState.CANCELLED
    assert order.done


def test_a_closed_venue_says_so() -> None:
    venue = connect("sim", **FAST)
    for call in (venue.positions, venue.cancel_all, lambda: venue.buy(RB, 1)):
        with pytest.raises(ConnectivityError, match="with connect"):
            call()
    with venue:
        order = order_far_away(venue)
    for call in (venue.orders, lambda: venue.subscribe(RB), lambda: order.wait(1)):
        with pytest.raises(ConnectivityError, match="closed"):
            call()
    venue.close()


def test_a_venue_can_be_opened_without_with_and_opened_again() -> None:
    venue = connect("sim", **FAST)
    for _ in range(2):
        assert venue.open().open() is venue
        assert venue.orders() == []
        venue.buy(RB, 1).wait(60)
        venue.close()
        venue.close()


def test_two_venues_in_one_process_do_not_know_of_each_other() -> None:
    with connect("sim", **FAST) as one, connect("sim", seed=2, cash={"CNY": 50_000}, **FAST) as two:
        one.buy(RB, 1).wait(60)
        assert two.orders() == two.positions() == []
        assert two.account().balance == 50_000
        two.buy(RB, 2).wait(60)
        assert [fill.quantity for fill in one.fills()] == [1]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_what_is_raised_inside_comes_out_and_the_venue_is_closed(
    error: type[BaseException],
) -> None:
    orders = []

    def script() -> None:
        with connect("sim", **FAST) as venue:
            orders.append(order_far_away(venue))
            raise error

    with pytest.raises(error):
        script()
    assert orders[0].state is OrderState.CANCELLED


def interrupt_once_somebody_waits(venue: Venue) -> None:
    """Press Ctrl-C, as it were, at the first tick that finds somebody waiting for an order."""
    inside = venue._inside
    assert inside is not None
    pressed: list[bool] = []

    def look(_tick: object) -> None:
        if inside._waiters and not pressed:
            pressed.append(True)
            _thread.interrupt_main()

    inside.node.broker.subscribe(inside.catalog.resolve(RB).id, look)


def test_ctrl_c_while_waiting_ends_the_wait_and_closes_the_venue() -> None:
    orders = []

    def script() -> None:
        with connect("sim", **FAST) as venue:
            orders.append(order_far_away(venue))
            interrupt_once_somebody_waits(venue)
            orders[0].wait(60)

    with pytest.raises(KeyboardInterrupt):
        script()
    assert orders[0].state is OrderState.CANCELLED


def test_ctrl_c_while_it_opens_leaves_nothing_half_open() -> None:
    class Slow(AsyncVenue):
        tidied_up = False

        async def __aenter__(self) -> AsyncVenue:
            _thread.interrupt_main()
            try:
                await asyncio.Event().wait()
            finally:
                for _ in range(100):
                    await asyncio.sleep(0)
                self.tidied_up = True
            return self

    slow = Slow()
    with pytest.raises(KeyboardInterrupt):
        Venue(slow).open()
    assert slow.tidied_up


def test_it_works_where_an_event_loop_runs_already_as_in_a_notebook() -> None:
    async def cell() -> OrderState:
        with connect("sim", **FAST) as venue:
            return venue.buy(RB, 1).wait(60).state

    assert asyncio.run(cell()) is OrderState.FILLED


def test_calls_come_from_any_thread() -> None:
    with connect("sim", **FAST) as venue:
        venue.subscribe(RB)
        done: list[OrderState] = []
        threads = [
            threading.Thread(target=lambda: done.append(venue.buy(RB, 1).wait(60).state))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [OrderState.FILLED] * 8
        assert venue.position(RB).long == 8


def test_what_keeps_a_venue_from_starting_is_raised() -> None:
    with pytest.raises(ConfigError, match="there is: sim"):
        connect("simnow")
    with pytest.raises(ConfigError, match="hours was 'sometimes'"):
        connect("sim", options=VenueOptions(hours="sometimes")).open()
    with pytest.raises(TypeError):
        connect("sim", sped=3).open()
