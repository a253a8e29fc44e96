"""Price limits of the day: an order outside them is refused by the exchange."""

from decimal import Decimal

from anyvenue.model.enums import OrderType
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE, plain
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.marks import exact_price

__all__ = ["PriceLimits"]


class PriceLimits:
    """The latest limits that snapshots told; without any, or in absent ones, every price is allowed."""

    def __init__(self) -> None:
        """Begin with no limit known."""
        self._known: dict[InstrumentId, tuple[float, float]] = {}

    def learn(self, event: Depth) -> None:
        """Take the limits of a snapshot."""
        if event.upper_limit == event.upper_limit or event.lower_limit == event.lower_limit:
            self._known[event.instrument] = (event.lower_limit, event.upper_limit)

    def news(self, event: Depth) -> bool:
        """Tell whether a snapshot has limits that are not known."""
        known = self._known.get(event.instrument)
        if known is None:
            return event.upper_limit == event.upper_limit or event.lower_limit == event.lower_limit
        return known[0] != event.lower_limit or known[1] != event.upper_limit

    def forget(self, instrument: InstrumentId) -> None:
        """Begin a new day: yesterday's limits say nothing of it."""
        self._known.pop(instrument, None)

    def check(self, instrument: Instrument, request: OrderRequest) -> None:
        """Raise InvalidOrder when the limit price is outside the day's limits."""
        known = self._known.get(instrument.id)
        if known is None or request.price is None or request.type is OrderType.MARKET:
            return
        lower, upper = (_exact(each, instrument) for each in known)
        too_low = lower is not None and request.price < lower
        if too_low or (upper is not None and request.price > upper):
            between = " to ".join(
                plain(each) if each is not None else "-" for each in (lower, upper)
            )
            raise InvalidOrder(
                f"price {plain(request.price)} of {instrument.id} is outside the day's limits, {between}",
                code="order.outside_limits",
                field="price",
                value=plain(request.price),
                instrument=instrument.id,
                lower=lower,
                upper=upper,
            )


def _exact(price: float, instrument: Instrument) -> Decimal | None:
    if not 0 < price < ABSENT_ABOVE:
        return None
    return exact_price(price, instrument) or None  # below half a tick it is no limit
