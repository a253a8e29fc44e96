"""Rules about one order by itself: each lets one pass, refuses another, and says why to a program."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentStatus, RiskScope, Side
from anyvenue.oms.risk import Limits, Rate, RiskLimits
from booth import Booth, refused, strategy
from builders import ALICE, BOB, SECOND, at, index_future, rebar, us_share


def test_an_order_may_be_as_large_as_the_limit_and_no_larger() -> None:
    booth = Booth(RiskLimits(max_order_quantity=Decimal(5)))
    booth.buy(5)
    error = refused(booth.buy, 6)
    assert (error.code, error.rule) == ("order.risk_denied", "max_order_quantity")
    assert (error.scope, error.name) == (RiskScope.NODE, "")
    assert (error.value, error.limit) == (6, 5)
    assert len(booth.sent) == 1


def test_an_order_may_be_worth_the_limit_as_its_kind_counts_it() -> None:
    booth = Booth(RiskLimits(max_order_notional={"CNY": Decimal(70_000)}))
    booth.buy(2, 3500)  # 2 lots of 10 tons at 3500
    error = refused(booth.buy, 2, 3501)
    assert (error.rule, error.value, error.limit) == ("max_order_notional", 70_020, 70_000)


def test_a_market_order_is_worth_what_the_mark_says() -> None:
    booth = Booth(RiskLimits(max_order_notional=Decimal(35_005)))
    booth.buy(1, None)
    assert refused(booth.buy, 2, None).value == Decimal("70010")


def test_a_limit_in_another_currency_is_none() -> None:
    Booth(RiskLimits(max_order_notional={"USD": Decimal(1)})).buy(1)


def test_without_any_price_an_order_that_must_be_valued_is_refused() -> None:
    share = us_share()
    booth = Booth(RiskLimits(max_order_notional=Decimal(10**9)), rebar(), share)
    error = refused(booth.buy, 1, None, of=share)
    assert (error.code, error.rule) == ("order.risk_no_price", "max_order_notional")


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        (RiskLimits(price_band=Decimal("0.01")), (3466, 3535), (3465, 3536)),
        (RiskLimits(price_band_ticks=Decimal(10)), (3491, 3510), (3490, 3511)),
        (
            RiskLimits(price_band=Decimal("0.5"), price_band_ticks=Decimal(10)),
            (3491, 3510),
            (3490, 3511),
        ),
    ],
)
def test_a_price_lies_within_the_band_around_the_mark(
    limits: RiskLimits, inside: tuple[int, int], outside: tuple[int, int]
) -> None:
    booth = Booth(limits)  # the mark is 3500.5
    for price in inside:
        booth.buy(1, price)
        booth.sell(1, price)
    for price in outside:
        error = refused(booth.buy, 1, price)
        assert (error.rule, error.value) == ("price_band", price)
        assert refused(booth.sell, 1, price).rule == "price_band"


def test_a_change_of_price_is_held_to_the_band_and_one_of_quantity_alone_is_not() -> None:
    booth = Booth(RiskLimits(price_band_ticks=Decimal(10)))
    order_id = booth.buy(2, 3500)
    booth.accept(order_id)
    booth.quote(3600)
    booth.modify(order_id, quantity=1)
    booth.modify(order_id, price=3595)
    assert refused(booth.modify, order_id, price=3500 + 1).order_id == order_id


def test_a_market_order_has_no_price_to_be_outside_with() -> None:
    Booth(RiskLimits(price_band_ticks=Decimal(0))).buy(1, None)


def test_orders_go_out_in_trading_hours_only() -> None:
    booth = Booth(RiskLimits(session_hours=True))
    booth.buy(1)
    booth.kernel.now = at("10:20")  # the tea break
    error = refused(booth.buy, 1)
    assert (error.code, error.rule) == ("order.risk_hours", "session_hours")
    assert error.value is InstrumentStatus.BREAK


def test_the_rate_of_orders_and_changes_is_limited_in_every_stretch_of_time() -> None:
    booth = Booth(RiskLimits(order_rate=Rate(count=2, seconds=1)))
    first = booth.buy(1)
    booth.accept(first)
    booth.wait(0.5)
    booth.modify(first, price=3499)
    error = refused(booth.buy, 1)
    assert (error.rule, error.value, error.limit) == ("order_rate", 3, 2)
    booth.wait(0.5)
    booth.buy(1)
    assert refused(booth.modify, first, price=3498).rule == "order_rate"


def test_each_venue_order_that_a_wish_becomes_counts() -> None:
    booth = Booth(RiskLimits(order_rate=Rate(count=3, seconds=1)))
    booth.hold(1)
    booth.sell(2)  # closes one today, opens one: two orders
    assert refused(booth.sell, 1).value == 4


def test_what_another_rule_refused_does_not_count() -> None:
    booth = Booth(RiskLimits(max_order_quantity=Decimal(1), order_rate=Rate(count=1)))
    for _ in range(3):
        refused(booth.buy, 2)
    booth.buy(1)


def test_a_cancel_is_never_refused_but_too_many_stop_new_orders() -> None:
    booth = Booth(RiskLimits(cancel_rate=Rate(count=1, seconds=60)))
    orders = [booth.buy(1, 3400 + each) for each in range(3)]
    booth.cancel(orders[0])
    booth.buy(1)
    for order_id in orders[1:]:
        booth.cancel(order_id)
    assert booth.asked_back() == orders
    error = refused(booth.buy, 1)
    assert (error.rule, error.value, error.limit) == ("cancel_rate", 3, 1)
    booth.wait(60)
    booth.buy(1)


def test_the_same_order_twice_is_refused_for_a_moment() -> None:
    booth = Booth(RiskLimits(duplicate_ms=100))
    booth.buy(1)
    booth.buy(1, 3499)
    booth.buy(2)
    booth.buy(1, strategy=strategy("other"))
    booth.wait(0.05)
    error = refused(booth.buy, 1)
    assert (error.code, error.value, error.limit) == ("order.risk_duplicate", 50, 100)
    booth.wait(0.05)
    booth.buy(1)
    assert booth.kernel.now == at("09:00") + SECOND // 10


def test_an_order_does_not_meet_ones_own() -> None:
    booth = Booth(RiskLimits(no_self_trade=True))
    resting = booth.sell(1, 3505)
    booth.buy(1, 3504)
    error = refused(booth.buy, 1, 3505, account=BOB)
    assert (error.code, error.rule) == ("order.risk_self_trade", "self_trade")
    assert (error.value, error.limit) == ("3505", "3505")
    assert refused(booth.buy, 1, None).value == "market"
    booth.cancelled(resting)
    booth.buy(1, 3505)


def test_a_changed_price_does_not_meet_ones_own_order_either() -> None:
    booth = Booth(RiskLimits(no_self_trade=True))
    booth.sell(1, 3505)
    order_id = booth.buy(1, 3500)
    booth.modify(order_id, price=3504)
    assert refused(booth.modify, order_id, price=3505).rule == "self_trade"


def test_self_trade_of_an_account_leaves_other_accounts_alone() -> None:
    booth = Booth(RiskLimits(accounts={"*": Limits(no_self_trade=True)}))
    booth.sell(1, 3505)
    booth.buy(1, 3505, account=BOB)
    error = refused(booth.buy, 1, 3505)
    assert (error.scope, error.name) == (RiskScope.ACCOUNT, ALICE)


def test_limits_hold_for_the_scope_they_are_set_for() -> None:
    one = Limits(max_order_quantity=Decimal(1))
    other = index_future()
    by_scope = {
        "account alice": (RiskLimits(accounts={"alice": one}), {"account": BOB}),
        "strategy grid": (
            RiskLimits(strategies={"grid": one}),
            {"strategy": strategy("other")},
        ),
        "instrument rb.SHFE": (RiskLimits(instruments={"rb.SHFE": one}), {"of": other}),
        "instrument rb2605.SHFE": (RiskLimits(instruments={"rb2605.SHFE": one}), {"of": other}),
    }
    for name, (limits, elsewhere) in by_scope.items():
        booth = Booth(limits, rebar(), other)
        booth.quote(3500, other)
        error = refused(booth.buy, 2, strategy=strategy("grid"))
        assert f"{error.scope.value} {error.name}" == name
        booth.buy(2, **({"strategy": strategy("grid")} | elsewhere))


def test_a_table_of_ones_own_comes_before_that_of_everybody() -> None:
    limits = RiskLimits(
        accounts={
            "*": Limits(max_order_quantity=Decimal(1)),
            "bob": Limits(max_order_quantity=Decimal(9)),
        }
    )
    booth = Booth(limits)
    booth.buy(9, account=BOB)
    assert refused(booth.buy, 2).name == ALICE


@pytest.mark.parametrize("side", list(Side))
def test_a_scope_may_be_configured_to_reduce_only_or_to_nothing(side: Side) -> None:
    sign = 1 if side is Side.BUY else -1
    booth = Booth(RiskLimits(accounts={"bob": Limits(trading="halted")}))
    booth.hold(2 * sign)
    assert refused(booth.buy, 1, account=BOB).code == "order.risk_halted"
    shut = Booth(RiskLimits(accounts={"alice": Limits(trading="reduce_only")}))
    error = refused(shut.desk.submit, shut.wish(side, 1, 3500))
    assert (error.code, error.rule) == ("order.risk_reduce_only", "trading")
