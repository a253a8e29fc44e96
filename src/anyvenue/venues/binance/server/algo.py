"""Conditional orders of USD-M: kept here until their trigger price is touched, then sent as ordinary orders.

Since December 2025 the venue has them apart from orders: they have ids of their own, and freeze nothing before they
trigger.
"""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.binance.server.asking import Asked
from anyvenue.venues.binance.server.desk import Desk
from anyvenue.venues.binance.server.holdings import Holdings
from anyvenue.venues.binance.server.order_words import offset_of
from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.binance.wire_futures import AlgoUpdate, UserAlgo
from anyvenue.venues.binance.wire_rest import AlgoOrder
from anyvenue.venues.serving.board import Board, BoardListener
from anyvenue.venues.serving.figures import one_leg
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.triggers import Trigger

__all__ = ["Algos", "Kept"]

_ZERO = Decimal(0)
_FIRST_ID = 1_000_000_000
_LIMITS = ("STOP", "TAKE_PROFIT")
_TRAILING = "TRAILING_STOP_MARKET"
_KINDS = (*_LIMITS, "STOP_MARKET", "TAKE_PROFIT_MARKET", _TRAILING)
_GONE = Refused(-2011, "Unknown order sent.")
_TIMES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTC,
}


class Kept(msgspec.Struct):
    """A conditional order, who gave it, and what sets it off."""

    order: AlgoOrder
    member: Member
    board: Board
    asked: Asked
    trigger: Trigger
    refusal: str = ""

    @property
    def working(self) -> bool:
        """Whether it still waits."""
        return self.order.algo_status == "NEW"


class Algos(BoardListener):
    """All conditional orders of the market; `tell` is given what the accounts' streams hear."""

    def __init__(
        self,
        desk: Desk,
        holdings: Holdings,
        boards: dict[str, Board],
        now_ms: Callable[[], int],
        tell: Callable[[Member, AlgoUpdate], None],
    ) -> None:
        """Begin with none."""
        self._desk, self._holdings, self._boards = desk, holdings, boards
        self._now_ms, self._tell = now_ms, tell
        self._all: dict[int, Kept] = {}
        self._waiting: dict[str, dict[int, Kept]] = {each: {} for each in boards}
        self._last = _FIRST_ID
        self._tasks: set[asyncio.Task[None]] = set()
        for board in boards.values():
            board.listeners.append(self)

    # ---- asked

    def place(self, asked: Asked) -> AlgoOrder:
        """Take a conditional order; raise Refused."""
        kept = self._read(asked)
        if kept.order.client_algo_id and self._find(
            asked.member, 0, kept.order.client_algo_id, working=True
        ):
            raise Refused(-4116, "ClientOrderId is duplicated.")
        self._check_trigger(kept)
        self._last += 1
        order = kept.order
        order.algo_id = self._last
        order.client_algo_id = order.client_algo_id or f"anyvenue-{self._last}"
        order.create_time = order.update_time = self._now_ms()
        self._all[self._last] = kept
        self._waiting[kept.board.symbol][self._last] = kept
        self._changed(kept)
        return order

    def cancel(self, asked: Asked) -> Kept:
        """Take a conditional order back; raise Refused -2011."""
        kept = self.find(asked)
        if not kept.working:
            raise _GONE
        self._end(kept, "CANCELED")
        return kept

    def cancel_all(self, asked: Asked) -> None:
        """Take back those of a symbol."""
        self._desk.listing.get(asked.text("symbol"))
        for kept in self.open(asked.member, asked.text("symbol").upper()):
            self._end(kept, "CANCELED")

    def find(self, asked: Asked) -> Kept:
        """Return the one that is named; raise Refused -2011."""
        found = self._find(asked.member, asked.integer("algoId", 0), asked.text("clientAlgoId", ""))
        if found is None:
            raise _GONE
        return found

    def open(self, member: Member, symbol: str = "") -> list[Kept]:
        """Return an account's that wait."""
        return [each for each in self.of(member, symbol) if each.working]

    def of(self, member: Member, symbol: str = "") -> list[Kept]:
        """Return all of an account."""
        return [
            each
            for each in self._all.values()
            if each.member is member and symbol in ("", each.board.symbol)
        ]

    async def close(self) -> None:
        """End what is being sent."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- market

    def priced(self, board: Board) -> None:
        """Look which are touched by the price."""
        waiting = self._waiting[board.symbol]
        if not waiting:
            return
        price = board.tape.last or board.mark
        for kept in list(waiting.values()):
            if price and kept.trigger.touched(price):
                self._trigger(kept)

    def _trigger(self, kept: Kept) -> None:
        self._waiting[kept.board.symbol].pop(kept.order.algo_id, None)
        kept.order.algo_status = "TRIGGERED"
        task = asyncio.ensure_future(self._send(kept))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, kept: Kept) -> None:
        order = kept.order
        try:
            request = self._request(kept)
            record = self._desk.send(kept.asked, (request, _ZERO), "")
            record.original_type = order.order_type
            order.actual_order_id = str(record.order_id)
            self._changed(kept)
            await self._desk.outcome(kept.member, record)
            self._end(kept, "FINISHED")
        except Refused as refused:
            kept.refusal = refused.text
            self._end(kept, "REJECTED")

    def _request(self, kept: Kept) -> OrderRequest:
        order = kept.order
        instrument = kept.board.instrument
        quantity, side = order.quantity, Side.BUY if order.side == "BUY" else Side.SELL
        leg = order.position_side.lower().replace("both", "")
        if order.close_position:
            quantity = self._closable(kept, side, leg)
        priced = order.order_type in _LIMITS
        return OrderRequest(
            kept.member.account,
            instrument.id,
            side,
            quantity,
            order.price if priced else None,
            OrderType.LIMIT if priced else OrderType.MARKET,
            _TIMES.get(order.time_in_force, TimeInForce.GTC) if priced else TimeInForce.IOC,
            offset_of(side, leg),
            reduce_only=not leg and (order.reduce_only or order.close_position),
            post_only=priced and order.time_in_force == "GTX",
        )

    def _closable(self, kept: Kept, side: Side, leg: str) -> Decimal:
        """Return the whole of what is held and `side` closes; raise Refused -2022 where that is nothing."""
        held = self._holdings.positions(kept.member.account).get(kept.board.instrument.id)
        if leg:
            held = one_leg(held, leg)
        if held is None or not held.net or (held.net > 0) is (side is Side.BUY):
            raise Refused(-2022, "ReduceOnly Order is rejected.")
        return abs(held.net)

    # ---- reading

    def _read(self, asked: Asked) -> Kept:
        if asked.text("algoType") != "CONDITIONAL":
            raise Refused(
                -1102, "Mandatory parameter 'algoType' was not sent, was empty/null, or malformed."
            )
        board = self._boards[
            self._desk.listing.symbols[self._desk.listing.get(asked.text("symbol")).id]
        ]
        kind, side = asked.text("type").upper(), asked.text("side").upper()
        if kind not in _KINDS:
            raise Refused(-1116, "Invalid orderType.")
        if side not in ("BUY", "SELL"):
            raise Refused(-1117, "Invalid side.")
        closing = asked.flag("closePosition")
        quantity = asked.number("quantity")
        if quantity is None and not closing:
            raise missing("quantity")
        order = AlgoOrder(
            algo_id=0,
            client_algo_id=asked.client_id("clientAlgoId"),
            order_type=kind,
            symbol=board.symbol,
            side=side,
            position_side=asked.text("positionSide", "BOTH").upper(),
            time_in_force=asked.text("timeInForce", "GTC").upper(),
            quantity=quantity or _ZERO,
            price=asked.number("price") or _ZERO,
            working_type=asked.text("workingType", "CONTRACT_PRICE"),
            reduce_only=asked.flag("reduceOnly"),
            close_position=closing,
            price_protect=asked.flag("priceProtect"),
        )
        self._read_trigger(asked, order)
        instrument = board.instrument
        if order.quantity:
            instrument.quantity(order.quantity)
        return Kept(order, asked.member, board, asked, _trigger_of(order))

    def _read_trigger(self, asked: Asked, order: AlgoOrder) -> None:
        self._desk.leg(asked)
        if order.order_type in _LIMITS and not order.price:
            raise missing("price")
        if order.order_type == _TRAILING:
            rate = asked.number("callbackRate")
            if rate is None or not Decimal("0.1") <= rate <= 10:
                raise Refused(-2007, "Invalid callBack rate.")
            order.callback_rate = rate
            order.activate_price = (
                asked.number("activatePrice") or asked.number("activationPrice") or _ZERO
            )
            return
        trigger = asked.number("triggerPrice")
        if trigger is None or trigger <= 0:
            raise missing("triggerPrice")
        order.trigger_price = trigger

    def _check_trigger(self, kept: Kept) -> None:
        price = kept.board.tape.last or kept.board.mark
        if kept.order.order_type != _TRAILING and price and kept.trigger.touched(price):
            raise Refused(-2021, "Order would immediately trigger.")

    def _find(
        self, member: Member, number: int, client_id: str, *, working: bool = False
    ) -> Kept | None:
        for kept in reversed(self.of(member)):
            if number and kept.order.algo_id == number:
                return kept
            if not number and client_id and kept.order.client_algo_id == client_id:
                return kept if kept.working or not working else None
        return None

    def _end(self, kept: Kept, status: str) -> None:
        self._waiting[kept.board.symbol].pop(kept.order.algo_id, None)
        kept.order.algo_status = status
        self._changed(kept)

    def _changed(self, kept: Kept) -> None:
        order = kept.order
        order.update_time = now = self._now_ms()
        actual = order.actual_order_id if isinstance(order.actual_order_id, str) else ""
        told = UserAlgo(
            client_id=order.client_algo_id,
            algo_id=order.algo_id,
            type=order.order_type,
            symbol=order.symbol,
            side=order.side,
            position_side=order.position_side,
            time_in_force=order.time_in_force,
            quantity=order.quantity,
            status=order.algo_status,
            order_id=actual,
            stop_price=order.trigger_price,
            price=order.price,
            working_type=order.working_type,
            close_position=order.close_position,
            price_protect=order.price_protect,
            reduce_only=order.reduce_only,
        )
        if kept.refusal:
            told.refusal = kept.refusal
        self._tell(kept.member, AlgoUpdate(now, now, told))


def _trigger_of(order: AlgoOrder) -> Trigger:
    """Return what sets an order off: stops a price that runs away, profits one that comes, trailing ones a turn."""
    buy = order.side == "BUY"
    if order.order_type != _TRAILING:
        return Trigger(buy is order.order_type.startswith("STOP"), float(order.trigger_price))
    begins = float(order.activate_price) if isinstance(order.activate_price, Decimal) else 0.0
    rate = float(order.callback_rate) / 100 if isinstance(order.callback_rate, Decimal) else 0.0
    return Trigger(buy, rate=rate, begins=begins)
