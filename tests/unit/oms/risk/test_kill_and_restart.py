"""The kill switch, orders that come to light after it, and what survives a restart."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import (
    DriverState,
    Offset,
    OrderState,
    Pending,
    RiskScope,
    Side,
    TradingState,
)
from anyvenue.model.events import OrderSubmitted, TradingHalted
from anyvenue.model.ids import OrderId
from anyvenue.oms.risk import (
    KILL_SWITCH,
    NODE,
    Breakers,
    CountBreaker,
    DrawdownBreaker,
    Limits,
    RiskLimits,
    RiskState,
    Scope,
)
from booth import Booth, refused, strategy
from builders import ALICE, BOB


def test_a_kill_asks_every_order_back_and_refuses_all_others_until_released() -> None:
    booth = Booth()
    orders = [booth.buy(1), booth.sell(1, 3600, account=BOB), booth.buy(1, 3400)]
    booth.accept(orders[0])
    booth.lose(orders[2])
    booth.desk.kill("fat finger")
    assert sorted(booth.asked_back()) == sorted(orders)
    for account in (ALICE, BOB):
        error = refused(booth.buy, 1, account=account)
        assert (error.code, error.rule, error.value) == (
            "order.risk_halted", KILL_SWITCH, "fat finger",
        )  # fmt: skip
    assert booth.told == [
        TradingHalted(
            RiskScope.NODE,
            "",
            KILL_SWITCH,
            TradingState.HALTED,
            "fat finger",
            booth.now,
            booth.now,
            True,
        )
    ]
    assert booth.desk.watch.release()
    booth.buy(1)


def test_changes_are_refused_after_a_kill_and_cancels_are_not() -> None:
    booth = Booth()
    order_id = booth.buy(2)
    booth.desk.watch.halt(NODE, "halted", cancel=False)
    assert refused(booth.modify, order_id, quantity=1).code == "order.risk_halted"
    booth.cancel(order_id)
    assert booth.asked_back() == [order_id]


def test_a_second_kill_changes_nothing() -> None:
    booth = Booth()
    booth.desk.kill("once")
    booth.desk.kill("twice")
    assert [halt.reason for halt in booth.gate.halts()] == ["once"]


def test_what_could_not_be_asked_back_is_on_reconnecting() -> None:
    booth = Booth()
    order_id = booth.buy(1)
    booth.down = True
    booth.desk.kill("the line is down, too")
    assert booth.asked_back() == []
    assert booth.order(order_id).pending is Pending.NONE
    booth.down = False
    booth.line(DriverState.READY)
    assert booth.asked_back() == [order_id]


def test_an_order_that_comes_to_light_after_a_kill_is_asked_back() -> None:
    booth = Booth()
    booth.desk.kill("stop")
    found = OrderId(booth.now)
    wish = booth.wish(side=Side.BUY, quantity=1, price=3500)
    booth.desk.account(ALICE).place(found, msgspec.structs.replace(wish, offset=Offset.OPEN))
    booth.tell(OrderSubmitted(ALICE, found, wish, booth.now, booth.now))
    assert booth.asked_back() == [found]


def test_a_part_of_a_wish_does_not_go_out_after_another_part_halted_it() -> None:
    booth = Booth(RiskLimits(breaker=Breakers(rejects=CountBreaker(count=1))))
    booth.hold(1)
    booth.down = True
    parts = booth.desk.submit(booth.wish(side=Side.SELL, quantity=2, price=3500))
    assert [booth.order(each).state for each in parts] == [OrderState.REJECTED] * 2
    assert "halted meanwhile" in booth.order(parts[1]).reason


def test_a_halt_of_an_instrument_asks_its_orders_back_alone() -> None:
    booth = Booth()
    order_id = booth.buy(1)
    booth.desk.watch.halt(Scope(RiskScope.INSTRUMENT, "i.DCE"), "elsewhere", cancel=True)
    booth.desk.watch.halt(Scope(RiskScope.INSTRUMENT, "rb.SHFE"), "news", cancel=True)
    assert booth.asked_back() == [order_id]
    assert refused(booth.buy, 1).name == "rb.SHFE"


def limits() -> RiskLimits:
    """Return limits that remember something."""
    return RiskLimits(
        max_daily_loss=Decimal(1000),
        breaker=Breakers(drawdown=DrawdownBreaker(amount=Decimal(5000))),
        strategies={"*": Limits(max_position=Decimal(3))},
    )


def restarted(booth: Booth) -> Booth:
    """Return a second booth that was told, through bytes, what the first one's gate knew."""
    kept = msgspec.msgpack.encode(booth.gate.state())
    again = Booth(limits())
    again.gate.restore(msgspec.msgpack.decode(kept, type=RiskState))
    return again


def test_a_kill_survives_a_restart_and_still_needs_a_release() -> None:
    booth = Booth(limits())
    booth.desk.kill("enough")
    again = restarted(booth)
    assert again.gate.halts() == booth.gate.halts()
    assert refused(again.buy, 1).value == "enough"
    assert again.told == []
    again.desk.watch.release()
    again.buy(1)


def test_a_restored_gate_asks_back_what_it_finds_working() -> None:
    again = Booth(limits())
    order_id = again.buy(1)
    booth = Booth(limits())
    booth.desk.kill("enough")
    again.gate.restore(booth.gate.state())
    again.desk.watch.recall()
    assert again.asked_back() == [order_id]


def test_peaks_day_starts_and_strategies_positions_survive_a_restart() -> None:
    booth = Booth(limits())
    booth.hold(2, strategy=strategy("grid"))
    booth.settle(3500)
    booth.wait(1)
    booth.quote(3510)
    again = Booth(limits())
    again.settle(3500)
    again.gate.restore(booth.gate.state())
    assert again.gate.state() == booth.gate.state()
    assert refused(again.buy, 2, strategy=strategy("grid")).value == 4


def test_a_journals_halts_and_releases_are_taken_again_and_told_nobody() -> None:
    booth, again = Booth(), Booth()
    booth.desk.kill("first")
    booth.desk.watch.release()
    booth.desk.kill("second")
    for event in booth.told:
        again.gate.replay(event)
    assert again.gate.halts() == booth.gate.halts()
    assert again.told == []
    assert refused(again.buy, 1).value == "second"


def test_a_change_under_way_survives_a_restart() -> None:
    rules = RiskLimits(max_position=Decimal(5))
    booth, again = Booth(rules), Booth(rules)
    order_id, same = booth.buy(1), again.buy(1)
    assert order_id == same
    booth.modify(order_id, quantity=5)
    again.gate.restore(booth.gate.state())
    assert refused(again.buy, 1).value == 6


def test_a_gate_without_limits_or_halts_is_quiet() -> None:
    booth = Booth()
    assert booth.gate.quiet
    booth.desk.kill("x")
    assert not booth.gate.quiet
    booth.desk.watch.release()
    assert booth.gate.quiet
    assert not Booth(limits()).gate.quiet
