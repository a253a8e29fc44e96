"""Circuit breakers: what opens them, whom they halt, and that only a release by hand ends it."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import DriverState, RiskScope, TradingState
from anyvenue.model.events import RiskTripped, TradingHalted, TradingReleased
from anyvenue.model.ids import AccountId
from anyvenue.oms.risk import (
    NODE,
    Breakers,
    CountBreaker,
    DrawdownBreaker,
    JumpBreaker,
    Limits,
    RiskLimits,
    Scope,
)
from booth import VENUE, Booth, refused, strategy
from builders import ALICE, BOB, index_future, rebar

_ALICE = Scope(RiskScope.ACCOUNT, ALICE)
_GRID = Scope(RiskScope.STRATEGY, "grid")


def of_accounts(**breakers: object) -> RiskLimits:
    """Return limits with breakers for each account by itself."""
    return RiskLimits(accounts={"*": Limits(breaker=Breakers(**breakers))})  # type: ignore[arg-type]


def test_the_nth_refusal_within_the_time_halts_the_account_and_asks_its_orders_back() -> None:
    booth = Booth(of_accounts(rejects=CountBreaker(count=3, seconds=60)))
    resting = booth.buy(1)
    for _ in range(2):
        booth.reject(booth.buy(1))
    assert not booth.gate.halts()
    booth.reject(booth.buy(1))
    error = refused(booth.buy, 1)
    assert (error.code, error.rule, error.scope, error.name) == (
        "order.risk_halted", "rejects", RiskScope.ACCOUNT, ALICE,
    )  # fmt: skip
    assert booth.asked_back() == [resting]
    booth.buy(1, account=BOB)


def test_refusals_too_far_apart_halt_nobody() -> None:
    booth = Booth(of_accounts(rejects=CountBreaker(count=2, seconds=60)))
    for _ in range(4):
        booth.reject(booth.buy(1))
        booth.wait(60)
    booth.buy(1)


def test_a_trip_is_told_with_its_figures_and_the_halt_after_it() -> None:
    booth = Booth(of_accounts(rejects=CountBreaker(count=1)))
    heard: list[object] = []
    booth.kernel.on(RiskTripped, heard.append)
    booth.kernel.on(TradingHalted, heard.append)
    booth.reject(booth.buy(1))
    trip, halt = booth.told
    assert heard == booth.told
    assert isinstance(trip, RiskTripped)
    assert isinstance(halt, TradingHalted)
    assert (trip.scope, trip.name, trip.rule, trip.value, trip.limit, trip.ts_event) == (
        RiskScope.ACCOUNT, ALICE, "rejects", "1", "1", booth.now,
    )  # fmt: skip
    assert "no" in trip.reason
    assert (halt.rule, halt.state, halt.cancel) == ("rejects", TradingState.HALTED, True)


def test_only_a_release_ends_it_and_the_count_begins_afresh() -> None:
    booth = Booth(of_accounts(rejects=CountBreaker(count=2, seconds=1)))
    for order_id in [booth.buy(1), booth.buy(1)]:
        booth.reject(order_id)
    booth.wait(3600)
    refused(booth.buy, 1)
    assert booth.desk.watch.release(_ALICE, reason="looked into it")
    assert isinstance(booth.told[-1], TradingReleased)
    booth.reject(booth.buy(1))
    booth.buy(1)
    assert not booth.desk.watch.release(_ALICE)


def test_lost_outcomes_halt_the_strategy_alone() -> None:
    limits = RiskLimits(
        strategies={"grid": Limits(breaker=Breakers(unknowns=CountBreaker(count=1)))}
    )
    booth = Booth(limits)
    order_id = booth.buy(1, strategy=strategy("grid"))
    booth.lose(order_id)
    assert refused(booth.buy, 1, strategy=strategy("grid")).scope is RiskScope.STRATEGY
    assert booth.asked_back() == [order_id]
    booth.buy(1, strategy=strategy("other"))


def test_disconnects_halt_the_accounts_at_that_venue() -> None:
    booth = Booth(of_accounts(disconnects=CountBreaker(count=2)))
    booth.gate.venues[BOB] = AccountId("elsewhere")  # type: ignore[assignment]
    for _ in range(2):
        booth.line(DriverState.READY)
        booth.line(DriverState.CONNECTING, "reset by peer")
    assert refused(booth.buy, 1).rule == "disconnects"
    booth.buy(1, account=BOB)
    assert booth.gate.venues == {BOB: "elsewhere"}
    assert VENUE != "elsewhere"


def test_an_orderly_close_is_no_disconnect() -> None:
    booth = Booth(RiskLimits(breaker=Breakers(disconnects=CountBreaker(count=1))))
    booth.line(DriverState.CONNECTING)
    booth.line(DriverState.READY)
    booth.line(DriverState.CLOSED)
    booth.buy(1)


def test_a_price_jump_halts_what_it_is_set_for() -> None:
    index = index_future()
    jump = Limits(breaker=Breakers(price_jump=JumpBreaker(fraction=Decimal("0.02"), seconds=10)))
    booth = Booth(RiskLimits(instruments={"*": jump}), rebar(), index)
    booth.wait(5)
    booth.quote(3570)  # 1.99 %
    booth.buy(1, 3570)
    booth.wait(2)
    booth.quote(3572)
    error = refused(booth.buy, 1, 3572)
    assert (error.rule, error.name) == ("price_jump", "rb2605.SHFE")
    booth.buy(1, 3500.0, of=index)


def test_a_slow_move_is_no_jump_and_a_fall_is_one() -> None:
    jump = Breakers(price_jump=JumpBreaker(fraction=Decimal("0.02"), seconds=10))
    booth = Booth(RiskLimits(breaker=jump))
    for price in (3550, 3600, 3650):
        booth.wait(11)
        booth.quote(price)
    assert not booth.gate.halts()
    booth.wait(1)
    booth.quote(3570)
    assert refused(booth.buy, 1, 3570).rule == "price_jump"


def test_a_jump_halts_only_accounts_with_something_in_the_instrument() -> None:
    jump = JumpBreaker(fraction=Decimal("0.02"), action="reduce_only", cancel=False)
    booth = Booth(of_accounts(price_jump=jump))
    booth.hold(1)
    booth.buy(1, account=AccountId(ALICE))
    booth.quote(3600)
    assert [halt.scope for halt in booth.gate.halts()] == [_ALICE]
    assert refused(booth.buy, 1, 3600).code == "order.risk_reduce_only"
    assert booth.asked_back() == []
    booth.buy(1, 3600, account=BOB)


@pytest.mark.parametrize(
    ("breaker", "value"),
    [
        (DrawdownBreaker(fraction=Decimal("0.02")), "0.020150"),
        (DrawdownBreaker(amount={"CNY": Decimal(20_000)}), "20200"),
    ],
)
def test_a_drawdown_from_the_highest_equity_halts(breaker: DrawdownBreaker, value: str) -> None:
    booth = Booth(of_accounts(drawdown=breaker))
    booth.hold(10, 3500)
    booth.wait(1)
    booth.quote(3524.5)  # 2,450 of profit: the highest
    booth.wait(1)
    booth.quote(3325)
    assert not booth.gate.halts()
    booth.wait(1)
    booth.quote(3322.5)
    (halt,) = booth.gate.halts()
    assert (halt.scope, halt.rule) == (_ALICE, "drawdown")
    trip = booth.told[0]
    assert isinstance(trip, RiskTripped)
    assert trip.value == value


def test_money_taken_out_is_no_drawdown() -> None:
    booth = Booth(of_accounts(drawdown=DrawdownBreaker(fraction=Decimal("0.02"))))
    booth.hold(1)
    booth.take_out(500_000)
    booth.wait(2)
    booth.quote(3500)
    booth.buy(1)


def test_after_a_release_the_drawdown_counts_from_where_it_is() -> None:
    booth = Booth(of_accounts(drawdown=DrawdownBreaker(amount=Decimal(100))))
    booth.hold(1, 3500)
    booth.wait(1)
    booth.quote(3480)
    refused(booth.buy, 1, 3480)
    booth.desk.watch.release(_ALICE)
    booth.wait(1)
    booth.quote(3475)
    booth.buy(1, 3475)


def test_a_strategys_drawdown_is_of_its_own_profit() -> None:
    limits = RiskLimits(
        strategies={"grid": Limits(breaker=Breakers(drawdown=DrawdownBreaker(amount=Decimal(100))))}
    )
    booth = Booth(limits)
    booth.hold(10, 3500)
    booth.hold(1, 3500, strategy=strategy("grid"))
    booth.wait(1)
    booth.quote(3491)
    assert not booth.gate.halts()
    booth.wait(1)
    booth.quote(3480)
    assert [halt.scope for halt in booth.gate.halts()] == [_GRID]


def test_two_rules_halt_independently_and_each_must_be_released() -> None:
    booth = Booth(RiskLimits(breaker=Breakers(rejects=CountBreaker(count=1))))
    booth.reject(booth.buy(1))
    booth.desk.watch.halt(NODE, "lunch")
    assert booth.desk.watch.release(NODE, rule="manual")
    assert refused(booth.buy, 1).rule == "rejects"
    assert booth.desk.watch.release(NODE)
    booth.buy(1)
