"""The risk hook: rules that every request passes before it is sent, in order; the first refusal wins."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from anyvenue.model.commands import CancelOrder, ModifyOrder
from anyvenue.model.errors import RiskDenied
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.account_state import AccountState

__all__ = ["MaxOrderQuantity", "RiskGate", "RiskRule"]


class RiskRule(Protocol):
    """One rule. A rule that does not care about cancels or modifies leaves those methods as they are."""

    name: str

    def check(self, request: OrderRequest, state: AccountState, now: int) -> None:
        """Return, or raise RiskDenied(rule=...)."""
        ...

    def check_change(
        self, change: CancelOrder | ModifyOrder, state: AccountState, now: int
    ) -> None:
        """Return, or raise RiskDenied(rule=...)."""
        ...


class RiskGate:
    """All rules of a node."""

    def __init__(self, rules: Sequence[RiskRule] = ()) -> None:
        """Keep `rules` in the order given."""
        self.rules = tuple(rules)

    def check(self, request: OrderRequest, state: AccountState, now: int) -> None:
        """Pass a new order through every rule; raise RiskDenied."""
        for rule in self.rules:
            rule.check(request, state, now)

    def check_change(
        self, change: CancelOrder | ModifyOrder, state: AccountState, now: int
    ) -> None:
        """Pass a cancel or a modify through every rule; raise RiskDenied."""
        for rule in self.rules:
            rule.check_change(change, state, now)


class MaxOrderQuantity:
    """Refuse orders above a quantity."""

    name = "max_order_quantity"

    def __init__(self, maximum: Decimal) -> None:
        """Allow up to `maximum` lots an order."""
        self.maximum = maximum

    def check(self, request: OrderRequest, state: AccountState, now: int) -> None:
        """Raise RiskDenied above the maximum."""
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
                f"quantity {plain(quantity)} of {what} is above the limit of {plain(self.maximum)} an order",
                rule=self.name,
                value=quantity,
                limit=self.maximum,
            )
