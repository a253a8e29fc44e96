"""Conditional orders: kept here until their price is touched, then sent as ordinary ones.

They have ids of their own, and freeze nothing before they trigger.
"""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.okx.server.algo_words import AT_MARKET, AlgoReader, Kept, Way
from anyvenue.venues.okx.server.asking import Asked, Endpoint, Security
from anyvenue.venues.okx.server.done import Done
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.order_words import Words, offset_of
from anyvenue.venues.okx.server.pages import Page
from anyvenue.venues.okx.server.refusals import Refused, missing
from anyvenue.venues.okx.wire import Acknowledged
from anyvenue.venues.okx.wire_account import AlgoOrderRow
from anyvenue.venues.serving.board import Board, BoardListener
from anyvenue.venues.serving.figures import one_leg
from anyvenue.venues.serving.member import Member

__all__ = ["Algos"]

_ZERO = Decimal(0)
_FIRST_ID = 1_000_000_000
_GONE = "51400", "Cancellation failed as the order has been filled, canceled or does not exist."
_NO_CHANGE = "51503", "Modification failed as the order does not exist."
_Tell = Callable[[Member, AlgoOrderRow], None]


class Algos(BoardListener):
    """All conditional orders; `tell` is given what the accounts' streams hear."""

    def __init__(self, house: House, tell: _Tell) -> None:
        """Begin with none."""
        self.house, self._tell = house, tell
        self._reader = AlgoReader(house)
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
            ("POST", "trade/amend-algos"): Endpoint(self.change, trade, 20),
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

    def change(self, asked: Asked) -> Done:
        """Change size and prices of a conditional order that waits."""
        made = Acknowledged(
            algo_id=asked.text("algoId", ""),
            algo_cl_ord_id=asked.text("algoClOrdId", ""),
            req_id=asked.text("reqId", ""),
        )
        try:
            found = self._working(asked, _NO_CHANGE)
            made.algo_id = found.row.algo_id
            self._reader.change(found, asked)
            found.row.u_time = str(self.house.now_ms())
            self._tell(found.member, found.row)
        except Refused as refused:
            made.s_code, made.s_msg = refused.code, refused.text
        return Done([made])

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
            found = self._working(asked, _GONE)
            made.algo_id = found.row.algo_id
            self._end(found, "canceled")
        except Refused as refused:
            made.s_code, made.s_msg = refused.code, refused.text
        return made

    def _working(self, asked: Asked, refusal: tuple[str, str]) -> Kept:
        """Return the one that is named and waits; raise Refused."""
        name = self.house.listing.asked(asked)
        found = self._find(asked.member, asked.integer("algoId"), asked.text("algoClOrdId", ""))
        if found is None or not found.working or found.row.inst_id != name:
            raise Refused(*refusal)
        return found

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
        at_market = way.price == AT_MARKET
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

    # ---- taken

    def _take(self, asked: Asked) -> Kept:
        return self.keep(self._reader.read(asked))

    def keep(self, kept: Kept) -> Kept:
        """Let a conditional order wait for its price; raise Refused."""
        row = kept.row
        client_id = row.algo_cl_ord_id
        earlier = self._find(kept.member, 0, client_id) if client_id else None
        if earlier is not None and earlier.working:
            raise Refused("51065", "algoClOrdId already exists.")
        self._last += 1
        row.algo_id = str(self._last)
        row.c_time = row.u_time = str(self.house.now_ms())
        self._all[self._last] = kept
        self._waiting[kept.board.symbol][self._last] = kept
        self._tell(kept.member, row)
        return kept

    # ---- told

    def _end(self, kept: Kept, state: str) -> None:
        self._waiting[kept.board.symbol].pop(int(kept.row.algo_id), None)
        kept.row.state = state
        kept.row.u_time = str(self.house.now_ms())
        self._tell(kept.member, kept.row)
