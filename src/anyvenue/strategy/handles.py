"""What one holds of an order: a handle that reads the latest record."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from anyvenue.model.enums import OrderState
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import Order

__all__ = ["OrderHandle"]

_ZERO = Decimal(0)
_STATES = (
    OrderState.UNKNOWN,
    OrderState.PARTIAL,
    OrderState.OPEN,
    OrderState.SENT,
    OrderState.NEW,
    OrderState.REJECTED,
    OrderState.CANCELLED,
    OrderState.EXPIRED,
    OrderState.FILLED,
)


class OrderHandle:
    """One wish, which may have become several venue orders (offset auto): read it whenever you like."""

    __slots__ = ("_cancel", "_find", "_ids", "instrument", "quantity")

    def __init__(
        self,
        ids: Sequence[OrderId],
        instrument: InstrumentId,
        quantity: Decimal,
        find: Callable[[OrderId], Order],
        cancel: Callable[[OrderId], None],
    ) -> None:
        self._ids = tuple(ids)
        self.instrument = instrument
        self.quantity = quantity
        self._find = find
        self._cancel = cancel

    @property
    def order_ids(self) -> tuple[OrderId, ...]:
        """The venue orders behind the wish."""
        return self._ids

    @property
    def orders(self) -> list[Order]:
        """Their latest records."""
        return [self._find(order_id) for order_id in self._ids]

    @property
    def order(self) -> Order:
        """The latest record of the first venue order (usually the only one)."""
        return self._find(self._ids[0])

    @property
    def state(self) -> OrderState:
        """The state of the whole wish: UNKNOWN if any part is, FILLED only if all parts are."""
        states = {order.state for order in self.orders}
        if len(states) > 1 and OrderState.FILLED in states and not states & _ENDED:
            return OrderState.UNKNOWN if OrderState.UNKNOWN in states else OrderState.PARTIAL
        return next(state for state in _STATES if state in states)

    @property
    def filled(self) -> Decimal:
        """Quantity filled so far, over all parts."""
        return sum((order.filled for order in self.orders), _ZERO)

    @property
    def remaining(self) -> Decimal:
        """Quantity not filled."""
        return self.quantity - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """Average fill price for display, None without fills."""
        filled = self.filled
        value = sum((order.filled_value for order in self.orders), _ZERO)
        return value / filled if filled else None

    @property
    def done(self) -> bool:
        """True when nothing more can happen."""
        return all(order.done for order in self.orders)

    @property
    def reason(self) -> str:
        """Why it was refused or ended, in the venue's words; empty otherwise."""
        return "; ".join(order.reason for order in self.orders if order.reason)

    def cancel(self) -> None:
        """Ask to take back what is still working."""
        for order in self.orders:
            if not order.done:
                self._cancel(order.order_id)

    def __repr__(self) -> str:
        return (
            f"<OrderHandle {'+'.join(map(str, self._ids))} {self.instrument} {self.state} "
            f"{self.filled}/{self.quantity}>"
        )


_ENDED = frozenset({OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED})
