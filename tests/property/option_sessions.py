"""Random sessions with options, and a recount of them that has none of the books' own code."""

from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from recounting import ZERO, Recount, cents

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import ExerciseOption
from anyvenue.model.enums import Dating, Offset, OptionMargining, OptionRight, OrderType, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import CashMoved, DaySettled, OptionExercised
from anyvenue.model.ids import OrderId, make_instrument_id
from anyvenue.model.instruments import NETTED, Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import LatencyModel
from anyvenue.sim.link import Link
from builders import ALICE, at, number, quote, rebar, weekdays
from option_builders import fund, fund_option, index_option, steel_option, stock_index
from sessions import Action, Room

CASH = Decimal(1_000_000)
SOON, LATER, LAST = 20260126, 20260128, 20260130


def traded() -> list[tuple[Instrument, Decimal]]:
    """Return the instruments of a session, each with the price it begins at."""
    index = stock_index()
    netted = fund_option("put", "3.1", position_rule=NETTED, expiry=LAST)
    kinds = [
        (rebar(), "3500"),
        (fund(), "3"),
        (index, "4000"),
        (steel_option(expiry=SOON), "60"),
        (steel_option("put", 3510, expiry=LATER), "50"),
        (index_option(expiry=LATER), "40"),
        (index_option("put", 4010, expiry=SOON), "60"),
        (fund_option(expiry=SOON), "0.05"),
        (fund_option("put", expiry=LATER), "0.06"),
        (netted, "0.12"),
        (fund_option("call", "3.1", expiry=20260227, id=_id("510050C2602M03100")), "0.02"),
    ]
    return [(each, number(price)) for each, price in kinds]


def _id(symbol: str) -> Any:
    return make_instrument_id(symbol, "SSE")


class OptionRoom(Room):
    """A node and an exchange that trade options, shares and futures of theirs."""

    def __init__(
        self,
        settings: AccountSettings | None = None,
        latency: LatencyModel | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        pairs = traded()
        self.instruments = [each for each, _ in pairs]
        self.starts = {each.id: price for each, price in pairs}
        by_id = {each.id: each for each in self.instruments}
        hours = {each.id: weekdays(each) for each in self.instruments}
        self.kernel = Kernel()
        self.desk = OrderDesk(self.kernel, by_id.__getitem__)
        self.exchange = Exchange(by_id.__getitem__, lambda each: hours[each.id])
        self.exchange.share_latest(self.kernel.latest, self.kernel.before_gap)
        self.link = Link(self.exchange, self.kernel.deliver, self.kernel.wake_at, latency, faults)
        self.kernel.add_waker(self.link, first=True)
        self.history: list[Any] = []
        self._listen()
        for kind in (OptionExercised, CashMoved):
            self.kernel.on(kind, self.history.append)
        self.settings = settings or AccountSettings()
        self.venue: AccountState = self.exchange.create_account(ALICE, settings=settings)
        self.node: AccountState = self.desk.add_account(ALICE, self.link.send, settings=settings)
        self.kernel.now = at("09:31")
        self.kernel.process(self.exchange.deposit(ALICE, "CNY", CASH, self.kernel.now))
        for each in self.instruments:
            self.kernel.on_first(each.id, self.link.on_market)
        self.order_ids: list[OrderId] = []
        self.check = lambda room: None

    def play(self, actions: Iterable[Action]) -> "OptionRoom":
        """Do the actions, each a second after the one before, and look at everything after each."""
        for index in range(len(self.instruments)):
            self._price(index, 20)
        for kind, *rest in actions:
            if kind < 38:
                self._price(rest[0], rest[1])
            elif kind < 76:
                self._order(rest)
            elif kind < 81:
                self._ask(self.desk.cancel, rest[0])
            elif kind < 86:
                self._modify(rest)
            elif kind < 93:
                self._exercise(rest)
            else:
                self._wait(rest[0])
            self.check(self)
        return self

    def _price(self, choice: int, move: int) -> None:
        instrument = self.instruments[choice % len(self.instruments)]
        step = instrument.price_step.step_at(Decimal(1))
        start = self.starts[instrument.id]
        bid = start + (move % 41 - 20) * _stride(instrument)
        bid = max(bid, step)
        self.kernel.process(
            quote(instrument, self._next(), float(bid), float(bid + step), 5e5, 5e5)
        )

    def _order(self, rest: list[int]) -> None:
        choice, side, quantity, kind, move, covered, offset = (each for each in rest[:7])
        instrument = self.instruments[choice % len(self.instruments)]
        if instrument.fees is None:
            return
        step = instrument.price_step.step_at(Decimal(1))
        price = max(self.starts[instrument.id] + (move % 41 - 20) * _stride(instrument), step)
        market = kind % 3 == 0
        units = (1 + quantity % 4) * instrument.lot.minimum
        request = OrderRequest(
            ALICE,
            instrument.id,
            Side.BUY if side % 2 else Side.SELL,
            units * 100 if instrument.id == fund().id else units,
            None if market else price,
            OrderType.MARKET if market else OrderType.LIMIT,
            offset=(Offset.AUTO, Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY)[offset % 4],
            covered=instrument.option is not None and covered % 3 == 0,
        )
        with suppress(AnyvenueError):
            self.order_ids += self.desk.submit(request)

    def _exercise(self, rest: list[int]) -> None:
        instrument = self.instruments[rest[0] % len(self.instruments)]
        command = ExerciseOption(
            ALICE, instrument.id, Decimal(rest[1] % 4), self.kernel.now, rest[2] % 3 == 0
        )
        with suppress(AnyvenueError):
            self.desk.command(command)


def _stride(instrument: Instrument) -> Decimal:
    """Return how far one move goes: prices of underlyings must cross the strikes."""
    step = instrument.price_step.step_at(Decimal(1))
    factors = {rebar().id: 4, fund().id: 10, stock_index().id: 200}
    return step * factors.get(instrument.id, 2)


class OptionRecount(Recount):
    """Lots of options beside the others; `covered` counts sold lots whose units are locked."""

    def __init__(self, room: OptionRoom) -> None:
        super().__init__(room.instruments, room.settings.profit_method, CASH)
        self.covered: dict[str, Decimal] = {}

    def walk(self, history: Iterable[Any]) -> "OptionRecount":
        """Take everything that happened."""
        for event in history:
            if isinstance(event, OptionExercised):
                self._exercised(event)
            elif isinstance(event, CashMoved):
                self.money[event.currency] += event.amount
            elif isinstance(event, DaySettled):
                self._settle(event)
            else:
                self._fill(event)
        return self

    def _fill(self, fill: Fill) -> None:
        unit = self.instruments[fill.instrument]
        if unit.option is None:
            super()._fill(fill)
            return
        assert unit.fees is not None
        assert fill.fee == fill.quantity * unit.fees.open.by_lot
        sign = -1 if fill.side is Side.BUY else 1
        self.money["CNY"] += sign * fill.price * fill.quantity * unit.multiplier - fill.fee
        against = Side.SELL if fill.side is Side.BUY else Side.BUY
        left = fill.quantity
        if fill.offset is not Offset.OPEN or not unit.position_rule.hedged:
            today = unit.position_rule.dated is Dating.EXPLICIT and (
                fill.offset is Offset.CLOSE_TODAY
            )
            buckets = (True, False) if today else (False, True)
            left = self._take(unit.id, against, left, buckets)
            self._recover(unit.id, fill.quantity - left, fill)
        if left:
            assert fill.offset is Offset.OPEN
            book = self.lots.setdefault((unit.id, fill.side), [])
            book.append([fill.price, fill.price, left, True])
            if fill.covered and fill.side is Side.SELL:
                self.covered[unit.id] = self.covered.get(unit.id, ZERO) + left

    def _recover(self, name: str, closed: Decimal, fill: Fill) -> None:
        """Uncover what was bought back: covered lots first if the order was covered, else last."""
        covered = self.covered.get(name, ZERO)
        if fill.side is Side.BUY and closed and covered:
            sold = sum((lot[2] for lot in self.lots.get((name, Side.SELL), [])), ZERO)
            if fill.covered:
                covered -= min(covered, fill.quantity)
            self.covered[name] = min(covered, sold)

    def _take(
        self, name: str, side: Side, quantity: Decimal, buckets: tuple[bool, ...] = (False, True)
    ) -> Decimal:
        """Take lots out, oldest first in each bucket; return what there was not."""
        book = self.lots.get((name, side), [])
        for today in buckets:
            for lot in book:
                if lot[3] is today and quantity:
                    part = min(quantity, lot[2])
                    lot[2] -= part
                    quantity -= part
        book[:] = [lot for lot in book if lot[2]]
        return quantity

    def _exercised(self, event: OptionExercised) -> None:
        unit = self.instruments[event.instrument]
        assert unit.option is not None
        assert unit.strike is not None
        held = event.side
        assert not self._take(unit.id, held, event.quantity)
        if held is Side.SELL:
            covered = self.covered.get(unit.id, ZERO)
            self.covered[unit.id] = covered - min(covered, event.quantity)
        if event.worthless:
            return
        gain = event.price - unit.strike
        if unit.right is OptionRight.PUT:
            gain = -gain
        if unit.option.delivery == "cash":
            worth = gain * unit.multiplier * event.quantity
            self.money["CNY"] += worth if held is Side.BUY else -worth
            return
        self._deliver(unit, (unit.right is OptionRight.CALL) is (held is Side.BUY), event.quantity)

    def _deliver(self, unit: Instrument, buys: bool, lots: Decimal) -> None:
        assert unit.underlying is not None
        assert unit.strike is not None
        into = self.instruments[unit.underlying]
        if into.position_rule.margined:
            side = Side.BUY if buys else Side.SELL
            self.lots.setdefault((into.id, side), []).append([unit.strike, unit.strike, lots, True])
            return
        units = lots * unit.multiplier
        self.money["CNY"] -= unit.strike * units * (1 if buys else -1)
        if buys:
            book = self.lots.setdefault((into.id, Side.BUY), [])
            book.append([unit.strike, unit.strike, units, True])
        else:
            assert not self._take(into.id, Side.BUY, units)

    def _settle(self, event: DaySettled) -> None:
        everything = self.lots
        options = {key: book for key, book in everything.items() if self.instruments[key[0]].option}
        self.lots = {key: book for key, book in everything.items() if key not in options}
        super()._settle(event)
        self.lots = everything
        prices = dict(event.prices)
        for (name, _), book in options.items():
            assert name not in event.delivered or not book, f"{name} has expired and is held"
            for lot in book:
                lot[1], lot[3] = prices.get(self.instruments[name].id, lot[1]), False

    # ---- what must be so

    def locked(self, name: str) -> Decimal:
        """Return the units of an instrument that back covered calls."""
        return sum(
            (
                lots * self.instruments[option].multiplier
                for option, lots in self.covered.items()
                if self.instruments[option].underlying == name
            ),
            ZERO,
        )

    def sellers_margin(self, state: AccountState) -> Decimal:
        """Return the margin of all sold options at the marks of `state`, by the rules' own words."""
        total = ZERO
        for (name, side), book in self.lots.items():
            unit = self.instruments[name]
            if unit.option is None or side is Side.BUY or not book:
                continue
            lots = sum((lot[2] for lot in book), ZERO) - self.covered.get(name, ZERO)
            old = [lot[1] for lot in book if not lot[3]]
            premium = max([state.mark(unit.id) or ZERO, *old])
            total += cents(self._lot_margin(unit, premium, state) * lots, "CNY")
        return total

    def _lot_margin(self, unit: Instrument, premium: Decimal, state: AccountState) -> Decimal:
        assert unit.option is not None
        assert unit.underlying is not None
        assert unit.strike is not None
        price = state.mark(unit.underlying)
        assert price is not None
        call = unit.right is OptionRight.CALL
        out = max(unit.strike - price if call else price - unit.strike, ZERO)
        terms, size = unit.option, unit.multiplier
        if terms.margining is OptionMargining.COMMODITY:
            future = price * size * Decimal("0.10")
            return premium * size + max(future - out * size / 2, future / 2)
        base = price if call else unit.strike
        if terms.margining is OptionMargining.INDEX:
            risk = max(price * terms.rate - out, base * terms.rate / 2)
            return (premium + risk) * size
        risk = premium + max(price * terms.rate - out, base * terms.floor)
        return (risk if call else min(risk, unit.strike)) * size
