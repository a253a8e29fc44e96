"""Limits count after a crash what they counted before: the journal tells."""

from decimal import Decimal

import msgspec
import pytest

from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.engine.live.recovery import Recovery
from anyvenue.engine.live.risk_notes import RiskNotes
from anyvenue.model.enums import Offset, OrderState, Side
from anyvenue.model.errors import Inconsistent
from anyvenue.model.events import BalanceAligned
from anyvenue.oms.risk import (
    Breakers,
    CountBreaker,
    DrawdownBreaker,
    Limits,
    Rate,
    RiskLimits,
)
from anyvenue.runtime.journal import JournalReader, MemoryFiles, open_journal
from booth import Booth, refused, strategy
from builders import ALICE, BOB, DAY

LIMITS = RiskLimits(
    max_daily_loss=Decimal(5000),
    order_rate=Rate(count=4, seconds=3600),
    cancel_rate=Rate(count=2, seconds=3600),
    duplicate_ms=60_000,
    breaker=Breakers(
        rejects=CountBreaker(count=3, seconds=3600), drawdown=DrawdownBreaker(amount=Decimal(8000))
    ),
    strategies={"*": Limits(max_daily_loss=Decimal(3000))},
)
RELAXED = msgspec.structs.replace(LIMITS, order_rate=None, duplicate_ms=0)


def journalled(limits: RiskLimits) -> Booth:
    """Return a booth with a journal in `files`."""
    booth = Booth(limits)
    chronicle = Chronicle(lambda error: None)
    files = MemoryFiles()
    chronicle.journal = open_journal(files, node="n", ts=0, sync="manual")
    booth.desk.audit = chronicle
    booth.desk.watch._audit = chronicle
    RiskNotes(booth.kernel, booth.desk, lambda note: chronicle.note(note, booth.now))
    booth.files = files  # type: ignore[attr-defined]
    return booth


def after_a_crash(booth: Booth) -> Booth:
    """Return a booth that has read the other one's journal and has the same time."""
    again = Booth(LIMITS if booth.gate.limits == LIMITS else booth.gate.limits)
    again.kernel.now = booth.now
    recovery = Recovery(again.desk, again.look_up)
    for record in JournalReader(booth.files).records():  # type: ignore[attr-defined]
        recovery.take(record)
    recovery.finish(booth.now)
    again.quote(3500)
    return again


def test_orders_changes_and_cancels_count_on() -> None:
    booth = journalled(LIMITS)
    first = booth.buy(1, 3490)
    booth.accept(first)
    booth.modify(first, quantity=2)
    booth.buy(1, 3480)
    again = after_a_crash(booth)
    again.buy(1, 3470)
    error = refused(again.buy, 1, 3460)
    assert (error.rule, error.value) == ("order_rate", 5)
    assert refused(booth.buy, 1, 3480).rule == "duplicate"


def test_too_many_cancels_are_too_many_after_a_crash() -> None:
    booth = journalled(RELAXED)
    orders = [booth.buy(1, price) for price in (3490, 3480, 3470)]
    for each in orders:
        booth.accept(each)
        booth.cancel(each)
    again = after_a_crash(booth)
    assert refused(again.buy, 1, 3400).rule == "cancel_rate"


def test_the_same_order_is_refused_after_a_crash_too() -> None:
    booth = journalled(LIMITS)
    booth.buy(1, 3490)
    again = after_a_crash(booth)
    assert refused(again.buy, 1, 3490).rule == "duplicate"
    again.wait(61)
    again.buy(1, 3490)


def test_refused_orders_count_on_and_the_breaker_opens_at_the_same_one() -> None:
    booth = journalled(RELAXED)
    for price in (3490, 3480):
        booth.reject(booth.buy(1, price))
    again = after_a_crash(booth)
    assert again.gate.halts() == ()
    again.reject(again.buy(1, 3470))
    assert [halt.rule for halt in again.gate.halts()] == ["rejects"]


def test_a_change_that_was_under_way_counts_at_its_larger_size() -> None:
    limits = RiskLimits(max_position=Decimal(5))
    booth = journalled(limits)
    order_id = booth.buy(1)
    booth.modify(order_id, quantity=5)
    assert refused(after_a_crash(booth).buy, 1).value == 6


def test_the_days_loss_is_that_of_the_whole_day() -> None:
    booth = journalled(RELAXED)
    booth.hold(10, 3500, strategy=strategy("grid"))
    booth.quote(3600)
    booth.settle(3580)
    booth.quote(3500)
    assert refused(booth.buy, 1).rule == "max_daily_loss"
    again = after_a_crash(booth)
    ours, theirs = refused(booth.buy, 1), refused(again.buy, 1)
    assert (theirs.value, theirs.scope) == (ours.value, ours.scope)
    ours, theirs = (
        refused(each.buy, 1, account=BOB, strategy=strategy("grid")) for each in (booth, again)
    )
    assert (theirs.rule, theirs.value) == (ours.rule, ours.value)


def test_the_gate_knows_the_same_whether_it_was_told_or_reads_it() -> None:
    booth = journalled(RELAXED)
    booth.hold(3, 3500, strategy=strategy("grid"))
    booth.quote(3540)
    booth.settle(3530)
    booth.wait(20)
    booth.quote(3560)
    booth.wait(20)
    booth.quote(3555)
    first, second = booth.buy(1, 3490), booth.buy(1, 3480)
    booth.accept(first)
    booth.cancel(first)
    booth.reject(second)
    again = after_a_crash(booth)
    ours, theirs = booth.gate.state(), again.gate.state()
    assert ours.day_starts == theirs.day_starts
    assert ours.traders == theirs.traders
    assert ours.counted == theirs.counted
    assert ours.peaks == theirs.peaks


def test_a_repeated_fill_is_a_strategys_once() -> None:
    booth = journalled(RELAXED)
    order_id = booth.buy(2, strategy=strategy("grid"))
    booth.fill(order_id, 1)
    booth._trades -= 1
    booth.fill(order_id, 1)  # the same trade once more
    assert booth.order(order_id).state is OrderState.PARTIAL
    again = after_a_crash(booth)
    assert again.gate.state().traders == booth.gate.state().traders


def test_counts_are_in_what_is_kept_beside_the_journal() -> None:
    booth = Booth(LIMITS)
    for price in (3490, 3480, 3470, 3460):
        booth.buy(1, price)
    kept = msgspec.msgpack.encode(booth.gate.state())
    again = Booth(LIMITS)
    again.kernel.now = booth.now
    again.gate.restore(msgspec.msgpack.decode(kept, type=type(booth.gate.state())))
    assert refused(again.buy, 1, 3450).rule == "order_rate"
    again.wait(3601)
    again.buy(1, 3450)


@pytest.mark.parametrize(("amount", "loss"), [(-6000, True), (6000, False)])
def test_money_that_a_comparison_finds_counts_against_the_account_only(
    amount: int, loss: bool
) -> None:
    booth = Booth(RELAXED)
    booth.settle(3500)
    booth.tell(BalanceAligned(ALICE, "CNY", Decimal(amount), DAY + 1, booth.now, booth.now))
    if loss:
        assert refused(booth.buy, 1).rule == "max_daily_loss"
    else:
        booth.buy(1)
        booth.hold(10, 3500)
        booth.quote(3440)
        assert refused(booth.buy, 1).rule == "max_daily_loss"


def test_money_a_venue_has_when_the_books_are_empty_is_no_profit() -> None:
    booth = Booth(RELAXED)
    start = booth.gate.state().day_starts
    assert start == ()
    aligned = BalanceAligned(BOB, "CNY", Decimal(500_000), DAY, booth.now, booth.now, True)
    booth.tell(aligned)
    order = booth.desk.submit(booth.wish(Side.BUY, 10, 3500, account=BOB))[0]
    booth.fill(order)
    booth.quote(3430)
    assert refused(booth.buy, 1, account=BOB).rule == "max_daily_loss"


def test_a_clock_that_was_set_back_meanwhile_does_not_block_for_as_long() -> None:
    booth = journalled(msgspec.structs.replace(LIMITS, duplicate_ms=0))
    for price in (3490, 3480, 3470, 3460):
        booth.buy(1, price)
    booth.kernel.now -= 86_400_000_000_000
    again = after_a_crash(booth)
    assert refused(again.buy, 1, 3450).rule == "order_rate"
    again.wait(3601)
    again.buy(1, 3450)


def test_a_fill_told_again_after_a_crash_is_known() -> None:
    booth = journalled(RELAXED)
    order_id = booth.buy(3)
    booth.fill(order_id, 1)
    again = after_a_crash(booth)
    again.fill(order_id, 1)  # its first trade has the same name
    assert again.order(order_id).filled == 1
    assert again.desk.account(ALICE).position(again.instrument.id).long == 1


def test_what_could_not_be_booked_then_cannot_now_and_does_not_keep_a_node_from_starting() -> None:
    booth = journalled(RELAXED)
    booth.hold(1)
    order_id = booth.sell(1, offset=Offset.CLOSE_TODAY)
    with pytest.raises(Inconsistent):
        booth.fill(order_id, 2, 3500)
    assert booth.order(order_id).filled == 0
    again = after_a_crash(booth)
    assert again.order(order_id).filled == 0
    assert again.desk.account(ALICE).position(again.instrument.id).long == 1
