"""Small builders for tests of the books and the exchange: instruments with round numbers, market data, an exchange.

Times are said in China on a Wednesday, ``at("09:00:01")``; hours of 24 and more belong to the days after.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import InstrumentKind, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.events import Event, OrderFilled
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    CASH_STOCK_T1,
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    NETTED,
    FeeItem,
    FeeRate,
    FeeSchedule,
    Instrument,
    MarginSchedule,
)
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.oms.account_state import AccountSettings
from anyvenue.reference.calendar import TradingCalendar
from anyvenue.reference.sessions import SessionCalendar, make_sessions
from anyvenue.sim.exchange import Exchange

DAY = 20260121
MS = 1_000_000
SECOND = 1_000 * MS
MINUTE = 60 * SECOND
_MIDNIGHT = 1_768_924_800 * SECOND  # 2026-01-21 in China
DBL_MAX = 1.7976931348623157e308
ALICE, BOB = AccountId("alice"), AccountId("bob")


def at(text: str) -> int:
    """Return ns UTC of a wall time in China on 2026-01-21; ``33:00`` is nine o'clock of the day after."""
    hour, minute, second = (*text.split(":"), "0")[:3]
    return _MIDNIGHT + int((int(hour) * 60 + int(minute)) * MINUTE + float(second) * SECOND)


def number(value: object) -> Decimal:
    """Return an exact number of what is easy to type."""
    return Decimal(str(value))


def fees(open_: object, close: object, today: object, *, lot: bool = False) -> FeeSchedule:
    """Return a schedule of three rates, by money or by lot."""
    rates = [
        FeeRate(by_lot=number(each)) if lot else FeeRate(by_money=number(each))
        for each in (open_, close, today)
    ]
    return FeeSchedule(*rates)


def margin(rate: object, short: object | None = None) -> MarginSchedule:
    """Return a margin by money, the same on both sides unless told."""
    return MarginSchedule(number(rate), number(rate if short is None else short))


def _future(name: str, exchange: str, product: str, **fields: Any) -> Instrument:
    given: dict[str, Any] = {
        "id": make_instrument_id(name, exchange),
        "kind": InstrumentKind.FUTURE,
        "currency": "CNY",
        "price_step": FixedStep(Decimal(1)),
        "lot": LotRule(),
        "position_rule": FUTURE_AUTO_DATED,
        "sessions": "cn_commodity_2300",
        "product": product,
        "margin_group": f"{product}.{exchange}",
    }
    return Instrument(**(given | fields))


def rebar(**changes: Any) -> Instrument:
    """Return rb of SHFE: 10 tons, explicit close-today, fees 1, 1 and 3 in ten thousand, margin a tenth."""
    given: dict[str, Any] = {
        "multiplier": Decimal(10),
        "position_rule": FUTURE_EXPLICIT_DATED,
        "fees": fees("0.0001", "0.0001", "0.0003"),
        "margin": margin("0.10"),
    }
    return _future("rb2605", "SHFE", "rb", **(given | changes))


def iron_ore(**changes: Any) -> Instrument:
    """Return i of DCE: 100 tons, tick 0.5, closing today costs half of closing old lots."""
    given: dict[str, Any] = {
        "multiplier": Decimal(100),
        "price_step": FixedStep(Decimal("0.5")),
        "fees": fees("0.0001", "0.0001", "0.00005"),
        "margin": margin("0.12"),
    }
    return _future("i2605", "DCE", "i", **(given | changes))


def index_future(**changes: Any) -> Instrument:
    """Return IF of CFFEX: 300 CNY a point, tick 0.2, closing today costs ten times as much."""
    given: dict[str, Any] = {
        "multiplier": Decimal(300),
        "price_step": FixedStep(Decimal("0.2")),
        "sessions": "cffex_index",
        "fees": fees("0.000023", "0.000023", "0.00023"),
        "margin": margin("0.12"),
    }
    return _future("IF2603", "CFFEX", "IF", **(given | changes))


def bank_share(**changes: Any) -> Instrument:
    """Return an A-share: T+1, lots of 100, commission 2.5 in ten thousand and at least 5 CNY, duty on sales."""
    rate = FeeRate(by_money=Decimal("0.00025"), minimum=Decimal(5))
    duty = FeeItem("stamp duty", by_money=Decimal("0.0005"), side=Side.SELL)
    transfer = FeeItem("transfer fee", by_money=Decimal("0.00001"))
    given: dict[str, Any] = {
        "id": make_instrument_id("600000", "SSE"),
        "kind": InstrumentKind.STOCK,
        "currency": "CNY",
        "price_step": FixedStep(Decimal("0.01")),
        "lot": LotRule(Decimal(100), Decimal(100), Decimal(1_000_000), odd_close=True),
        "position_rule": CASH_STOCK_T1,
        "sessions": "cn_stock",
        "fees": FeeSchedule(rate, rate, rate, (duty, transfer)),
    }
    return Instrument(**(given | changes))


def us_share(**changes: Any) -> Instrument:
    """Return a US share: T+0, single shares, half a cent a share and at least a dollar."""
    rate = FeeRate(by_lot=Decimal("0.005"), minimum=Decimal(1))
    given: dict[str, Any] = {
        "id": make_instrument_id("AAPL", "US"),
        "kind": InstrumentKind.STOCK,
        "currency": "USD",
        "price_step": FixedStep(Decimal("0.01")),
        "lot": LotRule(),
        "position_rule": CASH_STOCK_T0,
        "sessions": "us_stock",
        "fees": FeeSchedule(rate, rate, rate),
    }
    return Instrument(**(given | changes))


def perpetual(**changes: Any) -> Instrument:
    """Return a netted crypto perpetual with small lots, open around the clock."""
    given: dict[str, Any] = {
        "id": make_instrument_id("BTC-USDT-PERP", "BINANCE"),
        "kind": InstrumentKind.PERPETUAL,
        "currency": "USDT",
        "price_step": FixedStep(Decimal("0.1")),
        "lot": LotRule(Decimal("0.001"), Decimal("0.001")),
        "position_rule": NETTED,
        "sessions": "always",
        "fees": fees("0.0005", "0.0005", "0.0005"),
        "margin": margin("0.05"),
    }
    return Instrument(**(given | changes))


def quote(
    instrument: Instrument,
    ts: int,
    bid: float,
    ask: float,
    bid_size: float = 10.0,
    ask_size: float = 10.0,
) -> Quote:
    """Return a quote seen when it was made."""
    return Quote(instrument.id, ts, ts, bid, ask, bid_size, ask_size)


def depth(
    instrument: Instrument,
    ts: int,
    bids: Mapping[float, float],
    asks: Mapping[float, float],
    **fields: Any,
) -> Depth:
    """Return a snapshot of levels, price to size, best first."""
    return Depth(
        instrument.id,
        ts,
        ts,
        tuple(bids),
        tuple(bids.values()),
        tuple(asks),
        tuple(asks.values()),
        **fields,
    )


def trade(instrument: Instrument, ts: int, price: float, size: float) -> Trade:
    """Return a public trade."""
    return Trade(instrument.id, ts, ts, price, size)


def bar(
    instrument: Instrument,
    start: int,
    prices: tuple[float, float, float, float],
    volume: float = 100.0,
    length: int = MINUTE,
    **fields: Any,
) -> Bar:
    """Return a closed bar of open, high, low and close."""
    end = start + length
    return Bar(instrument.id, end, end, "1m", start, *prices, volume, **fields)


def weekdays(instrument: Instrument) -> SessionCalendar:
    """Return the hours of an instrument on a calendar without holidays."""
    return make_sessions(instrument.sessions, _CALENDAR[instrument.sessions == "always"])


_CALENDAR = {False: TradingCalendar("CN"), True: TradingCalendar("ALWAYS", weekends=True)}


class Pit:
    """An exchange with instruments, accounts and everything it ever said; time goes where it is told to."""

    def __init__(
        self,
        *instruments: Instrument,
        cash: object = 1_000_000,
        accounts: Iterable[AccountId] = (ALICE,),
        settings: AccountSettings | None = None,
        start: str = "09:00",
        **options: Any,
    ) -> None:
        self.instruments = {each.id: each for each in instruments}
        self.instrument = instruments[0]
        hours = {each.id: weekdays(each) for each in instruments}
        self.exchange = Exchange(self._look_up, lambda each: hours[each.id], **options)
        self.now = at(start)
        self.events: list[Event] = []
        self._last = 0
        currencies = list(dict.fromkeys(each.currency for each in instruments))
        for account in accounts:
            self.exchange.create_account(account, settings=settings)
            for currency in currencies:
                self.exchange.deposit(account, currency, number(cash), self.now)

    def _look_up(self, name: InstrumentId) -> Instrument:
        found = self.instruments.get(name)
        if found is None:
            raise UnknownInstrument(f"there is no instrument {name}", instrument=name)
        return found

    # ---- what happens

    def to(self, when: str | int) -> list[Event]:
        """Let time pass to `when` and return what happened by itself."""
        self.now = max(self.now, at(when) if isinstance(when, str) else when)
        return self._said(self.exchange.advance(self.now))

    def see(self, *events: MarketEvent) -> list[Event]:
        """Show market events and return what followed."""
        said: list[Event] = []
        for event in events:
            said += self.to(event.ts_recv)
            said += self._said(self.exchange.on_market(event))
        return said

    def quote(
        self,
        bid: float,
        ask: float,
        bid_size: float = 10.0,
        ask_size: float = 10.0,
        *,
        of: Instrument | None = None,
        after: int = SECOND,
    ) -> list[Event]:
        """Show a quote a second later and return what followed."""
        return self.see(
            quote(of or self.instrument, self.now + after, bid, ask, bid_size, ask_size)
        )

    def last(self, price: float, size: float = 100.0, **fields: Any) -> list[Event]:
        """Show a market where everything trades at one price a second later and return what followed."""
        level = {price: size}
        when = self.now + SECOND
        return self.see(depth(self.instrument, when, level, level, last=price, **fields))

    def send(self, side: Side, quantity: object, price: object | None = None, **fields: Any) -> int:
        """Send an order, by default a limit order that opens; return its id."""
        account, of = fields.pop("account", ALICE), fields.pop("of", self.instrument)
        stop = fields.pop("stop_price", None)
        kind = OrderType.LIMIT if price is not None else OrderType.MARKET
        if stop is not None:
            kind = OrderType.STOP_LIMIT if price is not None else OrderType.STOP
        given: dict[str, Any] = {"type": kind, "offset": Offset.OPEN}
        if fields.get("expires"):
            given["time_in_force"] = TimeInForce.GTD
        self._last += 1
        request = OrderRequest(
            account,
            of.id,
            side,
            number(quantity),
            None if price is None else number(price),
            stop_price=None if stop is None else number(stop),
            **(given | fields),
        )
        self.submit(OrderId(self._last), request)
        return self._last

    def submit(self, order_id: int, request: OrderRequest) -> list[Event]:
        """Let a request arrive now under an id of one's own and return what followed."""
        self.to(self.now)
        command = SubmitOrder(OrderId(order_id), request, self.now)
        return self._said(self.exchange.apply(command, self.now))

    def buy(self, quantity: object, price: object | None = None, **fields: Any) -> int:
        """Send a buy that opens."""
        return self.send(Side.BUY, quantity, price, **fields)

    def sell(self, quantity: object, price: object | None = None, **fields: Any) -> int:
        """Send a sell that closes."""
        return self.send(Side.SELL, quantity, price, **({"offset": Offset.CLOSE} | fields))

    def cancel(self, order_id: int, account: AccountId = ALICE) -> list[Event]:
        """Ask for a cancel and return what followed."""
        command = CancelOrder(OrderId(order_id), account, self.now)
        return self._said(self.exchange.apply(command, self.now))

    def modify(
        self, order_id: int, *, quantity: object = None, price: object = None
    ) -> list[Event]:
        """Ask for a change and return what followed."""
        command = ModifyOrder(
            OrderId(order_id),
            ALICE,
            self.now,
            None if quantity is None else number(quantity),
            None if price is None else number(price),
        )
        return self._said(self.exchange.apply(command, self.now))

    def _said(self, events: list[Event]) -> list[Event]:
        self.events += events
        return list(events)

    # ---- what is

    @property
    def state(self) -> Any:
        """The books of the first account."""
        return self.exchange.accounts[ALICE]

    def order(self, order_id: int, account: AccountId = ALICE) -> Order:
        """Return the exchange's record of an order."""
        return self.exchange.accounts[account].orders.get(OrderId(order_id))

    def fills(self, order_id: int | None = None) -> list[Fill]:
        """Return the fills (of one order), in order."""
        fills = [event.fill for event in self.events if isinstance(event, OrderFilled)]
        return [each for each in fills if order_id in (None, each.order_id)]

    def prices(self, order_id: int | None = None) -> list[tuple[str, str]]:
        """Return (price, quantity) of the fills (of one order), as text."""
        return [(plain(each.price), plain(each.quantity)) for each in self.fills(order_id)]

    def figures(self, currency: str = "CNY", account: AccountId = ALICE) -> Any:
        """Return an account's figures now."""
        return self.exchange.accounts[account].figures(currency, self.now)

    def position(self, of: Instrument | None = None) -> Any:
        """Return the first account's position."""
        return self.state.position(InstrumentId((of or self.instrument).id))
