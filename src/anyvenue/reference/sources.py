"""Where the terms of an instrument are from, for those that no futures product stands behind."""

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import Instrument
from anyvenue.reference.tables import read_table

__all__ = ["table_source"]

_KINDS = {
    InstrumentKind.SPOT: "spot",
    InstrumentKind.PERPETUAL: "perpetual",
    InstrumentKind.FUTURE: "quarterly",
}


def table_source(instrument: Instrument) -> str:
    """Return the source of the row of a currency pair, a crypto pair or an option, empty when no table has it."""
    if instrument.kind is InstrumentKind.FX:
        wanted = {"base": instrument.base, "quote": instrument.currency}
        return _source("fx", wanted)
    if instrument.kind is InstrumentKind.OPTION:
        where = {"exchange": instrument.exchange}
        letters = instrument.product.removesuffix("_o")
        of_product = _source("option_products", {**where, "product": letters})
        return of_product or _source("option_underlyings", {**where, "code": instrument.product})
    if instrument.kind is InstrumentKind.INDEX:
        return _source("option_underlyings", {"underlying": instrument.id})
    if instrument.base and instrument.kind in _KINDS:
        base, quote = instrument.symbol.split("-")[:2]
        wanted = {"base": base, "quote": quote, "kind": _KINDS[instrument.kind]}
        return _source("crypto", {**wanted, "exchange": instrument.exchange})
    return ""


def _source(table: str, wanted: dict[str, str]) -> str:
    for row in read_table(table):
        if all(row[name] == value for name, value in wanted.items()):
            return row["source"]
    return ""
