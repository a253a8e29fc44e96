"""Handing orders to the broker, and waiting for what becomes of them. What is refused is our error, for the venue to
put into its own words.
"""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import OrderState, Side, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Broker
from anyvenue.model.steps import floor_to
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.records import Place, Record

__all__ = ["Taker", "quantity_for"]

_ZERO = Decimal(0)
_DEEPEST = 1000


class Taker:
    """Takes the orders of a market; `answer_s` is how long an outcome is waited for, `immediate_s` an execution."""

    def __init__(
        self,
        broker: Broker,
        session: str,
        now_ms: Callable[[], int],
        *,
        answer_s: float,
        immediate_s: float,
    ) -> None:
        """Hand orders to `broker`, with client ids that are its own in `session`; `now_ms` is the clients' time."""
        self._broker, self._session, self._now_ms = broker, session, now_ms
        self._answer_s, self._immediate_s = answer_s, immediate_s
        self._used: dict[tuple[str, str], int] = {}

    def send(
        self,
        member: Member,
        place: Place,
        request: OrderRequest,
        client_id: str = "",
        money: Decimal = _ZERO,
    ) -> Record:
        """Send an order; raise AnyvenueError for what is refused at once."""
        now_ms = self._now_ms()

        def record_of(order_id: OrderId) -> Record:
            name = client_id or f"anyvenue-{order_id}"
            return Record(order_id, place, request, name, now_ms, now_ms, money=money)

        session = self._session_of(member, place.market, client_id)
        return member.submit(
            record_of, lambda: self._broker.submit(member.account, request, client_id, session)
        )

    async def outcome(self, member: Member, record: Record) -> bool:
        """Wait until the order works, is done or was refused; False where nothing was told in time."""
        known = await member.settled(
            record, self._answer_s, lambda: record.state is not OrderState.SENT
        )
        immediate = record.request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        if known and immediate and not record.done:
            await member.settled(record, self._immediate_s, lambda: record.done)
        return known

    async def cancel(self, member: Member, record: Record) -> bool:
        """Cancel an order and wait; False where nothing was told in time. Raise AnyvenueError.

        Where the order ended in another way first, its state tells; `record.code` where the cancel was refused.
        """
        record.code = ""
        self._broker.cancel(member.account, record.order_id)
        return await member.settled(
            record, self._answer_s, lambda: record.done or bool(record.code)
        )

    async def change(
        self, member: Member, record: Record, quantity: Decimal | None, price: Decimal | None
    ) -> bool:
        """Change an order in its place and wait; False where nothing was told in time. Raise AnyvenueError."""
        before, record.code = record.request, ""
        self._broker.modify(member.account, record.order_id, quantity, price)
        return await member.settled(
            record,
            self._answer_s,
            lambda: record.request is not before or record.done or bool(record.code),
        )

    def _session_of(self, member: Member, market: str, client_id: str) -> str:
        """Return where the client's id is new: venues let it be used again once the order is done."""
        if not client_id:
            return ""
        key = (member.account, f"{market} {client_id}")
        times = self._used[key] = self._used.get(key, 0) + 1
        if times == 1 and member.find(market, 0, client_id) is not None:
            times = self._used[key] = 1 + sum(
                each.client_id == client_id for each in member.records.values()
            )
        return self._session + (f"-{times}" if times > 1 else "")


def quantity_for(board: Board, side: Side, money: Decimal) -> Decimal:
    """Return what `money` buys or what must be sold for it, level by level, floored to the lot; 0 without a book."""
    bids, asks = board.book.top(_DEEPEST)
    left, quantity, price = money, _ZERO, _ZERO
    for level, size in asks if side is Side.BUY else bids:
        price, here = Decimal(repr(level)), Decimal(repr(size))
        if here * price >= left:
            quantity += left / price
            left = _ZERO
            break
        quantity, left = quantity + here, left - here * price
    if left and price:
        quantity += left / price
    return floor_to(quantity, board.instrument.lot.step)
