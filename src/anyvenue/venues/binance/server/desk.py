"""Taking orders: what is asked for, checked by the venue's rules, and the outcome waited for."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from anyvenue.model.enums import Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError, UnknownOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Broker
from anyvenue.venues.binance.server.asking import Asked
from anyvenue.venues.binance.server.listing import Listing
from anyvenue.venues.binance.server.order_words import read_request
from anyvenue.venues.binance.server.refusals import Refused, missing, refusal_of, refused_order
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.modes import Modes
from anyvenue.venues.serving.records import Record
from anyvenue.venues.serving.taking import Taker, quantity_for

__all__ = ["Desk"]

_ZERO = Decimal(0)
_SESSION = "binance"
_NO_ANSWER = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
_MAKER = {
    Market.SPOT: (-2010, "Order would immediately match and take."),
    Market.USDM: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected. "
        "The order will not be recorded in the order history",
    ),
}
_FOK = (
    -5021,
    "Due to the order could not be filled immediately, the FOK order has been rejected. "
    "The order will not be recorded in the order history",
)


class Desk:
    """Takes the orders of one market."""

    def __init__(
        self,
        market: Market,
        broker: Broker,
        listing: Listing,
        boards: dict[str, Board],
        terms: BinanceTerms,
        now_ms: Callable[[], int],
        modes: Modes,
    ) -> None:
        """Hand orders to `broker`; `now_ms` is the clients' time."""
        self.market, self.listing = market, listing
        self._boards, self._modes = boards, modes
        self._taker = Taker(
            broker,
            f"{_SESSION}-{market}",
            now_ms,
            answer_s=terms.answer_s,
            immediate_s=terms.immediate_s,
        )

    # ---- placing

    async def place(self, asked: Asked) -> Record:
        """Place an order and return its record once its outcome is known; raise Refused."""
        record = self.send(asked, self.request(asked), asked.client_id("newClientOrderId"))
        return await self.outcome(asked.member, record)

    def request(self, asked: Asked) -> tuple[OrderRequest, Decimal]:
        """Return the order that is asked for, and what it is to be worth where it was asked for by that."""
        instrument = self.listing.get(asked.text("symbol"))
        leg = self.leg(asked)
        quantity, money = self._quantity(asked, instrument)
        request = read_request(self.market, asked, instrument, asked.member.account, quantity, leg)
        self._check(request, instrument)
        return request, money

    def send(self, asked: Asked, order: tuple[OrderRequest, Decimal], client_id: str) -> Record:
        """Send an order; raise Refused for what is refused at once."""
        member, (request, money) = asked.member, order
        if client_id:
            earlier = member.find(self.market, 0, client_id)
            if earlier is not None and not earlier.done:
                code = (-2010, "Duplicate order sent.")
                raise (
                    Refused(*code)
                    if self.market is Market.SPOT
                    else Refused(-4116, "ClientOrderId is duplicated.")
                )
        place = self.listing.place_of(request.instrument)
        assert place is not None
        try:
            return self._taker.send(member, place, request, client_id, money)
        except AnyvenueError as error:
            raise refusal_of(self.market, error) from None

    async def outcome(self, member: Member, record: Record) -> Record:
        """Return the record once the order works, is done or was refused; raise Refused for that, or -1007."""
        if not await self._taker.outcome(member, record):
            raise Refused(-1007, _NO_ANSWER, 503)
        request = record.request
        if record.state is OrderState.REJECTED:
            raise refused_order(self.market, record.code, record.reason)
        if record.state is OrderState.EXPIRED and not record.filled:
            if request.post_only:
                raise Refused(*_MAKER[self.market])
            if request.time_in_force is TimeInForce.FOK and self.market is Market.USDM:
                raise Refused(*_FOK)
        return record

    # ---- rules

    def leg(self, asked: Asked) -> str:
        """Return which lots are meant, ``long`` or ``short``, empty for a one-way account; raise Refused -4061."""
        if self.market is Market.SPOT:
            return ""
        side = asked.text("positionSide", "BOTH").upper()
        hedged = self._modes.hedged(asked.member.account)
        if side not in (("LONG", "SHORT") if hedged else ("BOTH",)):
            raise Refused(-4061, "Order's position side does not match user's setting.")
        if hedged and asked.has("reduceOnly"):
            raise Refused(-1106, "Parameter 'reduceonly' sent when not required.")
        return side.lower() if hedged else ""

    def _quantity(self, asked: Asked, instrument: Instrument) -> tuple[Decimal, Decimal]:
        quantity = asked.number("quantity")
        money = asked.number("quoteOrderQty") if self.market is Market.SPOT else None
        if quantity is None and money is not None and asked.text("type").upper() == "MARKET":
            return self._for_money(instrument, asked.text("side").upper(), money), money
        if quantity is None:
            raise missing("quantity")
        if quantity <= 0:
            if self.market is Market.USDM:
                raise Refused(-4003, "Quantity less than or equal to zero.")
            raise Refused(-1013, "Invalid quantity.")
        return quantity, _ZERO

    def _for_money(self, instrument: Instrument, side: str, money: Decimal) -> Decimal:
        """Return what `money` buys or what must be sold for it, level by level, floored to the lot."""
        board = self._boards[self.listing.symbols[instrument.id]]
        whole = quantity_for(board, Side.BUY if side == "BUY" else Side.SELL, money)
        if whole < instrument.lot.minimum:
            raise Refused(-1013, "Filter failure: LOT_SIZE")
        return whole

    def _check(self, request: OrderRequest, instrument: Instrument) -> None:
        """Check what the venue's filters say and our own exchange does not: minimum, maximum and worth."""
        lot, usdm = instrument.lot, self.market is Market.USDM
        at_market = request.type is OrderType.MARKET
        most = (lot.market_maximum if at_market else None) or lot.maximum
        if request.quantity < lot.minimum or (most is not None and request.quantity > most):
            if not usdm:
                raise Refused(-1013, "Filter failure: LOT_SIZE")
            if request.quantity < lot.minimum:
                raise Refused(-4003, "Quantity less than or equal to zero.")
            raise Refused(-4005, "Quantity greater than max quantity.")
        for name, price in (("price", request.price), ("stopPrice", request.stop_price)):
            if price is not None and price <= 0:
                raise (
                    Refused(-4001, "Price less than 0.")
                    if usdm
                    else Refused(-1013, f"Invalid {name}.")
                )
        self._check_worth(request, instrument)

    def _check_worth(self, request: OrderRequest, instrument: Instrument) -> None:
        board = self._boards[self.listing.symbols[instrument.id]]
        price = request.price or Decimal(board.price_text(board.mark))
        least = self.listing.least_value(instrument)
        if not price or request.quantity * price * instrument.multiplier >= least:
            return
        if self.market is Market.SPOT:
            raise Refused(-1013, "Filter failure: NOTIONAL")
        if not request.reduce_only and request.offset is not Offset.CLOSE:
            raise Refused(
                -4164,
                f"Order's notional must be no smaller than {least} (unless you choose reduce only).",
            )

    # ---- cancelling and changing

    def find(self, asked: Asked, *, cancelling: bool = False, prefix: str = "") -> Record:
        """Return the order that is named; raise Refused -2013, or -2011 of a cancel."""
        symbol = self.listing.symbols[self.listing.get(asked.text("symbol")).id]
        number_name = "cancelOrderId" if prefix else "orderId"
        text_name = "cancelOrigClientOrderId" if prefix else "origClientOrderId"
        if not asked.has(number_name) and not asked.has(text_name):
            raise Refused(
                -1102,
                f"Param '{text_name}' or '{number_name}' must be sent, but both were empty/null!",
            )
        number = asked.integer(number_name, 0)
        record = asked.member.find(self.market, number, asked.text(text_name, ""))
        if record is None or record.symbol != symbol or record.state is OrderState.REJECTED:
            raise (
                Refused(-2011, "Unknown order sent.")
                if cancelling
                else Refused(-2013, "Order does not exist.")
            )
        return record

    async def cancel(self, member: Member, record: Record) -> Record:
        """Cancel an order and return its record once it is gone; raise Refused -2011."""
        if record.done:
            raise Refused(-2011, "Unknown order sent.")
        try:
            answered = await self._taker.cancel(member, record)
        except UnknownOrder:
            raise Refused(-2011, "Unknown order sent.") from None
        except AnyvenueError as error:
            raise refusal_of(self.market, error) from None
        if not answered:
            raise Refused(-1007, _NO_ANSWER, 503)
        if record.state is not OrderState.CANCELLED:
            raise Refused(-2011, "Unknown order sent.")
        return record

    async def cancel_all(self, asked: Asked) -> list[Record]:
        """Cancel all orders of a symbol and return those that were cancelled."""
        symbol = self.listing.symbols[self.listing.get(asked.text("symbol")).id]
        cancelled = []
        for record in asked.member.open(self.market, symbol):
            with suppress(Refused):
                cancelled.append(await self.cancel(asked.member, record))
        return cancelled

    async def change(
        self, member: Member, record: Record, quantity: Decimal | None, price: Decimal | None
    ) -> Record:
        """Change an order in its place and return its record; raise Refused."""
        if record.done:
            raise Refused(-2013, "Order does not exist.")
        before = record.request
        if quantity in (None, before.quantity) and price in (None, before.price):
            raise Refused(-5027, "No need to modify the order.")
        try:
            answered = await self._taker.change(member, record, quantity, price)
        except AnyvenueError as error:
            raise refusal_of(self.market, error) from None
        if not answered:
            raise Refused(-1007, _NO_ANSWER, 503)
        if record.code:
            raise refused_order(self.market, record.code, record.reason)
        return record

    # ---- replacing

    async def replace(self, asked: Asked) -> tuple[Record | Refused, Record | Refused | None]:
        """Cancel an order and place another; return what became of both halves, None for what was not tried."""
        order = self.request(asked)
        only_after = asked.text("cancelReplaceMode") == "STOP_ON_FAILURE"
        cancelled: Record | Refused
        try:
            old = self.find(asked, cancelling=True, prefix="cancel")
            cancelled = await self.cancel(asked.member, old)
        except Refused as refused:
            if refused.code == -1102:
                raise
            cancelled = refused
        if isinstance(cancelled, Refused) and only_after:
            return cancelled, None
        try:
            sent = self.send(asked, order, asked.client_id("newClientOrderId"))
            return cancelled, await self.outcome(asked.member, sent)
        except Refused as refused:
            return cancelled, refused
