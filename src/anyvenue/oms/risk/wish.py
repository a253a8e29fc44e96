"""One new or changed order as the rules see it, and how they say no."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

from anyvenue.model.enums import Side
from anyvenue.model.errors import RiskDenied
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk.scopes import Scope

__all__ = ["Rule", "Wish", "deny"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)


class Wish:
    """What somebody wants to send: `request` as it would stand, with `order` the working one it would change.

    `remaining` is what would work then; `before` the most of it that may work already. In `memo` rules leave for each
    other what took them long to work out.
    """

    __slots__ = ("before", "instrument", "memo", "now", "order", "remaining", "request", "state")

    def __init__(
        self,
        request: OrderRequest,
        state: AccountState,
        now: int,
        order: Order | None = None,
        before: Decimal = _ZERO,
    ) -> None:
        self.request = request
        self.state = state
        self.now = now
        self.order = order
        self.before = before
        self.memo: dict[object, Any] = {}
        self.instrument = state.instrument(request.instrument)
        self.remaining = request.quantity
        if order is not None:
            self.remaining = max(request.quantity - order.filled, _ZERO)

    @property
    def buys(self) -> bool:
        """True for a buy."""
        return self.request.side is _BUY

    @property
    def price(self) -> Decimal | None:
        """The order's own price, else its trigger, else the mark; None while none is known."""
        request = self.request
        return request.price or request.stop_price or self.state.mark(request.instrument)

    @property
    def only_shrinks(self) -> bool:
        """True for a change that only takes quantity away."""
        order = self.order
        if order is None:
            return False
        return self.remaining <= self.before and self.request.price == order.price

    def worth(self, state: AccountState) -> Decimal:
        """Return the equity of an account in the currency of the wish."""
        key = ("worth", state.account)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = state.worth(self.instrument.currency)
        return found

    def working(self, state: AccountState) -> list[Order]:
        """Return the working orders of an account, but the one that is to be changed."""
        key = ("working", state.account)
        found = self.memo.get(key)
        if found is None:
            own = self.order.order_id if self.order is not None else None
            orders = state.orders.open_orders()
            found = self.memo[key] = [each for each in orders if each.order_id != own]
        return found

    def turnover(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Return what `quantity` at `price` is worth, as the instrument's kind counts it."""
        booking = self.state.booking(self.instrument.id)
        return booking.turnover(self.instrument, price, quantity)


class Rule:
    """One limit of one scope. It refuses in `check`; `sent` tells it what went out after every rule had agreed.

    `counts` is what it must know again after a restart.
    """

    name = ""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def check(self, wish: Wish) -> None:
        """Return, or raise RiskDenied."""

    def counts(self) -> tuple[int, ...]:
        """Return the times (int ns UTC) of what was counted, oldest first."""
        return ()

    def recount(self, times: Sequence[int]) -> None:
        """Take what was kept in place of everything counted."""

    def sent(self, wish: Wish, orders: int) -> None:
        """Take note that a wish went out as so many venue orders, or as a change (1)."""

    def cancelled(self, now: int) -> None:
        """Take note that a cancel went out."""

    def resent(self, wish: Wish, whole: OrderRequest) -> None:
        """Take note, from a journal, of one venue order that went out; `whole` is the wish it is part of, so far."""
        self.sent(wish, 1)


def deny(
    rule: str,
    scope: Scope,
    wish: Wish,
    why: str,
    *,
    value: object = "",
    limit: object = "",
    code: str | None = None,
) -> NoReturn:
    """Raise RiskDenied with everything a program wants to know about it."""
    raise RiskDenied(
        f"{why} ({rule} of {scope})",
        code=code,
        rule=rule,
        scope=scope.kind,
        name=scope.name,
        value=value,
        limit=limit,
        account=wish.request.account,
        instrument=wish.request.instrument,
        order_id=wish.order.order_id if wish.order is not None else 0,
    )
