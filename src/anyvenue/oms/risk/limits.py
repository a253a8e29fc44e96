"""What somebody allows: limits and circuit breakers as plain settings. Absent means no limit.

The same tree is the table ``[risk]`` of anyvenue.toml: its own keys hold for the node, ``[risk.accounts.NAME]``,
``[risk.strategies.NAME]`` and ``[risk.instruments."rb.SHFE"]`` for one of them, and the name ``*`` for each that has no
table of its own.
"""

import math
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec.structs import force_setattr

from anyvenue.model.numbers import to_decimal

__all__ = [
    "Breakers",
    "CountBreaker",
    "DrawdownBreaker",
    "JumpBreaker",
    "Limits",
    "Money",
    "Rate",
    "RiskLimits",
]

Money = Decimal | dict[str, Decimal]
"""An amount in whatever currency it is compared in, or amounts by currency."""

_Action = Literal["halt", "reduce_only"]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0, description="seconds")]

_PLAIN = frozenset({"count", "seconds", "duplicate_ms"})
_EXACT = frozenset(
    {
        "amount",
        "fraction",
        "max_daily_loss",
        "max_exposure",
        "max_gross_position",
        "max_leverage",
        "max_order_notional",
        "max_order_quantity",
        "max_position",
        "price_band",
        "price_band_ticks",
    }
)


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers are exact whatever type they were given in; none may be below zero. Raise ValueError else."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name in _PLAIN:
                _check_not_negative(name, value)
            elif name in _EXACT and value is not None:
                force_setattr(self, name, _exact(name, value))


class Rate(_Settings, frozen=True, kw_only=True):
    """At most `count` in any stretch of `seconds`."""

    count: _Count
    seconds: _Seconds = 1.0


class CountBreaker(_Settings, frozen=True, kw_only=True):
    """Opens at the `count`-th within `seconds`; `cancel` asks the scope's working orders back."""

    count: _Count
    seconds: _Seconds = 60.0
    action: _Action = "halt"
    cancel: bool = True


class JumpBreaker(_Settings, frozen=True, kw_only=True):
    """Opens when a price moved by more than `fraction` within `seconds`."""

    fraction: Decimal
    seconds: _Seconds = 60.0
    action: _Action = "halt"
    cancel: bool = True


class DrawdownBreaker(_Settings, frozen=True, kw_only=True):
    """Opens when equity is more than `fraction` or `amount` below its highest since the start or the last release."""

    fraction: Decimal | None = None
    amount: Money | None = None
    action: _Action = "halt"
    cancel: bool = True


class Breakers(_Settings, frozen=True, kw_only=True):
    """The circuit breakers of a scope: each halts that scope until it is released by hand."""

    rejects: CountBreaker | None = None
    unknowns: CountBreaker | None = None
    disconnects: CountBreaker | None = None
    price_jump: JumpBreaker | None = None
    drawdown: DrawdownBreaker | None = None


class Limits(_Settings, frozen=True, kw_only=True):
    """What one scope is allowed; `docs/concepts/risk.md` says what each refuses.

    Quantities are in lots, money in the instrument's currency, `price_band` is a fraction.
    """

    trading: Literal["active", "reduce_only", "halted"] = "active"
    price_band: Decimal | None = None
    price_band_ticks: Decimal | None = None
    max_order_quantity: Decimal | None = None
    max_order_notional: Money | None = None
    max_position: Decimal | None = None
    max_gross_position: Decimal | None = None
    max_exposure: Money | None = None
    max_leverage: Decimal | None = None
    order_rate: Rate | None = None
    cancel_rate: Rate | None = None
    no_self_trade: bool = False
    duplicate_ms: float = 0.0
    max_daily_loss: Money | None = None
    session_hours: bool = False
    breaker: Breakers = Breakers()


class RiskLimits(Limits, frozen=True, kw_only=True):
    """The limits of a node, and of its accounts, strategies and instruments by name."""

    accounts: dict[str, Limits] = {}
    strategies: dict[str, Limits] = {}
    instruments: dict[str, Limits] = {}

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, limits in self.instruments.items():
            _check_of_instrument(name, limits)


def _exact(name: str, value: Money) -> Money:
    if isinstance(value, dict):
        return {currency: _exact_one(name, each) for currency, each in value.items()}
    return _exact_one(name, value)


def _exact_one(name: str, value: Decimal) -> Decimal:
    number = value if isinstance(value, Decimal) else to_decimal(value, name)
    _check_not_negative(name, number)
    return number


def _check_not_negative(name: str, value: float | Decimal) -> None:
    if not 0 <= value < math.inf:
        raise ValueError(
            f"{name} was {value}; a limit is a number from 0 on, and left out there is none"
        )


def _check_of_instrument(name: str, limits: Limits) -> None:
    """Refuse what nobody can measure for an instrument alone."""
    for key, given in (
        ("max_daily_loss", limits.max_daily_loss),
        ("max_leverage", limits.max_leverage),
        ("breaker.drawdown", limits.breaker.drawdown),
        ("breaker.disconnects", limits.breaker.disconnects),
    ):
        if given is not None:
            raise ValueError(
                f"instruments {name} cannot have {key}: set it for the node, an account or a strategy"
            )
