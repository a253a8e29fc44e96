"""The call names that CTOS documents, over any venue that `anyvenue.connect` opens.

    with anyvenue.connect("sim") as venue:
        cex = Ctos(venue, exchange="okx")
        order_id = cex.place_order("btc", "buy", "limit", 1, price=cex.get_price_now("btc") * 0.99)
        cex.revoke_order(order_id)

One return style: every call returns its value and raises an `AnyvenueError`; there are no ``(result, error)`` pairs.
What CTOS names twice is there twice. Sizes are contracts and are never rounded; money is Decimal, prices are float.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Literal

import msgspec

from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.errors import ConfigError, InvalidOrder, UnknownInstrument, UnknownOrder
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, FundingRate, Quote
from anyvenue.model.numbers import Number
from anyvenue.model.orders import Order
from anyvenue.model.positions import Leg, Position
from anyvenue.model.sizing import HeldSide, Outcome, price_met
from anyvenue.reference.resolver import exchange_named
from anyvenue.strategy.options import OrderOptions

if TYPE_CHECKING:
    from anyvenue.app.served_venue import ServedVenue
    from anyvenue.engine.blocking_venue import Venue
    from anyvenue.strategy.handles import OrderHandle

__all__ = ["Book", "Ctos", "HeldPosition"]

OrderWord = Literal["market", "limit", "post_only"]
InstType = Literal["SWAP", "SPOT"]

_SIDES = {
    **dict.fromkeys(("buy", "bid", "long"), Side.BUY),
    **dict.fromkeys(("sell", "ask", "short"), Side.SELL),
}
_PERPETUALS = ("SWAP", "PERP", "USDM")  # as OKX, Backpack and Binance say it
_ZERO = Decimal(0)


class Book(msgspec.Struct, frozen=True):
    """Levels of (price, size), the best first."""

    symbol: InstrumentId
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


class HeldPosition(msgspec.Struct, frozen=True):
    """One side that is held. `value` is what it is worth at `mark_price`, the price that closing it would meet.

    Both money figures are in the currency of the price; an inverse contract has no `pnl_unrealized` here (NaN).
    """

    symbol: InstrumentId
    side: HeldSide
    quantity: Decimal
    value: Decimal
    entry_price: Decimal
    mark_price: Decimal
    pnl_unrealized: Decimal


class Ctos:
    """One venue under CTOS's names. With `exchange`, symbols are those of that exchange and a coin alone is enough."""

    def __init__(
        self, venue: "Venue | ServedVenue", exchange: str = "", inst_type: str = "SWAP"
    ) -> None:
        """Take `exchange` by its own name (``okx``), and ``SWAP`` (``PERP``, ``USDM``) or ``SPOT`` for bare pairs.

        Raise UnknownInstrument for an exchange that is not known, ConfigError for another word.
        """
        self.venue = venue
        self.exchange = exchange_named(exchange) if exchange else ""
        if inst_type not in (*_PERPETUALS, "SPOT"):
            words = ", ".join((*_PERPETUALS, "SPOT"))
            raise ConfigError(f"inst_type was {inst_type!r}; expected one of {words}")
        self._found: dict[str, Instrument] = {}
        self._kind = InstrumentKind.SPOT if inst_type == "SPOT" else InstrumentKind.PERPETUAL

    # ---- what there is

    def symbols(self) -> list[str]:
        """Return the ids of what is listed of this kind."""
        listed = self.venue.instruments(self.exchange, limit=100_000)
        return [each.id for each in listed if each.kind is self._kind]

    def find(self, symbol: str) -> Instrument:
        """Return what a symbol means: ``btc``, ``BTC/USDT``, ``BTC-USDT-SWAP``; raise UnknownInstrument."""
        if symbol not in self._found:
            self._found[symbol] = self._look_up(symbol)
        return self._found[symbol]

    def _look_up(self, symbol: str) -> Instrument:
        where = f"{self.exchange}:" if self.exchange else ""
        if self._kind is InstrumentKind.PERPETUAL:
            try:
                return self.venue.find(f"{where}{symbol}-PERP")
            except UnknownInstrument:
                pass  # it says what it is by itself, or there is no perpetual of it
        if self.exchange and symbol.isalnum():
            for quote in ("USDT", "USDC", "USD"):
                end = "-PERP" if self._kind is InstrumentKind.PERPETUAL else ""
                try:
                    return self.venue.find(f"{where}{symbol}-{quote}{end}")
                except UnknownInstrument:
                    continue
        return self.venue.find(where + symbol)

    def exchange_limits(self, symbol: str) -> Instrument:
        """Return the rules of an instrument: price step, lot, multiplier."""
        return self.find(symbol)

    def fees(self, symbol: str) -> FundingRate:
        """Return the funding rate (CTOS calls it so); `hourly` compares. Raise InvalidOrder where none is known."""
        found = self.find(symbol)
        told = getattr(self.venue, "funding", lambda _: None)(found.id)
        if not isinstance(told, FundingRate):
            raise InvalidOrder(f"no funding rate of {found.id} is known", instrument=found.id)
        return told

    # ---- prices

    def get_price_now(self, symbol: str) -> float:
        """Return the last price, else the middle of the book; raise InvalidOrder when there is none yet."""
        found = self.find(symbol)
        seen = self.venue.quote(found.id)
        for price in (getattr(seen, "last", None), getattr(seen, "mid", None)):
            if isinstance(price, float) and isfinite(price):
                return price
        return float(price_met(found, Side.BUY, seen))

    def get_orderbook(self, symbol: str, level: int = 50) -> Book:
        """Return at most `level` levels a side."""
        found = self.find(symbol)
        seen = self.venue.quote(found.id)
        if isinstance(seen, Depth):
            bids = tuple(zip(seen.bid_prices, seen.bid_sizes, strict=False))
            asks = tuple(zip(seen.ask_prices, seen.ask_sizes, strict=False))
        elif isinstance(seen, Quote):
            bids, asks = ((seen.bid, seen.bid_size),), ((seen.ask, seen.ask_size),)
        else:
            bids = asks = ()
        return Book(found.id, _priced(bids)[:level], _priced(asks)[:level])

    # ---- orders

    def place_order(
        self,
        symbol: str,
        side: str,
        order_type: str = "market",
        size: Number | None = None,
        price: Number | None = None,
        client_id: str = "",
        *,
        amount: Number | None = None,
        reduce_only: bool = False,
    ) -> OrderId:
        """Send an order of `size` contracts, or of money (`amount`), and return its id; raise OrderError.

        A `client_id` that one of the account's orders carries already gives that order's id: nothing is sent twice.
        """
        known = self._known(client_id)
        if known is not None:
            return known
        which = _SIDES.get(side.lower())
        if which is None or order_type not in ("market", "limit", "post_only"):
            raise InvalidOrder(
                f"side was {side!r} and order_type {order_type!r}; expected buy or sell, "
                "and market, limit or post_only",
                field="side" if which is None else "order_type",
            )
        if (order_type == "market") is not (price is None):
            raise InvalidOrder(f"a {order_type} order had price {price!r}", field="price")
        options: OrderOptions = {
            "amount": amount,
            "reduce_only": reduce_only,
            "post_only": order_type == "post_only",
            "tag": client_id,
        }
        send = self.venue.buy if which is Side.BUY else self.venue.sell
        return send(self.find(symbol).id, size, price, **options).order_ids[0]

    def buy(self, symbol: str, size: Number, price: Number | None = None) -> OrderId:
        """Buy at market, or by a limit order at `price`."""
        return self.place_order(symbol, "buy", "market" if price is None else "limit", size, price)

    def sell(self, symbol: str, size: Number, price: Number | None = None) -> OrderId:
        """Sell at market, or by a limit order at `price`."""
        return self.place_order(symbol, "sell", "market" if price is None else "limit", size, price)

    def amend_order(
        self, order_id: OrderId, price: Number | None = None, quantity: Number | None = None
    ) -> OrderId:
        """Ask for another price or quantity and return the order's id, which stays; raise OrderError."""
        self.venue.modify(order_id, quantity=quantity, price=price)
        return order_id

    def revoke_order(self, order_id: OrderId) -> OrderId:
        """Ask to take an order back and return its id; the outcome is in its status. Raise UnknownOrder."""
        self.get_order_status(order_id)
        self.venue.cancel_order(order_id)
        return order_id

    def get_order_status(self, order_id: OrderId) -> Order:
        """Return the latest record; raise UnknownOrder. Not open is not filled: `state` says which."""
        for order in reversed(self.venue.orders()):
            if order.order_id == order_id:
                return order
        raise UnknownOrder(f"there is no order {order_id}", order_id=order_id)

    def get_open_orders(self, symbol: str | None = None) -> list[Order]:
        """Return the working orders, of one symbol where it is given."""
        wanted = None if symbol is None else self.find(symbol).id
        return [each for each in self.venue.open_orders() if wanted in (None, each.instrument)]

    def cancel_all(self, symbol: str | None = None) -> list[OrderId]:
        """Ask to take back the working orders (of one symbol) and return their ids."""
        asked = [each.order_id for each in self.get_open_orders(symbol)]
        for order_id in asked:
            self.venue.cancel_order(order_id)
        return asked

    # ---- money and positions

    def fetch_balance(self, currency: str = "USDT") -> Decimal:
        """Return the equity in a currency; raise AccountError where the venue says there is none."""
        return self.venue.account(currency).equity

    def balances(self, currencies: Sequence[str] = ("USDT",)) -> dict[str, Decimal]:
        """Return the equity in each of some currencies."""
        return {each: self.fetch_balance(each) for each in currencies}

    def positions(self) -> list[HeldPosition]:
        """Return every side that is held."""
        return [row for held in self.venue.positions() for row in self._rows(held)]

    def get_position(self, symbol: str, side: HeldSide | None = None) -> HeldPosition | None:
        """Return what is held of a symbol (on one side) or None; raise InvalidOrder when both sides are held."""
        rows = self._rows(self.venue.position(self.find(symbol).id))
        rows = [each for each in rows if side in (None, each.side)]
        if len(rows) > 1:
            raise InvalidOrder(f"{symbol} is held long and short: say side='long' or side='short'")
        return rows[0] if rows else None

    def set_coin_position(self, symbol: str, amount: Number) -> OrderId | None:
        """Send what brings a position to be worth `amount` (below zero: short); None when nothing is missing."""
        sent: OrderHandle | None = self.venue.target(self.find(symbol).id, amount=amount)
        return None if sent is None else sent.order_ids[0]

    def close_all_positions(
        self,
        mode: str = "market",
        price_offset: Number = 0.0005,
        symbol: str | None = None,
        side: HeldSide | None = None,
        is_good: bool | None = None,
    ) -> list[OrderId]:
        """Close what is held, at market or by ``limit`` orders `price_offset` away, and return the ids. Reduce-only.

        `is_good` True closes winners, False losers.
        """
        if mode not in ("market", "limit"):
            raise InvalidOrder(f"mode was {mode!r}; expected market or limit", field="mode")
        outcome: Outcome | None = None if is_good is None else "winners" if is_good else "losers"
        sent: Sequence[OrderHandle] = self.venue.close_all(
            None if symbol is None else self.find(symbol).id,
            side=side,
            outcome=outcome,
            away=price_offset if mode == "limit" else None,
        )
        return [order_id for each in sent for order_id in each.order_ids]

    get_price = get_price_now
    cancel_order = revoke_order

    # ---- inside

    def _known(self, client_id: str) -> OrderId | None:
        if not client_id:
            return None
        orders = (each for each in self.venue.orders() if each.request.tag == client_id)
        return next((each.order_id for each in orders), None)

    def _rows(self, held: Position) -> list[HeldPosition]:
        found = self.venue.find(held.instrument)
        latest = self.venue.quote(found.id) if not held.flat else None
        rows = []
        for side, closes, legs in (
            ("long", Side.SELL, (held.long_today, held.long_old)),
            ("short", Side.BUY, (held.short_today, held.short_old)),
        ):
            if any(leg.quantity for leg in legs):
                rows.append(_row(found, side, legs, price_met(found, closes, latest)))
        return rows


def _row(found: Instrument, side: str, legs: tuple[Leg, Leg], mark: Decimal) -> HeldPosition:
    quantity = sum((leg.quantity for leg in legs), _ZERO)
    opened = sum((leg.open_value for leg in legs), _ZERO)
    gain = (mark * quantity - opened) * found.multiplier
    return HeldPosition(
        found.id,
        "long" if side == "long" else "short",
        quantity,
        found.worth(quantity, mark),
        opened / quantity,
        mark,
        Decimal("NaN") if found.inverse else gain if side == "long" else -gain,
    )


def _priced(levels: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return tuple(level for level in levels if isfinite(level[0]))
