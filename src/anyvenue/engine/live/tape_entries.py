"""What a tape holds: everything a live node was told from outside, in the order in which it was.

An input is what the node acts upon; an aside happened while it did so, and is told after the input that led to it.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Literal

import msgspec

from anyvenue.model.enums import RiskScope
from anyvenue.model.errors import JournalError
from anyvenue.model.ids import AccountId, OrderId, VenueId
from anyvenue.model.market import MarketEvent
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Snapshot
from anyvenue.runtime.journal.codec import kinds_of
from anyvenue.runtime.journal.snapshots import StoredSnapshot

__all__ = [
    "FORMAT",
    "Aside",
    "Began",
    "CancelAsked",
    "CancelledAll",
    "ChangeAsked",
    "CodeSeen",
    "CommandGiven",
    "Corrected",
    "Ended",
    "Entry",
    "Forgot",
    "Heard",
    "JournalFailed",
    "Killed",
    "OrderGiven",
    "Refused",
    "Released",
    "SlowFaulted",
    "Started",
    "Stopped",
    "StrategiesStarted",
    "StrategyReplaced",
    "StrategySeen",
    "StrategyStopped",
    "TimeSeen",
    "VenueSeen",
    "Woke",
    "pack_entries",
    "unpack_entries",
]

FORMAT = 1
"""To be raised when a tape changes so that an older player would play it wrongly."""


class CodeSeen(msgspec.Struct, frozen=True):
    """The code of a strategy: its class, and the text of its file unless that is anyvenue's own."""

    name: str
    module: str
    file: str = ""
    text: str = ""


class StrategySeen(msgspec.Struct, frozen=True):
    """A strategy as the node was given it: `waits` for its hours, `host` is where its code runs."""

    name: str
    account: AccountId
    instruments: tuple[str, ...]
    parameters: dict[str, object]
    waits: bool
    on_error: Literal["fault", "continue"]
    host: Literal["node", "process"]
    code: CodeSeen


class VenueSeen(msgspec.Struct, frozen=True):
    """A venue of the node, and which market data it serves."""

    venue: VenueId
    channels: tuple[str, ...]


class Began(msgspec.Struct, frozen=True):
    """A session begins after record `seq` of the journal, at `now`; all times are int ns UTC.

    The node was recovered from `snapshot` and the records after it; `sound` unless the journal had failed before.
    `machine_run` is that of the machine, `terms` means something to who made the node.
    """

    format: int
    seq: int
    now: int
    node: str
    version: str
    snapshot: StoredSnapshot | None
    sound: bool
    machine_run: str
    venues: tuple[VenueSeen, ...]
    accounts: tuple[tuple[AccountId, VenueId], ...]
    strategies: tuple[StrategySeen, ...]
    terms: bytes


# ---- inputs


class Heard(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event of type `kind` that is not market data came at `now`."""

    now: int
    kind: str
    body: msgspec.Raw


class Woke(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The alarm rang: something was due by itself."""

    now: int


class Started(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The node begins to connect."""

    now: int


class StrategiesStarted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All books are in line, and the strategies that are new were started."""


class Corrected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The books of an account were compared with the venue's snapshot."""

    account: AccountId
    now: int
    complete: bool
    snapshot: Snapshot


class Stopped(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The node was told to stop, and to cancel its orders or not."""

    cancel: bool


class CancelledAll(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything that still worked was asked back."""


class Killed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody killed trading."""

    now: int
    reason: str


class Released(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody released a halt."""

    now: int
    scope: RiskScope
    name: str
    rule: str | None
    reason: str


class OrderGiven(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody at a face gave an order, which he calls `client_ref`."""

    now: int
    request: OrderRequest
    client_ref: str


class CancelAsked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody at a face asked for a cancel."""

    now: int
    account: AccountId
    order_id: OrderId


class ChangeAsked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody at a face asked for another quantity or price."""

    now: int
    account: AccountId
    order_id: OrderId
    quantity: Decimal | None
    price: Decimal | None


class CommandGiven(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody at a face gave a command about an account, of type `kind`."""

    now: int
    kind: str
    body: msgspec.Raw


class StrategyStopped(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A strategy was stopped, by hand or because its hours were over."""

    name: str
    cancel: bool


class StrategyReplaced(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A strategy was started anew, with this code and these parameters."""

    name: str
    keep_orders: bool
    parameters: dict[str, object]
    code: CodeSeen


class Forgot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A snapshot was taken; of done orders only the latest were kept."""

    keep: int


class Ended(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The node ended in good order."""

    reason: str


# ---- asides


class Refused(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What sends a command raised an error of this kind; `order_id` is 0 for commands about accounts."""

    command: str
    order_id: int
    kind: str
    code: str
    text: str


class TimeSeen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The way out has looked at the clock: the node's time is `now` from here on.

    `order_id` is that of the command which was on its way; -1 when it was no command that led to it.
    """

    order_id: int
    now: int


class SlowFaulted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A strategy was faulted after so many callbacks because they took too long."""

    strategy: str
    calls: int
    text: str


class JournalFailed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The journal could not be written any more: what the node did from here on, it does not tell."""

    text: str


Aside = Refused | TimeSeen | SlowFaulted | JournalFailed
Entry = (
    Began
    | Heard
    | Woke
    | Started
    | StrategiesStarted
    | Corrected
    | Stopped
    | CancelledAll
    | Killed
    | Released
    | OrderGiven
    | CancelAsked
    | ChangeAsked
    | CommandGiven
    | StrategyStopped
    | StrategyReplaced
    | Forgot
    | Ended
    | Aside
)

_KINDS = kinds_of(Entry, MarketEvent)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]]).decode


def pack_entries(entries: Iterable[msgspec.Struct]) -> bytes:
    """Return the bytes of entries and market events."""
    return _encode([(type(each).__name__, each) for each in entries])


def unpack_entries(data: bytes) -> list[msgspec.Struct]:
    """Return what was packed; raise JournalError for what this version does not know."""
    try:
        return [_decoder(kind).decode(body) for kind, body in _decode(data)]
    except (KeyError, msgspec.DecodeError) as error:
        raise JournalError(
            f"the record has an entry that this version of anyvenue does not know ({error}); replay it with the "
            "version that recorded it",
            code="journal.record_version",
        ) from None


@cache
def _decoder(kind: str) -> msgspec.msgpack.Decoder[msgspec.Struct]:
    return msgspec.msgpack.Decoder(_KINDS[kind])
