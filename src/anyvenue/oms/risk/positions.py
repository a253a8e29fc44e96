"""Rules about what would be held if every working order filled: lots, their worth, and their worth over equity."""

from collections.abc import Iterable
from decimal import Decimal

from anyvenue.model.enums import Offset, RiskScope
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.money import ratio
from anyvenue.oms.risk.limits import Money
from anyvenue.oms.risk.orders import deny_unpriced, limit_in
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.sight import Lots, Sight
from anyvenue.oms.risk.wish import Rule, Wish, deny

__all__ = ["MaxExposure", "MaxGrossPosition", "MaxLeverage", "MaxPosition"]

_INSTRUMENT = RiskScope.INSTRUMENT
_NODE = RiskScope.NODE
_OPEN = Offset.OPEN  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)


class MaxPosition(Rule):
    """Limit long less short lots of a contract, all working orders of the wish's side counted as filled."""

    name = "max_position"

    def __init__(self, scope: Scope, maximum: Decimal, sight: Sight) -> None:
        super().__init__(scope)
        self.maximum = maximum
        self._sight = sight

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the wish could bring the net position above the maximum."""
        if wish.order is not None and wish.remaining <= wish.before:
            return
        lots = self._sight.lots(self.scope, wish)
        net = lots.long - lots.short
        after = net + lots.buys if wish.buys else lots.sells - net
        after += wish.remaining
        if after > self.maximum:
            deny(
                self.name,
                self.scope,
                wish,
                f"with all working orders filled {wish.instrument.id} would be at "
                f"{plain(after if wish.buys else -after)} lots; the limit is {plain(self.maximum)} either way",
                value=after,
                limit=self.maximum,
            )


class MaxGrossPosition(Rule):
    """Limit long plus short lots of a contract; where positions are netted, their larger side at worst."""

    name = "max_gross_position"

    def __init__(self, scope: Scope, maximum: Decimal, sight: Sight) -> None:
        super().__init__(scope)
        self.maximum = maximum
        self._sight = sight

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the wish enlarges the gross position above the maximum."""
        before, after = _worst(self._sight, self.scope, wish)
        if after > before and after > self.maximum:
            deny(
                self.name,
                self.scope,
                wish,
                f"with all working orders filled {plain(after)} lots of {wish.instrument.id} would be held; "
                f"the limit is {plain(self.maximum)}",
                value=after,
                limit=self.maximum,
            )


class MaxExposure(Rule):
    """Limit what all positions and working orders are worth, long and short added, in each currency."""

    name = "max_exposure"

    def __init__(self, scope: Scope, maximum: Money, sight: Sight) -> None:
        super().__init__(scope)
        self.maximum = maximum
        self._sight = sight

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the wish enlarges the exposure above the maximum."""
        currency = wish.instrument.currency
        maximum = limit_in(self.maximum, currency)
        if maximum is None:
            return
        before, after = _worst(self._sight, self.scope, wish)
        if after <= before:
            return
        states = self._sight.states(self.scope, wish.state)
        worth = _exposure(self, self._sight, states, wish, after)
        if worth > maximum:
            deny(
                self.name,
                self.scope,
                wish,
                f"with all working orders filled positions would be worth {plain(worth)} {currency}; "
                f"the limit is {plain(maximum)}",
                value=worth,
                limit=maximum,
            )


class MaxLeverage(Rule):
    """Limit the exposure over the equity of the account traded; for the node, of all accounts together."""

    name = "max_leverage"

    def __init__(self, scope: Scope, maximum: Decimal, sight: Sight) -> None:
        super().__init__(scope)
        self.maximum = maximum
        self._sight = sight

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the wish enlarges the exposure above that many times the equity."""
        currency = wish.instrument.currency
        before, after = _worst(self._sight, self.scope, wish)
        if after <= before:
            return
        states: Iterable[AccountState] = (wish.state,)
        if self.scope.kind is _NODE:
            states = self._sight.accounts.values()
        worth = _exposure(self, self._sight, states, wish, after)
        equity = sum((wish.worth(state) for state in states), _ZERO)
        if worth > self.maximum * equity:
            leverage = f"{ratio(worth, equity):.4f}" if equity > 0 else "Infinity"
            deny(
                self.name,
                self.scope,
                wish,
                f"with all working orders filled positions worth {plain(worth)} {currency} would stand on "
                f"{plain(equity)} of equity; the limit is {plain(self.maximum)} times",
                value=Decimal(leverage),
                limit=self.maximum,
            )


def _worst(sight: Sight, scope: Scope, wish: Wish) -> tuple[Decimal, Decimal]:
    """Return the most lots of the wish's instrument without and with it."""
    key = ("worst", scope)
    found = wish.memo.get(key)
    if found is None:
        found = wish.memo[key] = _count_worst(sight, scope, wish)
    return found


def _count_worst(sight: Sight, scope: Scope, wish: Wish) -> tuple[Decimal, Decimal]:
    hedged = sight.hedged(scope, wish.instrument)
    lots = sight.lots(scope, wish)
    before = lots
    if wish.order is not None:
        before = lots.copied()
        opening = wish.before if wish.order.request.offset is _OPEN else _ZERO
        before.add(wish.request.side, wish.before, opening)
    most = before.worst(hedged)
    lots.add(wish.request.side, wish.remaining, sight.opening(wish))
    return most, lots.worst(hedged)


def _exposure(
    rule: Rule, sight: Sight, states: Iterable[AccountState], wish: Wish, lots: Decimal
) -> Decimal:
    """Return what is worth how much at worst, `lots` of the wish's own instrument; in its currency."""
    price, mark = wish.price, wish.state.mark(wish.instrument.id)
    if price is None:
        deny_unpriced(rule, wish)
    # A new price counts only where it makes the order worth more.
    total = max(wish.turnover(abs(each), lots) for each in (price, mark or price))
    # The node's leverage is of all accounts, an instrument's exposure, too; else states go by the scope.
    key = ("others", rule.scope, type(states))
    rest = wish.memo.get(key)
    if rest is None:
        rest = wish.memo[key] = _worth_of_others(sight, rule.scope, states, wish)
    return total + rest


def _worth_of_others(
    sight: Sight, scope: Scope, states: Iterable[AccountState], wish: Wish
) -> Decimal:
    total = _ZERO
    for instrument, most in _others(sight, scope, states, wish).values():
        at = wish.state.mark(instrument.id)
        if at is not None and most:
            total += wish.state.booking(instrument.id).turnover(instrument, abs(at), most)
    return total


def _others(
    sight: Sight, scope: Scope, states: Iterable[AccountState], wish: Wish
) -> dict[str, tuple[Instrument, Decimal]]:
    """Return the scope's other instruments in the wish's currency, with the most lots of each."""
    currency, own = wish.instrument.currency, wish.instrument.id
    lots: dict[str, tuple[Instrument, Lots]] = {}
    for state in states:
        for instrument in state.held_instruments(currency):
            if instrument.id != own and _counts(scope, instrument):
                long, short = sight.held(scope, state, instrument.id)
                _, known = lots.setdefault(instrument.id, (instrument, Lots(_ZERO, _ZERO)))
                known.long += long
                known.short += short
        for order in sight.working(scope, state, wish):
            request = order.request
            if request.instrument == own:
                continue
            instrument = state.instrument(request.instrument)
            if instrument.currency == currency and _counts(scope, instrument):
                _, known = lots.setdefault(instrument.id, (instrument, Lots(_ZERO, _ZERO)))
                most = sight.asked.most(order)
                known.add(request.side, most, most if request.offset is _OPEN else _ZERO)
    return {
        name: (instrument, each.worst(sight.hedged(scope, instrument)))
        for name, (instrument, each) in lots.items()
    }


def _counts(scope: Scope, instrument: Instrument) -> bool:
    return scope.kind is not _INSTRUMENT or scope.covers_instrument(instrument)
