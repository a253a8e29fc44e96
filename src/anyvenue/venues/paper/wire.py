"""The messages between the simulated exchange and its clients.

Each message is one frame (`framing`): a MessagePack array that begins with a number for its kind. Requests carry an
`id` that the answer repeats; ids rise within a connection. What the exchange tells by itself has no id: `Told` for
facts about the account, in order and with a cursor, `Seen` for the market.

Records of the model (`OrderRequest`, events, positions) travel as MessagePack maps with the model's field names.
"""

from decimal import Decimal
from typing import TypeVar, get_args

import msgspec
from msgspec.msgpack import Decoder

from anyvenue.model.accounts import Account
from anyvenue.model.commands import AccountCommand
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest

__all__ = [
    "VERSION",
    "AccountLine",
    "Act",
    "AdminLogin",
    "Answer",
    "Ask",
    "Cancel",
    "CaughtUp",
    "ChangePassword",
    "ClientMessage",
    "CreateAccount",
    "Done",
    "Fault",
    "Hello",
    "ListAccounts",
    "LoggedIn",
    "Login",
    "Modify",
    "MoveMoney",
    "Ping",
    "Pong",
    "Refused",
    "ResetAccount",
    "Seen",
    "ServerMessage",
    "SetPassword",
    "Settle",
    "Submit",
    "Subscribe",
    "Told",
    "Welcome",
    "decode_answer",
    "decode_client",
    "decode_command",
    "decode_event",
    "decode_server",
    "encode",
    "packed",
]

VERSION = 1
"""Raised when a message changes so that the other side of an older version would misread it."""

_Kind = TypeVar("_Kind")


class _Message(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """One message; shown without its content, because some have passwords in them."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


# ---- from the client


class Hello(_Message, frozen=True, tag=1):
    """The first message of a connection: the version spoken, the server's token and who is calling."""

    version: int
    token: str = ""
    client: str = ""


class Login(_Message, frozen=True, tag=2):
    """Trade one account; facts after the cursor (`day`, `number`) of `epoch` follow, all of them where that is 0.

    `session` names the client over all its connections: a second login with it ends the first one's connection.
    `pending` are the references of requests it has had no answer to.
    """

    id: int
    account: AccountId
    password: str
    session: str
    epoch: int = 0
    day: int = 0
    number: int = 0
    pending: tuple[str, ...] = ()


class Submit(_Message, frozen=True, tag=3):
    """Place an order; a `ref` that the session has used makes no second one."""

    id: int
    ref: str
    request: OrderRequest


class Cancel(_Message, frozen=True, tag=4):
    """Take an order back, named by the exchange's id or, where that is 0, by its reference."""

    id: int
    order_id: OrderId
    ref: str = ""


class Modify(_Message, frozen=True, tag=5):
    """Change quantity or price of an order, named as in `Cancel`; None leaves it as it is."""

    id: int
    order_id: OrderId
    ref: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None


class Act(_Message, frozen=True, tag=6):
    """Give a command about the account; `kind` is the class of `anyvenue.model.commands` that `body` holds."""

    id: int
    kind: str
    body: msgspec.Raw


class Subscribe(_Message, frozen=True, tag=7):
    """Be told the market events of an instrument, beginning with the latest."""

    id: int
    instrument: InstrumentId


class Ask(_Message, frozen=True, tag=8):
    """Ask for what is so; `instrument` is for a quote, the cursor (`day`, `number`) for a snapshot.

    `what` is account, fills, instruments, orders, positions, quote, references or snapshot. A quote is answered by a
    list of one `Seen`, empty before the first; the others by records of the model.
    """

    id: int
    what: str
    instrument: InstrumentId = InstrumentId("")
    day: int = 0
    number: int = 0


class Ping(_Message, frozen=True, tag=9):
    """Be answered with `Pong`."""

    id: int


class ChangePassword(_Message, frozen=True, tag=10):
    """Change the password of the account that is logged in."""

    id: int
    old: str
    new: str


class AdminLogin(_Message, frozen=True, tag=20):
    """Administer the exchange instead of trading."""

    id: int
    token: str


class CreateAccount(_Message, frozen=True, tag=21):
    """Open an account with money in it."""

    id: int
    account: AccountId
    password: str
    deposits: dict[str, Decimal]


class MoveMoney(_Message, frozen=True, tag=22):
    """Pay money in, or out where the amount is below zero."""

    id: int
    account: AccountId
    currency: str
    amount: Decimal


class SetPassword(_Message, frozen=True, tag=23):
    """Give an account another password."""

    id: int
    account: AccountId
    password: str


class ResetAccount(_Message, frozen=True, tag=24):
    """Begin an account anew: no orders, no positions, and this money."""

    id: int
    account: AccountId
    deposits: dict[str, Decimal]


class ListAccounts(_Message, frozen=True, tag=25):
    """Ask for all accounts; the answer holds `AccountLine` records."""

    id: int


class Settle(_Message, frozen=True, tag=26):
    """Settle the trading day now."""

    id: int


ClientMessage = (
    Hello
    | Login
    | Submit
    | Cancel
    | Modify
    | Act
    | Subscribe
    | Ask
    | Ping
    | ChangePassword
    | AdminLogin
    | CreateAccount
    | MoveMoney
    | SetPassword
    | ResetAccount
    | ListAccounts
    | Settle
)


# ---- from the server


class Welcome(_Message, frozen=True, tag=1):
    """The answer to `Hello`: the version spoken, who answers and the exchange's time (int ns UTC)."""

    version: int
    server: str
    now: int


class LoggedIn(_Message, frozen=True, tag=2):
    """The answer to `Login`: the facts that were missed follow, then `CaughtUp`.

    `epoch` changes when the account is reset: `resumed` false then says that the facts begin anew. `known` are those
    of the pending references that reached the exchange, each with its order's id.
    """

    id: int
    epoch: int
    resumed: bool
    known: tuple[tuple[str, OrderId], ...]


class Done(_Message, frozen=True, tag=3):
    """A request was taken; `order_id` is the exchange's where it made an order."""

    id: int
    order_id: OrderId = OrderId(0)


class Refused(_Message, frozen=True, tag=4):
    """A request was not taken; `order_id` is the order that a repeated reference made before."""

    id: int
    code: str
    text: str
    order_id: OrderId = OrderId(0)


class Told(_Message, frozen=True, tag=5):
    """A fact about the account; `kind` is the class of `anyvenue.model.events`.

    `ref` is the order's reference and `session` whose, both empty for an order without.
    """

    day: int
    number: int
    kind: str
    body: msgspec.Raw
    ref: str = ""
    session: str = ""


class Seen(_Message, frozen=True, tag=6):
    """A market event."""

    kind: str
    body: msgspec.Raw


class Answer(_Message, frozen=True, tag=7):
    """The answer to a question."""

    id: int
    body: msgspec.Raw


class CaughtUp(_Message, frozen=True, tag=8):
    """All facts up to now have been told."""

    day: int
    number: int


class Pong(_Message, frozen=True, tag=9):
    """The answer to `Ping`, with the exchange's time (int ns UTC)."""

    id: int
    now: int


class Fault(_Message, frozen=True, tag=10):
    """The last message of a connection that the server ends, and why."""

    code: str
    text: str


ServerMessage = Welcome | LoggedIn | Done | Refused | Told | Seen | Answer | CaughtUp | Pong | Fault


class AccountLine(msgspec.Struct, frozen=True):
    """An account in a list of all: its figures by currency, and how many clients trade it now."""

    account: AccountId
    figures: tuple[Account, ...]
    clients: int = 0


# ---- bytes

_EVENTS: dict[str, Decoder[Event]] = {
    kind.__name__: Decoder(kind)
    for kind in dict.fromkeys(get_args(Event))
}  # fmt: skip
_COMMANDS: dict[str, Decoder[AccountCommand]] = {
    kind.__name__: Decoder(kind)
    for kind in get_args(AccountCommand)
}  # fmt: skip

encode = msgspec.msgpack.Encoder().encode
"""Return the bytes of a message or a record."""

decode_client = Decoder(ClientMessage).decode
"""Return what a client sent; raise msgspec.DecodeError for anything that is no message."""

decode_server = Decoder(ServerMessage).decode
"""Return what the server sent; raise msgspec.DecodeError for anything that is no message."""


def packed(record: object) -> msgspec.Raw:
    """Return a record as the body of a message."""
    return msgspec.Raw(encode(record))


def decode_event(kind: str, body: msgspec.Raw) -> Event:
    """Return the event of a `Told` or `Seen`; raise msgspec.ValidationError for a kind that is not known."""
    return _decoded(_EVENTS, kind, body)


def decode_command(kind: str, body: msgspec.Raw) -> AccountCommand:
    """Return the command of an `Act`; raise msgspec.ValidationError for a kind that is not known."""
    return _decoded(_COMMANDS, kind, body)


def decode_answer(kind: type[_Kind], body: msgspec.Raw) -> _Kind:
    """Return the record of an `Answer`."""
    return msgspec.msgpack.decode(body, type=kind)


def _decoded(decoders: "dict[str, Decoder[_Kind]]", kind: str, body: msgspec.Raw) -> _Kind:
    decoder = decoders.get(kind)
    if decoder is None:
        raise msgspec.ValidationError(f"unknown kind {kind[:40]!r}")
    return decoder.decode(body)
