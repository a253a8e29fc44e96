"""Refusals in Binance's own codes and texts. Source: its lists of error codes of spot and USD-M."""

from collections.abc import Mapping

from anyvenue.model.errors import (
    AnyvenueError,
    DuplicateClientRef,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    OffLot,
    OffTick,
    RateLimited,
    TableError,
    UnknownOrder,
)
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire import ApiError

__all__ = ["Refused", "missing", "refusal_of", "refused_order"]

_BALANCE = "Account has insufficient balance for requested action."
_SPOT = {
    InsufficientFunds.code: (-2010, _BALANCE),
    InsufficientPosition.code: (-2010, _BALANCE),
    OffTick.code: (-1013, "Filter failure: PRICE_FILTER"),
    OffLot.code: (-1013, "Filter failure: LOT_SIZE"),
    DuplicateClientRef.code: (-2010, "Duplicate order sent."),
    UnknownOrder.code: (-2011, "Unknown order sent."),
    TableError.code: (-1121, "Invalid symbol."),
}
_USDM = {
    InsufficientFunds.code: (-2019, "Margin is insufficient."),
    InsufficientPosition.code: (-2022, "ReduceOnly Order is rejected."),
    OffTick.code: (-4014, "Price not increased by tick size."),
    OffLot.code: (-1111, "Precision is over the maximum defined for this asset."),
    DuplicateClientRef.code: (-4116, "ClientOrderId is duplicated."),
    UnknownOrder.code: (-2011, "Unknown order sent."),
    TableError.code: (-1121, "Invalid symbol."),
}
_FIELDS_SPOT = {
    "quantity": (-1013, "Filter failure: LOT_SIZE"),
    "price": (-1013, "Filter failure: PRICE_FILTER"),
}
_FIELDS_USDM = {
    "quantity": (-4003, "Quantity less than or equal to zero."),
    "price": (-4001, "Price less than 0."),
}


class Refused(Exception):
    """An answer with an error: the venue's code and text, the HTTP status, and seconds to wait for a limit's."""

    def __init__(
        self,
        code: int,
        text: str,
        status: int = 400,
        *,
        wait: int = 0,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text, self.status, self.wait = code, text, status, wait
        self.data = data

    def body(self) -> ApiError:
        """Return what is sent."""
        if self.data is None:
            return ApiError(self.code, self.text)
        return ApiError(self.code, self.text, dict(self.data))


def missing(name: str) -> Refused:
    """Return the refusal of a request without a parameter, or with one that cannot be read."""
    return Refused(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def refusal_of(market: Market, error: AnyvenueError) -> Refused:
    """Return what the venue says for one of our errors."""
    if isinstance(error, RateLimited):
        return Refused(-1015, "Too many new orders.", 429, wait=int(error.fields["retry_after"]))  # type: ignore[call-overload]
    return refused_order(market, error.code, error.text, str(error.fields.get("field", "")))


def refused_order(market: Market, code: str, reason: str, field: str = "") -> Refused:
    """Return what the venue says for an order that was refused with our `code`; others keep our words."""
    spot = market is Market.SPOT
    known = (_SPOT if spot else _USDM).get(code)
    if known is None and code.startswith(TableError.code):
        known = _SPOT[TableError.code]
    if known is None and code == InvalidOrder.code:
        known = (_FIELDS_SPOT if spot else _FIELDS_USDM).get(field)
    if known is None and not spot and "leverage" in reason:
        known = (-2027, "Exceeded the maximum allowable position at current leverage.")
    return Refused(*known) if known is not None else Refused(-2010, reason or "NEW_ORDER_REJECTED")
