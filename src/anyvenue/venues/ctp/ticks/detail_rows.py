"""InvestorPositionDetail rows, made of the books when they are read: one for each trade that opened."""

from collections.abc import Iterator

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.books import Books
from anyvenue.venues.ctp.ticks.lots import Lot, Part, Side
from anyvenue.venues.ctp.ticks.margins import margin_of_lot, margins_of
from anyvenue.venues.ctp.ticks.numbers import ZERO
from anyvenue.venues.ctp.ticks.position_rows import rates_row
from anyvenue.venues.ctp.ticks.structs import InvestorPositionDetail

__all__ = ["detail_rows"]

_FIXED: dict[str, Value] = {
    "HedgeFlag": "1",
    "SettlementID": 1,
    "TradeType": "0",
    "CombInstrumentID": "",
    "InvestUnitID": "",
    "SpecPosiType": "#",
}


def detail_rows(books: Books, code: str = "") -> list[InvestorPositionDetail]:
    """Return the rows of a contract, of all for "", long before short, oldest first; closed lots have Volume 0."""
    sides = [side for (name, _), side in books.sides.items() if code in ("", name)]
    sides.sort(key=lambda side: (side.contract.code, side.contract.exchange, not side.long))
    return [InvestorPositionDetail(row) for side in sides for row in _rows(books, side)]


def _rows(books: Books, side: Side) -> Iterator[dict[str, Value]]:
    margins = margins_of(books, side)
    for part in (side.old, side.today):
        for lot in part.lots:
            yield _row(books, side, part, lot) | {
                name: float(margin_of_lot(books, side, part, lot, margins))
                for name in ("Margin", "ExchMargin")
            }


def _row(books: Books, side: Side, part: Part, lot: Lot) -> dict[str, Value]:
    contract = side.contract
    price = books.marks.price(contract.code)
    settled = side.settled or books.marks.previous_settlement(contract.code) or ZERO
    units = lot.volume * contract.multiplier * (1 if side.long else -1)
    by_day = by_trade = closed_by_day = closed_by_trade = ZERO
    if not contract.option:
        closed_by_day, closed_by_trade = lot.profit_by_day, lot.profit_by_trade
        if price is not None:
            by_day = (price - side.mark_of(part, lot)) * units
            by_trade = (price - lot.price) * units
    row: dict[str, Value] = _FIXED | {
        "InstrumentID": contract.code,
        "ExchangeID": contract.exchange,
        "BrokerID": books.opening_row.get("BrokerID", ""),
        "InvestorID": books.opening_row.get("AccountID", ""),
        "Direction": "0" if side.long else "1",
        "OpenDate": lot.day,
        "TradeID": lot.trade_id,
        "Volume": lot.volume,
        "OpenPrice": float(lot.price),
        "TradingDay": books.trading_day,
        "LastSettlementPrice": float(settled),
        "SettlementPrice": float(price or ZERO),
        "CloseVolume": lot.closed,
        "CloseAmount": float(lot.closed_amount),
        "TimeFirstVolume": lot.volume,
        "CloseProfitByDate": float(closed_by_day),
        "CloseProfitByTrade": float(closed_by_trade),
        "PositionProfitByDate": float(by_day),
        "PositionProfitByTrade": float(by_trade),
    }
    return row | rates_row(side)
