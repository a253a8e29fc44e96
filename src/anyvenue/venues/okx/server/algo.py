"""Conditional orders: kept here until their price is touched, then sent as ordinary ones.

They have ids of their own, and freeze nothing before they trigger.
"""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.okx.server.asking import Asked, Endpoint, Security
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.order_words import Words, leg_word, mode_of, offset_of, read_side
from anyvenue.venues.okx.server.pages import Page
from anyvenue.venues.okx.server.refusals import Refused, bad, missing, refusal_of
from anyvenue.venues.okx.server.trading import Done
from anyvenue.venues.okx.wire import Acknowledged
from anyvenue.venues.okx.wire_account import AlgoOrderRow
from anyvenue.venues.serving.board import Board, BoardListener
from anyvenue.venues.serving.figures import one_leg
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.triggers import Trigger

__all__ = ["Algos", "Kept"]

_ZERO = Decimal(0)
_FIRST_ID = 1_000_000_000
_AT_MARKET = "-1"
_KINDS = ("conditional", "oco", "trigger", "move_order_stop")
_GONE = "51400", "Cancellation failed as the order has been filled, canceled or does not exist."
_Tell = Callable[[Member, AlgoOrderRow], None]


class Way(msgspec.Struct):
    """One way in which a conditional order is set off, and the price it is sent at then, -1 for market."""

    name: str
    trigger: Trigger
    price: str


class Kept(msgspec.Struct):
    """A conditional order and who gave it."""

    row: AlgoOrderRow
    member: Member
    board: Board
    ways: list[Way]
    closing: bool = False

    @property
    def working(self) -> bool:
        """Whether it still waits."""
        return self.row.state == "live"


class Algos(BoardListener):
    """All conditional orders; `tell` is given what the accounts' streams hear."""

    def __init__(self, house: House, tell: _Tell) -> None:
        """Begin with none."""
        self.house, self._tell = house, tell
        self._all: dict[int, Kept] = {}
        self._waiting: dict[str, dict[int, Kept]] = {each: {} for each in house.boards}
        self._last = _FIRST_ID
        self._tasks: set[asyncio.Task[None]] = set()
        for board in house.boards.values():
            board.listeners.append(self)

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        signed, trade = Security.SIGNED, Security.TRADE
        return {
            ("POST", "trade/order-algo"): Endpoint(self.place, trade, 20),
            ("POST", "trade/cancel-algos"): Endpoint(self.cancel, trade, 20),
            ("POST", "trade/cancel-advance-algos"): Endpoint(self.cancel, trade, 20),
            ("GET", "trade/order-algo"): Endpoint(self.order, signed, 20),
            ("GET", "trade/orders-algo-pending"): Endpoint(self.working, signed, 20),
            ("GET", "trade/orders-algo-history"): Endpoint(self.past, signed, 20),
        }

    async def close(self) -> None:
        """End what is being sent."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- asked

    def place(self, asked: Asked) -> Done:
        """Take a conditional order."""
        made = Acknowledged(algo_cl_ord_id=asked.text("algoClOrdId", ""), tag=asked.text("tag", ""))
        try:
            made.algo_id = self._take(asked).row.algo_id
        except Refused as refused:
            made.s_code, made.s_msg = refused.code, refused.text
        return Done([made])

    def cancel(self, asked: Asked) -> Done:
        """Take conditional orders back."""
        return Done([self._cancel(asked.row(each)) for each in asked.rows])

    def order(self, asked: Asked) -> list[AlgoOrderRow]:
        """Return one conditional order."""
        found = self._find(asked.member, asked.integer("algoId"), asked.text("algoClOrdId", ""))
        if found is None:
            raise Refused("51603", "Order does not exist")
        return [found.row]

    def working(self, asked: Asked) -> list[AlgoOrderRow]:
        """Return those that wait, newest first."""
        return self._page(asked, [each for each in self._of(asked.member) if each.working])

    def past(self, asked: Asked) -> list[AlgoOrderRow]:
        """Return those that are done, newest first."""
        found = [each for each in self._of(asked.member) if not each.working]
        if not asked.has("state") and not asked.has("algoId"):
            raise missing("state")
        state = asked.text("state", "")
        return self._page(asked, [each for each in found if state in ("", each.row.state)])

    def _page(self, asked: Asked, found: list[Kept]) -> list[AlgoOrderRow]:
        kinds = asked.text("ordType").split(",")
        name, kind = asked.text("instId", ""), asked.text("instType", "")
        number = asked.text("algoId", "")
        rows = [
            each.row
            for each in found
            if each.row.ord_type in kinds
            and name in ("", each.row.inst_id)
            and kind in ("", each.row.inst_type)
            and number in ("", each.row.algo_id)
        ]
        return Page(asked).of(rows, lambda row: int(row.algo_id))

    def _cancel(self, asked: Asked) -> Acknowledged:
        made = Acknowledged(
            algo_id=asked.text("algoId", ""), algo_cl_ord_id=asked.text("algoClOrdId", "")
        )
        try:
            self.house.listing.asked(asked)
            found = self._find(asked.member, asked.integer("algoId"), made.algo_cl_ord_id)
            if found is None or not found.working or found.row.inst_id != asked.text("instId"):
                raise Refused(*_GONE)
            made.algo_id = found.row.algo_id
            self._end(found, "canceled")
        except Refused as refused:
            made.s_code, made.s_msg = refused.code, refused.text
        return made

    def _of(self, member: Member) -> list[Kept]:
        return [each for each in self._all.values() if each.member is member]

    def _find(self, member: Member, number: int, client_id: str) -> Kept | None:
        for kept in reversed(self._of(member)):
            if kept.row.algo_id == str(number) or (
                not number and client_id and kept.row.algo_cl_ord_id == client_id
            ):
                return kept
        return None

    # ---- market

    def priced(self, board: Board) -> None:
        """Look which are touched by the price."""
        waiting = self._waiting[board.symbol]
        if not waiting or not board.mark:
            return
        for kept in list(waiting.values()):
            for way in kept.ways:
                if way.trigger.touched(board.mark):
                    self._trigger(kept, way)
                    break

    def _trigger(self, kept: Kept, way: Way) -> None:
        self._waiting[kept.board.symbol].pop(int(kept.row.algo_id), None)
        kept.row.state = "effective"
        kept.row.trigger_time = str(self.house.now_ms())
        kept.row.actual_side = way.name
        task = asyncio.ensure_future(self._send(kept, way))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, kept: Kept, way: Way) -> None:
        row = kept.row
        try:
            request = self._request(kept, way)
            record = await self.house.desk.send(kept.member, request)
        except Refused as refused:
            row.fail_code = refused.code
            self._end(kept, "order_failed")
            return
        row.ord_id, row.ord_id_list = str(record.order_id), [str(record.order_id)]
        row.actual_sz = plain(request.quantity)
        row.actual_px = "" if request.price is None else plain(request.price)
        self._end(kept, "effective")

    def _request(self, kept: Kept, way: Way) -> OrderRequest:
        row, instrument = kept.row, kept.board.instrument
        leg = row.pos_side if row.pos_side in ("long", "short") else ""
        side, reduce_only = Side(row.side), row.reduce_only == "true" or kept.closing
        quantity = Decimal(row.sz) if row.sz else _ZERO
        if kept.closing:
            held = self._held(kept, leg)
            if not held or (held > 0) is (side is Side.BUY):
                raise Refused("51023", "Position doesn't exist.")
            quantity = abs(held)
        at_market = way.price == _AT_MARKET
        return OrderRequest(
            kept.member.account,
            instrument.id,
            side,
            quantity,
            None if at_market else Decimal(way.price),
            OrderType.MARKET if at_market else OrderType.LIMIT,
            TimeInForce.IOC if at_market else TimeInForce.GTC,
            offset_of(side, leg),
            reduce_only=reduce_only and not leg,
            tag=Words(
                *(row.td_mode, "market" if at_market else "limit", "", row.tag),
                *(row.algo_id, row.algo_cl_ord_id),
            ).note(),
        )

    def _held(self, kept: Kept, leg: str) -> Decimal:
        found = {
            each.instrument: each for each in self.house.broker.positions(kept.member.account)
        }.get(kept.board.id)
        held = one_leg(found, leg) if leg else found
        return held.net if held is not None else _ZERO

    # ---- reading

    def _take(self, asked: Asked) -> Kept:
        kept = self._read(asked)
        row = kept.row
        client_id = row.algo_cl_ord_id
        earlier = self._find(asked.member, 0, client_id) if client_id else None
        if earlier is not None and earlier.working:
            raise Refused("51065", "algoClOrdId already exists.")
        self._last += 1
        row.algo_id = str(self._last)
        row.c_time = row.u_time = str(self.house.now_ms())
        self._all[self._last] = kept
        self._waiting[kept.board.symbol][self._last] = kept
        self._tell(kept.member, row)
        return kept

    def _read(self, asked: Asked) -> Kept:
        name = self.house.listing.asked(asked)
        board, kind = self.house.boards[name], self.house.listing.types[name]
        side, closing = read_side(asked), asked.has("closeFraction")
        if closing and (asked.text("closeFraction") != "1" or kind == "SPOT"):
            raise bad("closeFraction")
        hedged = self.house.modes.hedged(asked.member.account)
        leg = leg_word(asked, kind, hedged=hedged)
        row = AlgoOrderRow(
            inst_id=name,
            algo_id="",
            state="live",
            side=side.value,
            ord_type=asked.choice("ordType", _KINDS),
            inst_type=kind,
            algo_cl_ord_id=asked.client_id("algoClOrdId"),
            tag=asked.text("tag", ""),
            sz="" if closing else plain(asked.positive("sz")),
            close_fraction="1" if closing else "",
            pos_side="" if kind == "SPOT" else leg or "net",
            td_mode=mode_of(asked, kind),
            reduce_only="true"
            if asked.flag("reduceOnly") and kind != "SPOT" and not leg
            else "false",
        )
        kept = Kept(row, asked.member, board, [], closing)
        self._read_ways(asked, kept, side)
        self._check(kept)
        return kept

    def _read_ways(self, asked: Asked, kept: Kept, side: Side) -> None:
        row, buy = kept.row, side is Side.BUY
        if row.ord_type == "move_order_stop":
            kept.ways = [self._read_trailing(asked, row, buy)]
            return
        if row.ord_type == "trigger":
            price = asked.positive("triggerPx")
            row.trigger_px, row.ord_px = plain(price), _order_price(asked, "orderPx")
            row.trigger_px_type = asked.text("triggerPxType", "last")
            last = kept.board.mark
            kept.ways = [Way("", Trigger(float(price) >= last, float(price)), row.ord_px)]
            return
        for name in ("tp", "sl"):
            if asked.has(f"{name}TriggerPx"):
                price = asked.positive(f"{name}TriggerPx")
                sent = _order_price(asked, f"{name}OrdPx")
                upwards = buy is (name == "sl")
                kept.ways.append(Way(name, Trigger(upwards, float(price)), sent))
                setattr(row, f"{name}_trigger_px", plain(price))
                setattr(row, f"{name}_ord_px", sent)
                word = asked.text(f"{name}TriggerPxType", "last")
                setattr(row, f"{name}_trigger_px_type", word)
        if len(kept.ways) != (2 if row.ord_type == "oco" else 1):
            raise missing("slTriggerPx" if row.tp_trigger_px else "tpTriggerPx")

    def _read_trailing(self, asked: Asked, row: AlgoOrderRow, buy: bool) -> Way:
        rate, spread = asked.number("callbackRatio"), asked.number("callbackSpread")
        if (rate is None) is (spread is None):
            raise missing("callbackRatio")
        distance = spread if rate is None else rate
        assert distance is not None
        if distance <= 0 or (rate is not None and rate > 1):
            raise bad("callbackSpread" if rate is None else "callbackRatio")
        begins = asked.number("activePx")
        row.callback_ratio = "" if rate is None else plain(rate)
        row.callback_spread = "" if spread is None else plain(spread)
        row.active_px = "" if begins is None else plain(begins)
        trigger = Trigger(
            buy,
            rate=float(rate or 0),
            spread=float(spread or 0),
            begins=float(begins or 0),
        )
        return Way("", trigger, _AT_MARKET)

    def _check(self, kept: Kept) -> None:
        """Check steps, and that a stop or profit would not be set off at once."""
        instrument, mark = kept.board.instrument, kept.board.mark
        try:
            if kept.row.sz:
                instrument.quantity(kept.row.sz)
            for way in kept.ways:
                for price in (way.price, plain(Decimal(repr(way.trigger.price)))):
                    if price not in (_AT_MARKET, "0"):
                        instrument.price(price)
        except AnyvenueError as error:
            raise refusal_of(error) from None
        for way in kept.ways:
            if way.name and mark and way.trigger.touched(mark):
                where = "lower" if way.trigger.upwards else "higher"
                raise Refused("51280", f"The trigger price must not be {where} than the last price")

    # ---- told

    def _end(self, kept: Kept, state: str) -> None:
        self._waiting[kept.board.symbol].pop(int(kept.row.algo_id), None)
        kept.row.state = state
        kept.row.u_time = str(self.house.now_ms())
        self._tell(kept.member, kept.row)


def _order_price(asked: Asked, name: str) -> str:
    """Return the price an order is sent at, -1 for market; raise Refused."""
    value = asked.number(name)
    if value is None:
        raise missing(name)
    if value != -1 and value <= 0:
        raise bad(name)
    return plain(value)
