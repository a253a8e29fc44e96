"""Notes: what a journal holds besides commands, events and orders."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import RiskScope
from anyvenue.model.ids import AccountId

__all__ = [
    "ConfigNoted",
    "CursorNoted",
    "DayRolled",
    "DayStartNoted",
    "InputNoted",
    "JournalNote",
    "NodeStopped",
    "PeakNoted",
    "RemarkNoted",
    "TailCut",
]


class ConfigNoted(msgspec.Struct, frozen=True, gc=False):
    """A node began to write with this configuration; `version` is anyvenue's."""

    node: str
    config_hash: str
    version: str
    ts_event: int


class CursorNoted(msgspec.Struct, frozen=True, gc=False):
    """The record before this one stood at this place of the account's stream at its venue."""

    account: AccountId
    epoch: int
    day: int
    number: int
    ts_event: int


class DayRolled(msgspec.Struct, frozen=True, gc=False):
    """The trading day (yyyymmdd) of an account's currency went over to the next."""

    account: AccountId
    currency: str
    trading_day: int
    ts_event: int


class DayStartNoted(msgspec.Struct, frozen=True, gc=False):
    """What an account was `worth` when the trading day began, at prices no journal has; a `strategy`'s profit then."""

    account: AccountId
    currency: str
    trading_day: int
    worth: Decimal
    ts_event: int
    strategy: str = ""


class InputNoted(msgspec.Struct, frozen=True, gc=False):
    """Something a served exchange was given; `body` means something to the exchange only, `kind` says what it is."""

    kind: str
    body: bytes
    ts_event: int


class NodeStopped(msgspec.Struct, frozen=True, gc=False):
    """The node stopped in good order: a journal whose last record this is has lost nothing."""

    ts_event: int
    reason: str = ""


class PeakNoted(msgspec.Struct, frozen=True, gc=False):
    """The highest equity so far of what a drawdown breaker watches."""

    scope: RiskScope
    name: str
    currency: str
    equity: Decimal
    ts_event: int


class RemarkNoted(msgspec.Struct, frozen=True, gc=False):
    """Something that people or programs who read the journal should know, such as an answer given by hand."""

    topic: str
    text: str
    ts_event: int
    fields: tuple[tuple[str, str], ...] = ()


class TailCut(msgspec.Struct, frozen=True, gc=False):
    """The end of a segment was not whole when the node started: `size` bytes were moved to a file beside it."""

    segment: str
    offset: int
    size: int
    ts_event: int


JournalNote = (
    ConfigNoted
    | CursorNoted
    | DayRolled
    | DayStartNoted
    | InputNoted
    | NodeStopped
    | PeakNoted
    | RemarkNoted
    | TailCut
)
