"""Call auctions at the open and the close, halts, and the phases of trading that the public is told."""

from math import isnan
from typing import Any

import pytest

from anyvenue.model.enums import InstrumentStatus, Offset, OrderType, TimeInForce
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import CancelRejected, ModifyRejected, OrderRejected, OrderTriggered
from anyvenue.model.market import Depth, Status
from anyvenue.model.steps import BandedStep
from anyvenue.sim.halts import VolatilityHalt
from builders import (
    ALICE,
    BOB,
    MINUTE,
    SECOND,
    Pit,
    at,
    bank_share,
    number,
    perpetual,
    rebar,
    us_share,
)

HALT = VolatilityHalt(number("0.05"), 5 * MINUTE, 2 * MINUTE)


def meeting(*instruments: Any, **options: Any) -> Pit:
    """Return an exchange in which Alice and Bob meet."""
    return Pit(*instruments, matching="book", accounts=(ALICE, BOB), **options)


def futures(start: str = "20:54") -> Pit:
    """Return an exchange shortly before the night session."""
    return meeting(rebar(), start=start)


def shares(start: str) -> Pit:
    """Return an exchange of shares of which 3500 was the last price."""
    share = bank_share(position_rule=rebar().position_rule, margin=rebar().margin)
    pit = meeting(share, start=start)
    pit.exchange.marks.remember(share.id, number(35))
    return pit


def sell(pit: Pit, quantity: int, price: object = None, **fields: Any) -> int:
    """Let Bob offer."""
    return pit.sell(quantity, price, **({"offset": Offset.OPEN, "account": BOB} | fields))


def public(pit: Pit, kind: type) -> list[Any]:
    return [each for each in pit.exchange.market_events() if isinstance(each, kind)]


def phases(pit: Pit, when: str) -> list[str]:
    """Let time pass and return the phases it went through."""
    pit.to(when)
    return [each.status.value for each in public(pit, Status)]


class TestOpening:
    def test_orders_are_collected_and_meet_at_one_price(self) -> None:
        pit = futures()
        pit.exchange.marks.remember(pit.instrument.id, number(3501))
        pit.to("20:56")
        for price in (3510, 3505, 3500):
            pit.buy(2, price)
        for price in (3495, 3500, 3505):
            sell(pit, 2, price)
        assert pit.fills() == []
        pit.to("20:59")
        assert {price for price, _ in pit.prices()} == {"3501"}
        assert [pit.order(each).filled for each in (1, 2, 3)] == [2, 2, 0]
        assert [pit.order(each, BOB).filled for each in (4, 5, 6)] == [2, 2, 0]

    def test_its_price_is_the_open_and_the_rest_goes_on(self) -> None:
        pit = futures()
        pit.to("20:56")
        pit.buy(3, 3500)
        sell(pit, 1, 3500)
        pit.to("21:00")
        sell(pit, 1, 3499)
        (shown,) = public(pit, Depth)
        assert (shown.open, shown.last, shown.volume) == (3500.0, 3500.0, 2.0)
        assert shown.bid_sizes == (1.0,)

    def test_an_order_from_before_it_waits_for_it(self) -> None:
        pit = futures("20:30")
        order = pit.buy(1, 3500)
        pit.to("20:57")
        sell(pit, 1, 3490)
        pit.to("20:59")
        assert pit.fills(order)[0].ts_event == at("20:59")

    def test_one_from_after_it_waits_for_the_open(self) -> None:
        pit = futures("20:59:30")
        order = pit.buy(1, 3500)
        sell(pit, 1, 3500)
        assert pit.fills() == []
        pit.to("21:00")
        assert pit.fills(order)[0].ts_event == at("21:00")

    def test_an_order_that_lasts_from_the_day_before_takes_part(self) -> None:
        pit = futures("14:00")
        order = pit.buy(1, 3500, time_in_force=TimeInForce.GTC)
        pit.to("20:56")
        sell(pit, 1, 3490)
        pit.to("21:00")
        assert pit.fills(order)[0].ts_event == at("20:59")

    def test_market_orders_go_first_and_their_rest_is_cancelled(self) -> None:
        pit = futures()
        pit.exchange.marks.remember(pit.instrument.id, number(3500))
        pit.to("20:56")
        limit = pit.buy(2, 3510)
        market = pit.buy(3)
        sell(pit, 4, 3500)
        pit.to("20:59")
        assert pit.order(market).filled == 3
        assert pit.order(limit).filled == 1
        pit = futures()
        pit.exchange.marks.remember(pit.instrument.id, number(3500))
        pit.to("20:56")
        lonely = pit.buy(3)
        sell(pit, 1, 3520)
        pit.to("20:59")
        assert pit.prices(lonely) == [("3520", "1")]
        assert pit.order(lonely).state.value == "cancelled"

    @pytest.mark.parametrize(
        "fields",
        [
            {"time_in_force": TimeInForce.IOC},
            {"time_in_force": TimeInForce.FOK},
            {"post_only": True},
        ],
    )
    def test_what_must_trade_at_once_or_must_not_waits_for_continuous_trading(
        self, fields: dict[str, Any]
    ) -> None:
        pit = futures()
        pit.to("20:56")
        order = pit.buy(1, 3500, **fields)
        sell(pit, 1, 3500)
        pit.to("20:59:59")
        assert pit.order(order).state.value == "open"
        pit.to("21:00")
        expected = "cancelled" if fields.get("post_only") else "filled"
        assert pit.order(order).state.value == expected

    def test_stops_that_its_price_touches_go_when_trading_begins(self) -> None:
        pit = futures()
        stop = pit.buy(1, 3600, stop_price=3500)
        pit.to("20:56")
        pit.buy(1, 3500)
        sell(pit, 1, 3500)
        sell(pit, 1, 3550)
        pit.to("20:59:30")
        assert not any(isinstance(event, OrderTriggered) for event in pit.events)
        pit.to("21:00")
        assert pit.prices(stop) == [("3550", "1")]

    def test_orders_may_be_changed_and_taken_back_while_the_rules_allow_it(self) -> None:
        pit = futures()
        pit.to("20:58")
        gone, changed = pit.buy(1, 3500), pit.buy(1, 3500)
        pit.cancel(gone)
        pit.modify(changed, price=3400)
        sell(pit, 1, 3500)
        pit.to("20:59")
        assert pit.fills() == []

    def test_an_auction_in_which_nobody_meets_is_no_trade(self) -> None:
        pit = futures()
        pit.to("20:56")
        pit.buy(1, 3499)
        sell(pit, 1, 3500)
        pit.to("21:00")
        assert pit.fills() == []
        pit.cancel(1)
        (shown,) = public(pit, Depth)
        assert isnan(shown.open)

    def test_its_price_so_far_is_public(self) -> None:
        pit = futures()
        pit.to("20:56")
        pit.buy(3, 3500)
        sell(pit, 2, 3500)
        (shown,) = public(pit, Depth)
        assert (shown.bid_prices, shown.ask_prices) == ((3500.0,), (3500.0,))
        assert (shown.bid_sizes, shown.ask_sizes) == ((2.0,), (2.0,))

    def test_touch_matching_holds_none(self) -> None:
        pit = Pit(rebar(), start="20:56")
        order = pit.buy(1, 3500)
        pit.last(3490)
        pit.to("20:59:30")
        assert pit.fills(order) == []

    def test_a_closed_market_that_rejects_takes_orders_for_the_auction(self) -> None:
        pit = meeting(rebar(), start="20:54", when_closed="reject")
        pit.buy(1, 3500)
        assert isinstance(pit.events[-1], OrderRejected)
        pit.to("20:55")
        pit.buy(1, 3500)
        assert not isinstance(pit.events[-1], OrderRejected)


class TestShares:
    def test_orders_of_the_last_minutes_cannot_be_taken_back(self) -> None:
        pit = shares("09:16")
        early = pit.buy(100, 35)
        pit.cancel(early)
        assert pit.order(early).state.value == "cancelled"
        order = pit.buy(100, 35)
        pit.to("09:20")
        pit.cancel(order)
        pit.modify(order, quantity=200)
        refused = [e for e in pit.events if isinstance(e, CancelRejected | ModifyRejected)]
        assert [each.code for each in refused] == ["order.fixed_in_auction"] * 2
        pit.to("09:26")
        pit.cancel(order)
        assert pit.order(order).state.value == "cancelled"

    def test_the_close_is_an_auction_too(self) -> None:
        pit = shares("14:50")
        pit.buy(100, 35)
        pit.to("14:58")
        sell(pit, 100, "34.90")
        assert pit.fills() == []
        assert phases(pit, "15:00") == ["closed"]
        assert pit.prices() == [("35", "100")] * 2

    def test_a_fok_that_comes_in_the_closing_auction_is_one_of_the_next_day(self) -> None:
        pit = shares("14:58")
        order = pit.buy(100, 35, time_in_force=TimeInForce.FOK)
        sell(pit, 100, 35)
        pit.to("33:29")
        assert pit.order(order).state.value == "open"
        pit.to("33:30")
        assert pit.order(order).state.value == "cancelled"

    def test_the_public_is_told_the_phases_of_a_day(self) -> None:
        pit = shares("08:00")
        pit.buy(100, 35)
        assert pit.exchange.status(pit.instrument.id, pit.now) is InstrumentStatus.CLOSED
        seen = []
        for when in ("09:15", "09:25", "09:30", "11:30", "13:00", "14:57", "15:00"):
            seen += phases(pit, when)
        assert seen == ["auction", "break", "open", "break", "open", "auction", "closed"]

    def test_in_hong_kong_it_comes_after_the_last_session(self) -> None:
        share = us_share(sessions="hk_stock", currency="HKD")
        pit = meeting(share, start="15:59")
        pit.exchange.marks.remember(share.id, number(50))
        resting, late = pit.buy(1, 50), pit.buy(1, 49)
        seen = phases(pit, "16:00") + phases(pit, "16:01") + phases(pit, "16:07")
        pit.cancel(late)
        assert isinstance(pit.events[-1], CancelRejected)
        pit.to("16:10")
        assert seen + [each.status.value for each in public(pit, Status)] == [
            "break",
            "auction",
            "closed",
        ]
        assert pit.order(resting).state.value == "open"
        pit.to("16:11")
        assert pit.order(resting).state.value == "expired"


class TestHalts:
    def status(self, pit: Pit, status: InstrumentStatus) -> None:
        pit.now += SECOND
        pit.see(Status(pit.instrument.id, pit.now, pit.now, status))

    def test_a_halted_market_collects_and_goes_on_with_an_auction(self) -> None:
        pit = futures("21:00")
        pit.buy(2, 3500)
        self.status(pit, InstrumentStatus.HALTED)
        assert pit.exchange.status(pit.instrument.id, pit.now) is InstrumentStatus.HALTED
        sell(pit, 1, 3490)
        taken_back = pit.buy(1, 3600)
        pit.cancel(taken_back)
        assert pit.fills() == []
        self.status(pit, InstrumentStatus.OPEN)
        assert [price for price, _ in pit.prices()] == ["3500", "3500"]

    def test_a_halt_may_last_over_the_night(self) -> None:
        pit = futures("21:00")
        order = pit.buy(2, 3500, time_in_force=TimeInForce.GTC)
        self.status(pit, InstrumentStatus.HALTED)
        sell(pit, 2, 3500, time_in_force=TimeInForce.GTC)
        pit.to("34:00")
        assert pit.fills() == []
        self.status(pit, InstrumentStatus.OPEN)
        assert pit.prices(order) == [("3500", "2")]

    def test_recorded_prices_fill_nothing_while_halted(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3500)
        self.status(pit, InstrumentStatus.HALTED)
        pit.last(3490)
        assert pit.exchange.status(pit.instrument.id, pit.now) is InstrumentStatus.HALTED
        assert pit.fills() == []
        self.status(pit, InstrumentStatus.OPEN)
        pit.last(3490)
        assert len(pit.fills(order)) == 1

    def test_a_status_is_no_price(self) -> None:
        pit = Pit(rebar())
        pit.last(3500)
        self.status(pit, InstrumentStatus.HALTED)
        assert pit.state.mark(pit.instrument.id) == 3500


class TestVolatilityHalts:
    @pytest.fixture
    def pit(self) -> Pit:
        """Return a perpetual last traded at 100, offered at 102, 104, 106 and 108, that halts beyond 5 %."""
        pit = meeting(perpetual())
        pit.exchange.halt_on_moves(HALT)
        sell(pit, 1, 100)
        pit.buy(1, 100)
        for price in (102, 104, 106, 108):
            sell(pit, 1, price)
        return pit

    def test_what_is_within_the_band_trades_and_the_rest_waits_for_an_auction(
        self, pit: Pit
    ) -> None:
        order = pit.buy(4, 110)
        assert pit.prices(order) == [("102", "1"), ("104", "1")]
        assert [each.status.value for each in public(pit, Status)] == ["halted"]
        assert [each.status.value for each in self.after(pit, 119 * SECOND)] == []
        assert [each.status.value for each in self.after(pit, SECOND)] == ["open"]
        assert pit.order(order).filled == 4
        assert {price for price, _ in pit.prices(order)[2:]} == {"108"}

    def after(self, pit: Pit, ns: int) -> list[Status]:
        pit.to(pit.now + ns)
        return public(pit, Status)

    def test_an_order_with_a_limit_inside_the_band_halts_nothing(self, pit: Pit) -> None:
        pit.buy(4, 105)
        assert public(pit, Status) == []

    def test_a_rest_that_nothing_stands_against_halts_nothing(self, pit: Pit) -> None:
        for order in (4, 5, 6):
            pit.cancel(order, BOB)
        pit.buy(4, 110)
        assert public(pit, Status) == []

    @pytest.mark.parametrize(("life", "filled"), [(TimeInForce.IOC, 2), (TimeInForce.FOK, 0)])
    def test_what_must_not_rest_does_not_wait(
        self, pit: Pit, life: TimeInForce, filled: int
    ) -> None:
        order = pit.buy(3, 110, time_in_force=life)
        assert pit.order(order).filled == filled
        assert pit.order(order).state.value == "cancelled"

    def test_a_market_order_goes_first_in_the_auction(self, pit: Pit) -> None:
        order = pit.buy(4, type=OrderType.MARKET)
        assert pit.order(order).filled == 2
        self.after(pit, HALT.halt_ns)
        assert pit.order(order).filled == 4

    def test_the_reference_is_the_price_of_a_while_ago(self, pit: Pit) -> None:
        pit.buy(1, 104)
        self.after(pit, HALT.window_ns + SECOND)
        pit.buy(2, 106)
        assert public(pit, Status) == []

    def test_an_instrument_may_have_a_rule_of_its_own(self, pit: Pit) -> None:
        pit.exchange.halt_on_moves(None, pit.instrument.id)
        pit.buy(4, 110)
        assert public(pit, Status) == []

    def test_a_rule_of_nonsense_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="above zero"):
            VolatilityHalt(number(0), 1, 1)
        with pytest.raises(ConfigError, match="book matching only"):
            Pit(rebar()).exchange.halt_on_moves(HALT)


def test_an_auction_finds_a_price_that_its_bands_allow() -> None:
    share = bank_share(
        currency="HKD",
        sessions="always",
        price_step=BandedStep((number(0), number(10)), (number("0.01"), number("0.05"))),
        position_rule=rebar().position_rule,
        margin=rebar().margin,
    )
    pit = meeting(share)
    pit.see(Status(share.id, pit.now, pit.now, InstrumentStatus.HALTED))
    pit.buy(100, "10.10")
    pit.exchange.marks.remember(share.id, number("10.03"))
    sell(pit, 100, "9.90")
    pit.see(Status(share.id, pit.now, pit.now, InstrumentStatus.OPEN))
    assert pit.prices() in ([("10", "100")] * 2, [("10.05", "100")] * 2)
