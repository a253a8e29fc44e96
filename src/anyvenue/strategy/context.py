"""What a strategy can ask of its host: plain records in, plain records out.

The context is message-shaped: everything that crosses it is a frozen record or a plain value, so that the host may just
as well be in another process.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from anyvenue.model.accounts import Account
from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate, MarketEvent
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import Position

__all__ = ["StrategyContext"]


class StrategyContext(Protocol):
    """The host's side of a strategy. All calls are synchronous and cheap; outcomes come as events."""

    @property
    def strategy_id(self) -> StrategyId:
        """The strategy's name in its node."""
        ...

    @property
    def account_id(self) -> AccountId:
        """The account its orders name unless they name another."""
        ...

    @property
    def now(self) -> int:
        """The kernel's time, int ns UTC."""
        ...

    def resolve(self, text: str) -> Instrument:
        """Return the instrument that `text` names; raise UnknownInstrument or AmbiguousInstrument."""
        ...

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for ``quotes``, ``depth``, ``trades`` or ``bars:1m``; raise SubscriptionError."""
        ...

    def channels(self, instrument: InstrumentId) -> frozenset[str]:
        """Return what can be subscribed to, such as ``quotes`` and ``bars:1m``; ``bars`` alone is any interval."""
        ...

    def latest(self, instrument: InstrumentId) -> MarketEvent | None:
        """Return the latest market event, None before the first."""
        ...

    def funding(self, instrument: InstrumentId) -> FundingRate | None:
        """Return the latest funding rate that the venue told, None before the first."""
        ...

    def submit(self, request: OrderRequest) -> Sequence[OrderId]:
        """Send an order; return the ids of the one to three venue orders it became; raise OrderError."""
        ...

    def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel; raise UnknownOrder."""
        ...

    def modify(self, order_id: OrderId, quantity: Decimal | None, price: Decimal | None) -> None:
        """Ask for a change; raise UnknownOrder or an error of the new values."""
        ...

    def command(self, command: AccountCommand) -> None:
        """Send a command about the account; raise NotSent. The answer comes as an event."""
        ...

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record; raise UnknownOrder."""
        ...

    def open_orders(self) -> list[Order]:
        """Return the strategy's own orders that may still change, oldest first."""
        ...

    def position(self, instrument: InstrumentId) -> Position:
        """Return the account's position."""
        ...

    def liquidation_price(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price at which the account's position would be liquidated, None when there is none."""
        ...

    def account(self, currency: str) -> Account:
        """Return the account's figures in a currency."""
        ...

    def set_timer(self, name: str, at: int, every: int) -> None:
        """Fire `name` at `at` (ns UTC), then every `every` ns if that is not 0."""
        ...

    def cancel_timer(self, name: str) -> None:
        """Forget a timer."""
        ...

    def log(self, text: str) -> None:
        """Write a line to the node's log under the strategy's name."""
        ...
