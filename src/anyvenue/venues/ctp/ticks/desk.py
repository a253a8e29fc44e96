"""Where a tick strategy trades: orders in, and positions and money as they are now."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.errors import NotSent, RateLimited, UnknownOrder
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.native.seam import LibrarySession
from anyvenue.venues.ctp.ticks.books import Books
from anyvenue.venues.ctp.ticks.contracts import Contract
from anyvenue.venues.ctp.ticks.detail_rows import detail_rows
from anyvenue.venues.ctp.ticks.figures import money_of, trading_account
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.position_rows import position_rows
from anyvenue.venues.ctp.ticks.structs import (
    DepthMarketData,
    InvestorPosition,
    InvestorPositionDetail,
    Order,
    TradingAccount,
)
from anyvenue.venues.ctp.ticks.views import Views
from anyvenue.venues.ctp.ticks.working import key_of

__all__ = ["BUY", "CLOSE", "CLOSE_TODAY", "CLOSE_YESTERDAY", "OPEN", "SELL", "Desk"]

BUY, SELL = "0", "1"
OPEN, CLOSE, CLOSE_TODAY, CLOSE_YESTERDAY = "0", "1", "3", "4"

_TOO_MANY = (-2, -3)
_LIMIT_ORDER: dict[str, Value] = {
    "OrderPriceType": "2",
    "CombHedgeFlag": "1",
    "TimeCondition": "3",
    "VolumeCondition": "1",
    "MinVolume": 1,
    "ContingentCondition": "1",
    "ForceCloseReason": "0",
    "IsAutoSuspend": 0,
    "UserForceClose": 0,
}


class Desk:
    """One account at one counter. All calls on the strategy's thread."""

    def __init__(
        self, session: LibrarySession, login: Login, books: Books, now: Callable[[], int]
    ) -> None:
        """Trade through `session` once it has logged in."""
        self._session = session
        self._login = login
        self._views = Views(session.description)
        self.books = books
        self.now = now
        self._front = self._session_id = 0
        self._last_ref = self._last_request = 0

    def logged_in(self, front: int, session_id: int, last_ref: int) -> None:
        """Sign orders with the numbers of a login."""
        self._front, self._session_id = front, session_id
        self._last_ref = max(self._last_ref, last_ref)

    def drop_lost(self) -> None:
        """Let go of what was frozen for orders that were lost with an earlier connection."""
        self.books.drop_lost(self._front, self._session_id)

    # ---- orders

    def insert(
        self,
        instrument: str,
        direction: str,
        offset: str,
        price: float,
        volume: int,
        **fields: str | int | float,
    ) -> str:
        """Send an order of the day at a limit, or what `fields` of ``InputOrder`` make of it; return its OrderRef.

        What it needs is frozen at once. Raise RateLimited for -2 and -3, NotSent for any other code of the library.
        """
        self._last_ref += 1
        ref = f"{self._last_ref:>12}"
        contract = self.books.lookup(instrument)
        order: dict[str, Value] = {
            **_LIMIT_ORDER,
            **self._head(),
            "InstrumentID": instrument,
            "ExchangeID": contract.exchange if contract else "",
            "OrderRef": ref,
            "Direction": direction,
            "CombOffsetFlag": offset,
            "LimitPrice": price,
            "VolumeTotalOriginal": volume,
            **fields,
        }
        self._send("ReqOrderInsert", order)
        self.books.expect(self._views.pack(Order, {**order, **self._first_state(volume)}))
        return str(order["OrderRef"])

    def refused(self, order_ref: str) -> None:
        """Let go of what was frozen for an order of this session that the counter did not take."""
        self.books.refuse((self._front, self._session_id, order_ref.strip()))

    def cancel(self, order: Order | str) -> None:
        """Ask for an order of any session to be cancelled, by its latest report or by an OrderRef of this session.

        Raise UnknownOrder, RateLimited or NotSent.
        """
        if isinstance(order, str):
            key = self._front, self._session_id, order.strip()
        else:
            key = key_of(order)
        known = self.books.orders.get(key)
        if known is None:
            raise UnknownOrder(f"no order of the day has OrderRef {key[2]!r} of session {key[1]}")
        given: dict[str, Value] = {
            "FrontID": key[0],
            "SessionID": key[1],
            "OrderRef": known.report.OrderRef,
            "ExchangeID": known.exchange,
            "OrderSysID": known.number,
            "InstrumentID": known.code,
        }
        action: dict[str, Value] = {**self._head(), **given, "ActionFlag": "0"}
        self._send("ReqOrderAction", action)

    def _first_state(self, volume: int) -> dict[str, Value]:
        return {
            "FrontID": self._front,
            "SessionID": self._session_id,
            "TradingDay": self.books.trading_day,
            "OrderStatus": "a",
            "OrderSubmitStatus": "0",
            "VolumeTotal": volume,
        }

    def request(self, name: str, **fields: str | int | float) -> None:
        """Make any other request in the account's name; its answer is not heard, but what comes of it is.

        Raise VenueRefused for a request that this version does not have, RateLimited or NotSent.
        """
        self._send(name, {**self._head(), **fields})

    def _head(self) -> dict[str, Value]:
        login = self._login
        return {
            "BrokerID": login.broker_id,
            "InvestorID": login.investor,
            "UserID": login.user_id,
        }

    def _send(self, name: str, fields: dict[str, Value]) -> None:
        self._last_request += 1
        code = self._session.request(name, fields, self._last_request)
        if code in _TOO_MANY:
            raise RateLimited(
                f"{name} was not sent: there were too many requests ({code})", retry_after=1.0
            )
        if code:
            raise NotSent(f"{name} was not sent: the library answered {code}")

    # ---- what there is

    @property
    def trading_day(self) -> str:
        """The open trading day, yyyymmdd."""
        return self.books.trading_day

    def account(self) -> TradingAccount:
        """Return the money of now, every field."""
        return trading_account(self.books)

    @property
    def available(self) -> Decimal:
        """The money that an opening order may use now."""
        return money_of(self.books).available

    def positions(self, instrument: str = "") -> list[InvestorPosition]:
        """Return the positions of now, of one instrument or of all."""
        return position_rows(self.books, instrument)

    def details(self, instrument: str = "") -> list[InvestorPositionDetail]:
        """Return the lots of now, of one instrument or of all; those closed today have Volume 0."""
        return detail_rows(self.books, instrument)

    def orders(self) -> list[Order]:
        """Return the latest report of each of the day's orders, oldest first; of one just sent what it will be."""
        return [each.report for each in self.books.orders.values()]

    def working(self) -> list[Order]:
        """Return those of `orders` that may still trade."""
        return [each.report for each in self.books.working.values()]

    def tick(self, instrument: str) -> DepthMarketData | None:
        """Return an instrument's latest snapshot, None before the first."""
        return self.books.marks.ticks.get(instrument)

    def contract(self, instrument: str) -> Contract | None:
        """Return an instrument's terms and rates, None for one that the counter does not list."""
        return self.books.lookup(instrument)
