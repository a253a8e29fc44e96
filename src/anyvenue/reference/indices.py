"""Indices that options are written on: their values are published, and nobody can trade them."""

from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, Instrument
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.tables import read_table

__all__ = ["index_instrument", "index_symbols"]

# No order is small enough: an order for an index is refused like any that is too large.
_NOT_TRADED = LotRule(maximum=Decimal(0))


def index_symbols() -> list[str]:
    """Return the codes of the indices: 000300, ..."""
    return [row["underlying"].partition(".")[0] for row in _rows()]


def index_instrument(symbol: str, exchange: str) -> Instrument | None:
    """Return the index `symbol` as `exchange` publishes it (000300 of SSE), None when no options are written on it."""
    row = next((row for row in _rows() if row["underlying"] == f"{symbol}.{exchange}"), None)
    if row is None:
        return None
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=InstrumentKind.INDEX,
        currency="CNY",
        price_step=FixedStep(Decimal("0.0001")),
        lot=_NOT_TRADED,
        position_rule=CASH_STOCK_T0,
        sessions="cffex_index",
        name=row["name"].removesuffix(" option"),
        name_zh=row["name_zh"].removesuffix("股指期权") + "指数",
        venue_symbol=symbol,
    )


def _rows() -> list[dict[str, str]]:
    return [row for row in read_table("option_underlyings") if row["exchange"] == "CFFEX"]
