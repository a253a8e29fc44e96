"""What is halted, by whom and why; and what of the gate survives a restart."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import TradingState
from anyvenue.model.ids import AccountId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.risk.breakers import Peak
from anyvenue.oms.risk.kept import Counted
from anyvenue.oms.risk.losses import DayStart
from anyvenue.oms.risk.orders import deny_halted, deny_reduce_only
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.traders import TraderRecord
from anyvenue.oms.risk.wish import Wish

__all__ = ["KILL_SWITCH", "Halt", "Halts", "RiskState"]

KILL_SWITCH = "kill_switch"
"""The rule that a kill goes by."""

_HALTED = TradingState.HALTED  # bound once: looking a member up on its enum class takes its time


class Halt(msgspec.Struct, frozen=True):
    """`rule` halted `scope` at `ts` (int ns UTC); `cancel` wants its orders gone as long as it lasts."""

    scope: Scope
    rule: str
    state: TradingState
    reason: str
    ts: int
    cancel: bool


class RiskState(msgspec.Struct, frozen=True):
    """What the gate must know again after a restart."""

    halts: tuple[Halt, ...] = ()
    day_starts: tuple[DayStart, ...] = ()
    peaks: tuple[Peak, ...] = ()
    traders: tuple[TraderRecord, ...] = ()
    asked: dict[OrderId, tuple[Decimal, ...]] = {}
    counted: tuple[Counted, ...] = ()


class Halts:
    """All halts; a scope may be halted by several rules, and each must be released."""

    def __init__(self) -> None:
        self._halts: dict[tuple[Scope, str], Halt] = {}

    def __len__(self) -> int:
        return len(self._halts)

    def all(self) -> tuple[Halt, ...]:
        """Return the halts, oldest first."""
        return tuple(self._halts.values())

    def put(self, halt: Halt) -> bool:
        """Add a halt; return False when that rule has halted the scope already, at least as hard."""
        key = (halt.scope, halt.rule)
        known = self._halts.get(key)
        if known is not None and (known.state is _HALTED or halt.state is not _HALTED):
            return False
        self._halts[key] = halt
        return True

    def has(self, scope: Scope, rule: str) -> bool:
        """Tell whether a rule has halted a scope."""
        return (scope, rule) in self._halts

    def take(self, scope: Scope, rule: str | None) -> list[Halt]:
        """Remove and return the halts of a scope, by one rule or by all."""
        found = [
            each
            for each in self._halts.values()
            if each.scope == scope and rule in (None, each.rule)
        ]
        for each in found:
            del self._halts[each.scope, each.rule]
        return found

    def check(self, wish: Wish, sight: Sight) -> None:
        """Raise RiskDenied when the wish is within a halt."""
        request = wish.request
        for halt in self._halts.values():
            if halt.scope.covers(request.account, request.strategy, wish.instrument):
                if halt.state is _HALTED:
                    deny_halted(halt.rule, halt.scope, wish, halt.reason)
                if sight.enlarges(wish):
                    deny_reduce_only(halt.rule, halt.scope, wish, halt.reason)

    def covering(
        self, account: AccountId, strategy: StrategyId, instrument: Instrument
    ) -> Halt | None:
        """Return the first halt that stops everything of these three, None when there is none."""
        for halt in self._halts.values():
            if halt.state is _HALTED and halt.scope.covers(account, strategy, instrument):
                return halt
        return None

    def recalling(
        self, account: AccountId, strategy: StrategyId, instrument: Instrument
    ) -> Halt | None:
        """Return the first halt that wants such an order gone, None when there is none."""
        for halt in self._halts.values():
            if halt.cancel and halt.scope.covers(account, strategy, instrument):
                return halt
        return None
