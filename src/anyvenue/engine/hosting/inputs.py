"""What a hosted exchange is moved by, as it is written down: everything else follows from it."""

from decimal import Decimal
from typing import get_args

import msgspec

from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest

__all__ = [
    "AccountCreated",
    "AccountReset",
    "CancelAsked",
    "ChangeAsked",
    "CommandGiven",
    "Header",
    "Input",
    "MoneyMoved",
    "OrderAsked",
    "PositionModeSet",
    "Reached",
    "Record",
    "SecretSet",
    "SettlementAsked",
    "command_of",
    "decode_header",
    "decode_record",
    "encode",
    "given",
]


class Header(msgspec.Struct, frozen=True):
    """The first record: the exchange's terms by name, and when (int ns UTC) its time began."""

    terms: dict[str, str]
    began: int
    version: int = 1


class _Input(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One input."""


class AccountCreated(_Input, frozen=True, tag=1):
    """An account was opened; `secret` is what is kept of its password."""

    account: AccountId
    deposits: dict[str, Decimal]
    secret: str


class SecretSet(_Input, frozen=True, tag=2):
    """The password of an account was changed."""

    account: AccountId
    secret: str


class MoneyMoved(_Input, frozen=True, tag=3):
    """Money was paid in, or out where the amount is below zero."""

    account: AccountId
    currency: str
    amount: Decimal


class AccountReset(_Input, frozen=True, tag=4):
    """An account began anew."""

    account: AccountId
    deposits: dict[str, Decimal]


class OrderAsked(_Input, frozen=True, tag=5):
    """An order was sent."""

    account: AccountId
    request: OrderRequest
    ref: str
    session: str


class CancelAsked(_Input, frozen=True, tag=6):
    """A cancel was sent."""

    account: AccountId
    order_id: OrderId


class ChangeAsked(_Input, frozen=True, tag=7):
    """A change was sent."""

    account: AccountId
    order_id: OrderId
    quantity: Decimal | None
    price: Decimal | None


class CommandGiven(_Input, frozen=True, tag=8):
    """A command about an account was given; `kind` is its class."""

    kind: str
    body: bytes


class SettlementAsked(_Input, frozen=True, tag=9):
    """The trading day was settled by hand."""


class Reached(_Input, frozen=True, tag=10):
    """Nothing was asked, but time and market came so far and something followed from it."""


class PositionModeSet(_Input, frozen=True, tag=11):
    """An account's long and short lots are kept side by side from now on, or netted."""

    account: AccountId
    hedged: bool


Input = (
    AccountCreated
    | SecretSet
    | MoneyMoved
    | AccountReset
    | OrderAsked
    | CancelAsked
    | ChangeAsked
    | CommandGiven
    | SettlementAsked
    | Reached
    | PositionModeSet
)


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An input with its place: after `passed` market events, at `now` (int ns UTC).

    `told` and `audit` are the number of events told before it and the chained hash over them: a replay that does not
    come to the same is noticed at once.
    """

    passed: int
    now: int
    told: int
    audit: bytes
    what: Input


encode = msgspec.msgpack.Encoder().encode
"""Return the bytes of a header or a record."""

decode_header = msgspec.msgpack.Decoder(Header).decode
"""Return a header; raise msgspec.DecodeError."""

decode_record = msgspec.msgpack.Decoder(Record).decode
"""Return a record; raise msgspec.DecodeError."""

_COMMANDS = {kind.__name__: kind for kind in get_args(AccountCommand)}


def given(command: AccountCommand) -> CommandGiven:
    """Return the input that gives a command about an account."""
    return CommandGiven(type(command).__name__, encode(command))


def command_of(what: CommandGiven) -> AccountCommand:
    """Return the command that an input gives."""
    return msgspec.msgpack.decode(what.body, type=_COMMANDS[what.kind])  # type: ignore[no-any-return]
