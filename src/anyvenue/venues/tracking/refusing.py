"""Orders that a venue has no words for: refused before anything is sent."""

from anyvenue.model.errors import InvalidOrder
from anyvenue.model.orders import OrderRequest

__all__ = ["cannot_take"]


def cannot_take(request: OrderRequest, field: str, why: str) -> InvalidOrder:
    """Return the error of an order whose `field` the venue cannot take as it is."""
    value = getattr(request, field)
    return InvalidOrder(
        f"{field} of the order for {request.instrument} was {value}: {why}",
        field=field,
        value=str(value),
        instrument=request.instrument,
    )
