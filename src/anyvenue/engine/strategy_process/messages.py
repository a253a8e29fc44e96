"""What a node and the process of one of its strategies say to each other: MessagePack behind four bytes of length.

Everything goes through one pipe, in its order. A message is an array whose first element is its name.
"""

import msgspec

from anyvenue.model import errors
from anyvenue.model.errors import AnyvenueError, StrategyError
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Order
from anyvenue.model.positions import Position

__all__ = [
    "Answer",
    "Ask",
    "Began",
    "Begin",
    "Credit",
    "Failed",
    "FromStrategy",
    "Held",
    "Leave",
    "Left",
    "Line",
    "Made",
    "Raised",
    "Refused",
    "SetTimer",
    "Start",
    "ToStrategy",
    "Told",
    "decode_from_strategy",
    "decode_to_strategy",
    "error_from",
    "refusal_of",
]

Plain = str | int | float | bool | None


# ---- to the strategy


class Begin(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Make the strategy: what "module:callable" returns for `arguments`, or that class itself, with `parameters`.

    With `goes_on` an exception in a callback does not end it.
    """

    factory: str
    arguments: tuple[str, ...]
    parameters: dict[str, object]
    strategy: StrategyId
    account: AccountId
    instruments: tuple[Instrument, ...]
    goes_on: bool
    heartbeat_s: float
    patience_s: float


class Start(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Call `on_start`; the strategy has these working orders, and its account these positions."""

    now: int
    orders: tuple[Order, ...]
    positions: tuple[Position, ...]


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Something for a callback, of which `kind` is the type; `latest`: the node's latest price of the instrument."""

    kind: str
    now: int
    body: msgspec.Raw
    latest: bool = False


class Held(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Positions of the account that have changed."""

    positions: tuple[Position, ...]


class Answer(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What a question brought; `orders` are the records that it made or changed."""

    id: int
    now: int
    body: msgspec.Raw
    orders: tuple[Order, ...] = ()


class Refused(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What a question raised."""

    id: int
    now: int
    error: str
    text: str
    code: str
    fields: dict[str, Plain | list[Plain]]


class Leave(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Call `on_stop` and end."""


# ---- from the strategy


class Made(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """The strategy was made."""


class Failed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """It could not be made."""

    error: str
    text: str
    code: str


class Began(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """`on_start` is done."""


class Credit(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """`processed` market events and timers were dealt with, and `total` may have been sent; a sign of life, too."""

    processed: int
    total: int


class Ask(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A question, or a wish; the strategy waits for the answer."""

    id: int
    what: str
    body: msgspec.Raw


class SetTimer(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Set a timer; forget it where `at` is below zero."""

    name: str
    at: int
    every: int


class Line(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A line for the node's log."""

    text: str


class Raised(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A callback raised; a fatal one was the last."""

    error: str
    where: str
    fatal: bool


class Left(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """`on_stop` is done, and nothing comes any more."""


ToStrategy = Begin | Start | Told | Held | Answer | Refused | Leave
FromStrategy = Made | Failed | Began | Credit | Ask | SetTimer | Line | Raised | Left

decode_to_strategy = msgspec.msgpack.Decoder(ToStrategy).decode
decode_from_strategy = msgspec.msgpack.Decoder(FromStrategy).decode


def refusal_of(number: int, now: int, error: Exception) -> Refused:
    """Return the answer to a question that raised."""
    if not isinstance(error, AnyvenueError):
        text = f"the node raised {type(error).__name__}: {error}"
        return Refused(number, now, StrategyError.__name__, text, "strategy.question", {})
    fields = {name: _plain(value) for name, value in error.fields.items()}
    return Refused(number, now, type(error).__name__, error.text, error.code, fields)


def error_from(refused: Refused) -> AnyvenueError:
    """Return the error that was raised in the node."""
    known = refused.error in errors.__all__
    kind: type[AnyvenueError] = getattr(errors, refused.error) if known else StrategyError
    return kind(refused.text, code=refused.code, **refused.fields)


def _plain(value: object) -> Plain | list[Plain]:
    if isinstance(value, list | tuple):
        return [each if _is_plain(each) else str(each) for each in value]
    return value if _is_plain(value) else str(value)  # type: ignore[return-value]


def _is_plain(value: object) -> bool:
    return value is None or type(value) in (str, int, float, bool)
