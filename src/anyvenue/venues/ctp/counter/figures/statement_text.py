"""The statement as the text that CTP delivers: bilingual, of fixed width, for people and for their parsers."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.enums import Dating, Offset, PostingKind, Side
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.model.statements import LegDetail, Statement
from anyvenue.venues.ctp.counter.context import Context
from anyvenue.venues.ctp.counter.figures.instruments import product_name
from anyvenue.venues.ctp.counter.figures.numbers import volume
from anyvenue.venues.ctp.counter.figures.statement_summary import summary_lines
from anyvenue.venues.ctp.counter.figures.statement_tables import (
    CLOSED,
    DETAILS,
    POSITIONS,
    TRANSACTIONS,
    TRANSFERS,
    Cell,
    centred,
)
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import date_text, day_text

__all__ = ["statement_text"]

_BUY = Side.BUY
_EXCHANGES = {
    "SHFE": "上期所",
    "INE": "能源中心",
    "CFFEX": "中金所",
    "DCE": "大商所",
    "CZCE": "郑商所",
    "GFEX": "广期所",
    "SSE": "上交所",
    "SZSE": "深交所",
}
_OFFSETS = {Offset.OPEN: "开", Offset.CLOSE_TODAY: "平今", Offset.CLOSE_OLD: "平昨"}
_SPECULATION = "投机"
_WIDTH = 100
_ZERO = Decimal(0)


def statement_text(context: Context, account: AccountId, statement: Statement) -> str:
    """Return the text of a statement; its lines end with CR and LF."""
    view = _View(context, statement)
    lines = [
        centred(context.profile.system_name, _WIDTH),
        f"制表时间 Creation Date：{date_text(statement.ts_as_of)}".rjust(_WIDTH - 8),
        "-" * _WIDTH,
        centred("交易结算单(盯市) Settlement Statement(MTM)", _WIDTH),
        f"客户号 Client ID：  {account:<16}客户名称 Client Name：{view.name(account)}",
        f"日期 Date：{day_text(statement.trading_day)}",
        "",
        *summary_lines(statement, view.premiums()),
        "",
        *TRANSFERS.lines(list(view.transfers())),
        *TRANSACTIONS.lines(list(view.transactions())),
        *CLOSED.lines(list(view.closed())),
        *DETAILS.lines(list(view.details())),
        *POSITIONS.lines(list(view.positions())),
    ]
    return "\r\n".join(lines) + "\r\n"


class _View:
    """The rows of one statement."""

    def __init__(self, context: Context, statement: Statement) -> None:
        self.context = context
        self.statement = statement
        self.day = day_text(statement.trading_day)
        self._profits: dict[tuple[str, InstrumentId, Side], Decimal] = {}
        for lot in statement.closed:
            closing = Side.SELL if lot.side is _BUY else _BUY
            key = (lot.fill, lot.instrument, closing)
            self._profits[key] = self._profits.get(key, _ZERO) + lot.profit_by_day

    def name(self, account: AccountId) -> str:
        member = self.context.members.find(account)
        return (member.name if member else "") or account

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        return self.context.names.get(instrument)

    # ---- tables

    def transfers(self) -> Iterator[list[Cell]]:
        for each in self.statement.transfers:
            if each.kind in (PostingKind.DEPOSIT, PostingKind.WITHDRAWAL):
                paid_in, paid_out = max(each.amount, _ZERO), max(-each.amount, _ZERO)
                yield [date_text(each.ts_event), "出入金", paid_in, paid_out, each.reference]

    def transactions(self) -> Iterator[list[Cell]]:
        for fill in _by_legs(self.statement.fills):
            found = self.instrument(fill.instrument)
            if found is None:
                continue
            yield [
                self.day,
                *_names(found),
                "买" if fill.side is _BUY else "卖",
                _SPECULATION,
                fill.price,
                volume(found, fill.quantity),
                fill.price * fill.quantity * found.multiplier,
                _offset(found, fill.offset),
                fill.fee,
                self._realised(found, fill),
                _premium(found, fill),
                fill.trade_id,
            ]

    def closed(self) -> Iterator[list[Cell]]:
        for lot in self.statement.closed:
            found = self.instrument(lot.instrument)
            if found is None:
                continue
            yield [
                self.day,
                *_names(found),
                day_text(lot.opened_on),
                "卖" if lot.side is _BUY else "买",
                volume(found, lot.quantity),
                lot.open_price,
                lot.settled or lot.open_price,
                lot.price,
                _ZERO if found.option else lot.profit_by_day,
                lot.cash_flow,
            ]

    def details(self) -> Iterator[list[Cell]]:
        for lot in self.statement.lots:
            found = self.instrument(lot.instrument)
            if found is None:
                continue
            option = found.option is not None
            yield [
                *_names(found),
                day_text(lot.trading_day),
                _SPECULATION,
                "买" if lot.side is _BUY else "卖",
                volume(found, lot.quantity),
                lot.price,
                lot.settled or lot.price,
                lot.mark,
                _ZERO if option else lot.profit_by_trade,
                _ZERO if option else lot.profit_by_day,
                lot.margin,
                lot.market_value if option else _ZERO,
            ]

    def positions(self) -> Iterator[list[Cell]]:
        legs: dict[InstrumentId, list[LegDetail]] = {}
        for leg in self.statement.legs:
            if leg.quantity:
                legs.setdefault(leg.instrument, []).append(leg)
        for name, found in legs.items():
            instrument = self.instrument(name)
            if instrument is not None:
                yield self._position(instrument, found)

    def _position(self, instrument: Instrument, legs: list[LegDetail]) -> list[Cell]:
        option = instrument.option is not None
        long = [leg for leg in legs if leg.side is _BUY]
        short = [leg for leg in legs if leg.side is not _BUY]
        settled = next((leg.settled for leg in legs if leg.settled), None)
        return [
            product_name(instrument),
            instrument.symbol,
            volume(instrument, _sum(long, "quantity")),
            _average(instrument, long),
            volume(instrument, _sum(short, "quantity")),
            _average(instrument, short),
            settled,
            legs[0].price,
            _ZERO if option else _sum(legs, "profit_by_day"),
            _sum(legs, "margin"),
            _SPECULATION,
            _sum(long, "market_value") if option else _ZERO,
            -_sum(short, "market_value") if option else _ZERO,
        ]

    # ---- sums

    def premiums(self) -> tuple[Decimal, Decimal]:
        """Return what was received and what was paid for options and what else is paid when it is dealt."""
        received = paid = _ZERO
        for fill in _by_legs(self.statement.fills):
            found = self.instrument(fill.instrument)
            amount = _premium(found, fill) if found else _ZERO
            received, paid = received + max(amount, _ZERO), paid + max(-amount, _ZERO)
        return received, paid

    def _realised(self, instrument: Instrument, fill: Fill) -> Decimal:
        if instrument.option is not None:
            return _ZERO
        return self._profits.get((fill.trade_id, fill.instrument, fill.side), _ZERO)


def _by_legs(fills: tuple[Fill, ...]) -> Iterator[Fill]:
    for fill in fills:
        if not fill.legs:
            yield fill
        for leg in fill.legs:
            yield replace(
                fill,
                instrument=leg.instrument,
                side=leg.side,
                price=leg.price,
                quantity=leg.quantity,
                fee=leg.fee,
                legs=(),
            )


def _names(instrument: Instrument) -> tuple[str, str, str]:
    exchange = exchange_id(instrument.exchange)
    return _EXCHANGES.get(exchange, exchange), product_name(instrument), instrument.symbol


def _offset(instrument: Instrument, offset: Offset) -> str:
    if offset is Offset.CLOSE:
        return "平昨" if instrument.position_rule.dated is Dating.EXPLICIT else "平"
    return _OFFSETS[offset]


def _premium(instrument: Instrument, fill: Fill) -> Decimal:
    if instrument.position_rule.margined and instrument.option is None:
        return _ZERO
    amount = fill.price * fill.quantity * instrument.multiplier
    return -amount if fill.side is _BUY else amount


def _sum(legs: list[LegDetail], name: str) -> Decimal:
    return sum((getattr(leg, name) for leg in legs), _ZERO)


def _average(instrument: Instrument, legs: list[LegDetail]) -> Decimal:
    quantity = _sum(legs, "quantity")
    return _sum(legs, "cost") / (quantity * instrument.multiplier) if quantity else _ZERO
