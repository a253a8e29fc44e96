"""Positions and money of one account, computed here from every order, trade and quote.

What a day began with is asked of the counter once, after the login; everything after that follows from the day's
orders and trades. So figures are up to date before the counter could answer a query. Amounts are exact (Decimal) inside
and doubles in the rows, as in CTP's own.

Not followed: exercise, combinations of positions and covered sales of options (ask the counter: `TickHost.resync`).
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.contracts import Contract
from anyvenue.venues.ctp.ticks.freezing import Frozen
from anyvenue.venues.ctp.ticks.lots import Lot, Side
from anyvenue.venues.ctp.ticks.marks import Marks
from anyvenue.venues.ctp.ticks.numbers import ZERO, exact, rounded, text_of, whole
from anyvenue.venues.ctp.ticks.rules import Rules
from anyvenue.venues.ctp.ticks.structs import Order, Trade
from anyvenue.venues.ctp.ticks.working import Key, Working, key_of

__all__ = ["Books"]

Row = Mapping[str, Value]
Lookup = Callable[[str], Contract | None]


class Books:
    """The books of one trading day. `lookup` gives a contract by its InstrumentID, None for one not known yet.

    `working` are the orders that may still trade, oldest first. `static`, `credit` and `reserve` are what of the money
    does not move in a day.
    """

    def __init__(self, rules: Rules, marks: Marks, lookup: Lookup) -> None:
        """Begin empty; `begin` opens a day."""
        self.rules = rules
        self.marks = marks
        self.lookup = lookup
        self.trading_day = ""
        self.opening_row: Row = {}
        self.static = self.credit = self.reserve = ZERO
        self.deposits = self.withdrawals = ZERO
        self.sides: dict[tuple[str, bool], Side] = {}
        self.settled: dict[str, Decimal] = {}
        self.orders: dict[Key, Working] = {}
        self.unpriced: dict[str, None] = {}
        self._by_number: dict[tuple[str, str], Working] = {}
        self.working: dict[Key, Working] = {}
        self.frozen = Frozen(self)
        self._details: list[Row] = []
        self._trades: dict[tuple[str, ...], Trade] = {}
        self._clear()

    def _clear(self) -> None:
        self.sides.clear()
        self.unpriced.clear()
        self.fees = self.close_profit = self.cash = ZERO

    # ---- what the day began with

    def begin(self, trading_day: str) -> None:
        """Open a trading day; what is known of the same one stays."""
        if trading_day == self.trading_day:
            return
        self.trading_day = trading_day
        self.orders.clear()
        self._by_number.clear()
        self.working.clear()
        self.frozen.clear()
        self._trades.clear()
        self._details.clear()
        self.settled.clear()
        self.opening_row = {}
        self.deposits = self.withdrawals = ZERO
        self._clear()

    def take_account(self, row: Row) -> None:
        """Take the counter's TradingAccount of any moment of the day: what does not move, deposits and withdrawals."""
        self.opening_row = row
        before = (exact(row.get(name)) for name in ("PreBalance", "Mortgage"))
        taken = (exact(row.get(name)) for name in ("PreCredit", "PreMortgage"))
        self.static = sum(before, ZERO) - sum(taken, ZERO)
        self.credit = exact(row.get("Credit")) - exact(row.get("DeliveryMargin"))
        self.reserve = exact(row.get("Reserve"))
        self.deposits, self.withdrawals = exact(row.get("Deposit")), exact(row.get("Withdraw"))

    def take_details(self, rows: Iterable[Row]) -> None:
        """Take the counter's InvestorPositionDetail of any moment of the day, and work everything out anew.

        Of lots that were opened today nothing is read: they come of the day's trades.
        """
        self._details = [row for row in rows if text_of(row, "OpenDate") != self.trading_day]
        for row in self._details:
            price = exact(row.get("LastSettlementPrice"))
            if price:
                self.settled[text_of(row, "InstrumentID")] = price
        self.rebuild()

    def rebuild(self) -> None:
        """Work everything out anew, because what the counter takes for a contract has become known."""
        self._clear()
        for row in self._details:
            self._hold(row)
        claims = self.frozen.release(self.orders.values())
        for trade in self._trades.values():
            self._book(trade)
        for key, order in self.orders.items():
            self.frozen.measure(order, claims.get(key))

    def _hold(self, row: Row) -> None:
        volume = whole(row, "Volume") + whole(row, "CloseVolume")
        side = self.side(text_of(row, "InstrumentID"), row.get("Direction") == "0")
        if side is not None:
            day, number = text_of(row, "OpenDate"), str(row.get("TradeID", ""))
            side.hold(Lot(exact(row.get("OpenPrice")), volume, day, number))

    def side(self, code: str, long: bool) -> Side | None:
        """Return the lots of a side, None for a contract that is not known."""
        side = self.sides.get((code, long))
        if side is None:
            contract = self.contract(code)
            if contract is None:
                return None
            side = self.sides[code, long] = Side(contract, long, self.settled.get(code))
        return side

    def contract(self, code: str) -> Contract | None:
        """Return a contract, None while it or its rates are not known, which `unpriced` remembers."""
        contract = self.lookup(code)
        if contract is None or not contract.priced:
            self.unpriced[code] = None
        return contract

    # ---- what happens

    def expect(self, order: Order) -> None:
        """Freeze for an order that was just sent, before the counter has said anything."""
        if key_of(order) not in self.orders:
            self._add(Working(order, told=False))

    def refuse(self, key: Key) -> None:
        """Forget an order that the counter did not take."""
        order = self.orders.pop(key, None)
        if order is not None:
            order.total = order.volume_traded = 0
            self.frozen.measure(order)
            self.working.pop(key, None)

    def drop_lost(self, front: int, session: int) -> None:
        """Forget orders of sessions before this one that the counter never told of: they were lost on their way."""
        for key, order in list(self.orders.items()):
            if not order.told and key[:2] != (front, session):
                self.refuse(key)

    def on_order(self, report: Order) -> bool:
        """Take a report of an order; return False for one that is older than what is known."""
        order = self.orders.get(key_of(report))
        if order is None:
            order = Working(report, told=True)
            self._add(order)
        elif order.is_news(report):
            price, order.told = order.price, True
            order.update(report)
            if order.rest != order.lots or order.price != price:
                self.frozen.measure(order)
        else:
            return False
        if order.number:
            self._by_number[order.exchange, order.number.strip()] = order
        if order.done:
            self.working.pop(order.key, None)
        return True

    def _add(self, order: Working) -> None:
        self.orders[order.key] = self.working[order.key] = order
        self.frozen.measure(order)

    def on_trade(self, trade: Trade) -> bool:
        """Book a trade; return False for one that was booked before."""
        place = trade.ExchangeID, trade.InstrumentID, trade.Direction
        number = (*place, trade.TradeID, trade.OrderSysID.strip())
        if number in self._trades:
            return False
        self._trades[number] = trade
        order = self._book(trade)
        if order is not None:
            self.frozen.measure(order)
        return True

    # ---- trades

    def _book(self, trade: Trade) -> Working | None:
        order = self._by_number.get((trade.ExchangeID, trade.OrderSysID.strip()))
        buying, volume, price = trade.Direction == "0", trade.Volume, exact(trade.Price)
        if order is not None:
            order.traded += volume
        opening = trade.OffsetFlag == "0"
        side = self.side(trade.InstrumentID, buying is opening)
        if side is None:
            return order
        contract = side.contract
        turnover = price * contract.multiplier
        cash = ZERO
        if contract.option:
            cash = -turnover * volume if buying else turnover * volume
            self.cash += rounded(cash, self.rules.quantum)
        if opening:
            side.open(price, volume, trade.TradingDay, trade.TradeID)
            part, fee = side.today, self._charge(order, contract, "open", turnover, volume)
        else:
            commission = contract.commission
            first = commission is not None and commission.today_first
            today, old = side.split(volume, trade.OffsetFlag == "3", first)
            fee = self._charge_close(order, contract, trade.OffsetFlag, turnover, today, old)
            profit = side.close(price, today, old)
            if not contract.option:
                self.close_profit += rounded(profit, self.rules.quantum)
            part = side.old if old else side.today
        part.fees += fee
        part.cash += cash
        self.fees += fee
        return order

    def _charge_close(
        self,
        order: Working | None,
        contract: Contract,
        flag: str,
        turnover: Decimal,
        today: int,
        old: int,
    ) -> Decimal:
        """Return what closing costs: by the flag where it names the lots, else by which lots it took."""
        if contract.dated:
            rate = "today" if flag == "3" else "close"
            return self._charge(order, contract, rate, turnover, today + old)
        fee = self._charge(order, contract, "close", turnover, old) if old else ZERO
        return fee + self._charge(order, contract, "today", turnover, today) if today else fee

    def _charge(
        self, order: Working | None, contract: Contract, rate: str, turnover: Decimal, volume: int
    ) -> Decimal:
        """Return the fee of a trade; the trades of one order are rounded together."""
        commission = contract.commission
        if commission is None:
            return ZERO
        ratios = {
            "open": commission.opening,
            "close": commission.closing,
            "today": commission.closing_today,
        }[rate]
        key = f"{contract.code} {rate}"
        before = order.meters.get(key) if order is not None else None
        value, lots, paid = before or (ZERO, 0, ZERO)
        value, lots = value + turnover * volume, lots + volume
        total = rounded(value * ratios[0] + lots * ratios[1], self.rules.quantum)
        if order is not None:
            order.meters[key] = value, lots, total
        return total - paid
