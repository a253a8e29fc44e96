"""The seams between the rooms of the house."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, InstrumentStatus
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, Quote
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.snapshots import Cursor, Snapshot
from anyvenue.model.statements import Funds, LegDetail, LotDetail, Rates, Statement

__all__ = [
    "Admin",
    "Broker",
    "Capabilities",
    "Clock",
    "Cursor",
    "Driver",
    "FileStore",
    "Inbox",
    "RequestLimit",
    "Snapshot",
    "StrategyStatus",
    "Supervisor",
    "Transport",
]


class RequestLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A venue takes requests worth `count` in any `seconds` over one connection.

    An order, a cancel and a modification are worth so much each; what is worth 0 is not limited. `reserve` of `count`
    is for cancels alone.
    """

    name: str
    count: float
    seconds: float = 1.0
    order: float = 1.0
    cancel: float = 1.0
    modify: float = 1.0
    reserve: float = 0.0


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue can do, so that a caller need not find out by being refused.

    `complete_snapshots`: a snapshot names every order, done ones too, that anything happened to after its cursor, so an
    order it does not name was never taken. `requests`: how many it takes in what time; empty where nobody knows.
    `hedged`: whether the account keeps long and short lots of contracts side by side there, so that the node's books
    must be kept alike; None where the venue follows them or has no contracts. `polled`: what is asked for every so
    often because the venue does not push it: channels, and ``orders``, ``fills``, ``balances``, ``positions``.
    """

    order_types: frozenset[str] = frozenset()
    times_in_force: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    depth_levels: int = 1
    modify: bool = False
    post_only: bool = False
    reduce_only: bool = False
    client_ids: bool = False
    history: bool = False
    hedged: bool | None = None
    complete_snapshots: bool = False
    requests: tuple[RequestLimit, ...] = ()
    polled: frozenset[str] = frozenset()


class Clock(Protocol):
    """The only thing that asks for the time."""

    def now(self) -> int:
        """Return int ns UTC, never going back."""
        ...


class Inbox(Protocol):
    """Where edges put events in; safe from any thread."""

    def post(self, event: Event) -> None:
        """Queue one event for the kernel's thread; never blocks, never drops an order event."""
        ...


class FileStore(Protocol):
    """Append-only files, so that a test can tear and fail them.

    `sync`, `write`, `names` and `remove` may be called from another thread than the others.
    """

    def append(self, name: str, data: bytes) -> None:
        """Append `data` to the file; raise JournalError when not all of it was written."""
        ...

    def sync(self, name: str) -> None:
        """Return once everything appended is on the disk."""
        ...

    def read(self, name: str) -> bytes:
        """Return the whole file, b"" when there is none."""
        ...

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file, in one piece or not at all, and return once it is on the disk; raise JournalError."""
        ...

    def truncate(self, name: str, size: int) -> None:
        """Cut the file to `size` bytes and return once that is on the disk; raise JournalError."""
        ...

    def remove(self, name: str) -> None:
        """Delete the file; nothing happens when there is none."""
        ...

    def close(self) -> None:
        """Let go of what is open; repeated calls do nothing."""
        ...


class Transport(Protocol):
    """One connection that carries frames; the real one and the test's are equals."""

    async def connect(self) -> None:
        """Open the connection; raise ConnectivityError."""
        ...

    async def send(self, frame: bytes) -> None:
        """Send one frame; raise NotSent only with proof that no byte left, else OutcomeUnknown."""
        ...

    def frames(self) -> AsyncIterator[bytes]:
        """Yield frames as they come; raise ConnectivityError when the connection ends."""
        ...

    async def close(self) -> None:
        """Close the connection; repeated calls do nothing."""
        ...


class Driver(Protocol):
    """A venue seen from inside. `submit`, `cancel` and `modify` return once the request is on its way.

    They raise `NotSent` only with proof that no byte left; outcomes come as events through the inbox.
    """

    @property
    def venue(self) -> VenueId:
        """The venue's name."""
        ...

    @property
    def state(self) -> DriverState:
        """Where the session is."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the venue can do."""
        ...

    async def open(self, inbox: Inbox) -> None:
        """Connect, authenticate and begin to post events; raise VenueError."""
        ...

    async def close(self) -> None:
        """Leave the venue; orders stay as they are."""
        ...

    async def instruments(self) -> list[Instrument]:
        """Return what the venue lists."""
        ...

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for market data; raise SubscriptionError when the venue cannot serve it."""
        ...

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC."""
        ...

    def submit(self, command: SubmitOrder) -> None:
        """Send an order."""
        ...

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel."""
        ...

    def modify(self, command: ModifyOrder) -> None:
        """Send a change of quantity or price."""
        ...

    def send(self, command: Command) -> None:
        """Send a command of any kind; raise VenueRefused for one that the venue does not know."""
        ...

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Begin an account's events after this place of its stream; before `open`. Do nothing where there is no such.

        `unanswered` are orders that an earlier process may have sent: find out what became of them where that can be.
        """
        ...

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the venue says is so, with fills after `since`.

        All that the snapshot holds was posted before this returns, and nothing newer is posted before the caller gives
        the loop its turn.
        """
        ...


class Broker(Protocol):
    """Where accounts live, seen from a server, a strategy host or a test; all calls on the loop thread."""

    def submit(
        self,
        account: AccountId,
        request: OrderRequest,
        client_ref: str = "",
        session: str = "",
    ) -> OrderId:
        """Take an order and return its id at once; the outcome comes as events.

        `client_ref` is scoped to (account, session); a repeat raises DuplicateClientRef(order_id).
        """
        ...

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        """Ask for a cancel; raise UnknownOrder."""
        ...

    def modify(
        self,
        account: AccountId,
        order_id: OrderId,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
    ) -> None:
        """Ask for a change of quantity or price; raise UnknownOrder."""
        ...

    def events(self, account: AccountId, after: Cursor = (0, 0)) -> Iterator[tuple[Cursor, Event]]:
        """Yield the account's events after a cursor, in order; replayable from any cursor."""
        ...

    def listen(self, account: AccountId, callback: Callable[[Cursor, Event], None]) -> None:
        """Call `callback` for every later event of the account, in order."""
        ...

    def accounts(self) -> list[AccountId]:
        """Return the accounts that exist, sorted."""
        ...

    def account(self, account: AccountId) -> list[Account]:
        """Return the figures per currency, stamped; raise AccountError."""
        ...

    def orders(self, account: AccountId) -> list[Order]:
        """Return all orders of the trading day, oldest first."""
        ...

    def fills(self, account: AccountId) -> list[Fill]:
        """Return all fills of the trading day, oldest first."""
        ...

    def positions(self, account: AccountId) -> list[Position]:
        """Return positions that are not flat, by instrument."""
        ...

    def funds(self, account: AccountId) -> list[Funds]:
        """Return the figures per currency with what else is known of the money; raise VenueRefused for nothing."""
        ...

    def legs(self, account: AccountId) -> list[LegDetail]:
        """Return every leg that is held, was moved today or has working orders, by instrument; raise VenueRefused."""
        ...

    def lots(self, account: AccountId) -> list[LotDetail]:
        """Return the lots that are held or were closed today, by instrument, oldest first; raise VenueRefused."""
        ...

    def rates(self, account: AccountId, instrument: InstrumentId) -> Rates:
        """Return the account's fees and margin rates; raise UnknownInstrument or VenueRefused."""
        ...

    def statements(self, account: AccountId, day: int = 0) -> list[Statement]:
        """Return the statements of a settled day per currency, of the latest for 0; none where there is none."""
        ...

    def terms(self, account: AccountId) -> list[PositionTerms]:
        """Return the terms of what is held on any: leverage, isolated money, covers; by instrument."""
        ...

    def instruments(self) -> list[Instrument]:
        """Return what can be traded."""
        ...

    def quote(self, instrument: InstrumentId) -> Quote | Depth | None:
        """Return the latest quote, None before the first."""
        ...

    def status(self, instrument: InstrumentId) -> InstrumentStatus:
        """Return the phase of trading; raise UnknownInstrument, or VenueRefused where nobody knows."""
        ...

    def subscribe(self, instrument: InstrumentId, callback: Callable[[Event], None]) -> None:
        """Call `callback` for every market event of the instrument."""
        ...

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC."""
        ...

    def native(self, account: AccountId, request: object) -> object:
        """Pass a request our model has no word for to a venue of the same family; raise VenueRefused."""
        ...


class Admin(Protocol):
    """Accounts and market control of a simulated exchange."""

    def create_account(self, account: AccountId, deposits: dict[str, Decimal]) -> None:
        """Open an account with money in it; raise AccountError when it exists."""
        ...

    def deposit(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money in."""
        ...

    def withdraw(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money out; raise InsufficientFunds."""
        ...

    def settle(self) -> None:
        """Settle the trading day now and begin the next."""
        ...


class StrategyStatus(msgspec.Struct, frozen=True):
    """How a strategy is doing."""

    strategy: StrategyId
    state: str
    error: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


class Supervisor(Protocol):
    """Strategies of a node, from outside."""

    def register(self, name: StrategyId, source: str, parameters: dict[str, str]) -> None:
        """Load a strategy without starting it; raise StrategyError or ConfigError."""
        ...

    def start(self, name: StrategyId) -> None:
        """Start it."""
        ...

    def stop(self, name: StrategyId) -> None:
        """Stop it; its orders are cancelled."""
        ...

    def status(self) -> Sequence[StrategyStatus]:
        """Return the status of all strategies by name."""
        ...
