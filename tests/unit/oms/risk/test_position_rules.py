"""Rules about what would be held at worst, what it is worth, and what was lost."""

from decimal import Decimal, Inexact, localcontext

import pytest

from anyvenue.model.enums import Offset, RiskScope
from anyvenue.oms.risk import NODE, Breakers, DrawdownBreaker, Limits, RiskLimits
from booth import Booth, refused, strategy
from builders import BOB, index_future, perpetual


def test_working_orders_count_as_filled_towards_the_net_position() -> None:
    booth = Booth(RiskLimits(max_position=Decimal(5)))
    booth.hold(2)
    booth.buy(3)
    error = refused(booth.buy, 1)
    assert (error.rule, error.value, error.limit) == ("max_position", 6, 5)
    booth.sell(7)  # two held, five more the other way: the buy may never fill
    assert refused(booth.sell, 1).value == 6


def test_an_order_that_brings_the_position_back_is_never_too_large() -> None:
    booth = Booth(RiskLimits(accounts={"alice": Limits(max_position=Decimal(5))}))
    booth.hold(5)
    booth.sell(5, 3490)
    assert refused(booth.buy, 1).rule == "max_position"


def test_what_is_unknown_counts_until_it_is_known() -> None:
    booth = Booth(RiskLimits(max_position=Decimal(2)))
    order_id = booth.buy(2)
    booth.lose(order_id)
    assert refused(booth.buy, 1).value == 3
    booth.reject(order_id)
    booth.buy(2)


def test_a_change_under_way_counts_with_the_larger_of_both_quantities() -> None:
    booth = Booth(RiskLimits(max_position=Decimal(5)))
    order_id = booth.buy(2)
    booth.accept(order_id)
    assert refused(booth.modify, order_id, quantity=6).value == 6
    booth.modify(order_id, quantity=4)
    assert refused(booth.buy, 2).value == 6
    booth.refuse_change(order_id)
    booth.buy(3)
    booth.modify(order_id, quantity=1)
    assert refused(booth.buy, 1).value == 6
    booth.modified(order_id, 1, 3500)
    booth.buy(1)


def test_of_two_changes_under_way_a_refusal_settles_neither() -> None:
    booth = Booth(RiskLimits(max_position=Decimal(5)))
    order_id = booth.buy(1)
    booth.accept(order_id)
    booth.modify(order_id, quantity=2)
    booth.modify(order_id, quantity=5)
    booth.refuse_change(order_id)
    assert refused(booth.buy, 1).value == 6
    booth.cancelled(order_id)
    booth.buy(5)


def test_a_change_that_was_never_sent_counts_no_more() -> None:
    booth = Booth(RiskLimits(max_position=Decimal(5)))
    order_id = booth.buy(2)
    booth.accept(order_id)
    booth.down = True
    with pytest.raises(Exception, match="the line is down"):
        booth.modify(order_id, quantity=5)
    booth.down = False
    booth.buy(3)


def test_the_node_counts_all_accounts_and_an_account_its_own() -> None:
    whole = Booth(RiskLimits(max_position=Decimal(3)))
    whole.buy(2, account=BOB)
    assert refused(whole.buy, 2).value == 4
    each = Booth(RiskLimits(accounts={"*": Limits(max_position=Decimal(3))}))
    each.buy(2, account=BOB)
    each.buy(3)


def test_a_strategy_counts_what_it_bought_itself() -> None:
    grid = strategy("grid")
    booth = Booth(RiskLimits(strategies={"grid": Limits(max_position=Decimal(3))}))
    booth.hold(10)
    booth.hold(2, strategy=grid)
    booth.buy(1, strategy=grid)
    error = refused(booth.buy, 1, strategy=grid)
    assert (error.scope, error.name, error.value) == (RiskScope.STRATEGY, "grid", 4)
    booth.buy(10)


def test_both_sides_count_towards_the_gross_position_where_they_stand_side_by_side() -> None:
    booth = Booth(RiskLimits(max_gross_position=Decimal(5)))
    booth.hold(2)
    booth.hold(-2, offset=Offset.OPEN)
    booth.buy(1, offset=Offset.OPEN)
    error = refused(booth.sell, 1, offset=Offset.OPEN)
    assert (error.rule, error.value) == ("max_gross_position", 6)
    booth.sell(2, offset=Offset.CLOSE_TODAY)


def test_quotes_on_both_sides_of_a_netted_position_do_not_add_up() -> None:
    booth = Booth(RiskLimits(max_gross_position=Decimal(2)), perpetual())
    booth.buy(2, 3499)
    booth.sell(2, 3502)
    assert refused(booth.buy, 1, 3498).value == 3


def test_exposure_adds_long_and_short_of_all_instruments_and_what_works() -> None:
    index = index_future()
    booth = Booth(RiskLimits(max_exposure=Decimal(3_000_000)), Booth().instrument, index)
    booth.quote(3500, index)
    booth.hold(-10, 3500, offset=Offset.OPEN)  # 10 x 10 x 3500.5 = 350,050
    booth.hold(1, 3500.0, of=index)  # 300 x 3500.5 = 1,050,150
    booth.buy(1, 3500.0, of=index)
    error = refused(booth.buy, 1, 3500.0, of=index)
    assert (error.rule, error.limit) == ("max_exposure", 3_000_000)
    assert error.value == Decimal("3500.5") * (100 + 900)
    booth.buy(10, 3500, offset=Offset.CLOSE_TODAY)


def test_exposure_of_a_product_is_that_of_its_contracts_alone() -> None:
    index = index_future()
    limits = RiskLimits(instruments={"rb.SHFE": Limits(max_exposure=Decimal(100_000))})
    booth = Booth(limits, Booth().instrument, index)
    booth.hold(1, 3500.0, of=index)
    booth.buy(2)
    assert refused(booth.buy, 1).value == 3 * 35_005


def test_exposure_is_limited_to_so_many_times_the_equity() -> None:
    booth = Booth(RiskLimits(accounts={"*": Limits(max_leverage=Decimal("0.1"))}))
    booth.buy(2)  # 70,010 on a million
    error = refused(booth.buy, 1)
    assert (error.rule, error.value, error.limit) == (
        "max_leverage",
        Decimal("0.1050"),
        Decimal("0.1"),
    )
    booth.paid(1_000_000)
    booth.buy(1)


def test_the_nodes_leverage_is_of_all_accounts_together() -> None:
    booth = Booth(RiskLimits(max_leverage=Decimal("0.1")))
    booth.buy(5)  # 175,025 on two millions
    assert refused(booth.buy, 1).value == Decimal("0.1050")


def test_once_the_day_has_lost_its_limit_only_reducing_orders_go_out() -> None:
    booth = Booth(RiskLimits(max_daily_loss={"CNY": Decimal(1000)}))
    booth.hold(2, 3500)
    booth.quote(3451)  # the mark is 3451.5: 48.5 x 20 = 970 lost
    booth.buy(1, 3451)
    booth.quote(3449)
    error = refused(booth.buy, 1, 3449)
    assert (error.rule, error.value, error.limit) == ("max_daily_loss", 1010, 1000)
    booth.sell(2, 3449)


def test_money_paid_in_or_out_is_neither_profit_nor_loss() -> None:
    booth = Booth(RiskLimits(accounts={"*": Limits(max_daily_loss=Decimal(1000))}))
    booth.take_out(5000)
    booth.buy(1)
    booth.hold(2, 3500)
    booth.paid(5000)
    booth.quote(3449)
    assert refused(booth.buy, 1, 3449).value == 1010


def test_the_next_day_begins_with_what_is_left() -> None:
    booth = Booth(RiskLimits(max_daily_loss=Decimal(1000)))
    booth.hold(2, 3500)
    booth.quote(3440)
    refused(booth.buy, 1, 3440)
    booth.settle(3440)
    booth.quote(3439)
    booth.buy(1, 3439)


def test_a_strategy_loses_on_its_own_fills_alone() -> None:
    limits = RiskLimits(strategies={"*": Limits(max_daily_loss=Decimal(1000))})
    booth = Booth(limits)
    booth.hold(2, 3500, strategy=strategy("grid"))
    booth.quote(3449)
    error = refused(booth.buy, 1, 3449, strategy=strategy("grid"))
    assert (error.name, error.value) == ("grid", 1010)
    booth.buy(1, 3449, strategy=strategy("other"))
    booth.settle(3449)
    booth.buy(1, 3449, strategy=strategy("grid"))


@pytest.mark.parametrize("signed", [2, -2])
def test_reduce_only_lets_pass_what_makes_a_position_smaller_and_no_more(signed: int) -> None:
    booth = Booth(None, perpetual())
    booth.hold(signed, 3500)
    booth.desk.watch.halt(NODE, "testing", reduce_only=True)
    back = booth.sell if signed > 0 else booth.buy
    on = booth.buy if signed > 0 else booth.sell
    assert refused(on, 1).code == "order.risk_reduce_only"
    assert refused(back, 3).code == "order.risk_reduce_only"
    order_id = back(2)
    assert refused(back, 1).code == "order.risk_reduce_only"
    booth.accept(order_id)
    booth.modify(order_id, quantity=1)
    refused(back, 1)  # until the venue confirms it, two may still fill


@pytest.mark.parametrize("inverse", [False, True], ids=["linear", "inverse"])
def test_no_rule_loses_a_digit(inverse: bool) -> None:
    one = Limits(
        price_band=Decimal("0.3333"),
        max_order_notional=Decimal(10**9),
        max_exposure=Decimal(10**9),
        max_leverage=Decimal("1e-12"),
        max_daily_loss=Decimal(10**9),
        breaker=Breakers(drawdown=DrawdownBreaker(fraction=Decimal("0.9"))),
    )
    coin = perpetual(inverse=inverse, tiers=(), multiplier=Decimal(100 if inverse else 1))
    limits = RiskLimits(accounts={"bob": one}, strategies={"*": one})
    with localcontext() as context:
        context.traps[Inexact] = True
        booth = Booth(limits, coin)
        booth.hold("0.007", "3501.3")
        booth.wait(1)
        booth.quote(3503.7)
        error = refused(booth.buy, "0.003", "3499.9", account=BOB)
        assert error.rule == "max_leverage"
        booth.hold("0.003", "3499.9")
