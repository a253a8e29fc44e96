"""What an account may ask about itself: settings, money, positions, orders and histories."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState
from anyvenue.venues.backpack.server.asking import Asked, Endpoint, Page, read
from anyvenue.venues.backpack.server.desk import Named, Sweep
from anyvenue.venues.backpack.server.house import House
from anyvenue.venues.backpack.server.leverages import Leverages
from anyvenue.venues.backpack.server.order_views import fill_row, iso_of, order_row
from anyvenue.venues.backpack.server.order_words import OrderBody, waits
from anyvenue.venues.backpack.server.refusals import Refused, malformed
from anyvenue.venues.backpack.server.terms import MARKET
from anyvenue.venues.backpack.signing import INSTRUCTIONS
from anyvenue.venues.backpack.wire_rest import CapitalRow, FillRow, OrderRow
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import Row, ms_of

__all__ = ["Account"]

_ZERO = Decimal(0)
_LARGEST_BATCH = 50
_POINTS = 10_000


class _Settings(msgspec.Struct, rename="camel"):
    leverage_limit: Decimal | None = None
    auto_lend: bool | None = None
    auto_borrow_settlements: bool | None = None
    auto_repay_borrows: bool | None = None


class Account:
    """The signed requests."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house, self.holdings, self.desk = house, house.holdings, house.desk
        self._leverages = Leverages(house)

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        asked = {
            ("GET", "/api/v1/account"): self.settings,
            ("GET", "/api/v1/capital"): self.capital,
            ("GET", "/api/v1/capital/collateral"): self.collateral,
            ("GET", "/api/v1/borrowLend/positions"): self.nothing,
            ("GET", "/api/v1/position"): self.positions,
            ("GET", "/api/v1/order"): self.order,
            ("GET", "/api/v1/orders"): self.open,
            ("GET", "/wapi/v1/history/fills"): self.fills,
            ("GET", "/wapi/v1/history/orders"): self.orders,
            ("GET", "/wapi/v1/history/funding"): self.funding,
        }
        trading = {
            ("PATCH", "/api/v1/account"): self.change_settings,
            ("POST", "/api/v1/order"): self.place,
            ("DELETE", "/api/v1/order"): self.cancel,
            ("POST", "/api/v1/orders"): self.place_all,
            ("DELETE", "/api/v1/orders"): self.cancel_all,
        }
        return {
            **{key: Endpoint(each, INSTRUCTIONS[key]) for key, each in asked.items()},
            **{key: Endpoint(each, INSTRUCTIONS[key], True) for key, each in trading.items()},
        }

    # ---- settings

    def settings(self, asked: Asked) -> Row:
        """Return the account's settings; fees are in hundredths of a percent."""
        working = asked.member.open(MARKET)
        return {
            "autoBorrowSettlements": False,
            "autoLend": False,
            "autoRealizePnl": False,
            "autoRepayBorrows": False,
            "borrowLimit": "0",
            "leverageLimit": self.holdings.leverage(asked.member.account),
            "limitOrders": sum(not waits(each) for each in working),
            "liquidating": False,
            "positionLimit": "0",
            "triggerOrders": sum(map(waits, working)),
            **self._fees(asked.member),
        }

    async def change_settings(self, asked: Asked) -> Row:
        """Choose the leverage of all perpetuals, or of none of them; nothing is lent or borrowed here."""
        wanted = asked.read(_Settings)
        if wanted.auto_lend or wanted.auto_borrow_settlements or wanted.auto_repay_borrows:
            raise Refused("NOT_IMPLEMENTED", "Lending and borrowing are not offered here")
        limit = wanted.leverage_limit
        if limit is None:
            return {}
        if limit < 1:
            raise malformed("Invalid leverage limit")
        await self._leverages.choose(asked.member, limit)
        return {}

    def _fees(self, member: Member) -> Row:
        found: Row = {}
        for name, margined in (("spot", False), ("futures", True)):
            boards = self.house.boards.values()
            board = next((each for each in boards if _margined(each) is margined), None)
            maker, taker = self._points(member, board) if board is not None else (_ZERO, _ZERO)
            found |= {f"{name}MakerFee": maker, f"{name}TakerFee": taker}
        return found

    def _points(self, member: Member, board: Board) -> tuple[Decimal, Decimal]:
        fees = self.house.broker.rates(member.account, board.id).fees
        taker = fees.open.by_money if fees is not None else _ZERO
        maker = fees.maker.by_money if fees is not None and fees.maker is not None else taker
        return maker * _POINTS, taker * _POINTS

    # ---- money and positions

    def capital(self, asked: Asked) -> dict[str, CapitalRow]:
        """Return the money by currency."""
        return self.holdings.capital(asked.member.account)

    def collateral(self, asked: Asked) -> Row:
        """Return the account as a whole, and what backs it."""
        return self.holdings.collateral(asked.member)

    def positions(self, asked: Asked) -> list[Row]:
        """Return the positions that are not flat."""
        symbol = asked.read(Page).symbol
        rows = self.holdings.positions(asked.member)
        return [each for each in rows if symbol in ("", each["symbol"])]

    def nothing(self, _asked: Asked) -> list[Row]:
        """Return that nothing is lent."""
        return []

    # ---- orders

    async def place(self, asked: Asked) -> OrderRow:
        """Place an order."""
        return order_row(await self.desk.place(asked.member, asked.read(OrderBody)))

    async def place_all(self, asked: Asked) -> list[Row]:
        """Place several orders, one after the other, and tell what became of each."""
        if asked.batch is None or len(asked.batch) > _LARGEST_BATCH:
            raise malformed(f"Expected a list of at most {_LARGEST_BATCH} orders")
        bodies = [read(each, OrderBody) for each in asked.batch]
        return [await self._one(asked.member, each) for each in bodies]

    async def _one(self, member: Member, body: OrderBody) -> Row:
        try:
            placed = order_row(await self.desk.place(member, body))
        except Refused as refused:
            return {"operation": "Err", **msgspec.to_builtins(refused.body())}
        return {"operation": "Ok", **msgspec.to_builtins(placed, builtin_types=(Decimal,))}

    def order(self, asked: Asked) -> OrderRow:
        """Return an order that works."""
        return order_row(self.desk.find(asked.member, asked.read(Named)))

    async def cancel(self, asked: Asked) -> OrderRow:
        """Cancel an order."""
        record = self.desk.find(asked.member, asked.read(Named))
        return order_row(await self.desk.cancel(asked.member, record))

    def open(self, asked: Asked) -> list[OrderRow]:
        """Return the orders that work."""
        symbol = asked.read(Page).symbol
        if symbol:
            self.house.board(symbol)
        return [order_row(each) for each in asked.member.open(MARKET, symbol)]

    async def cancel_all(self, asked: Asked) -> list[OrderRow]:
        """Cancel the orders of a market."""
        gone = await self.desk.sweep(asked.member, asked.read(Sweep))
        return [order_row(each) for each in gone]

    # ---- histories

    def orders(self, asked: Asked) -> list[OrderRow]:
        """Return all orders, newest first."""
        page = asked.read(Page)
        found = [
            each
            for each in asked.member.of(MARKET, page.symbol)
            if page.order_id in ("", str(each.order_id))
            and page.spans(each.created_ms)
            and each.state is not OrderState.SENT
        ]
        return [order_row(each, history=True) for each in page.of(found)]

    def fills(self, asked: Asked) -> list[FillRow]:
        """Return the account's executions, newest first."""
        page, member = asked.read(Page), asked.member
        found = [
            (member.records[each.fill.order_id], each)
            for each in member.trades
            if each.fill.order_id in member.records and page.spans(each.ts_ms)
        ]
        chosen = [
            each
            for each in found
            if page.symbol in ("", each[0].symbol) and page.order_id in ("", str(each[0].order_id))
        ]
        return [fill_row(*each) for each in page.of(chosen)]

    def funding(self, asked: Asked) -> list[Row]:
        """Return the funding that was paid (below zero) or received, newest first."""
        page = asked.read(Page)
        found = [
            each
            for each in asked.member.income
            if each.kind == "FUNDING_FEE" and page.symbol in ("", each.symbol)
        ]
        return [
            {
                "fundingRate": self._rate(each.symbol, each.ts_ms),
                "intervalEndTimestamp": iso_of(each.ts_ms, whole=True),
                "quantity": each.amount,
                "subaccountId": 0,
                "symbol": each.symbol,
                "userId": 1,
            }
            for each in page.of(found)
        ]

    def _rate(self, symbol: str, ts_ms: int) -> Decimal:
        """Return the last rate that was due by then."""
        board = self.house.boards.get(symbol)
        rates = board.funded if board is not None else []
        shown = self.house.times.shown
        due = [each.rate for each in rates if ms_of(shown(each.ts_due)) <= ts_ms]
        return due[-1] if due else _ZERO


def _margined(board: Board) -> bool:
    return board.instrument.position_rule.margined
