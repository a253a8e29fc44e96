"""The margin of sold options, a lot and unrounded."""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.venues.ctp.ticks.contracts import Contract
from anyvenue.venues.ctp.ticks.numbers import ZERO

if TYPE_CHECKING:
    from anyvenue.venues.ctp.ticks.books import Books
    from anyvenue.venues.ctp.ticks.lots import Side

__all__ = ["is_known", "lot_margin", "margin_price"]

_HALF = Decimal("0.5")


def is_known(books: "Books", contract: Contract) -> bool:
    """Tell whether the counter has told what `lot_margin` needs."""
    if books.rules.seller == "quoted":
        return contract.fixed is not None
    if contract.seller is None or contract.seller.kind != "commodity":
        return True
    future = books.lookup(contract.underlying)
    return future is not None and future.margin is not None


def lot_margin(books: "Books", contract: Contract, price: Decimal) -> Decimal:
    """Return what one sold lot of an option costs while the option's price is `price`.

    ``quoted``: premium and the larger of FixedMargin and MiniMargin. ``current``: by the exchange's rule at the
    underlying's current price, at the strike while there is none.
    """
    premium = price * contract.multiplier
    if books.rules.seller == "quoted":
        return premium + max(contract.fixed or ZERO, contract.least)
    rule, unit = contract.seller, contract.multiplier
    assert rule is not None
    at = books.marks.price(contract.underlying) or contract.strike
    away = contract.strike - at if contract.call else at - contract.strike
    out = max(away, ZERO)
    if rule.kind == "commodity":
        future = _future_margin(books, contract, at)
        return premium + max(future - out * unit * _HALF, future * rule.floor)
    least = (at if contract.call else contract.strike) * rule.floor
    if rule.kind == "index":
        least *= rule.rate
    margin = premium + max((at * rule.rate - out) * unit, least * unit)
    if rule.kind == "fund" and not contract.call:
        margin = min(margin, contract.strike * unit)
    return margin


def _future_margin(books: "Books", option: Contract, at: Decimal) -> Decimal:
    """Return the margin of one lot of the future, of the side that an assignment would open."""
    future = books.lookup(option.underlying)
    if future is None or future.margin is None:
        books.unpriced[option.underlying] = None
        return ZERO
    return future.margin.of(not option.call, at * future.multiplier, 1)


def margin_price(books: "Books", side: "Side") -> Decimal:
    """Return the price a held option is margined at.

    The larger of the current and, of lots held overnight, the settlement price (OptionRoyaltyPriceType 5); the latest
    opening price while there is neither.
    """
    mark = books.marks.price(side.contract.code)
    settled = side.settled if side.old.volume else None
    known = [each for each in (mark, settled) if each is not None]
    if known:
        return max(known)
    lots = side.today.lots if side.today.volume else side.old.lots
    return lots[-1].price
