"""What the server keeps of an account's orders, trades and income, in the venue's terms."""

from collections import deque
from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.venues.binance.server.numbers import quantized
from anyvenue.venues.binance.server.terms import Market

__all__ = ["DONE", "PENDING", "Income", "Lots", "Record", "TradeRow"]

_ZERO, _ONE = Decimal(0), Decimal(1)
PENDING = "PENDING_NEW"
DONE = frozenset({"FILLED", "CANCELED", "EXPIRED", "REJECTED"})


class TradeRow(msgspec.Struct, frozen=True):
    """One execution of an order: `number` is its id in the account, `realised` the profit that it took."""

    number: int
    fill: Fill
    ts_ms: int
    realised: Decimal

    @property
    def value(self) -> Decimal:
        """Price times quantity."""
        return self.fill.price * self.fill.quantity


class Record(msgspec.Struct):
    """One order; `status` is the venue's word. `money` is what a market order was to be worth."""

    order_id: OrderId
    market: Market
    symbol: str
    request: OrderRequest
    client_id: str
    created_ms: int
    updated_ms: int
    status: str = PENDING
    filled: Decimal = _ZERO
    value: Decimal = _ZERO
    reason: str = ""
    code: str = ""
    triggered: bool = False
    money: Decimal = _ZERO
    trades: list[TradeRow] = []
    original_type: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in DONE

    @property
    def average(self) -> Decimal:
        """The average price of what was filled, 0 without fills."""
        return quantized(self.value / self.filled) if self.filled else _ZERO


class Income(msgspec.Struct, frozen=True):
    """Money that came or went in USD-M: REALIZED_PNL, COMMISSION, FUNDING_FEE or TRANSFER."""

    number: int
    symbol: str
    kind: str
    amount: Decimal
    asset: str
    ts_ms: int
    trade: str = ""


class Lots:
    """What each fill of a netted position opened, first in first out, as the exchange's own books reckon."""

    def __init__(self) -> None:
        """Begin flat."""
        self._held: dict[InstrumentId, deque[tuple[Decimal, Decimal]]] = {}

    def take(self, fill: Fill, multiplier: Decimal = _ONE) -> Decimal:
        """Take a fill and return the profit it took, fees aside."""
        lots = self._held.setdefault(fill.instrument, deque())
        left = fill.quantity if fill.side is Side.BUY else -fill.quantity
        realised = _ZERO
        while left and lots and lots[0][0] * left < 0:
            held, price = lots.popleft()
            closed = min(abs(held), abs(left)).copy_sign(held)
            realised += (fill.price - price) * closed
            left += closed
            if held != closed:
                lots.appendleft((held - closed, price))
        if left:
            lots.append((left, fill.price))
        return quantized(realised * multiplier)
