"""Exercise and assignment at the exchange: who may, who is assigned, what becomes of orders and wishes."""

from decimal import Decimal
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import InsufficientPosition, InvalidOrder
from anyvenue.model.events import CommandRefused, DaySettled, Event, OptionExercised, OrderExpired
from anyvenue.model.ids import AccountId
from anyvenue.sim.exercises import assign, shares_of
from builders import ALICE, BOB, DBL_MAX, rebar
from option_builders import OptionPit, fund, fund_option, fund_pit, steel_option, steel_pit

D = Decimal
CALL = steel_option()
CAROL = AccountId("carol")
EVERYBODY = (ALICE, BOB, CAROL)


def refusal(events: list[Event]) -> str:
    """Return the code of the only event, a refusal."""
    (event,) = events
    assert isinstance(event, CommandRefused)
    return event.code


def three_sellers() -> OptionPit:
    """Return a pit where users meet: alice holds five calls, which bob (two) and carol (three) have sold."""
    pit = OptionPit(CALL, rebar(), accounts=EVERYBODY, matching="book")
    pit.price(rebar(), 3540)
    pit.send(Side.SELL, 2, 60, of=CALL, account=BOB)
    pit.send(Side.SELL, 3, 60, of=CALL, account=CAROL)
    pit.buy(5, 60, of=CALL)
    return pit


def exercised(pit: OptionPit) -> list[tuple[str, str, str]]:
    """Return (account, side, quantity) of what was exercised or assigned."""
    return [
        (each.account, each.side.value, str(each.quantity))
        for each in pit.events
        if isinstance(each, OptionExercised) and not each.worthless
    ]


class TestWishes:
    def _held(self, quantity: int = 3) -> OptionPit:
        pit = steel_pit(CALL)
        pit.trade("buy", CALL, quantity, 60)
        return pit

    def test_more_than_is_held_is_refused(self) -> None:
        assert refusal(self._held().exercise(CALL, 4)) == "order.insufficient_position"

    def test_lots_that_a_closing_order_claimed_are_not_free(self) -> None:
        pit = self._held()
        pit.sell(2, 90, of=CALL, offset=Offset.CLOSE_TODAY)
        assert refusal(pit.exercise(CALL, 2)) == "order.insufficient_position"
        assert pit.exercise(CALL, 1) == []

    def test_half_a_lot_is_refused(self) -> None:
        assert refusal(self._held().exercise(CALL, "0.5")) == "order.off_lot"

    def test_a_future_is_refused(self) -> None:
        assert refusal(self._held().exercise(rebar())) == "order.option_terms"

    def test_an_expired_option_is_refused(self) -> None:
        pit = self._held()
        pit.to("57:00")
        assert refusal(pit.exercise(CALL)) == "order.exercise_expired"

    def test_the_latest_wish_counts_and_zero_takes_it_back(self) -> None:
        pit = self._held()
        pit.exercise(CALL, 3)
        pit.exercise(CALL, 0)
        pit.to("16:00")
        assert pit.ended() == []
        pit.exercise(CALL, 2)
        pit.exercise(CALL, 1)
        pit.to("33:00")
        pit.to("40:00")
        assert pit.ended() == [("buy", "3", False)]  # the last day: all of them by themselves

    def test_a_wish_is_for_one_day(self) -> None:
        pit = steel_pit(steel_option(expiry=20260202))
        option = pit.instrument
        pit.trade("buy", option, 2, 60)
        pit.exercise(option, 1)
        pit.to("40:00")
        assert pit.ended() == [("buy", "1", False)]
        assert pit.position(option).long == 1

    def test_lots_sold_after_the_wish_are_not_exercised(self) -> None:
        pit = steel_pit(steel_option(expiry=20260202))
        option = pit.instrument
        pit.trade("buy", option, 2, 60)
        pit.exercise(option, 2)
        pit.trade("sell", option, 1, 60, offset="close_today")
        pit.to("16:00")
        assert pit.ended() == [("buy", "1", False)]

    def test_giving_up_lasts_until_the_option_expires(self) -> None:
        pit = self._held()
        pit.exercise(CALL, 3, abandon=True)
        pit.to("16:00")
        pit.to("40:00")
        assert pit.ended() == [("buy", "3", True)]

    def test_a_wish_outweighs_giving_up(self) -> None:
        pit = self._held()
        pit.to("33:00")
        pit.exercise(CALL, 3, abandon=True)
        pit.exercise(CALL, 2)
        pit.to("40:00")
        assert pit.ended() == [("buy", "2", False), ("buy", "1", True)]

    def test_who_wishes_it_exercises_out_of_the_money(self) -> None:
        pit = self._held()
        pit.exercise(CALL, 1)
        pit.price(rebar(), 3490)
        pit.to("16:00")
        assert pit.ended() == [("buy", "1", False)]
        assert pit.figures().balance == D("998094")  # 1 000 000 - 1 806 - 100


class TestTheLastDay:
    def test_orders_of_the_option_end_before_its_lots_do(self) -> None:
        pit = steel_pit(steel_option(expiry=20260121))
        option = pit.instrument
        pit.trade("buy", option, 1, 60)
        pit.sell(1, 90, of=option, offset=Offset.CLOSE_TODAY, time_in_force="gtc")
        said = pit.to("16:00")
        assert [type(each) for each in said] == [OrderExpired, OptionExercised, DaySettled]
        assert pit.position(option).flat

    def test_the_settlement_tells_the_expiry_and_leaves_no_trace_of_the_option(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("sell", CALL, 1, 60)
        pit.to("16:00")
        settled = pit.to("40:00")[-1]
        assert isinstance(settled, DaySettled)
        assert settled.delivered == (CALL.id,)
        assert pit.state.holding(CALL.id) is None

    @pytest.mark.parametrize("absent", [0.0, nan, DBL_MAX])
    @pytest.mark.parametrize("matching", ["touch", "queue", "maker", "book"])
    def test_absent_prices_change_nothing_up_to_the_end(self, absent: float, matching: str) -> None:
        put = steel_option("put", 3510)
        pit = OptionPit(CALL, put, rebar(), matching=matching, accounts=(ALICE, BOB))
        pit.price(rebar(), 3520)
        pit.send(Side.SELL, 1, 60, of=CALL, account=BOB)
        pit.buy(1, 60, of=CALL)
        pit.price(CALL, 60)
        before = [pit.figures(account=each) for each in (ALICE, BOB)]
        for _ in range(3):
            for each in (CALL, put, rebar()):
                pit.price(each, absent, size=absent, settlement=absent)
        for was, account in zip(before, (ALICE, BOB), strict=True):
            now = pit.figures(account=account)
            assert (now.margin, now.market_value) == (was.margin, was.market_value)
        pit.to("40:00")
        assert pit.figures().balance == D("999598")  # - 602, and 3520 against 3500
        assert pit.figures(account=BOB).balance == D("1000398")

    def test_bought_units_serve_a_put_that_expires_the_same_evening(self) -> None:
        call, put = fund_option("call", 3), fund_option("put", 4)
        pit = fund_pit(call, put)
        pit.trade("buy", call, 1, 0.2)
        pit.trade("buy", put, 1, 0.8)
        pit.price(fund(), 3.2)
        pit.to("41:00")
        assert pit.position(fund()).flat
        assert pit.figures().balance == D("99994")  # - 2 000 - 8 000 - 6 - 30 000 + 40 000


class TestWhoIsAssigned:
    def test_where_users_meet_the_sellers_share_what_is_exercised(self) -> None:
        pit = three_sellers()
        pit.exercise(CALL, 4)
        pit.to("16:00")
        assert exercised(pit) == [
            ("alice", "buy", "4"),
            ("bob", "sell", "2"),  # 8/5, and the rest to the first
            ("carol", "sell", "2"),  # 12/5
        ]
        longs = sum(pit.exchange.accounts[name].position(rebar().id).net for name in EVERYBODY)
        assert longs == 0

    def test_what_the_holder_gives_up_nobody_delivers(self) -> None:
        pit = three_sellers()
        pit.exercise(CALL, 4, abandon=True)
        pit.to("40:00")
        assert exercised(pit) == [("alice", "buy", "1"), ("bob", "sell", "1")]

    def test_where_the_market_is_the_counterpart_nobody_is_assigned_early(self) -> None:
        pit = steel_pit(CALL, accounts=EVERYBODY)
        pit.trade("buy", CALL, 1, 60)
        pit.trade("sell", CALL, 1, 60, account=BOB)
        pit.exercise(CALL)
        pit.to("16:00")
        assert exercised(pit) == [("alice", "buy", "1")]

    def test_a_seller_can_be_assigned_by_hand(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("sell", CALL, 2, 60)
        (event,) = assign(pit.exchange, ALICE, CALL.id, D(1), pit.now)
        assert isinstance(event, OptionExercised)
        assert (event.side, event.price) == (Side.SELL, 3520)
        assert pit.position(CALL).short == 1
        assert pit.position(rebar()).short_today.open_value == 3500

    def test_an_assigned_covered_lot_takes_its_own_units(self) -> None:
        call = fund_option()
        pit = fund_pit(call, units=30_000)
        pit.trade("sell", call, 1, 0.05)
        pit.trade("sell", call, 1, 0.05, covered=True)
        assign(pit.exchange, ALICE, call.id, D(1), pit.now)
        units = pit.position(fund())
        assert (units.long, units.long_today.frozen) == (20_000, 0)
        assert pit.figures().margin == D("4100")  # the other one is not covered

    def test_more_than_was_sold_cannot(self) -> None:
        pit = steel_pit(CALL)
        with pytest.raises(InsufficientPosition, match="0 are sold"):
            assign(pit.exchange, ALICE, CALL.id, D(1), pit.now)
        with pytest.raises(InvalidOrder, match="is no option"):
            assign(pit.exchange, ALICE, rebar().id, D(1), pit.now)

    @given(st.integers(0, 40), st.lists(st.integers(0, 12), min_size=1, max_size=6))
    def test_shares_add_up_and_are_within_one_of_the_proportion(
        self, total: int, held: list[int]
    ) -> None:
        parts = shares_of(D(total), [D(each) for each in held], D(1))
        everything = sum(held)
        assert sum(parts) == min(total, everything)
        for part, each in zip(parts, held, strict=True):
            assert 0 <= part <= each
            if everything:
                assert abs(part * everything - min(total, everything) * each) < everything * 2
