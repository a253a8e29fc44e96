"""The requests about orders, by REST and WebSocket alike."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.okx.server.asking import Asked, Endpoint, Security
from anyvenue.venues.okx.server.attached import Attached
from anyvenue.venues.okx.server.done import Done
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.listing import TYPES
from anyvenue.venues.okx.server.order_views import fill_row, order_row
from anyvenue.venues.okx.server.order_words import Words, leg_word, offset_of
from anyvenue.venues.okx.server.pages import Page
from anyvenue.venues.okx.server.refusals import Refused, bad, missing
from anyvenue.venues.okx.wire import Acknowledged
from anyvenue.venues.okx.wire_account import FillRow, OrderRow
from anyvenue.venues.serving.figures import one_leg
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import Row
from anyvenue.venues.serving.records import Record

__all__ = ["Trading"]

_MOST_ROWS = 20
_PATHS = {
    "order": "trade/order",
    "batch-orders": "trade/batch-orders",
    "cancel-order": "trade/cancel-order",
    "batch-cancel-orders": "trade/cancel-batch-orders",
    "amend-order": "trade/amend-order",
    "batch-amend-orders": "trade/amend-batch-orders",
}
"""Where REST has what WebSocket calls by `op`."""

_UNKNOWN = "51603", "Order does not exist"
_DONE = (OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED)
_Do = Callable[[Asked], Awaitable[Record]]


class Trading:
    """What is asked about orders; paths are without their beginning, ``/api/v5/``."""

    def __init__(self, house: House, attached: Attached) -> None:
        """Answer for `house`."""
        self.house, self.desk, self.attached = house, house.desk, attached
        self._timers: dict[str, asyncio.Task[None]] = {}

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered by REST, by method and path."""
        signed, trade = Security.SIGNED, Security.TRADE
        return {
            **{("POST", _PATHS[op]): each for op, each in self.operations().items()},
            ("POST", "trade/close-position"): Endpoint(self.close_position, trade, 20),
            ("POST", "trade/cancel-all-after"): Endpoint(self.cancel_all_after, trade, 2),
            ("GET", "trade/order"): Endpoint(self.order, signed, 60),
            ("GET", "trade/orders-pending"): Endpoint(self.working, signed, 60),
            ("GET", "trade/orders-history"): Endpoint(self.past, signed, 40),
            ("GET", "trade/orders-history-archive"): Endpoint(self.past, signed, 20),
            ("GET", "trade/fills"): Endpoint(self.fills, signed, 60),
            ("GET", "trade/fills-history"): Endpoint(self.fills, signed, 10),
        }

    def operations(self) -> dict[str, Endpoint]:
        """Return what is answered by WebSocket, by `op`."""
        trade = Security.TRADE
        return {
            "order": Endpoint(self.place, trade, 60, counted="place"),
            "batch-orders": Endpoint(self.place_many, trade, 300, True, "place many"),
            "cancel-order": Endpoint(self.cancel, trade, 60, counted="cancel"),
            "batch-cancel-orders": Endpoint(self.cancel_many, trade, 300, True, "cancel many"),
            "amend-order": Endpoint(self.change, trade, 60, counted="change"),
            "batch-amend-orders": Endpoint(self.change_many, trade, 300, True, "change many"),
        }

    async def close(self) -> None:
        """End what waits."""
        for task in self._timers.values():
            task.cancel()
        await asyncio.gather(*self._timers.values(), return_exceptions=True)

    # ---- placing, cancelling, changing

    async def place(self, asked: Asked) -> Done:
        """Place an order."""
        return await self._one(asked, self._place)

    async def place_many(self, asked: Asked) -> Done:
        """Place orders."""
        return await self._many(asked, self._place)

    async def cancel(self, asked: Asked) -> Done:
        """Cancel an order."""
        return await self._one(asked, self.desk.cancel)

    async def cancel_many(self, asked: Asked) -> Done:
        """Cancel orders."""
        return await self._many(asked, self.desk.cancel)

    async def change(self, asked: Asked) -> Done:
        """Change an order in its place."""
        return await self._one(asked, self.desk.change)

    async def change_many(self, asked: Asked) -> Done:
        """Change orders in their places."""
        return await self._many(asked, self.desk.change)

    async def _place(self, asked: Asked) -> Record:
        kept = self.attached.read(asked)
        record = await self.desk.place(asked)
        if kept is not None:
            self.attached.attach(kept, record)
        return record

    async def _one(self, asked: Asked, do: _Do) -> Done:
        return Done([await self._row(asked.row(asked.rows[0]), do)])

    async def _many(self, asked: Asked, do: _Do) -> Done:
        if not asked.rows:
            raise missing("args")
        if len(asked.rows) > _MOST_ROWS:
            raise Refused("51101", f"Number of orders per batch request exceeds {_MOST_ROWS}")
        rows = [self._row(asked.row(each), do) for each in asked.rows]
        return Done(list(await asyncio.gather(*rows)))

    async def _row(self, asked: Asked, do: _Do) -> Acknowledged:
        made = Acknowledged(
            ord_id=asked.text("ordId", ""),
            cl_ord_id=asked.text("clOrdId", ""),
            tag=asked.text("tag", ""),
            req_id=asked.text("reqId", ""),
        )
        try:
            record = await do(asked)
        except Refused as refused:
            made.s_code, made.s_msg = refused.code, refused.text
        else:
            made.ord_id = str(record.order_id)
        made.ts = str(self.house.now_ms())
        return made

    async def close_position(self, asked: Asked) -> list[Row]:
        """Close a position at market, after cancelling its orders where that is asked for."""
        listing, member = self.house.listing, asked.member
        name = listing.asked(asked)
        asked.choice("mgnMode", ("cross", "isolated"))
        hedged = self.house.modes.hedged(member.account)
        leg = leg_word(asked, listing.types[name], hedged=hedged)
        if asked.flag("autoCxl"):
            for record in member.open(listing.types[name], name):
                await self.desk.cancel_one(member, record)
        elif member.open(listing.types[name], name):
            raise Refused("51115", "Cancel all pending close-orders before liquidation.")
        await self.desk.send(member, self._closing(member, name, leg))
        return [{"instId": name, "posSide": leg or "net", "clOrdId": "", "tag": ""}]

    def _closing(self, member: Member, name: str, leg: str) -> OrderRequest:
        instrument = self.house.listing.get(name)
        found = [
            each
            for each in self.house.broker.positions(member.account)
            if each.instrument == instrument.id
        ]
        held = one_leg(found[0], leg) if found and leg else (found[0] if found else None)
        net = held.net if held is not None else 0
        if not net:
            raise Refused("51023", "Position doesn't exist.")
        side = Side.SELL if net > 0 else Side.BUY
        mode = self.house.holdings.terms(member.account, instrument).word
        return OrderRequest(
            member.account,
            instrument.id,
            side,
            abs(Decimal(net)),
            type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            offset=offset_of(side, leg),
            reduce_only=not leg,
            tag=Words(mode, "market").note(),
        )

    def cancel_all_after(self, asked: Asked) -> list[Row]:
        """Cancel all orders unless asked again in time; 0 takes that back."""
        if not asked.has("timeOut"):
            raise missing("timeOut")
        seconds, member = asked.integer("timeOut"), asked.member
        if seconds and not 10 <= seconds <= 120:
            raise bad("timeOut")
        earlier = self._timers.pop(member.account, None)
        if earlier is not None:
            earlier.cancel()
        now_ms = self.house.now_ms()
        if seconds:
            task = asyncio.create_task(self._cancel_after(member, seconds))
            self._timers[member.account] = task
        due = str(now_ms + seconds * 1000) if seconds else "0"
        return [{"triggerTime": due, "tag": asked.text("tag", ""), "ts": str(now_ms)}]

    async def _cancel_after(self, member: Member, seconds: int) -> None:
        await asyncio.sleep(seconds)
        await self.desk.cancel_all(member)

    # ---- looking

    def order(self, asked: Asked) -> list[OrderRow]:
        """Return one order."""
        return [self._shown(asked, self.desk.find(asked, _UNKNOWN))]

    def working(self, asked: Asked) -> list[OrderRow]:
        """Return the working orders, newest first."""
        kind = self.house.listing.kind(asked, "")
        found = [
            each
            for market in ([kind] if kind else TYPES)
            for each in asked.member.open(market, asked.text("instId", ""))
        ]
        found.sort(key=lambda each: each.order_id)
        return self._page(asked, found)

    def past(self, asked: Asked) -> list[OrderRow]:
        """Return the orders that are done, newest first."""
        kind = self.house.listing.kind(asked)
        found = [
            each for each in asked.member.of(kind, asked.text("instId", "")) if each.state in _DONE
        ]
        return self._page(asked, found)

    def _page(self, asked: Asked, found: list[Record]) -> list[OrderRow]:
        rows = Page(asked).of(found, lambda each: each.order_id, lambda each: each.created_ms)
        shown = [self._shown(asked, each) for each in rows]
        for name in ("state", "ordType"):
            if asked.has(name):
                words = asked.text(name).split(",")
                field = "state" if name == "state" else "ord_type"
                shown = [each for each in shown if getattr(each, field) in words]
        return shown

    def _shown(self, asked: Asked, record: Record) -> OrderRow:
        instrument = self.house.listing.by_name[record.symbol]
        return order_row(record, self.house.holdings.leverage(asked.member.account, instrument))

    def fills(self, asked: Asked) -> list[FillRow]:
        """Return the account's executions, newest first."""
        kind, name = self.house.listing.kind(asked, ""), asked.text("instId", "")
        order_id = asked.integer("ordId")
        found = [
            (record, row)
            for market in ([kind] if kind else TYPES)
            for record in asked.member.of(market, name)
            if not order_id or record.order_id == order_id
            for row in record.trades
        ]
        found.sort(key=lambda each: each[1].number)
        rows = Page(asked).of(found, lambda each: each[1].number, lambda each: each[1].ts_ms)
        return [fill_row(record, row) for record, row in rows]
