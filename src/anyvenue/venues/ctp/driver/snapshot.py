"""What the counter says is so: orders, positions lot by lot, and money, of one moment."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.errors import ConnectivityError
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Order
from anyvenue.model.positions import EMPTY_LEG, Leg, Position
from anyvenue.model.protocols import Cursor, Snapshot
from anyvenue.venues.ctp.driver.book import DayBook
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.errors import refusal
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.link import Link, Row
from anyvenue.venues.ctp.driver.pacing import Urgency
from anyvenue.venues.ctp.driver.readings import exact, is_number
from anyvenue.venues.ctp.driver.reports import Reports
from anyvenue.venues.ctp.driver.times import day_of

__all__ = ["Snapshots"]

_ZERO = Decimal(0)
_MONEY = 4  # decimal places: less is the noise of a double
_TRIES = 6
_COMBINED = "ReqQryInvestorPositionCombineDetail"
_COMBINING = frozenset({"DCE", "CZCE", "GFEX", "CFFEX", "SSE", "SZSE"})
_SIDES = {"0": "long", "1": "short"}


class _Figures(msgspec.Struct):
    positions: list[Row]
    details: bool
    accounts: list[Row]
    combined: list[Row]


class Snapshots:
    """Asks until orders, positions and money agree: nothing was traded while they were asked for."""

    def __init__(
        self,
        account: AccountId,
        config: CtpConfig,
        book: DayBook,
        reports: Reports,
        instruments: Instruments,
        now: Callable[[], int],
    ) -> None:
        """Show `account`, the node's name of it."""
        self._account = account
        self._config = config
        self._book = book
        self._reports = reports
        self._instruments = instruments
        self._now = now

    async def take(self, link: Link, since: Cursor, connection: int) -> Snapshot:
        """Return a snapshot with fills after `since`; raise ConnectivityError or VenueRefused.

        `connection` is the present one: what was sent over it and is not answered is named as SENT, too.
        """
        for _ in range(_TRIES):
            before = self._book.revision
            figures = await self._figures(link)
            await self._orders(link)
            if self._book.revision == before:
                return self._made(figures, since, connection)
        # Positions of before a trade and the trade itself must never be taken together.
        raise ConnectivityError(
            f"the account was traded in each of the {_TRIES} times that it was asked for; ask again when it is calmer",
            code="venue.ctp_busy",
        )

    # ---- questions

    async def _rows(self, link: Link, name: str, **fields: str) -> list[Row]:
        question = {"BrokerID": self._config.broker, "InvestorID": self._config.user, **fields}
        answer = await link.query(name, question, self._config.timeout_s, Urgency.NOW)
        if answer.error is not None:
            raise refusal(name, answer.error)
        return answer.rows

    async def _figures(self, link: Link) -> _Figures:
        details = link.has("ReqQryInvestorPositionDetail")
        name = "ReqQryInvestorPositionDetail" if details else "ReqQryInvestorPosition"
        positions = await self._rows(link, name)
        combined: list[Row] = []
        if link.has(_COMBINED) and _may_be_combined(positions):
            combined = await self._rows(link, _COMBINED)
        accounts = await self._rows(link, "ReqQryTradingAccount")
        return _Figures(positions, details, accounts, combined)

    async def _orders(self, link: Link) -> None:
        """Hear of every order of the day, and of every trade where the orders tell of more than have come."""
        for row in await self._rows(link, "ReqQryOrder"):
            self._reports.on_order(row, self._now())
        book = self._book
        lacking = [
            each for each in book.records.values() if each.filled < each.told and not each.legs
        ]
        if lacking or book.homeless:
            for row in await self._rows(link, "ReqQryTrade"):
                self._reports.on_trade(row, self._now())

    # ---- answers

    def _made(self, figures: _Figures, since: Cursor, connection: int) -> Snapshot:
        book, now = self._book, self._now()
        day = book.trading_day
        fills = book.fills if since[0] != day else book.fills[since[1] :]
        legs_of = self._legs_of_details if figures.details else self._legs_of_rows
        legs = legs_of(figures.positions)
        self._add_combined(legs, figures.combined)
        return Snapshot(
            account=self._account,
            ts_as_of=now,
            trading_day=day,
            orders=tuple(self._named(connection)),
            fills=tuple(fills),
            positions=tuple(_positions(self._account, legs)),
            balances=tuple(self._balance(row, now) for row in figures.accounts),
            cursor=(day, len(book.fills)),
        )

    def _named(self, connection: int) -> list[Order]:
        day = self._book.trading_day
        return [
            each.as_order(self._account, day)
            for each in self._book.records.values()
            if each.row is not None
            # What is on its way over this connection may still arrive.
            or (each.sent_on == connection and not each.ended)
            or (each.ended and each.request is not None)
        ]

    def _balance(self, row: Row, now: int) -> Account:
        figure = {name: exact(value, _MONEY) for name, value in row.items() if is_number(value)}
        get = figure.get
        return Account(
            self._account,
            str(row.get("CurrencyID", "")) or "CNY",
            now,
            day_of(row.get("TradingDay", "")) or self._book.trading_day,
            pre_balance=get("PreBalance", _ZERO)
            - get("PreCredit", _ZERO)
            - get("PreMortgage", _ZERO)
            + get("Mortgage", _ZERO),
            deposits=get("Deposit", _ZERO),
            withdrawals=get("Withdraw", _ZERO),
            close_profit=get("CloseProfit", _ZERO),
            position_profit=get("PositionProfit", _ZERO),
            cash_flow=get("CashIn", _ZERO),
            fees=get("Commission", _ZERO),
            margin=get("CurrMargin", _ZERO),
            frozen_margin=get("FrozenMargin", _ZERO),
            frozen_fees=get("FrozenCommission", _ZERO),
            frozen_cash=get("FrozenCash", _ZERO),
            market_value=get("OptionValue", _ZERO),
            balance=get("Balance", _ZERO),
            available=get("Available", _ZERO),
        )

    # ---- positions

    def _legs_of_details(self, rows: list[Row]) -> "_Legs":
        legs = _Legs()
        for row in rows:
            volume = int(row.get("Volume", 0))
            if volume <= 0:
                continue
            instrument = self._instruments.of_code(
                str(row.get("InstrumentID", "")), str(row.get("ExchangeID", ""))
            )
            if instrument is None:
                continue
            day = day_of(row.get("TradingDay", "")) or self._book.trading_day
            today = day_of(row.get("OpenDate", "")) == day
            price, settled = exact(row.get("OpenPrice")), row.get("LastSettlementPrice")
            marked = not today and _is_marked(instrument) and is_number(settled)
            mark = exact(settled) if marked and exact(settled) else price
            side = _SIDES.get(str(row.get("Direction", "")), "long")
            legs.add(instrument.id, side, today, Decimal(volume), price, mark)
        return legs

    def _legs_of_rows(self, rows: list[Row]) -> "_Legs":
        """Return legs of InvestorPosition rows, whose costs are sums: exact where lots had one price."""
        legs = _Legs()
        for row in rows:
            held = int(row.get("Position", 0))
            instrument = self._instruments.of_code(
                str(row.get("InstrumentID", "")), str(row.get("ExchangeID", ""))
            )
            if held <= 0 or instrument is None:
                continue
            side = "short" if row.get("PosiDirection") == "3" else "long"
            today = min(int(row.get("TodayPosition", 0)), held)
            unit = instrument.multiplier * held
            price = _ratio(exact(row.get("OpenCost"), _MONEY), unit)
            mark = _ratio(exact(row.get("PositionCost"), _MONEY), unit) or price
            for is_today, lots in ((True, today), (False, held - today)):
                if lots:
                    legs.add(instrument.id, side, is_today, Decimal(lots), price, mark)
        return legs

    def _add_combined(self, legs: "_Legs", rows: list[Row]) -> None:
        """Add combinations, which are told leg by leg: lots of their spread, whose prices nobody tells."""
        for row in rows:
            code, exchange = str(row.get("CombInstrumentID", "")), str(row.get("ExchangeID", ""))
            spread = self._instruments.of_code(code, exchange) if code else None
            first = spread.legs[0] if spread is not None and spread.legs else None
            leg = self._instruments.codes.own(str(row.get("InstrumentID", "")), exchange)
            if spread is None or first is None or first.instrument != leg:
                continue
            lots = Decimal(int(row.get("TotalAmt", 0)) // max(int(row.get("LegMultiple", 1)), 1))
            bought = (row.get("Direction") == "0") is (first.ratio > 0)
            today = day_of(row.get("OpenDate", "")) == self._book.trading_day
            if lots:
                legs.add(spread.id, "long" if bought else "short", today, lots, _ZERO, _ZERO)


def _may_be_combined(rows: list[Row]) -> bool:
    """Tell whether an exchange that combines positions has several of them: each question takes a second."""
    held: dict[str, set[tuple[object, object]]] = {}
    for row in rows:
        side = row.get("Direction", row.get("PosiDirection"))
        held.setdefault(str(row.get("ExchangeID", "")), set()).add((row.get("InstrumentID"), side))
    return any(len(legs) > 1 for exchange, legs in held.items() if exchange in _COMBINING)


def _is_marked(instrument: Instrument) -> bool:
    """Tell whether lots held over night are measured from the settlement price: not what was paid in full."""
    return instrument.position_rule.margined


def _ratio(amount: Decimal, unit: Decimal) -> Decimal:
    return round(amount / unit, 6) if unit else _ZERO


class _Legs:
    """Sums of lots by instrument and leg."""

    def __init__(self) -> None:
        self.sums: dict[InstrumentId, dict[str, Leg]] = {}

    def add(
        self,
        name: InstrumentId,
        side: str,
        today: bool,
        quantity: Decimal,
        price: Decimal,
        mark: Decimal,
    ) -> None:
        leg = f"{side}_{'today' if today else 'old'}"
        legs = self.sums.setdefault(name, {})
        now = legs.get(leg, EMPTY_LEG)
        legs[leg] = Leg(
            now.quantity + quantity,
            _ZERO,
            now.open_value + price * quantity,
            now.mark_value + mark * quantity,
        )


def _positions(account: AccountId, legs: _Legs) -> list[Position]:
    return [Position(account, name, **each) for name, each in sorted(legs.sums.items())]
