"""What working orders have frozen of an account's money."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.contracts import Contract
from anyvenue.venues.ctp.ticks.numbers import ZERO, exact, rounded, share, sum_of, text_of, whole
from anyvenue.venues.ctp.ticks.sellers import is_known, lot_margin
from anyvenue.venues.ctp.ticks.working import Key, Working

if TYPE_CHECKING:
    from anyvenue.venues.ctp.ticks.books import Books

__all__ = ["Claim", "Frozen"]

Row = Mapping[str, Value]
Claim = tuple[int, Decimal, Decimal, Decimal]
"""Lots, commission, margin and premium that were frozen for an order."""


class Frozen:
    """Sums over the orders in `claiming`, those that something is frozen for, oldest first."""

    def __init__(self, books: "Books") -> None:
        """Freeze by the rates and prices of `books`."""
        self._books = books
        self.claiming: dict[Key, Working] = {}
        self.margin = self.commission = self.cash = ZERO

    def clear(self) -> None:
        """Begin anew."""
        self.claiming.clear()
        self.margin = self.commission = self.cash = ZERO

    def release(self, orders: Iterable[Working]) -> dict[Key, Claim]:
        """Let go of everything; return what was frozen by rates that were known."""
        known = {}
        for order in orders:
            if order.priced:
                known[order.key] = order.lots, order.commission, order.margin, order.cash
            order.release()
        self.clear()
        return known

    def measure(self, order: Working, known: Claim | None = None) -> None:
        """Freeze for the rest of an order, in place of what was frozen for it; `known` if that is for as many lots."""
        self.margin -= order.margin
        self.commission -= order.commission
        self.cash -= order.cash
        order.lots = order.rest
        order.margin = order.commission = order.cash = ZERO
        contract = self._books.contract(order.code) if order.lots and order.opening else None
        if known is not None and known[0] == order.lots:
            order.priced = True
            _, order.commission, order.margin, order.cash = known
        elif contract is not None:
            self._freeze(order, contract)
        self.margin += order.margin
        self.commission += order.commission
        self.cash += order.cash
        if order.lots:
            self.claiming[order.key] = order
        else:
            self.claiming.pop(order.key, None)

    def _freeze(self, order: Working, contract: Contract) -> None:
        order.at = price = order.price or order.at or self._books.marks.price(order.code) or ZERO
        lots, quantum = order.lots, self._books.rules.quantum
        order.priced = contract.priced
        turnover = price * contract.multiplier * lots
        if contract.commission is not None:
            by_money, by_lot = contract.commission.opening
            order.commission = rounded(turnover * by_money + lots * by_lot, quantum)
        if contract.option and order.buying:
            order.cash = rounded(turnover, quantum)
        elif contract.option:
            order.priced = order.priced and is_known(self._books, contract)
            margin = lot_margin(self._books, contract, price)
            order.margin = rounded(margin * lots, quantum)
        elif contract.margin is not None:
            order.margin = rounded(contract.margin.of(order.buying, turnover, lots), quantum)

    @property
    def sells_options(self) -> bool:
        """Whether something is frozen for options to be sold, by a price that was another one then."""
        if self._books.rules.seller == "quoted":
            return False
        contracts = (self._books.lookup(each.code) for each in self.claiming.values() if each.sells)
        return any(each is not None and each.option for each in contracts)

    def adopt(self, rows: Iterable[Row]) -> None:
        """Take the counter's FrozenMargin of sold options: it follows the underlying's price when an order was sent.

        Rows that are not about the orders that are known here are passed over.
        """
        for row in rows:
            code, amount = text_of(row, "InstrumentID"), exact(row.get("FrozenMargin"))
            orders = [each for each in self.claiming.values() if each.code == code and each.sells]
            lots, own = sum(each.lots for each in orders), sum_of(each.margin for each in orders)
            contract = self._books.lookup(code)
            asked = row.get("PosiDirection") == "3" and whole(row, "ShortFrozen") == lots > 0
            if asked and contract is not None and contract.option and own != amount:
                for order in orders:
                    part = share(amount, order.lots, lots, self._books.rules.quantum)
                    lots, amount = lots - order.lots, amount - part
                    self.margin += part - order.margin
                    order.margin = part
