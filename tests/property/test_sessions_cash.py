"""Random sessions with margin shares, bonds, spot pairs, currency positions and spreads, recounted from their fills."""

from decimal import ROUND_HALF_EVEN, Decimal, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recounting import ZERO

from anyvenue.model.enums import InstrumentKind, Offset, Side
from anyvenue.model.events import DaySettled
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    BondTerms,
    FeeRate,
    FeeSchedule,
    Financing,
    Instrument,
    MarginSchedule,
    SpreadLeg,
)
from anyvenue.model.orders import Fill
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.oms.account_state import AccountSettings
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import FixedLatency
from builders import bank_share, fees, iron_ore, margin, perpetual, us_share
from sessions import WIDTH, Action, Room, random_actions

D = Decimal
ACTIONS = st.lists(st.tuples(*[st.integers(0, 99)] * WIDTH), min_size=30, max_size=120)
SETTINGS = AccountSettings(securities_margin=True, borrow_rate=D("0.05"), loan_rate=D("0.06"))
CASH = D(3_000_000)
FREE = FeeSchedule(FeeRate(), FeeRate(), FeeRate())

SHARE = us_share(
    id=make_instrument_id("SPY", "US"),
    sessions="always",
    fees=FREE,
    margin=MarginSchedule(D("0.5"), D("0.5")),
    lot=LotRule(D(100), D(100)),
)
BOND = bank_share(
    id=make_instrument_id("019000", "SSE"),
    kind=InstrumentKind.BOND,
    sessions="always",
    price_step=FixedStep(D("0.1")),
    lot=LotRule(D(10), D(10)),
    position_rule=CASH_STOCK_T0,
    fees=FREE,
    bond=BondTerms(D("0.03"), 2, 20200124, 20300124),
)
PAIR = perpetual(
    id=make_instrument_id("BTC-USDT", "BINANCE"),
    kind=InstrumentKind.SPOT,
    base="BTC",
    position_rule=CASH_STOCK_T0,
    fees=fees("0.001", "0.001", "0.001"),
    margin=None,
)
EURO = perpetual(
    id=make_instrument_id("EURUSD", "FX"),
    kind=InstrumentKind.FX,
    currency="USD",
    base="EUR",
    fees=FREE,
    margin=margin("0.03"),
    financing=Financing(D("0.02"), D("-0.01")),
)


def _ore(month: str) -> Instrument:
    return iron_ore(id=make_instrument_id(f"i{month}", "DCE"))


NEAR, LATE = _ore("2605"), _ore("2609")
SPREAD = iron_ore(
    id=make_instrument_id("SP i2605&i2609", "DCE"),
    kind=InstrumentKind.SPREAD,
    fees=None,
    margin=None,
    legs=(SpreadLeg(NEAR.id, 1), SpreadLeg(LATE.id, -1)),
)
MARKETS = [
    (SHARE, 100),
    (BOND, 100),
    (PAIR, 100),
    (EURO, 100),
    (NEAR, 800),
    (LATE, 790),
    (SPREAD, 10),
]
MONEY = ("BTC", "CNY", "USD", "USDT")


def cents(amount: Decimal, currency: str) -> Decimal:
    """Round to what is booked: a hundredth of a cent or fen, 1e-8 in crypto."""
    unit = "0.0001" if currency in ("CNY", "USD") else "1e-8"
    return amount.quantize(D(unit), ROUND_HALF_EVEN)


class CashRecount:
    """Money by currency and plain lists of lots [price, mark, quantity], from fills and settlements alone."""

    def __init__(self) -> None:
        self.money = {"BTC": ZERO, "CNY": CASH, "USD": CASH, "USDT": CASH}
        self.units = {each.id: each for each, _ in MARKETS}
        self.lots: dict[tuple[str, Side], list[list[Any]]] = {}
        self.day = 20260121

    def walk(self, history: list[Fill | DaySettled]) -> "CashRecount":
        """Take everything that happened."""
        for event in history:
            if isinstance(event, DaySettled):
                self._settle(event)
            else:
                self._fill(event)
        return self

    def _fill(self, fill: Fill) -> None:
        unit = self.units[fill.instrument]
        self.money[unit.currency] -= fill.fee
        value = fill.price * fill.quantity * unit.multiplier
        sign = -1 if fill.side is Side.BUY else 1
        if unit is SPREAD:
            assert sum((leg.fee for leg in fill.legs), ZERO) == fill.fee
            first, second = fill.legs
            assert first.price - second.price == fill.price
            for leg in fill.legs:
                self._future(leg.instrument, leg.side, fill.offset, leg.price, leg.quantity)
        elif unit in (NEAR, LATE):
            self._future(unit.id, fill.side, fill.offset, fill.price, fill.quantity)
        elif unit is EURO:
            self._net(unit, fill, paid=False)
        else:
            self.money[unit.currency] += sign * value
            if unit is PAIR:
                self.money["BTC"] -= sign * fill.quantity
            elif unit is SHARE:
                self._net(unit, fill, paid=True)
            else:
                self.money["CNY"] += cents(
                    sign * self._accrued(fill.trading_day) * fill.quantity, "CNY"
                )
                self._take_or_add(unit.id, fill)

    def _accrued(self, day: int) -> Decimal:
        """Return interest for 100 of face: coupons on 24 January and July, three per cent a year."""
        from datetime import date

        today = date(day // 10_000, day // 100 % 100, day % 100)
        last = date(2026, 1, 24) if today >= date(2026, 1, 24) else date(2025, 7, 24)
        return (D(3) * (today - last).days / 365).quantize(D("1e-8"), ROUND_HALF_EVEN)

    def _take_or_add(self, name: str, fill: Fill) -> None:
        lots = self.lots.setdefault((name, Side.BUY), [])
        if fill.side is Side.BUY:
            lots.append([fill.price, fill.price, fill.quantity])
        else:
            self._take(lots, fill.quantity)

    def _take(self, lots: list[list[Any]], quantity: Decimal) -> list[tuple[Decimal, Decimal]]:
        taken = []
        for lot in lots:
            part = min(quantity, lot[2])
            lot[2] -= part
            quantity -= part
            taken.append((lot[1], part))
        assert not quantity
        lots[:] = [lot for lot in lots if lot[2]]
        return taken

    def _future(
        self, name: str, side: Side, offset: Offset, price: Decimal, quantity: Decimal
    ) -> None:
        against = Side.SELL if side is Side.BUY else Side.BUY
        if offset is Offset.OPEN:
            self.lots.setdefault((name, side), []).append([price, price, quantity])
            return
        # Today's lots cost less to close, so they go first; marks tell which are today's.
        lots = self.lots[name, against]
        today = [lot for lot in lots if len(lot) == 3]
        old = [lot for lot in lots if len(lot) == 4]
        part = min(quantity, sum((lot[2] for lot in today), ZERO))
        taken = self._take(today, part) + self._take(old, quantity - part)
        lots[:] = old + today
        sign = 1 if against is Side.BUY else -1
        for mark, lots_closed in taken:
            self.money["CNY"] += sign * (price - mark) * lots_closed * 100

    def _net(self, unit: Instrument, fill: Fill, paid: bool) -> None:
        against = Side.SELL if fill.side is Side.BUY else Side.BUY
        lots = self.lots.setdefault((unit.id, against), [])
        part = min(fill.quantity, sum((lot[2] for lot in lots), ZERO))
        sign = 1 if against is Side.BUY else -1
        taken = self._take(lots, part)
        if not paid:
            gain = sum((sign * (fill.price - mark) * closed for mark, closed in taken), ZERO)
            self.money[unit.currency] += cents(gain, unit.currency)
        if fill.quantity > part:
            own = self.lots.setdefault((unit.id, fill.side), [])
            own.append([fill.price, fill.price, fill.quantity - part])

    def held(self, name: str, side: Side) -> Decimal:
        """Return the lots of one side."""
        return sum((lot[2] for lot in self.lots.get((name, side), [])), ZERO)

    def _settle(self, event: DaySettled) -> None:
        from datetime import date

        days = (_date(date, event.next_day) - _date(date, event.trading_day)).days
        prices = dict(event.prices)
        if event.currency == "USD":
            short = self.held(SHARE.id, Side.SELL) * prices.get(SHARE.id, ZERO)
            self.money["USD"] -= cents(short * D("0.05") * days / 360, "USD")
            price = prices.get(EURO.id, ZERO)
            long, short = self.held(EURO.id, Side.BUY), self.held(EURO.id, Side.SELL)
            yearly = price * (long * D("0.02") - short * D("0.01"))
            self.money["USD"] -= cents(yearly * days / 360, "USD")
        if event.currency == "CNY" and event.trading_day < 20260124 <= event.next_day:
            self.money["CNY"] += cents(self.held(BOND.id, Side.BUY) * D("1.5"), "CNY")
        if self.money[event.currency] < 0:
            loan = self.money[event.currency] * D("0.06") * days
            self.money[event.currency] += cents(loan / 360, event.currency)
        for unit in (NEAR, LATE, EURO):
            if unit.currency == event.currency:
                self._mark(unit, prices.get(unit.id))

    def _mark(self, unit: Instrument, price: Decimal | None) -> None:
        gain = ZERO
        for side in Side:
            for lot in self.lots.get((unit.id, side), []):
                assert price is not None
                points = price - lot[1] if side is Side.BUY else lot[1] - price
                gain += points * lot[2] * unit.multiplier
                lot[1:] = [price, lot[2], "old"]
        self.money[unit.currency] += cents(gain, unit.currency)


def _date(date: Any, day: int) -> Any:
    return date(day // 10_000, day // 100 % 100, day % 100)


def play(actions: list[Action], **options: Any) -> Room:
    """Play a session and close it, trapping every lost digit."""
    with localcontext() as context:
        context.traps[Inexact] = True
        return Room(SETTINGS, markets=MARKETS, **options).play(actions).close()


def check_recount(room: Room) -> None:
    """Money and lots equal the recount to the quantum, and nothing comes from nowhere."""
    recount = CashRecount().walk(room.history)
    for currency in MONEY:
        assert room.venue.ledger.balance(currency) == recount.money[currency], currency
        assert room.venue.ledger.total(currency) == 0
    for unit in (SHARE, BOND, EURO, NEAR, LATE):
        position = room.venue.position(unit.id)
        assert position.long == recount.held(unit.id, Side.BUY)
        assert position.short == recount.held(unit.id, Side.SELL)


def check_same_books(room: Room) -> None:
    """The node's books are the exchange's, and no money is frozen when no order works."""
    assert room.node.ledger.digest() == room.venue.ledger.digest()
    assert room.node.positions() == room.venue.positions()
    for currency in MONEY:
        assert room.node.figures(currency, 0) == room.venue.figures(currency, 0)
        assert room.node.frozen(currency).total == room.venue.frozen(currency).total == 0


@settings(max_examples=60)
@given(ACTIONS)
def test_an_independent_recount_equals_the_books(actions: list[Action]) -> None:
    room = play(actions)
    check_recount(room)
    check_same_books(room)


@pytest.mark.long
@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_long_sessions_hold_too(seed: int) -> None:
    room = play(random_actions(seed, 600))
    check_recount(room)
    check_same_books(room)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_days_that_end_while_the_link_is_down_give_the_same_books(seed: int) -> None:
    plan = FaultPlan(seed=seed, drop=0.1, duplicate=0.1, disconnect=0.05, outage_ns=10**13)
    room = play(random_actions(seed, 150), latency=FixedLatency(10**6), faults=plan)
    check_same_books(room)


def test_random_sessions_trade_everything() -> None:
    room = play(random_actions(3, 1500))
    traded = {each.instrument for each in room.history if isinstance(each, Fill)}
    assert traded == {each.id for each, _ in MARKETS}
    assert sum(isinstance(each, DaySettled) for each in room.history) > 10
