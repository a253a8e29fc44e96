"""Rules about one order by itself: its size, its price, its time, and what its scope may do at all."""

from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

from anyvenue.model.commands import CancelOrder, ModifyOrder
from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.errors import RiskDenied
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk.limits import Money
from anyvenue.oms.risk.scopes import NODE, Scope
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.wish import Rule, Wish, deny
from anyvenue.reference.sessions import SessionCalendar

__all__ = [
    "ConfiguredState",
    "MaxOrderNotional",
    "MaxOrderQuantity",
    "PriceBand",
    "SessionHours",
    "SessionsOf",
    "limit_in",
]

SessionsOf = Callable[[Instrument], SessionCalendar]
_OPEN = InstrumentStatus.OPEN  # bound once: looking a member up on its enum class takes its time


def limit_in(money: Money, currency: str) -> Decimal | None:
    """Return a limit in `currency`, None when there is none for it."""
    return money.get(currency) if isinstance(money, dict) else money


class MaxOrderQuantity(Rule):
    """Refuse orders above a quantity. It also serves alone as one of the gate's own `rules`."""

    name = "max_order_quantity"

    def __init__(self, maximum: Decimal, scope: Scope = NODE) -> None:
        """Allow up to `maximum` lots an order."""
        super().__init__(scope)
        self.maximum = maximum

    def check(self, wish: Wish | OrderRequest, state: object = None, now: int = 0) -> None:
        """Raise RiskDenied above the maximum."""
        request = wish.request if isinstance(wish, Wish) else wish
        if isinstance(wish, Wish) and wish.only_shrinks:
            return
        self._limit(request.quantity, request.instrument)

    def check_change(
        self, change: CancelOrder | ModifyOrder, state: AccountState, now: int
    ) -> None:
        """Raise RiskDenied when a change goes above the maximum; cancels pass."""
        if isinstance(change, ModifyOrder) and change.quantity is not None:
            self._limit(change.quantity, str(change.order_id))

    def _limit(self, quantity: Decimal, what: str) -> None:
        if quantity > self.maximum:
            raise RiskDenied(
                f"quantity {plain(quantity)} of {what} is above the limit of {plain(self.maximum)} an order "
                f"({self.name} of {self.scope})",
                rule=self.name,
                scope=self.scope.kind,
                name=self.scope.name,
                value=quantity,
                limit=self.maximum,
            )


class MaxOrderNotional(Rule):
    """Refuse orders worth more than an amount at their price, or at the mark where they have none."""

    name = "max_order_notional"

    def __init__(self, scope: Scope, maximum: Money) -> None:
        super().__init__(scope)
        self.maximum = maximum

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied above the maximum, and while an order cannot be valued."""
        currency = wish.instrument.currency
        maximum = limit_in(self.maximum, currency)
        if maximum is None or wish.only_shrinks:
            return
        price = wish.price
        if price is None:
            deny_unpriced(self, wish)
        worth = wish.turnover(abs(price), wish.request.quantity)
        if worth > maximum:
            deny(
                self.name,
                self.scope,
                wish,
                f"{wish.request.side.value} {plain(wish.request.quantity)} of {wish.instrument.id} is worth "
                f"{plain(worth)} {currency}, above the limit of {plain(maximum)} an order",
                value=worth,
                limit=maximum,
            )


def deny_unpriced(rule: Rule, wish: Wish) -> NoReturn:
    """Raise RiskDenied: without a price nobody can tell whether a limit holds."""
    deny(
        rule.name,
        rule.scope,
        wish,
        f"no price of {wish.instrument.id} is known yet, so the order cannot be checked; wait for the first quote",
        code="order.risk_no_price",
    )


class PriceBand(Rule):
    """Refuse limit and trigger prices too far from the mark, on either side; market orders have none."""

    name = "price_band"

    def __init__(self, scope: Scope, fraction: Decimal | None, ticks: Decimal | None) -> None:
        super().__init__(scope)
        self.fraction = fraction
        self.ticks = ticks

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied outside the band, and while there is no mark."""
        request = wish.request
        if wish.order is not None and request.price == wish.order.price:
            return  # the price stands already, and a change touches no trigger
        for price in (request.price, request.stop_price):
            if price is not None:
                self._check_price(wish, price)

    def _check_price(self, wish: Wish, price: Decimal) -> None:
        mark = wish.state.mark(wish.instrument.id)
        if mark is None:
            deny_unpriced(self, wish)
        width = self._width(wish.instrument, mark)
        if abs(price - mark) > width:
            low, high = plain(mark - width), plain(mark + width)
            deny(
                self.name,
                self.scope,
                wish,
                f"price {plain(price)} of {wish.instrument.id} is outside of {low} to {high} around {plain(mark)}",
                value=price,
                limit=f"{low} - {high}",
            )

    def _width(self, instrument: Instrument, mark: Decimal) -> Decimal:
        """Return how far a price may be away: the narrower of the two widths."""
        widths = []
        if self.fraction is not None:
            widths.append(abs(mark) * self.fraction)
        if self.ticks is not None:
            widths.append(self.ticks * instrument.price_step.step_at(mark))
        return min(widths)


class SessionHours(Rule):
    """Refuse orders while the instrument's session calendar has no open window, auctions included."""

    name = "session_hours"

    def __init__(self, scope: Scope, sessions_of: SessionsOf) -> None:
        super().__init__(scope)
        self._sessions_of = sessions_of

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied outside of trading hours."""
        window = self._sessions_of(wish.instrument).window(wish.now)
        if window.status is not _OPEN:
            deny(
                self.name,
                self.scope,
                wish,
                f"{wish.instrument.id} is not trading now: its market is {window.status.value}",
                value=window.status,
                code="order.risk_hours",
            )


class ConfiguredState(Rule):
    """Refuse what the settings themselves shut: all orders, or those that enlarge a position."""

    name = "trading"

    def __init__(self, scope: Scope, halted: bool, sight: Sight) -> None:
        super().__init__(scope)
        self._halted = halted
        self._sight = sight

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the scope is halted, or reduce-only and the order would enlarge."""
        if self._halted:
            deny_halted(self.name, self.scope, wish, "so configured")
        elif self._sight.enlarges(wish):
            deny_reduce_only(self.name, self.scope, wish, "so configured")


def deny_halted(rule: str, scope: Scope, wish: Wish, reason: str) -> None:
    """Raise RiskDenied: only cancels go out."""
    why = f"{scope} is halted: {reason}; only cancels go out until it is released"
    deny(rule, scope, wish, why, value=reason, code="order.risk_halted")


def deny_reduce_only(rule: str, scope: Scope, wish: Wish, reason: str) -> None:
    """Raise RiskDenied: only orders that make positions smaller go out."""
    why = (
        f"{scope} may only reduce: {reason}; {wish.request.side.value} {plain(wish.remaining)} of "
        f"{wish.instrument.id} would enlarge a position"
    )
    deny(rule, scope, wish, why, value=reason, code="order.risk_reduce_only")
