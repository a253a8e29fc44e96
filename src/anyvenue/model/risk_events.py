"""Events of the risk gate; `model.events` has them with all others."""

import msgspec

from anyvenue.model.enums import RiskScope, TradingState

__all__ = ["RiskEvent", "RiskTripped", "TradingHalted", "TradingReleased"]


class RiskTripped(msgspec.Struct, frozen=True, gc=False):
    """A circuit breaker opened: `rule` of the scope saw `value`, which its `limit` does not allow.

    `name` is the account, the strategy or the instrument, empty for the node. A `TradingHalted` follows.
    """

    scope: RiskScope
    name: str
    rule: str
    reason: str
    value: str
    limit: str
    ts_event: int
    ts_recv: int


class TradingHalted(msgspec.Struct, frozen=True, gc=False):
    """A scope may only reduce or only cancel from now on, until it is released by hand.

    `rule` is what halted it: a breaker, ``kill_switch`` or ``manual``. `cancel` asks its working orders back.
    """

    scope: RiskScope
    name: str
    rule: str
    state: TradingState
    reason: str
    ts_event: int
    ts_recv: int
    cancel: bool = False


class TradingReleased(msgspec.Struct, frozen=True, gc=False):
    """Somebody released what `rule` had halted."""

    scope: RiskScope
    name: str
    rule: str
    ts_event: int
    ts_recv: int
    reason: str = ""


RiskEvent = RiskTripped | TradingHalted | TradingReleased
