"""A live node as a broker: servers and programs at its faces trade its accounts through the same way as strategies."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from inspect import isawaitable
from typing import Protocol, cast

from msgspec.structs import replace

from anyvenue.engine.live import by_hand
from anyvenue.engine.live.audience import Audience, MarketListener
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.reads import NodeReads
from anyvenue.engine.live.session import Session
from anyvenue.engine.live.trails import Entry
from anyvenue.engine.single_order import single_order
from anyvenue.model.commands import AccountCommand
from anyvenue.model.enums import DriverState, InstrumentStatus
from anyvenue.model.errors import (
    AnyvenueError,
    DuplicateClientRef,
    UnknownInstrument,
    VenueRefused,
)
from anyvenue.model.events import DaySettled, Event, OrderSubmitted, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, Quote
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Cursor

__all__ = ["NodeBroker"]

AccountListener = Callable[[Cursor, Event], None]
_Ref = tuple[AccountId, StrategyId, str]


class _Native(Protocol):
    """A driver that passes requests on in its venue's own words."""

    def native(
        self, name: str, fields: Mapping[str, object]
    ) -> Awaitable[Sequence[Mapping[str, object]]]:
        """Return the rows of the answer; raise VenueRefused."""
        ...


class NodeBroker(NodeReads):
    """Implements `Broker` for one face of a node, or all of it; all calls on the loop thread.

    Make it when the node has its accounts and its journal. What the face orders belongs to the strategy ``face:NAME``,
    with ``:SESSION`` behind where a session is named: so it is known to risk, request budgets and journal.
    `instruments` are what the venues list and the node knows, once `open` has asked.
    """

    def __init__(
        self, node: LiveNode, face: str = "", accounts: Sequence[AccountId] | None = None
    ) -> None:
        """Serve these accounts, by default all; raise AccountError for one that the node has not, or JournalError."""
        super().__init__(node, f"face:{face}" if face else "face", accounts)
        self._listeners: dict[AccountId, list[AccountListener]] = {}
        self._untold: deque[tuple[AccountId, Entry]] = deque()
        self._telling = False
        self._audience = Audience(node, self._complain)
        self._listed: dict[InstrumentId, tuple[Instrument, Session]] = {}
        self._asking: set[asyncio.Future[object]] = set()
        self._refs = self._known_refs()
        node.trails.listeners.append(self._hear)
        node.node.kernel.on(VenueStateChanged, self._on_venue)

    # ---- its life

    async def open(self) -> None:
        """Learn what the venues list; a venue that cannot be asked now is asked when it is there again."""
        for session in self._sessions():
            await self._learn(session)

    def close(self) -> None:
        """Hear nothing any more; repeated calls do nothing."""
        if self._hear in self._node.trails.listeners:
            self._node.trails.listeners.remove(self._hear)
        self._node.node.kernel.off(VenueStateChanged, self._on_venue)
        for each in list(self._asking):
            each.cancel()

    def _sessions(self) -> list[Session]:
        return list(dict.fromkeys(self._node.session_of(each) for each in self._accounts))

    async def _learn(self, session: Session) -> None:
        try:
            listed = await session.driver.instruments()
        except AnyvenueError as error:
            self._node.log(self._owner, f"{session.venue} lists nothing now: {error.text}")
            return
        for each in listed:
            # What strategies trade by is the node's record, whatever a venue's list leaves out.
            with suppress(UnknownInstrument):
                self._listed.setdefault(each.id, (self._node.node.instrument(each.id), session))

    def _on_venue(self, event: VenueStateChanged) -> None:
        session = self._node.sessions.get(event.venue)
        if event.state is DriverState.READY and session in self._sessions():
            self._begin(self._learn(session))

    def _begin(self, work: Awaitable[object]) -> asyncio.Future[object]:
        asked = asyncio.ensure_future(work)
        self._asking.add(asked)
        asked.add_done_callback(self._asking.discard)
        return asked

    # ---- orders

    def submit(
        self, account: AccountId, request: OrderRequest, client_ref: str = "", session: str = ""
    ) -> OrderId:
        """Take an order and return its id at once; what a driver could not send is rejected by an event.

        Raise DuplicateClientRef for a reference that the session has used, also before a restart, OrderError or
        TableError.
        """
        state = self._account(account)
        owner = StrategyId(f"{self._owner}:{session}" if session else self._owner)
        ref = (account, owner, client_ref)
        if client_ref and ref in self._refs:
            raise DuplicateClientRef(
                f"client reference {client_ref!r} of {account} is taken by order {self._refs[ref]}",
                client_ref=client_ref,
                order_id=self._refs[ref],
            )
        request = replace(single_order(state, request), account=account, strategy=owner)
        (order_id,) = by_hand.submit(self._node, request, client_ref)
        return order_id

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        """Ask for a cancel; raise UnknownOrder, or NotSent with proof that it did not leave."""
        self._account(account)
        by_hand.cancel(self._node, account, order_id)

    def modify(
        self,
        account: AccountId,
        order_id: OrderId,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
    ) -> None:
        """Ask for a change; raise UnknownOrder, NotSent, or what the new values raise."""
        self._account(account)
        by_hand.modify(self._node, account, order_id, quantity, price)

    def execute(self, command: AccountCommand) -> None:
        """Give a command about an account, whose answer comes as an event; raise UnknownInstrument or NotSent."""
        self._account(command.account)
        by_hand.command(self._node, command)

    # ---- what happened

    def listen(self, account: AccountId, callback: AccountListener) -> None:
        """Call `callback` for every later event of the account; what it raises is logged."""
        self._account(account)
        self._listeners.setdefault(account, []).append(callback)

    def _hear(self, account: AccountId, entry: Entry) -> None:
        event = entry[1]
        if type(event) is OrderSubmitted and event.client_ref:
            self._refs[account, event.request.strategy, event.client_ref] = event.order_id
        elif type(event) is DaySettled:
            self._refs = self._known_refs()
        self._untold.append((account, self._shown(entry)))
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        """Tell everybody of one event before the next, which may have come of what somebody did about the first."""
        self._telling = True
        try:
            while self._untold:
                account, (cursor, event) = self._untold.popleft()
                for listener in self._listeners.get(account, ()):
                    try:
                        listener(cursor, event)
                    except Exception as error:
                        self._complain(error)
        finally:
            self._telling = False

    def _complain(self, error: Exception) -> None:
        text = error.text if isinstance(error, AnyvenueError) else str(error)
        self._node.log(self._owner, f"{type(error).__name__}: {text}; please report this")

    def _known_refs(self) -> dict[_Ref, OrderId]:
        found: dict[_Ref, OrderId] = {}
        for account in self._accounts:
            for order in self._desk.account(account).orders:
                found[account, order.request.strategy, order.client_ref] = order.order_id
            for _, event in self._node.trails.of(account).entries:
                if type(event) is OrderSubmitted:
                    found[account, event.request.strategy, event.client_ref] = event.order_id
        return found

    # ---- the market

    def instruments(self) -> list[Instrument]:
        """Return what the venues list and the node knows."""
        return [each for each, _ in self._listed.values()]

    def quote(self, instrument: InstrumentId) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first."""
        return self._audience.quote(instrument)

    def status(self, instrument: InstrumentId) -> InstrumentStatus:
        """Return the phase that the venue told last; raise UnknownInstrument, or VenueRefused where it told none."""
        self._found(instrument)
        phase = self._audience.phase(instrument)
        if phase is None:
            raise VenueRefused(
                f"the venue has not told in which phase {instrument} is",
                venue_code="",
                venue_text="",
            )
        return phase

    def subscribe(self, instrument: InstrumentId, callback: MarketListener) -> None:
        """Call `callback` for every market event; raise UnknownInstrument or SubscriptionError."""
        found, session = self._found(instrument)
        self._audience.join(found, session, callback)

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return the venue's closed bars; raise UnknownInstrument or VenueError."""
        _, session = self._found(instrument)
        return await session.driver.history(instrument, interval, start, end)

    def _found(self, instrument: InstrumentId) -> tuple[Instrument, Session]:
        found = self._listed.get(instrument)
        if found is None:
            raise UnknownInstrument(
                f"{instrument} is not listed at a venue of this node, or the node does not know it",
                instrument=instrument,
                suggestions=[],
            )
        return found

    # ---- the venue's own words

    def native(self, account: AccountId, request: object) -> object:
        """Pass (name, fields) on to the venue; return a future of its rows, unchanged.

        Raise VenueRefused where the venue's driver has no such way, AccountError.
        """
        self._account(account)
        driver = self._node.session_of(account).driver
        native = getattr(driver, "native", None)
        if native is None or not isinstance(request, tuple) or len(request) != 2:
            raise VenueRefused(
                f"{driver.venue} takes no requests in words of its own",
                venue_code="",
                venue_text="",
            )
        name, fields = request
        answer = cast(_Native, driver).native(name, fields)
        return self._begin(answer) if isawaitable(answer) else answer
