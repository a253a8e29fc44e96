"""What the server keeps of an account's orders, trades and income, in the venue's terms."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.venues.binance.server.numbers import quantized
from anyvenue.venues.binance.server.terms import Market

__all__ = ["DONE", "PENDING", "Averages", "Income", "Record", "TradeRow"]

_ZERO = Decimal(0)
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


class Averages:
    """The average entry price of netted positions, as the venue reckons what a trade realises."""

    def __init__(self) -> None:
        """Begin flat."""
        self._held: dict[InstrumentId, tuple[Decimal, Decimal]] = {}

    def take(self, fill: Fill) -> Decimal:
        """Take a fill and return the profit it took, fees aside."""
        held, value = self._held.get(fill.instrument, (_ZERO, _ZERO))
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        closed = _ZERO
        if held * signed < 0:
            closed = min(abs(held), abs(signed))
        realised = _ZERO
        if closed:
            average = value / held
            realised = quantized((fill.price - average) * closed.copy_sign(held))
            value -= average * closed.copy_sign(held)
            held += closed.copy_sign(signed)
        opened = signed - closed.copy_sign(signed)
        self._held[fill.instrument] = (held + opened, value + opened * fill.price)
        return realised
