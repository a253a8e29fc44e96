"""Taking orders: what is asked for, checked by the venue's rules, and the outcome waited for."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

from anyvenue.model.commands import SetMarginMode
from anyvenue.model.enums import OrderState, OrderType
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Broker
from anyvenue.venues.okx.server.asking import Asked
from anyvenue.venues.okx.server.commands import Commands
from anyvenue.venues.okx.server.holdings import Holdings
from anyvenue.venues.okx.server.listing import TYPES, Listing
from anyvenue.venues.okx.server.order_words import (
    MODES,
    Words,
    leg_word,
    mode_of,
    read_request,
    read_side,
)
from anyvenue.venues.okx.server.refusals import (
    Refused,
    bad,
    missing,
    no_answer,
    refusal_of,
    refused_order,
)
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.members import Times
from anyvenue.venues.serving.modes import Modes
from anyvenue.venues.serving.records import Record
from anyvenue.venues.serving.taking import Taker, quantity_for

__all__ = ["Desk"]

_ZERO = Decimal(0)
_NO_CANCEL = (
    "51400",
    "Cancellation failed as the order has been filled, canceled or does not exist.",
)
_NO_CHANGE = "51503", "Modification failed as the order does not exist."
_DONE_BEFORE = {
    OrderState.CANCELLED: ("51509", "Modification failed as the order has been canceled."),
    OrderState.EXPIRED: ("51509", "Modification failed as the order has been canceled."),
    OrderState.FILLED: ("51510", "Modification failed as the order has been completed."),
}


class Desk:
    """Takes the orders of all markets."""

    def __init__(
        self,
        broker: Broker,
        listing: Listing,
        boards: Mapping[str, Board],
        holdings: Holdings,
        commands: Commands,
        terms: OkxTerms,
        times: Times,
        modes: Modes,
    ) -> None:
        """Hand orders to `broker`; `boards` go by the venue's names."""
        self.listing = listing
        self._boards, self._holdings, self._commands = boards, holdings, commands
        self._modes = modes
        # A name that is free in one market must not be taken by an order of another that is done.
        self._takers = {
            market: Taker(
                *(broker, f"okx-{market}", times.now_ms), answer_s=terms.answer_s, immediate_s=0.0
            )
            for market in TYPES
        }
        self._requests: dict[OrderId, str] = {}

    # ---- placing

    async def place(self, asked: Asked) -> Record:
        """Place an order and return its record once the venue has taken it; raise Refused."""
        name = self.listing.asked(asked)
        request, money = self._read(asked, name)
        client_id = asked.client_id("clOrdId")
        self._check_client_id(asked.member, client_id)
        await self._choose_mode(asked.member, name, Words.of(request).mode)
        return await self.send(asked.member, request, client_id, money)

    async def send(
        self, member: Member, request: OrderRequest, client_id: str = "", money: Decimal = _ZERO
    ) -> Record:
        """Send an order and return its record once the venue has taken it; raise Refused."""
        place = self.listing.place_of(request.instrument)
        assert place is not None
        taker = self._takers[place.market]
        try:
            record = taker.send(member, place, request, client_id, money)
        except AnyvenueError as error:
            raise refusal_of(error) from None
        if not await taker.outcome(member, record):
            raise no_answer()
        if record.state is OrderState.REJECTED:
            raise refused_order(record.code, record.reason)
        return record

    def _read(self, asked: Asked, name: str) -> tuple[OrderRequest, Decimal]:
        """Return the order that is asked for, and what it is to be worth where it was asked for by that."""
        instrument, kind = self.listing.get(name), self.listing.types[name]
        mode, ordered = mode_of(asked, kind), asked.text("ordType")
        unit = ""
        if kind == "SPOT" and ordered == "market":
            usual = "quote_ccy" if asked.text("side") == "buy" else "base_ccy"
            unit = asked.choice("tgtCcy", ("base_ccy", "quote_ccy"), usual)
        quantity, money = asked.positive("sz"), _ZERO
        if unit == "quote_ccy":
            money = quantity
            quantity = quantity_for(self._boards[name], read_side(asked), money)
        words = Words(mode, ordered, unit, asked.text("tag", ""))
        if "|" in words.tag:
            raise bad("tag")
        account = asked.member.account
        leg = leg_word(asked, kind, hedged=self._modes.hedged(account))
        request = read_request(asked, instrument, kind, account, quantity, words, leg)
        self._check(request, instrument)
        return request, money

    def _check(self, request: OrderRequest, instrument: Instrument) -> None:
        """Check what the venue's rules say and our own exchange does not: minimum and maximum."""
        lot = instrument.lot
        at_market = request.type is OrderType.MARKET
        most = (lot.market_maximum if at_market else None) or lot.maximum
        if request.quantity < lot.minimum:
            raise Refused("51020", "Your order should meet or exceed the minimum order amount.")
        if most is not None and request.quantity > most:
            if at_market:
                raise Refused("51202", "Market order amount exceeds the maximum amount.")
            raise Refused("51005", "Your order amount exceeds the max order amount.")
        try:
            instrument.quantity(request.quantity)
            if request.price is not None:
                instrument.price(request.price)
        except AnyvenueError as error:
            raise refusal_of(error) from None

    def _check_client_id(self, member: Member, client_id: str) -> None:
        """Check that no working order has this id: one that is done leaves its name free."""
        for market in TYPES if client_id else ():
            earlier = member.find(market, 0, client_id)
            if earlier is not None and not earlier.done:
                raise Refused("51016", "Client order ID already exists.")

    async def _choose_mode(self, member: Member, name: str, mode: str) -> None:
        """Have an instrument margined as an order says: at the venue each position has its own, here the instrument."""
        if mode == "cash":
            return
        instrument = self.listing.get(name)
        wanted = MODES[mode]
        if self._holdings.terms(member.account, instrument).mode is wanted:
            return
        busy = instrument.id in self._holdings.held(member.account) or member.open(
            self.listing.types[name], name
        )
        if busy:
            raise Refused(
                "51010",
                f"{name} has positions or orders in the other margin mode; close them before",
            )
        command = SetMarginMode(member.account, instrument.id, wanted, self._commands.now())
        await self._commands.give(member, command, "51010")

    # ---- cancelling and changing

    def find(self, asked: Asked, refusal: tuple[str, str]) -> Record:
        """Return the order that is named; raise Refused."""
        name = self.listing.asked(asked)
        market = self.listing.types[name]
        if not asked.has("ordId") and not asked.has("clOrdId"):
            raise missing("ordId")
        client_id = "" if asked.has("ordId") else asked.text("clOrdId")
        record = asked.member.find(market, asked.integer("ordId"), client_id)
        unknown = record is None or record.symbol != name
        if record is None or unknown or record.state is OrderState.REJECTED:
            raise Refused(*refusal)
        return record

    async def cancel(self, asked: Asked) -> Record:
        """Cancel the order that is named and return its record once it is gone; raise Refused."""
        return await self.cancel_one(asked.member, self.find(asked, _NO_CANCEL))

    async def cancel_one(self, member: Member, record: Record) -> Record:
        """Cancel an order and return its record once it is gone; raise Refused."""
        if record.done:
            raise Refused(*_NO_CANCEL)
        try:
            answered = await self._takers[record.market].cancel(member, record)
        except AnyvenueError as error:
            raise refusal_of(error) from None
        if not answered:
            raise no_answer()
        if record.state is not OrderState.CANCELLED:
            raise Refused(*_NO_CANCEL)
        return record

    async def cancel_all(self, member: Member) -> None:
        """Cancel all orders of an account."""
        for market in TYPES:
            for record in member.open(market):
                with suppress(Refused):
                    await self.cancel_one(member, record)

    async def change(self, asked: Asked) -> Record:
        """Change the order that is named in its place and return its record; raise Refused."""
        record = self.find(asked, _NO_CHANGE)
        quantity, price = asked.number("newSz"), asked.number("newPx")
        if quantity is None and price is None:
            raise missing("newSz")
        for name, value in (("newSz", quantity), ("newPx", price)):
            if value is not None and value <= 0:
                raise bad(name)
        try:
            return await self._change(asked, record, quantity, price)
        except Refused:
            if asked.flag("cxlOnFail"):
                with suppress(Refused):
                    await self.cancel_one(asked.member, record)
            raise

    async def _change(
        self, asked: Asked, record: Record, quantity: Decimal | None, price: Decimal | None
    ) -> Record:
        if record.done:
            raise Refused(*_DONE_BEFORE.get(record.state, _NO_CHANGE))
        before = record.request
        self._requests[record.order_id] = asked.text("reqId", "")
        try:
            answered = await self._takers[record.market].change(
                asked.member, record, quantity, price
            )
        except AnyvenueError as error:
            raise refusal_of(error) from None
        finally:
            self._requests.pop(record.order_id, None)
        if not answered:
            raise no_answer()
        if record.code:
            raise refused_order(record.code, record.reason)
        if record.request is before:
            raise Refused(*_DONE_BEFORE.get(record.state, _NO_CHANGE))
        return record

    def request_id(self, record: Record) -> str:
        """Return what the client calls the change that is under way, empty for nothing."""
        return self._requests.get(record.order_id, "")
