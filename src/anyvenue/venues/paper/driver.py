"""The driver of a simulated exchange that runs as a server: it speaks `wire`, reconnects and picks up where it was."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderType, TimeInForce
from anyvenue.model.errors import (
    AccountError,
    NotSent,
    VenueRefused,
)
from anyvenue.model.events import CursorMoved
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, Quote
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Capabilities, Cursor, Snapshot
from anyvenue.venues.paper.connection import Connection
from anyvenue.venues.paper.upkeep import Upkeep
from anyvenue.venues.paper.wire import (
    Act,
    Answer,
    Ask,
    Cancel,
    CaughtUp,
    Done,
    Modify,
    Refused,
    Seen,
    ServerMessage,
    Submit,
    Subscribe,
    Told,
    decode_answer,
    decode_event,
    packed,
)
from anyvenue.venues.renaming import renamed, renamed_snapshot

__all__ = ["PaperDriver"]

_Record = TypeVar("_Record")


class PaperDriver(Upkeep):
    """Implements `Driver` for one account of a served exchange, which may be called otherwise there.

    Its times are the exchange's; with a `clock` what arrives is stamped with that one's time as received. `since` is
    the cursor in `epoch` after which events are wanted, by default all. Orders are referred to by the node's ids, so a
    request that is sent again makes no second order.
    """

    capabilities = Capabilities(
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        channels=frozenset({"quotes", "depth", "trades", "bars"}),
        depth_levels=5,
        modify=True,
        post_only=True,
        reduce_only=True,
        client_ids=True,
        complete_snapshots=True,
    )

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Begin after this place of the stream, and ask on connecting what became of unanswered orders."""
        self._check(account)
        self.epoch, self.cursor = epoch, cursor
        self._outstanding.ask_about(account, unanswered)

    # ---- commands

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise NotSent while there is no session, AccountError for another account."""
        self._check(command.request.account)
        link = self._open_link(command.order_id)
        request, ref, wish = link.next_id(), str(command.order_id), command.request
        if self._is_renamed:
            wish = renamed(wish, self._there)
        self._send(link, Submit(request, ref, wish), request, command)

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; raise NotSent while there is no session."""
        self._check(command.account)
        link, order_id = self._open_link(command.order_id), command.order_id
        request = link.next_id()
        theirs = self._numbering.theirs(order_id)
        self._send(link, Cancel(request, theirs, str(order_id)), request, command)

    def modify(self, command: ModifyOrder) -> None:
        """Send a change; raise NotSent while there is no session."""
        self._check(command.account)
        link, order_id = self._open_link(command.order_id), command.order_id
        request, theirs = link.next_id(), self._numbering.theirs(order_id)
        change = Modify(request, theirs, str(order_id), command.quantity, command.price)
        self._send(link, change, request, command)

    def send(self, command: Command) -> None:
        """Send a command of any kind; raise NotSent while there is no session."""
        if isinstance(command, SubmitOrder):
            self.submit(command)
        elif isinstance(command, CancelOrder):
            self.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.modify(command)
        else:
            self._check(command.account)
            link = self._open_link(OrderId(0))
            request = link.next_id()
            theirs = renamed(command, self._there)
            act = Act(request, type(command).__name__, packed(theirs))
            self._send(link, act, request, command)

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for market data; one subscription brings all channels."""
        if instrument not in self._subscribed:
            self._subscribed[instrument] = None
            link = self._link
            if link is not None and link.is_open and self.state is DriverState.READY:
                link.send(Subscribe(link.next_id(), instrument))

    # ---- questions

    async def instruments(self) -> list[Instrument]:
        """Return what the exchange lists."""
        return await self._ask("instruments", list[Instrument])

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return an empty list: the exchange keeps no history."""
        return []

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the exchange says is so; raise AccountError for another account."""
        self._check(account)
        await self._learn_references()
        found = await self._ask("snapshot", Snapshot, since, hold=True)
        numbering = self._numbering
        # What was sent while the question was on its way is not in the answer, and was not lost for that.
        later = self._outstanding.orders()
        ours = replace(
            found,
            orders=(*(numbering.order(each) for each in found.orders), *later),
            fills=tuple(numbering.fill(each) for each in found.fills),
        )
        return renamed_snapshot(ours, self.account)

    async def quote(self, instrument: InstrumentId) -> Quote | Depth | None:
        """Return the latest snapshot of an instrument, None before the first."""
        seen = await self._ask("quote", list[Seen], instrument=instrument)
        events = [decode_event(each.kind, each.body) for each in seen]
        return next((each for each in events if isinstance(each, Quote | Depth)), None)

    async def orders(self) -> list[Order]:
        """Return all orders of the account, oldest first."""
        await self._learn_references()
        found = [self._numbering.order(each) for each in await self._ask("orders", list[Order])]
        return [renamed(each, self.account) for each in found] if self._is_renamed else found

    async def _learn_references(self) -> None:
        for theirs, session, ref in await self._ask("references", list[tuple[OrderId, str, str]]):
            self._numbering.learn_reference(theirs, session, ref)

    async def _ask(
        self,
        what: str,
        kind: type[_Record],
        since: Cursor = (0, 0),
        instrument: str = "",
        *,
        hold: bool = False,
    ) -> _Record:
        link = self._open_link(OrderId(0))
        request = link.next_id()
        ask = Ask(request, what, InstrumentId(instrument), *since)
        answer = await link.ask(request, ask, self._config.timeout_s, hold=hold)
        if not isinstance(answer, Answer):
            raise VenueRefused(f"the question {what} was not answered", venue_code="malformed")
        return decode_answer(kind, answer.body)

    # ---- what comes

    def _on_message(self, message: ServerMessage) -> None:
        if isinstance(message, Told):
            self._on_told(message)
        elif isinstance(message, Seen):
            event = decode_event(message.kind, message.body)
            self._note_time(event.ts_recv)
            self._post(event)
        elif isinstance(message, Done):
            ours = self._outstanding.done(message.id)
            if ours and message.order_id:
                self._numbering.learn(ours, message.order_id)
        elif isinstance(message, Refused):
            self._on_refused(message)
        elif isinstance(message, CaughtUp):
            self._post_all(self._outstanding.caught_up(self._now()))
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)

    def _on_told(self, told: Told) -> None:
        cursor = (told.day, told.number)
        if cursor <= self.cursor:
            return
        self.cursor = cursor
        event = decode_event(told.kind, told.body)
        if self._is_renamed:
            event = renamed(event, self.account)
        self._note_time(event.ts_recv)
        now = event.ts_recv
        self._post(CursorMoved(self.account, self.epoch, told.day, told.number, now, now))
        theirs = getattr(event, "order_id", None)
        if theirs is not None:
            ours = self._numbering.learn_reference(theirs, told.session, told.ref)
            self._outstanding.heard_of(ours)
            event = self._numbering.event(event, ours)
        self._post(event)

    def _on_refused(self, refused: Refused) -> None:
        if refused.code == "order.duplicate_client_ref" and refused.order_id:
            ours = self._outstanding.done(refused.id)
            if ours:
                self._numbering.learn(ours, refused.order_id)
            return
        self._post_all(self._outstanding.refused(refused, self._now()))

    # ---- small things

    def _send(
        self,
        link: Connection,
        message: Submit | Cancel | Modify | Act,
        request: int,
        command: Command,
    ) -> None:
        self._outstanding.sent(request, command)
        link.send(message)

    def _open_link(self, order_id: OrderId) -> Connection:
        link = self._link
        if link is None or not link.is_open or self.state not in _IN_SESSION:
            raise NotSent(
                f"there is no session with the exchange ({self.state}); nothing was sent",
                order_id=order_id,
            )
        return link

    @property
    def _is_renamed(self) -> bool:
        """Whether the exchange calls the account something else than the node."""
        return self._there != self.account

    def _check(self, account: AccountId) -> None:
        if account != self.account:
            raise AccountError(
                f"this driver trades {self.account!r}, not {account!r}", account=account
            )


_IN_SESSION = (DriverState.READY, DriverState.RECONCILING)
