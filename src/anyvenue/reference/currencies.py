"""Currency pairs and gold as a retail account trades them: ``EURUSD.FX``.

Quantities are units of the base currency. There is no commission: such an account pays by the spread.
"""

from decimal import Decimal
from functools import cache

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import NETTED, FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.assets import asset_name, asset_name_zh
from anyvenue.reference.tables import read_table

__all__ = ["FX_EXCHANGE", "currency_instrument", "currency_symbols"]

FX_EXCHANGE = "FX"

_FREE = FeeRate()
_BY_SPREAD = FeeSchedule(
    _FREE, _FREE, _FREE, source="no commission: the account pays by the spread"
)


def currency_symbols() -> list[str]:
    """Return the symbols of the table in its order, the majors first: EURUSD, GBPUSD, ..."""
    return list(_rows())


def currency_instrument(symbol: str) -> Instrument | None:
    """Return the pair `symbol` (EURUSD), None when the table has no such pair."""
    row = _rows().get(symbol)
    return _made(symbol, row) if row else None


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["base"] + row["quote"]: row for row in read_table("fx")}


def _made(symbol: str, row: dict[str, str]) -> Instrument:
    base, quote = row["base"], row["quote"]
    margin, lot = Decimal(row["margin"]), Decimal(row["lot"])
    return Instrument(
        id=make_instrument_id(symbol, FX_EXCHANGE),
        kind=InstrumentKind.FX,
        currency=quote,
        base=base,
        price_step=FixedStep(Decimal(row["tick"])),
        lot=LotRule(lot, lot),
        position_rule=NETTED,
        sessions="fx_week",
        name=f"{asset_name(base)} / {asset_name(quote)}",
        name_zh=f"{asset_name_zh(base)}/{asset_name_zh(quote)}",
        fees=_BY_SPREAD,
        margin=MarginSchedule(margin, margin, source="ESMA decision 2018/796: retail accounts"),
        venue_symbol=symbol,
    )
