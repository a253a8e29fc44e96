"""Taking orders: what is asked for, checked by the venue's rules, and the outcome waited for."""

from contextlib import suppress
from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState, OrderType, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Broker
from anyvenue.venues.backpack.server.listing import Listing
from anyvenue.venues.backpack.server.order_words import OrderBody, make_request, waits
from anyvenue.venues.backpack.server.refusals import (
    NO_ANSWER,
    NOT_FOUND,
    Refused,
    malformed,
    refusal_of,
    refused_order,
)
from anyvenue.venues.backpack.server.terms import MARKET, BackpackTerms
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.members import Times
from anyvenue.venues.serving.records import Record
from anyvenue.venues.serving.taking import Taker, quantity_for

__all__ = ["Desk", "Named", "Sweep"]

_ZERO = Decimal(0)


class Named(msgspec.Struct, rename="camel"):
    """An order of a market, by its id or by the client's own."""

    symbol: str
    order_id: str = ""
    client_id: int | None = None


class Sweep(msgspec.Struct, rename="camel"):
    """The orders of a market, or of one kind: RestingLimitOrder or ConditionalOrder."""

    symbol: str
    order_type: str = ""


class Desk:
    """Takes the orders of all markets; `boards` go by symbol."""

    def __init__(
        self,
        broker: Broker,
        listing: Listing,
        boards: dict[str, Board],
        terms: BackpackTerms,
        times: Times,
    ) -> None:
        """Hand orders to `broker`."""
        self._listing, self._boards = listing, boards
        self._taker = Taker(
            broker,
            MARKET,
            times.now_ms,
            answer_s=terms.answer_s,
            immediate_s=terms.immediate_s,
        )

    # ---- placing

    async def place(self, member: Member, body: OrderBody) -> Record:
        """Place an order and return its record once its outcome is known; raise Refused."""
        instrument = self._listing.get(body.symbol)
        margined = instrument.position_rule.margined
        try:
            request, money = self._request(member, body, instrument)
            record = self._send(member, body, request, money)
        except AnyvenueError as error:
            raise refusal_of(error, margined=margined) from None
        if not await self._taker.outcome(member, record):
            raise NO_ANSWER
        if record.state is OrderState.REJECTED:
            raise refused_order(record.code, record.reason, margined=margined)
        if record.state is OrderState.EXPIRED and request.post_only and not record.filled:
            raise Refused("INVALID_ORDER", "Order would immediately match and take")
        return record

    def _send(
        self, member: Member, body: OrderBody, request: OrderRequest, money: Decimal
    ) -> Record:
        client = body.client
        earlier = member.find(MARKET, 0, client) if client else None
        if earlier is not None and not earlier.done:
            raise malformed("Duplicate client id")
        place = self._listing.place_of(request.instrument)
        assert place is not None
        return self._taker.send(member, place, request, client, money)

    def _request(
        self, member: Member, body: OrderBody, instrument: Instrument
    ) -> tuple[OrderRequest, Decimal]:
        """Return the order that is asked for, and what it is to be worth where it was asked for by that."""
        board, money = self._boards[body.symbol], _ZERO
        if (body.trigger_price is None) is not (body.trigger_quantity is None):
            raise malformed("Must specify both `triggerPrice` and `triggerQuantity` or neither")
        quantity = body.quantity
        if body.trigger_quantity is not None:
            quantity = _trigger_quantity(body.trigger_quantity)
        elif quantity is None and body.quote_quantity is not None and body.order_type == "Market":
            money = body.quote_quantity
            quantity = quantity_for(board, Side.BUY if body.side == "Bid" else Side.SELL, money)
        if quantity is None:
            raise malformed("Must specify either `quantity` or `quoteQuantity`")
        if quantity < instrument.lot.minimum:
            raise Refused("INVALID_QUANTITY", "Quantity is below the minimum quantity")
        request = make_request(body, instrument, member.account, quantity)
        _check_trigger(request, board)
        return request, money

    # ---- asking and cancelling

    def find(self, member: Member, named: Named) -> Record:
        """Return an order that works; raise Refused RESOURCE_NOT_FOUND."""
        self._listing.get(named.symbol)
        if not named.order_id and named.client_id is None:
            raise malformed("Must specify either `orderId` or `clientId`")
        number = int(named.order_id) if named.order_id.isdecimal() else 0
        if named.order_id and not number:
            raise malformed("Invalid order id")
        client = str(named.client_id) if named.client_id is not None else ""
        record = member.find(MARKET, number, client)
        if record is None or record.symbol != named.symbol or record.done:
            raise NOT_FOUND
        return record

    async def cancel(self, member: Member, record: Record) -> Record:
        """Cancel an order and return its record once it is gone; raise Refused."""
        try:
            answered = await self._taker.cancel(member, record)
        except AnyvenueError as error:
            raise refusal_of(error) from None
        if not answered:
            raise NO_ANSWER
        if record.state is not OrderState.CANCELLED:
            raise NOT_FOUND
        return record

    async def sweep(self, member: Member, sweep: Sweep) -> list[Record]:
        """Cancel the orders of a market and return those that were cancelled."""
        self._listing.get(sweep.symbol)
        gone = []
        for record in member.open(MARKET, sweep.symbol):
            kind = "ConditionalOrder" if waits(record) else "RestingLimitOrder"
            if sweep.order_type in ("", kind):
                with suppress(Refused):
                    gone.append(await self.cancel(member, record))
        return gone


def _trigger_quantity(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise Refused(
            "NOT_IMPLEMENTED", "Shares of a position are not offered here as triggerQuantity"
        ) from None


def _check_trigger(request: OrderRequest, board: Board) -> None:
    """Refuse what would go off at once: here a trigger lies where the price would run away to."""
    price = board.tape.last or board.mark
    if request.stop_price is None or request.type is OrderType.MARKET or not price:
        return
    trigger = float(request.stop_price)
    behind = trigger <= price if request.side is Side.BUY else trigger >= price
    if behind:
        raise Refused(
            "NOT_IMPLEMENTED", "Triggers that wait for a better price are not offered here"
        )
