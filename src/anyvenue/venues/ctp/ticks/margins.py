"""The margin of held lots: history at the settlement price, today's at opening prices, options by their rule."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.venues.ctp.ticks.lots import Lot, Part, Side
from anyvenue.venues.ctp.ticks.numbers import ZERO, rounded, share
from anyvenue.venues.ctp.ticks.sellers import lot_margin, margin_price

if TYPE_CHECKING:
    from anyvenue.venues.ctp.ticks.books import Books

__all__ = ["account_margin", "margin_of_lot", "margins_of", "previous_margin", "side_margin"]


def _fixed(books: "Books", side: Side, value: Decimal, volume: int) -> Decimal:
    """Return the margin of lots whose prices x volumes are `value`, by the contract's ratios."""
    rates = side.contract.margin
    if rates is None or not volume:
        return ZERO
    return rounded(
        rates.of(side.long, value * side.contract.multiplier, volume), books.rules.quantum
    )


def side_margin(books: "Books", side: Side) -> Decimal:
    """Return the margin of all lots of a side."""
    if not side.volume:
        return ZERO
    if not side.contract.option:
        return _fixed(books, side, side.old_mark_value + side.today.value, side.volume)
    if side.long:
        return ZERO
    margin = lot_margin(books, side.contract, margin_price(books, side))
    return rounded(margin * side.volume, books.rules.quantum)


def margins_of(books: "Books", side: Side) -> tuple[Decimal, Decimal]:
    """Return the margin of today's lots and of the older ones; together they are the side's."""
    whole = side_margin(books, side)
    if side.contract.option:
        if not whole:
            return ZERO, ZERO
        today = share(whole, side.today.volume, side.volume, books.rules.quantum)
    else:
        today = _fixed(books, side, side.today.value, side.today.volume)
    return today, whole - today


def margin_of_lot(
    books: "Books", side: Side, part: Part, lot: Lot, margins: tuple[Decimal, Decimal]
) -> Decimal:
    """Return the margin of one lot, of an option its share."""
    if not lot.volume or not any(margins):
        return ZERO
    if side.contract.option:
        whole = margins[0] if part is side.today else margins[1]
        return share(whole, lot.volume, part.volume, books.rules.quantum)
    return _fixed(books, side, side.mark_of(part, lot) * lot.volume, lot.volume)


def previous_margin(books: "Books", side: Side) -> Decimal:
    """Return the margin of what the day began with, where it has a fixed ratio."""
    if side.contract.option or side.settled is None:
        return ZERO
    return _fixed(books, side, side.settled * side.previous, side.previous)


def account_margin(books: "Books", sides: Iterable[Side]) -> Decimal:
    """Return the margin of an account; of each product the larger side alone where that is the rule."""
    total = ZERO
    groups: dict[tuple[str, str], list[Decimal]] = {}
    for side in sides:
        margin = side_margin(books, side)
        contract = side.contract
        if books.rules.larger_side and contract.larger_side and not contract.option:
            sums = groups.setdefault((contract.product, contract.exchange), [ZERO, ZERO])
            sums[0 if side.long else 1] += margin
        else:
            total += margin
    return total + sum((max(sums) for sums in groups.values()), ZERO)
