"""From settings to rules: one guard a scope, with its rules in the order in which they are asked."""

from collections.abc import Iterator

from anyvenue.model.enums import RiskScope
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.risk.breakers import Breaker, Counter, Drawdown, PriceJump
from anyvenue.oms.risk.conduct import CancelRate, DuplicateOrder, OrderRate, SelfTrade
from anyvenue.oms.risk.limits import Breakers, Limits, RiskLimits
from anyvenue.oms.risk.losses import DayStarts, MaxDailyLoss
from anyvenue.oms.risk.orders import (
    ConfiguredState,
    MaxOrderNotional,
    MaxOrderQuantity,
    PriceBand,
    SessionHours,
    SessionsOf,
)
from anyvenue.oms.risk.positions import MaxExposure, MaxGrossPosition, MaxLeverage, MaxPosition
from anyvenue.oms.risk.scopes import Scope, scopes_of, scopes_of_instrument
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.wish import Rule, Wish

__all__ = ["Guard", "Guards", "all_limits"]

_EVERY = "*"
_Key = tuple[str, str, str]
Guarded = tuple[tuple["Guard", ...], tuple[Rule, ...]]


class Guard:
    """The rules and breakers of one scope."""

    def __init__(
        self,
        scope: Scope,
        limits: Limits,
        sight: Sight,
        starts: DayStarts,
        sessions_of: SessionsOf | None,
    ) -> None:
        self.scope = scope
        self.rules: tuple[Rule, ...] = (
            *_order_rules(scope, limits, sight, sessions_of),
            *_conduct_rules(scope, limits, sight),
            *_position_rules(scope, limits, sight, starts),
        )
        of = limits.breaker
        self.rejects = _counter("rejects", scope, of)
        self.unknowns = _counter("unknowns", scope, of)
        self.disconnects = _counter("disconnects", scope, of)
        self.jump = PriceJump(scope, of.price_jump) if of.price_jump is not None else None
        self.drawdown = None
        if of.drawdown is not None:
            self.drawdown = Drawdown(scope, of.drawdown, sight)

    @property
    def breakers(self) -> list[Breaker]:
        """All breakers there are."""
        every = (self.rejects, self.unknowns, self.disconnects, self.jump, self.drawdown)
        return [each for each in every if each is not None]


class Guards:
    """The guards of all scopes, made when their first order, account or price comes by."""

    def __init__(
        self, limits: RiskLimits, sight: Sight, starts: DayStarts, sessions_of: SessionsOf | None
    ) -> None:
        self.any = limits != RiskLimits()
        self._limits = limits
        self._sight = sight
        self._starts = starts
        self._sessions_of = sessions_of
        self._guards: dict[Scope, Guard | None] = {}
        self._known: dict[_Key, Guarded] = {}

    def of(self, wish: Wish) -> "Guarded":
        """Return the guards of a wish, the widest scope first, and all their rules."""
        request = wish.request
        key = (request.account, request.strategy, request.instrument)
        found = self._known.get(key)
        if found is None:
            all_of = [self.at(scope) for scope in scopes_of(request.account, request.strategy)]
            all_of += self.of_instrument(wish.instrument)
            guards = tuple(guard for guard in all_of if guard is not None)
            rules = tuple(rule for guard in guards for rule in guard.rules)
            found = self._known[key] = (guards, rules)
        return found

    def at(self, scope: Scope) -> Guard | None:
        """Return the guard of a scope, None where it has no limits."""
        if scope not in self._guards:
            limits = _limits_of(self._limits, scope) if self.any else None
            self._guards[scope] = None
            if limits is not None:
                self._guards[scope] = Guard(
                    scope, limits, self._sight, self._starts, self._sessions_of
                )
        return self._guards[scope]

    def of_instrument(self, instrument: Instrument) -> list[Guard | None]:
        """Return the guards of an instrument and its product."""
        return [
            self.at(scope) for scope in scopes_of_instrument(instrument, self._limits.instruments)
        ]

    def all(self) -> list[Guard]:
        """Return every guard there is so far."""
        return [guard for guard in self._guards.values() if guard is not None]

    def accounts_of(self, strategy: str) -> list[AccountId]:
        """Return the accounts that a strategy has sent orders for."""
        return [AccountId(key[0]) for key in self._known if key[1] == strategy]


def _limits_of(limits: RiskLimits, scope: Scope) -> Limits | None:
    """Return the settings of a scope, those of ``*`` where it has none of its own; None without any."""
    if scope.kind is RiskScope.NODE:
        return limits
    table = {
        RiskScope.ACCOUNT: limits.accounts,
        RiskScope.STRATEGY: limits.strategies,
        RiskScope.INSTRUMENT: limits.instruments,
    }[scope.kind]
    return table.get(scope.name) or table.get(_EVERY)


def all_limits(limits: RiskLimits) -> Iterator[Limits]:
    """Yield the settings of every scope there is a table for."""
    yield limits
    for table in (limits.accounts, limits.strategies, limits.instruments):
        yield from table.values()


def _order_rules(
    scope: Scope, limits: Limits, sight: Sight, sessions_of: SessionsOf | None
) -> Iterator[Rule]:
    if limits.trading != "active":
        yield ConfiguredState(scope, limits.trading == "halted", sight)
    if limits.session_hours and sessions_of is not None:
        yield SessionHours(scope, sessions_of)
    if limits.max_order_quantity is not None:
        yield MaxOrderQuantity(limits.max_order_quantity, scope)
    if limits.max_order_notional is not None:
        yield MaxOrderNotional(scope, limits.max_order_notional)
    if limits.price_band is not None or limits.price_band_ticks is not None:
        yield PriceBand(scope, limits.price_band, limits.price_band_ticks)


def _conduct_rules(scope: Scope, limits: Limits, sight: Sight) -> Iterator[Rule]:
    if limits.duplicate_ms:
        yield DuplicateOrder(scope, limits.duplicate_ms)
    if limits.order_rate is not None:
        yield OrderRate(scope, limits.order_rate)
    if limits.cancel_rate is not None:
        yield CancelRate(scope, limits.cancel_rate)
    if limits.no_self_trade:
        yield SelfTrade(scope, sight)


def _position_rules(
    scope: Scope, limits: Limits, sight: Sight, starts: DayStarts
) -> Iterator[Rule]:
    if limits.max_position is not None:
        yield MaxPosition(scope, limits.max_position, sight)
    if limits.max_gross_position is not None:
        yield MaxGrossPosition(scope, limits.max_gross_position, sight)
    if limits.max_exposure is not None:
        yield MaxExposure(scope, limits.max_exposure, sight)
    if limits.max_leverage is not None:
        yield MaxLeverage(scope, limits.max_leverage, sight)
    if limits.max_daily_loss is not None:
        yield MaxDailyLoss(scope, limits.max_daily_loss, sight, starts)


def _counter(name: str, scope: Scope, breakers: Breakers) -> Counter | None:
    settings = getattr(breakers, name)
    return Counter(name, scope, settings) if settings is not None else None
