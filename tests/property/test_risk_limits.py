"""Whatever is sent, changed, filled, lost and halted: no limit on positions is passed, and nothing trades while halted.

The venue here is honest but slow: it answers commands in order, whenever it likes, and fills as much as it likes.
"""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import OrderError
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.risk import NODE, Limits, RiskLimits
from booth import Booth, strategy
from builders import ALICE, BOB, perpetual, rebar

MOST = 5
_STEPS = st.tuples(st.sampled_from("bbssmmmmcaaaaaffffkr"), st.integers(0, 9), st.integers(1, 5))
# Buys and changes of one account, answered one at a time: what is under way is what matters.
_CHANGES = st.tuples(st.sampled_from("bmmaff"), st.sampled_from([0, 2, 3]), st.integers(1, 5))
_SESSIONS = st.one_of(
    st.lists(_STEPS, min_size=20, max_size=80), st.lists(_CHANGES, min_size=20, max_size=80)
)


class SlowVenue:
    """What the venue holds: quantity and filled of each live order; `read` commands were answered."""

    def __init__(self, booth: Booth) -> None:
        self.booth = booth
        self.live: dict[OrderId, list[Decimal]] = {}
        self.read = 0

    def answer(self, mood: int) -> None:
        """Answer the next command: as asked, with a refusal (mood 0), or not at all though it was done (mood 1)."""
        if self.read == len(self.booth.sent):
            return
        command = self.booth.sent[self.read]
        self.read += 1
        if isinstance(command, SubmitOrder):
            self._submitted(command, mood)
        elif isinstance(command, CancelOrder):
            if self.live.pop(command.order_id, None) is not None:
                self.booth.cancelled(command.order_id)
        elif isinstance(command, ModifyOrder):
            self._changed(command, mood)

    def _submitted(self, command: SubmitOrder, mood: int) -> None:
        order_id = command.order_id
        if mood == 0:
            self.booth.reject(order_id)
            return
        self.live[order_id] = [command.request.quantity, Decimal(0)]
        if mood == 1:
            self.booth.lose(order_id)
        else:
            self.booth.accept(order_id)

    def _changed(self, command: ModifyOrder, mood: int) -> None:
        order_id = command.order_id
        kept = self.live.get(order_id)
        if kept is None:
            return
        wanted = command.quantity if command.quantity is not None else kept[0]
        closes = self.booth.order(order_id).request.offset is not Offset.OPEN
        if mood == 0 or wanted <= kept[1] or (closes and wanted > kept[0]):
            self.booth.refuse_change(order_id)
            return
        kept[0] = wanted
        self.booth.modified(order_id, wanted, command.price or 3500)

    def fill(self, which: int, quantity: int) -> None:
        """Fill some of a live order."""
        if not self.live:
            return
        order_id = list(self.live)[which % len(self.live)]
        kept = self.live[order_id]
        done = min(Decimal(quantity), kept[0] - kept[1])
        kept[1] += done
        if kept[0] == kept[1]:
            del self.live[order_id]
        self.booth.fill(order_id, done)


def act(booth: Booth, venue: SlowVenue, step: tuple[str, int, int], hedged: bool) -> None:
    """Do one step; what the desk refuses is not done."""
    what, which, quantity = step
    account = BOB if which % 5 == 4 else ALICE
    offset = (Offset.AUTO, Offset.OPEN, Offset.CLOSE_TODAY)[which % 3] if hedged else Offset.AUTO
    working = booth.desk.account(ALICE).orders.open_orders()
    with suppress(OrderError):
        if what in "bs":
            send = booth.buy if what == "b" else booth.sell
            send(quantity, 3500, account=account, offset=offset, strategy=strategy("ab"[which % 2]))
        elif what == "m" and working:
            booth.modify(working[which % len(working)].order_id, quantity=quantity)
        elif what == "c" and working:
            booth.cancel(working[which % len(working)].order_id)
        elif what == "a":
            for mood in range(which, which + (quantity + 1) // 2):
                venue.answer(mood % 10)
        elif what == "f":
            venue.fill(which, quantity)
        elif what == "k":
            booth.desk.kill("stop")
        elif what == "r":
            booth.desk.watch.release(NODE)


def nets(booth: Booth) -> tuple[Decimal, Decimal]:
    """Return the net positions of alice and bob."""
    accounts = (booth.desk.account(each) for each in (ALICE, BOB))
    first, second = (each.position(booth.instrument.id).net for each in accounts)
    return first, second


def bought(booth: Booth, name: str) -> Decimal:
    """Return what a strategy bought less what it sold, by its orders."""
    total = Decimal(0)
    for state in booth.desk.accounts.values():
        for order in state.orders:
            if order.request.strategy == name:
                total += order.filled if order.side is Side.BUY else -order.filled
    return total


@pytest.mark.parametrize("instrument", [rebar(), perpetual()], ids=["hedged", "netted"])
@pytest.mark.parametrize("scope", ["node", "account", "strategy"])
@settings(max_examples=80)
@given(steps=_SESSIONS)
def test_no_order_brings_a_position_above_its_limit(
    instrument: Instrument, scope: str, steps: list[tuple[str, int, int]]
) -> None:
    one = Limits(max_position=Decimal(MOST))
    limits = {
        "node": RiskLimits(max_position=Decimal(MOST)),
        "account": RiskLimits(accounts={"*": one}),
        "strategy": RiskLimits(strategies={"*": one}),
    }[scope]
    booth = Booth(limits, instrument)
    venue = SlowVenue(booth)
    for step in steps:
        act(booth, venue, step, instrument.position_rule.hedged)
        alice, bob = nets(booth)
        if scope == "node":
            assert abs(alice + bob) <= MOST
        elif scope == "account":
            assert max(abs(alice), abs(bob)) <= MOST
        else:
            assert max(abs(bought(booth, each)) for each in "ab") <= MOST


@settings(max_examples=80)
@given(steps=st.lists(_STEPS, min_size=20, max_size=80))
def test_reduce_only_never_lets_a_position_grow_but_by_what_was_under_way(
    steps: list[tuple[str, int, int]],
) -> None:
    booth = Booth(None, perpetual())
    venue = SlowVenue(booth)
    booth.hold(3)
    venue.read = len(booth.sent)
    booth.desk.watch.halt(NODE, "careful", rule="careful", reduce_only=True)
    for step in steps:
        if step[0] in "kr":
            continue
        act(booth, venue, step, hedged=False)
        alice, bob = nets(booth)
        assert 0 <= alice <= 3
        assert bob == 0


@settings(max_examples=80)
@given(steps=st.lists(_STEPS, min_size=20, max_size=80))
def test_between_a_kill_and_its_release_nothing_but_cancels_goes_out(
    steps: list[tuple[str, int, int]],
) -> None:
    booth = Booth()
    venue = SlowVenue(booth)
    for step in steps:
        before, killed = len(booth.sent), bool(booth.gate.halts())
        act(booth, venue, step, hedged=True)
        if killed and step[0] != "r":
            assert all(isinstance(each, CancelOrder) for each in booth.sent[before:])
        if booth.gate.halts():
            working = booth.desk.open_orders()
            assert all(order.pending.value == "cancel" for order in working)
