"""An order of somebody who is to get one order id: it must not need several orders at the venue."""

from msgspec.structs import replace

from anyvenue.model.errors import InvalidOrder
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.validation import validate

__all__ = ["single_order"]


def single_order(state: AccountState, request: OrderRequest) -> OrderRequest:
    """Return the order with its prices checked and its offset resolved.

    Raise OrderError for a malformed one, and InvalidOrder where offset auto would need several orders.
    """
    instrument = state.instrument(request.instrument)
    request = validate(instrument, request)
    parts = state.split(request)
    if len(parts) > 1:
        wanted = ", ".join(f"{offset} {quantity}" for offset, quantity in parts)
        raise InvalidOrder(
            f"offset auto of {request.instrument} would need {len(parts)} orders ({wanted}); send them one by one",
            field="offset",
            value="auto",
            instrument=instrument.id,
        )
    return replace(request, offset=parts[0][0])
