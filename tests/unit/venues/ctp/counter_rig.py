"""A small exchange under the counter's queries: accounts, quotes, orders at will, and an investor who asks."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import nan

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.enums import Offset, OrderType, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.members import Member, Members
from anyvenue.venues.ctp.counter.names import Names
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.queries import QUERIES
from anyvenue.venues.ctp.counter.seam import Fields

ALICE = AccountId("alice")
CATALOG = Catalog(20260915)
MORNING = 1_789_439_460_000_000_000  # 10:31 in China on 2026-09-15: every market is open
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
BUY, SELL = Side.BUY, Side.SELL


class NoRecords:
    """The day of somebody who asked for nothing, or for what it is given."""

    def __init__(
        self,
        orders: Sequence[Fields] = (),
        trades: Sequence[Fields] = (),
        records: Mapping[str, Sequence[Fields]] | None = None,
    ) -> None:
        self._orders, self._trades, self._records = orders, trades, records or {}

    def orders(self) -> Sequence[Fields]:
        """Return the orders."""
        return self._orders

    def trades(self) -> Sequence[Fields]:
        """Return the trades."""
        return self._trades

    def records(self, struct: str) -> Sequence[Fields]:
        """Return other records."""
        return self._records.get(struct, ())


class Investor:
    """Who asks."""

    account = ALICE
    user_id = "alice"
    session_id = 7


class Rig:
    """An exchange with one account and a clock that `quote` moves by a second."""

    def __init__(
        self,
        *names: str,
        cash: Mapping[str, int] | None = None,
        options: VenueOptions | None = None,
    ) -> None:
        """List these instruments."""
        options = options or VenueOptions()
        self.now = MORNING
        self.broker = SimBroker(CATALOG.get, hours_of(options, CATALOG), options)
        self.instruments = [CATALOG.get(name) for name in names]
        self.broker.exchange.open_markets(self.instruments, self.now)
        self.broker.now = self.now
        self.broker._known.update({each.id: each for each in self.instruments})
        self.broker.create_account(
            ALICE,
            {
                name: Decimal(each)
                for name, each in ({"CNY": 1_000_000} if cash is None else cash).items()
            },
        )
        self.members = Members()
        self.members.add(Member(account=ALICE, name="爱丽丝"))
        self.book = NoRecords()
        self.investor = Investor()
        self.context = Context(
            self.broker,
            Profile(broker_id="9999", system_name="模拟柜台"),
            self.members,
            Names(self.broker),
            lambda: self.broker.now,
            lambda: self.broker.exchange.days.trading_day("CNY") or 20260915,
            lambda account: self.book,
        )

    def instrument(self, name: str) -> Instrument:
        """Return one of the instruments by id or symbol."""
        return next(each for each in self.instruments if name in (each.id, each.symbol))

    def pass_time(self, to: int) -> None:
        """Let everything happen that is due by then."""
        while self.broker.due <= to:
            self.broker.run_due()
        self.now = self.broker.now = max(to, self.now)

    def quote(self, name: str, last: float, spread: float = 0.0, **more: float) -> None:
        """Let the market of an instrument show this price on both sides, plenty of it."""
        self.pass_time(self.now + SECOND)
        instrument = self.instrument(name)
        bid, ask = last - spread, last + spread
        event = Depth(
            instrument.id,
            self.now,
            self.now,
            (bid,),
            (100.0,),
            (ask,),
            (100.0,),
            last=last,
            trading_day=self.broker.exchange.days.trading_day(instrument.currency),
            **more,  # type: ignore[arg-type]
        )
        self.broker.on_market(event)
        self.pass_time(self.now)

    def order(
        self,
        name: str,
        side: Side,
        quantity: int,
        price: float,
        offset: Offset = Offset.OPEN,
    ) -> OrderId:
        """Send a limit order."""
        request = OrderRequest(
            ALICE,
            self.instrument(name).id,
            side,
            Decimal(quantity),
            Decimal(str(price)),
            OrderType.LIMIT,
            offset=offset,
        )
        order_id = self.broker.submit(ALICE, request)
        self.pass_time(self.now)
        return order_id

    def trade(
        self, name: str, side: Side, quantity: int, price: float, offset: Offset = Offset.OPEN
    ) -> None:
        """Have an order filled at this price."""
        self.quote(name, price)
        self.order(name, side, quantity, price, offset)
        self.quote(name, price)
        self.quote(name, price)

    def settle(self) -> None:
        """Let the day end."""
        self.pass_time(self.broker.exchange.days.due)

    def sleep(self) -> None:
        """Let the day end and the morning of the next come."""
        self.settle()
        self.wake()

    def wake(self) -> None:
        """Let the next morning come."""
        self.pass_time(MORNING + (self.now - MORNING + DAY) // DAY * DAY)

    def ask(self, name: str, **fields: str | float) -> list[Row]:
        """Return the answer to a query of the investor."""
        return QUERIES[f"ReqQry{name}"](self.context, self.investor, fields)

    def money(self, currency: str = "CNY") -> Row:
        """Return the TradingAccount row."""
        (row,) = self.ask("TradingAccount", CurrencyID=currency)
        return row

    def positions(self, code: str = "") -> list[Row]:
        """Return the InvestorPosition rows."""
        return self.ask("InvestorPosition", InstrumentID=code)


def id_of(name: str) -> InstrumentId:
    """Return an instrument id."""
    return InstrumentId(name)


__all__ = ["ALICE", "BUY", "NAN", "SELL", "Investor", "NoRecords", "Rig", "id_of"]
NAN = nan
