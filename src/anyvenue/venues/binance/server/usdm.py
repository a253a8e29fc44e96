"""The requests of USD-M about orders and conditional orders, and what only that market tells everybody."""

from anyvenue.venues.binance.server.algo import Kept
from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.order_views import futures_order, futures_trade
from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire_funds import FuturesTrade
from anyvenue.venues.binance.wire_rest import AlgoOrder, FundingRecord, FuturesOrder, PremiumIndex
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import Row, ms_of

__all__ = ["Usdm"]

_MOST = 1000
_DONE: Row = {"code": 200, "msg": "The operation of cancel all open order is done."}


class Usdm:
    """What is asked of USD-M; paths begin with their version."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house, self.desk, self.algos = house, house.desk, house.algos

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        signed, trade = Security.SIGNED, Security.TRADE
        return {
            ("POST", "v1/order"): Endpoint(self.place, trade, 0, True),
            ("POST", "v1/order/test"): Endpoint(self.test, trade, 0),
            ("PUT", "v1/order"): Endpoint(self.modify, trade, 1, True),
            ("GET", "v1/order"): Endpoint(self.order, signed, 1),
            ("DELETE", "v1/order"): Endpoint(self.cancel, trade, 1),
            ("DELETE", "v1/allOpenOrders"): Endpoint(self.cancel_all, trade, 1),
            ("GET", "v1/openOrder"): Endpoint(self.open_one, signed, 1),
            ("GET", "v1/openOrders"): Endpoint(self.open, signed, 1),
            ("GET", "v1/allOrders"): Endpoint(self.all, signed, 5),
            ("GET", "v1/userTrades"): Endpoint(self.trades, signed, 5),
            ("POST", "v1/algoOrder"): Endpoint(self.place_algo, trade, 0, True),
            ("GET", "v1/algoOrder"): Endpoint(self.algo, signed, 1),
            ("DELETE", "v1/algoOrder"): Endpoint(self.cancel_algo, trade, 1),
            ("GET", "v1/openAlgoOrders"): Endpoint(self.open_algos, signed, 1),
            ("GET", "v1/allAlgoOrders"): Endpoint(self.all_algos, signed, 5),
            ("DELETE", "v1/algoOpenOrders"): Endpoint(self.cancel_algos, trade, 1),
            ("GET", "v1/premiumIndex"): Endpoint(self.premium),
            ("GET", "v1/fundingRate"): Endpoint(self.funding),
            ("GET", "v1/fundingInfo"): Endpoint(self.funding_info, weight=0),
            ("GET", "v1/openInterest"): Endpoint(self.open_interest),
        }

    # ---- orders

    async def place(self, asked: Asked) -> FuturesOrder:
        """Place an order."""
        return futures_order(await self.desk.place(asked))

    def test(self, asked: Asked) -> Row:
        """Check an order and do not place it."""
        self.desk.request(asked)
        return {}

    async def modify(self, asked: Asked) -> FuturesOrder:
        """Change quantity and price of an order in its place."""
        record = self.desk.find(asked)
        quantity, price = asked.number("quantity"), asked.number("price")
        for name, value in (("quantity", quantity), ("price", price)):
            if value is None:
                raise missing(name)
        return futures_order(await self.desk.change(asked.member, record, quantity, price))

    def order(self, asked: Asked) -> FuturesOrder:
        """Return one order."""
        return futures_order(self.desk.find(asked))

    def open_one(self, asked: Asked) -> FuturesOrder:
        """Return one working order."""
        record = self.desk.find(asked)
        if record.done:
            raise Refused(-2013, "Order does not exist.")
        return futures_order(record)

    async def cancel(self, asked: Asked) -> FuturesOrder:
        """Cancel an order."""
        record = self.desk.find(asked, cancelling=True)
        return futures_order(await self.desk.cancel(asked.member, record))

    async def cancel_all(self, asked: Asked) -> Row:
        """Cancel all orders of a symbol."""
        await self.desk.cancel_all(asked)
        return _DONE

    def open(self, asked: Asked) -> list[FuturesOrder]:
        """Return the working orders."""
        found = asked.member.open(Market.USDM, self._symbol(asked))
        return [futures_order(each) for each in found]

    def all(self, asked: Asked) -> list[FuturesOrder]:
        """Return the orders of a symbol."""
        symbol = self.house.board(asked).symbol
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        since = asked.integer("orderId", 0)
        found = [
            each
            for each in asked.member.of(Market.USDM, symbol)
            if each.order_id >= since
            and each.created_ms >= start
            and (not end or each.created_ms <= end)
        ]
        limit = min(asked.integer("limit", 500), _MOST)
        found = found[:limit] if since or start else found[-limit:]
        return [futures_order(each) for each in found]

    def trades(self, asked: Asked) -> list[FuturesTrade]:
        """Return the account's trades of a symbol, or of all."""
        symbol = self._symbol(asked)
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        since, order_id = asked.integer("fromId", 0), asked.integer("orderId", 0)
        found = [
            (record, row)
            for record in asked.member.of(Market.USDM, symbol)
            if not order_id or record.order_id == order_id
            for row in record.trades
            if row.number >= since and row.ts_ms >= start and (not end or row.ts_ms <= end)
        ]
        found.sort(key=lambda each: each[1].number)
        limit = min(asked.integer("limit", 500), _MOST)
        found = found[:limit] if since or start else found[-limit:]
        return [futures_trade(record, row) for record, row in found]

    # ---- conditional orders

    def place_algo(self, asked: Asked) -> AlgoOrder:
        """Take a conditional order."""
        return self.algos.place(asked)

    def algo(self, asked: Asked) -> AlgoOrder:
        """Return one conditional order."""
        return self.algos.find(asked).order

    def cancel_algo(self, asked: Asked) -> Row:
        """Take a conditional order back."""
        order = self.algos.cancel(asked).order
        return {
            "algoId": order.algo_id,
            "clientAlgoId": order.client_algo_id,
            "code": "200",
            "msg": "success",
        }

    def cancel_algos(self, asked: Asked) -> Row:
        """Take back all conditional orders of a symbol."""
        self.algos.cancel_all(asked)
        return _DONE

    def open_algos(self, asked: Asked) -> list[AlgoOrder]:
        """Return the conditional orders that wait."""
        return _shown(self.algos.open(asked.member, self._symbol(asked)))

    def all_algos(self, asked: Asked) -> list[AlgoOrder]:
        """Return the conditional orders of a symbol."""
        return _shown(self.algos.of(asked.member, self._symbol(asked)))

    # ---- public

    def premium(self, asked: Asked) -> object:
        """Return mark price and funding."""
        boards = self.house.asked_boards(asked)
        return self._premium(boards[0]) if asked.has("symbol") else list(map(self._premium, boards))

    def _premium(self, board: Board) -> PremiumIndex:
        now_ms, mark = self.house.now_ms(), board.price_text(board.mark)
        rate = board.funding.rate if board.funding is not None else 0
        return PremiumIndex(
            board.symbol,
            mark,  # type: ignore[arg-type]  # text is what Decimal becomes, too
            mark,  # type: ignore[arg-type]
            mark,  # type: ignore[arg-type]
            f"{rate:.8f}",
            "0.00010000",
            board.next_funding_ms(now_ms),
            now_ms,
        )

    def funding(self, asked: Asked) -> list[FundingRecord]:
        """Return the funding rates that have been told, oldest first."""
        boards = self.house.asked_boards(asked)
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        found = []
        for board in boards:
            for each in board.funded:
                due = ms_of(self.house.times.shown(each.ts_due))
                if due >= start and due <= (end or self.house.now_ms()):
                    found.append(FundingRecord(board.symbol, each.rate, due))
        found.sort(key=lambda each: each.funding_time)
        return found[-min(asked.integer("limit", 100), _MOST) :]

    def funding_info(self, _asked: Asked) -> list[Row]:
        """Return what is unusual about funding: nothing."""
        return []

    def open_interest(self, asked: Asked) -> Row:
        """Return how much is held, as the market's data tell it."""
        board = self.house.board(asked)
        told = board.open_interest
        size = board.size_text(told) if told == told else "0"
        return {"symbol": board.symbol, "openInterest": size, "time": self.house.now_ms()}

    def _symbol(self, asked: Asked) -> str:
        return self.house.board(asked).symbol if asked.has("symbol") else ""


def _shown(found: list[Kept]) -> list[AlgoOrder]:
    return [each.order for each in found]
