"""Several orders of USD-M in one request: each is answered on its own, refusals among them."""

from collections.abc import Awaitable, Callable

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.order_views import futures_order
from anyvenue.venues.binance.server.refusals import Refused, missing, refusal_of
from anyvenue.venues.binance.wire import ApiError
from anyvenue.venues.binance.wire_rest import FuturesOrder
from anyvenue.venues.serving.records import Record

__all__ = ["Batches"]

_MOST = 5
_MOST_CANCELS = 10
_Answers = list[FuturesOrder | ApiError]


class Batches:
    """What may be asked for together; paths begin with their version."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house, self.desk = house, house.desk

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        trade, path = Security.TRADE, "v1/batchOrders"
        return {
            ("POST", path): Endpoint(self.place, trade, 5),
            ("PUT", path): Endpoint(self.modify, trade, 5),
            ("DELETE", path): Endpoint(self.cancel, trade, 1),
        }

    async def place(self, asked: Asked) -> _Answers:
        """Place up to five orders."""
        return await self._each(asked.rows("batchOrders", _MOST), self.desk.place)

    async def modify(self, asked: Asked) -> _Answers:
        """Change up to five orders."""
        return await self._each(asked.rows("batchOrders", _MOST), self._modify)

    async def cancel(self, asked: Asked) -> _Answers:
        """Cancel up to ten orders of a symbol, named by their ids or by the client's."""
        named = [("orderId", each) for each in _listed(asked, "orderIdList")]
        named = named or [
            ("origClientOrderId", each) for each in _listed(asked, "origClientOrderIdList")
        ]
        if not named:
            raise missing("orderIdList")
        if len(named) > _MOST_CANCELS:
            raise Refused(-4082, "Invalid number of batch place orders.")
        symbol, parts = asked.text("symbol"), []
        for name, value in named:
            part = Asked({"symbol": symbol, name: value})
            part.key, part.member = asked.key, asked.member
            parts.append(part)
        return await self._each(parts, self._cancel, counted=False)

    async def _modify(self, asked: Asked) -> Record:
        record = self.desk.find(asked)
        quantity, price = asked.number("quantity"), asked.number("price")
        return await self.desk.change(asked.member, record, quantity, price)

    async def _cancel(self, asked: Asked) -> Record:
        record = self.desk.find(asked, cancelling=True)
        return await self.desk.cancel(asked.member, record)

    async def _each(
        self,
        parts: list[Asked],
        do: Callable[[Asked], Awaitable[Record]],
        *,
        counted: bool = True,
    ) -> _Answers:
        found: _Answers = []
        for part in parts if counted else ():
            self.house.limits.order(part.member.account)
        for part in parts:
            try:
                found.append(futures_order(await do(part)))
            except Refused as refused:
                found.append(refused.body())
            except AnyvenueError as error:
                found.append(refusal_of(self.house.market, error).body())
        return found


def _listed(asked: Asked, name: str) -> list[str]:
    """Return a list of names; some clients write the parameter's own name in small letters, which the venue takes."""
    return asked.names(name) or asked.names(name.lower())
