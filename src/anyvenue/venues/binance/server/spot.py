"""The requests of spot about orders and accounts."""

from anyvenue.model.enums import OrderState
from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.order_views import (
    cancelled_spot_order,
    placed_spot_order,
    spot_order,
    spot_trade,
)
from anyvenue.venues.binance.server.order_words import status_of
from anyvenue.venues.binance.server.refusals import Refused
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire_funds import SpotAccount, SpotTrade
from anyvenue.venues.binance.wire_rest import SpotOrder
from anyvenue.venues.serving.numbers import Row
from anyvenue.venues.serving.records import Record

__all__ = ["Spot"]

_MOST = 1000
_KINDS = ("ACK", "RESULT", "FULL")


class Spot:
    """What a spot account may ask."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house, self.desk = house, house.desk

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        signed, trade = Security.SIGNED, Security.TRADE
        return {
            ("POST", "order"): Endpoint(self.place, trade, 1, True),
            ("POST", "order/test"): Endpoint(self.test, trade, 1),
            ("GET", "order"): Endpoint(self.order, signed, 4),
            ("DELETE", "order"): Endpoint(self.cancel, trade, 1),
            ("POST", "order/cancelReplace"): Endpoint(self.replace, trade, 1, True),
            ("PUT", "order/amend/keepPriority"): Endpoint(self.amend, trade, 4),
            ("GET", "openOrders"): Endpoint(self.open, signed, 6),
            ("DELETE", "openOrders"): Endpoint(self.cancel_all, trade, 1),
            ("GET", "allOrders"): Endpoint(self.all, signed, 20),
            ("GET", "myTrades"): Endpoint(self.trades, signed, 20),
            ("GET", "account"): Endpoint(self.account, signed, 20),
            ("GET", "account/commission"): Endpoint(self.commission, signed, 20),
            ("GET", "rateLimit/order"): Endpoint(self.order_limits, signed, 40),
            ("GET", "avgPrice"): Endpoint(self.average, weight=2),
        }

    async def place(self, asked: Asked) -> SpotOrder:
        """Place an order."""
        usual = "FULL" if asked.text("type").upper() in ("MARKET", "LIMIT") else "ACK"
        kind = asked.text("newOrderRespType", usual).upper()
        if kind not in _KINDS:
            raise Refused(-1100, "Illegal characters found in parameter 'newOrderRespType'.")
        return placed_spot_order(await self.desk.place(asked), kind)

    def test(self, asked: Asked) -> Row:
        """Check an order and do not place it."""
        self.desk.request(asked)
        return {}

    def order(self, asked: Asked) -> SpotOrder:
        """Return one order."""
        return spot_order(self.desk.find(asked))

    async def cancel(self, asked: Asked) -> SpotOrder:
        """Cancel an order."""
        record = self.desk.find(asked, cancelling=True)
        wanted = asked.text("cancelRestrictions", "")
        if (wanted == "ONLY_NEW" and record.state is not OrderState.OPEN) or (
            wanted == "ONLY_PARTIALLY_FILLED" and record.state is not OrderState.PARTIAL
        ):
            raise Refused(-2011, "Order was not canceled due to cancel restrictions.")
        cancel_id = asked.client_id("newClientOrderId") or f"c-{record.order_id}"
        return cancelled_spot_order(await self.desk.cancel(asked.member, record), cancel_id)

    async def cancel_all(self, asked: Asked) -> list[SpotOrder]:
        """Cancel all orders of a symbol."""
        records = await self.desk.cancel_all(asked)
        if not records:
            raise Refused(-2011, "Unknown order sent.")
        return [cancelled_spot_order(each, f"c-{each.order_id}") for each in records]

    async def replace(self, asked: Asked) -> Row:
        """Cancel an order and place another; raise Refused -2021 or -2022 with both outcomes where one failed."""
        if asked.text("cancelReplaceMode") not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
            raise Refused(-1100, "Illegal characters found in parameter 'cancelReplaceMode'.")
        cancelled, placed = await self.desk.replace(asked)
        kind = asked.text("newOrderRespType", "FULL").upper()
        reply: Row = {
            "cancelResult": _outcome(cancelled),
            "newOrderResult": _outcome(placed),
            "cancelResponse": cancelled.body()
            if isinstance(cancelled, Refused)
            else cancelled_spot_order(cancelled, f"c-{cancelled.order_id}"),
            "newOrderResponse": placed_spot_order(placed, kind)
            if isinstance(placed, Record)
            else placed and placed.body(),
        }
        _raise_failure(cancelled, placed, reply)
        return reply

    async def amend(self, asked: Asked) -> Row:
        """Make an order smaller in its place."""
        record = self.desk.find(asked)
        quantity = asked.number("newQty")
        if quantity is None or not record.filled < quantity < record.request.quantity:
            raise Refused(-2038, "Order amend (quantity increase) is not supported.")
        record = await self.desk.change(asked.member, record, quantity, None)
        new_id = asked.client_id("newClientOrderId")
        if new_id:
            asked.member.rename(record, new_id)
        return {
            "transactTime": record.updated_ms,
            "executionId": record.order_id,
            "amendedOrder": {
                "symbol": record.symbol,
                "orderId": record.order_id,
                "orderListId": -1,
                "origClientOrderId": asked.text("origClientOrderId", record.client_id),
                "clientOrderId": record.client_id,
                "price": record.request.price,
                "qty": record.request.quantity,
                "executedQty": record.filled,
                "preventedQty": "0",
                "quoteOrderQty": "0",
                "cumulativeQuoteQty": record.value,
                "status": status_of(record),
                "timeInForce": "GTC",
                "type": "LIMIT",
                "side": record.request.side.value.upper(),
                "workingTime": record.created_ms,
                "selfTradePreventionMode": "NONE",
            },
        }

    def open(self, asked: Asked) -> list[SpotOrder]:
        """Return the working orders."""
        return [spot_order(each) for each in asked.member.open(Market.SPOT, self._symbol(asked))]

    def all(self, asked: Asked) -> list[SpotOrder]:
        """Return the orders of a symbol."""
        symbol = self.house.board(asked).symbol
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        since = asked.integer("orderId", 0)
        found = [
            each
            for each in asked.member.of(Market.SPOT, symbol)
            if each.order_id >= since
            and each.created_ms >= start
            and (not end or each.created_ms <= end)
        ]
        limit = min(asked.integer("limit", 500), _MOST)
        found = found[:limit] if since or start else found[-limit:]
        return [spot_order(each) for each in found]

    def trades(self, asked: Asked) -> list[SpotTrade]:
        """Return the account's trades of a symbol."""
        symbol = self.house.board(asked).symbol
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        since, order_id = asked.integer("fromId", 0), asked.integer("orderId", 0)
        found = [
            (record, row)
            for record in asked.member.of(Market.SPOT, symbol)
            if not order_id or record.order_id == order_id
            for row in record.trades
            if row.number >= since and row.ts_ms >= start and (not end or row.ts_ms <= end)
        ]
        found.sort(key=lambda each: each[1].number)
        limit = min(asked.integer("limit", 500), _MOST)
        found = found[:limit] if since or start else found[-limit:]
        return [spot_trade(record, row) for record, row in found]

    def account(self, asked: Asked) -> SpotAccount:
        """Return the account's money."""
        whole = not asked.flag("omitZeroBalances")
        found = self.house.holdings.balances(asked.member.account, whole=whole)
        return SpotAccount(found, self.house.now_ms(), permissions=["SPOT"])

    def commission(self, asked: Asked) -> Row:
        """Return what the account pays for trades of a symbol."""
        board = self.house.board(asked)
        fees = self.house.broker.rates(asked.member.account, board.id).fees
        taker = fees.open.by_money if fees is not None else 0
        maker = fees.maker.by_money if fees is not None and fees.maker is not None else taker
        rates = {"maker": maker, "taker": taker, "buyer": "0", "seller": "0"}
        none = dict.fromkeys(rates, "0")
        return {
            "symbol": board.symbol,
            "standardCommission": rates,
            "taxCommission": none,
            "discount": {
                "enabledForAccount": False,
                "enabledForSymbol": False,
                "discountAsset": "BNB",
                "discount": "0",
            },
        }

    def order_limits(self, _asked: Asked) -> list[Row]:
        """Return how many orders are taken."""
        most = self.house.terms.orders(Market.SPOT)
        return [
            {
                "rateLimitType": "ORDERS",
                "interval": "SECOND",
                "intervalNum": 10,
                "limit": most,
                "count": 0,
            }
        ]

    def average(self, asked: Asked) -> Row:
        """Return the average price of the last five minutes."""
        board = self.house.board(asked)
        minutes = list(board.tape.minutes)[-5:]
        volume = sum(each.volume for each in minutes)
        price = sum(each.turnover for each in minutes) / volume if volume else board.mark
        return {"mins": 5, "price": board.price_text(price), "closeTime": board.ts_ms}

    def _symbol(self, asked: Asked) -> str:
        return self.house.board(asked).symbol if asked.has("symbol") else ""


def _outcome(part: Record | Refused | None) -> str:
    if part is None:
        return "NOT_ATTEMPTED"
    return "FAILURE" if isinstance(part, Refused) else "SUCCESS"


def _raise_failure(
    cancelled: Record | Refused, placed: Record | Refused | None, reply: Row
) -> None:
    failures = isinstance(cancelled, Refused), not isinstance(placed, Record)
    if all(failures):
        raise Refused(-2022, "Order cancel-replace failed.", 400, data=reply)
    if any(failures):
        raise Refused(-2021, "Order cancel-replace partially failed.", 409, data=reply)
