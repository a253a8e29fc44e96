"""A test order is placed far away, confirmed and cancelled; it does not end before the order is gone."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import (
    ConnectivityError,
    NotSent,
    OutcomeUnknown,
    UnknownOrder,
    VenueRefused,
)
from anyvenue.model.events import (
    CancelRejected,
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from anyvenue.model.ids import AccountId
from anyvenue.model.market import Quote
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.protocols import Capabilities
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.probing import trial as trials
from anyvenue.venues.probing.trial import Heard, Trial, TrialOutcome, usual_instrument

ACCOUNT = AccountId("main")
CATALOG = Catalog(20260915)
BTC = CATALOG.get("BTC-USDT.BINANCE")


class Venue:
    """A driver that does what a test says when it gets a command."""

    def __init__(self, heard: Heard, **able: Any) -> None:
        self.heard = heard
        self.orders: list[OrderRequest] = []
        self.ids: list[int] = []
        self.cancels = 0
        self.on_submit: Callable[[Any], None] = self.accept
        self.on_cancel: Callable[[Any], None] = self.cancel_it
        usual: dict[str, Any] = {
            "channels": frozenset({"quotes"}),
            "times_in_force": frozenset({TimeInForce.GTC}),
            "post_only": True,
        }
        self.capabilities = Capabilities(**{**usual, **able})
        self.bid = 95_000.0

    def subscribe(self, instrument: str, channel: str) -> None:
        if self.bid:
            self.heard.post(Quote(BTC.id, 1, 1, self.bid, self.bid + 1, 1.0, 1.0))

    def submit(self, command: SubmitOrder) -> None:
        self.orders.append(command.request)
        self.ids.append(command.order_id)
        self.on_submit(command)

    def cancel(self, command: CancelOrder) -> None:
        self.cancels += 1
        self.on_cancel(command)

    def later(self, event: Event) -> None:
        asyncio.get_running_loop().call_soon(self.heard.post, event)

    def accept(self, command: Any) -> None:
        self.later(OrderAccepted(ACCOUNT, command.order_id, 1, 1, "v1"))

    def reject(self, command: Any) -> None:
        self.later(OrderRejected(ACCOUNT, command.order_id, 1, 1, "too far away", "", "-4131"))

    def cancel_it(self, command: Any) -> None:
        self.later(OrderCancelled(ACCOUNT, command.order_id, 1, 1))

    def fill(self, order_id: Any, quantity: Decimal) -> None:
        price, none = Decimal(76_000), Decimal(0)
        bought = Fill(
            order_id,
            ACCOUNT,
            BTC.id,
            "1",
            Side.BUY,
            Offset.OPEN,
            price,
            quantity,
            none,
            "USDT",
            1,
            1,
        )
        self.later(OrderFilled(ACCOUNT, order_id, 1, 1, bought))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_LOOK_S", 0.02)


def tried(prepare: Callable[[Venue], None] = lambda venue: None, **able: Any) -> Any:
    """Return the outcome and the venue."""

    async def run() -> tuple[TrialOutcome, Venue]:
        heard = Heard()
        venue = Venue(heard, **able)
        prepare(venue)
        outcome = await Trial(venue, heard, ACCOUNT, BTC).run()  # type: ignore[arg-type]
        return outcome, venue

    return asyncio.run(run())


def test_the_order_is_small_far_away_and_gone_in_the_end() -> None:
    outcome, venue = tried()
    [order] = venue.orders
    assert (order.side, order.type, order.post_only) == (Side.BUY, OrderType.LIMIT, True)
    assert order.price == Decimal(76_000)
    assert order.quantity == BTC.smallest_at(76_000)
    assert (outcome.price, outcome.filled) == ("76000", "")
    assert venue.cancels == 1
    assert venue.heard.of((OrderCancelled,), venue.ids[0])


def test_a_venue_that_takes_no_such_price_gets_a_nearer_one() -> None:
    def prepare(venue: Venue) -> None:
        def first_no(command: Any) -> None:
            venue.on_submit = venue.accept
            venue.reject(command)

        venue.on_submit = first_no

    outcome, venue = tried(prepare)
    assert [each.price for each in venue.orders] == [Decimal(76_000), Decimal(91_200)]
    assert outcome.price == "91200"
    assert venue.cancels == 1
    assert len(set(venue.ids)) == 2


def test_an_order_that_is_refused_is_told_in_the_venues_words() -> None:
    def prepare(venue: Venue) -> None:
        venue.on_submit = venue.reject

    with pytest.raises(VenueRefused, match="too far away") as raised:
        tried(prepare)
    assert raised.value.fields["venue_code"] == "-4131"


def test_an_order_that_was_never_sent_is_not_cancelled() -> None:
    cancels: list[Venue] = []

    def prepare(venue: Venue) -> None:
        def refuse(_command: Any) -> None:
            raise NotSent("no session")

        venue.on_submit = refuse
        cancels.append(venue)

    with pytest.raises(NotSent):
        tried(prepare)
    assert cancels[0].cancels == 0


def test_a_cancel_is_repeated_until_the_order_is_gone() -> None:
    def prepare(venue: Venue) -> None:
        answers: list[Callable[[Any], None]] = [
            lambda _: None,  # lost
            lambda command: venue.later(
                CancelRejected(ACCOUNT, command.order_id, 1, 1, "try again")
            ),
            unknown,
            venue.cancel_it,
        ]
        venue.on_cancel = lambda command: answers.pop(0)(command)

    _, venue = tried(prepare)
    assert venue.cancels == 4


def unknown(_command: Any) -> None:
    raise UnknownOrder("not yet")


def test_an_order_nobody_confirms_is_cancelled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trials, "_PATIENCE_S", 0.1)
    seen: list[Venue] = []

    def prepare(venue: Venue) -> None:
        venue.on_submit = lambda _: None
        seen.append(venue)

    with pytest.raises(ConnectivityError, match="was not confirmed"):
        tried(prepare)
    assert seen[0].heard.of((OrderCancelled,), seen[0].ids[0])  # type: ignore[arg-type]


def test_an_order_whose_end_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_TIDY_S", 0.1)

    def prepare(venue: Venue) -> None:
        venue.on_cancel = lambda _: None

    with pytest.raises(ConnectivityError, match="cancel it there") as raised:
        tried(prepare)
    assert raised.value.code == "venue.probe_left"


def test_an_order_that_was_executed_after_all_is_told() -> None:
    def prepare(venue: Venue) -> None:
        def fill(command: Any) -> None:
            venue.accept(command)
            venue.fill(command.order_id, command.request.quantity)

        venue.on_submit = fill
        venue.on_cancel = unknown

    outcome, venue = tried(prepare)
    assert outcome.filled == outcome.quantity
    assert Decimal(outcome.filled) == venue.orders[0].quantity


@pytest.mark.parametrize("during", ["confirmation", "cancellation"])
def test_ctrl_c_does_not_leave_the_order_behind(during: str) -> None:
    async def run() -> tuple[Venue, list[str]]:
        heard, told = Heard(), list[str]()
        venue = Venue(heard)
        reached = asyncio.Event()

        def lost(_command: Any) -> None:
            reached.set()
            venue.on_cancel = venue.cancel_it

        if during == "confirmation":
            venue.on_submit = lambda _: reached.set()  # no answer comes
        else:
            venue.on_cancel = lost  # the first cancel is lost
        trial = Trial(venue, heard, ACCOUNT, BTC, on_break=lambda: told.append("wait"))  # type: ignore[arg-type]
        running = asyncio.ensure_future(trial.run())
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return venue, told

    venue, told = asyncio.run(run())
    assert venue.heard.of((OrderCancelled,), venue.ids[0])  # type: ignore[arg-type]
    assert told == ["wait"]


def test_an_order_that_may_have_been_sent_is_seen_to() -> None:
    def prepare(venue: Venue) -> None:
        def unsure(command: Any) -> None:
            venue.accept(command)
            raise OutcomeUnknown("the pipe broke")

        venue.on_submit = unsure

    outcome, venue = tried(prepare)
    assert outcome.price == "76000"
    assert venue.cancels == 1


def test_without_a_price_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_PATIENCE_S", 0.05)
    seen: list[Venue] = []

    def prepare(venue: Venue) -> None:
        venue.bid = 0.0
        seen.append(venue)

    with pytest.raises(ConnectivityError, match="no price of BTC-USDT"):
        tried(prepare)
    assert seen[0].orders == []


def test_bitcoin_is_the_usual_choice() -> None:
    names = ("ETH-USDT.BINANCE", "BTC-USDT-PERP.BINANCE", "BTC-USDT.BINANCE")
    listed = [CATALOG.get(each) for each in names]
    found = usual_instrument(listed)
    assert found is not None
    assert found.id == "BTC-USDT.BINANCE"
    perpetual = usual_instrument(listed[:2])
    assert perpetual is not None
    assert perpetual.id == "BTC-USDT-PERP.BINANCE"
    assert usual_instrument(listed[:1]) is None
