"""What a broker lists, by OKX's names."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from zlib import crc32

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.venues.okx.server.asking import Asked
from anyvenue.venues.okx.server.refusals import bad, missing, no_instrument
from anyvenue.venues.okx.wire_rest import InstrumentRow
from anyvenue.venues.serving.figures import tiers_of
from anyvenue.venues.serving.records import Place

__all__ = ["TYPES", "Listing", "code_of", "largest_leverage", "type_of"]

TYPES = ("SPOT", "SWAP", "FUTURES")
"""What is traded here, of the venue's types."""

_KINDS = {
    InstrumentKind.SPOT: "SPOT",
    InstrumentKind.PERPETUAL: "SWAP",
    InstrumentKind.FUTURE: "FUTURES",
}
_ALL_TYPES = (*TYPES, "MARGIN", "OPTION", "EVENTS")
_MOST = Decimal(100_000_000)
_MOST_AT_MARKET = Decimal(1_000_000)
_EXPIRY_HOUR = 8


def type_of(instrument: Instrument) -> str | None:
    """Return the venue's type of an instrument, None for what it has no such market for."""
    return _KINDS.get(instrument.kind) if instrument.base else None


def largest_leverage(instrument: Instrument) -> Decimal:
    """Return the most leverage an instrument has; 1 for a pair."""
    tiers = tiers_of(instrument)
    return tiers[0].max_leverage.to_integral_value(ROUND_FLOOR) if tiers else Decimal(1)


class Listing:
    """The instruments by the venue's names, and by the numbers that orders over WebSocket name them by."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        """Take those of `instruments` that the venue has markets for."""
        self.by_name: dict[str, Instrument] = {}
        self.names: dict[InstrumentId, str] = {}
        self.types: dict[str, str] = {}
        self.by_code: dict[str, str] = {}
        for each in instruments:
            kind = type_of(each)
            if kind is None:
                continue
            name = each.venue_symbol or each.symbol
            self.by_name[name], self.names[each.id], self.types[name] = each, name, kind
            self.by_code[str(code_of(name))] = name

    def get(self, name: str) -> Instrument:
        """Return an instrument by the venue's name; raise Refused 51001."""
        found = self.by_name.get(name)
        if found is None:
            raise no_instrument()
        return found

    def asked(self, asked: Asked) -> str:
        """Return the name of the instrument a request is about: over WebSocket it goes by its number."""
        if not asked.socket:
            name = asked.text("instId")
        elif asked.has("instIdCode"):
            name = self.by_code.get(asked.text("instIdCode"), "")
        else:
            raise missing("instIdCode")
        self.get(name)
        return name

    def kind(self, asked: Asked, default: str | None = None) -> str:
        """Return the type that is asked for; raise Refused for one the venue does not have."""
        return asked.choice("instType", _ALL_TYPES, default)

    def place_of(self, instrument: InstrumentId) -> Place | None:
        """Return where an instrument is traded, None for what is not listed here."""
        name = self.names.get(instrument)
        if name is None:
            return None
        kind, listed = self.types[name], self.by_name[name]
        return Place(kind, name, kind != "SPOT", listed.multiplier, listed.inverse)

    def rows(self, asked: Asked) -> list[InstrumentRow]:
        """Return what is listed of a type."""
        kind = self.kind(asked)
        if kind == "OPTION" and not (asked.has("uly") or asked.has("instFamily")):
            raise missing("instFamily")
        wanted = asked.text("instId", "")
        family = asked.text("instFamily", "") or asked.text("uly", "")
        if kind not in TYPES and wanted:
            raise bad("instId")
        return [
            row
            for name, each in self.by_name.items()
            if self.types[name] == kind and wanted in ("", name)
            for row in (_row(name, kind, each),)
            if family in ("", row.inst_family)
        ]


def code_of(name: str) -> int:
    """Return the number of a name: the same every time."""
    return crc32(name.encode()) >> 1


def _row(name: str, kind: str, each: Instrument) -> InstrumentRow:
    lot = each.lot
    most = lot.maximum or _MOST
    row = InstrumentRow(
        inst_id=name,
        inst_type=kind,
        inst_id_code=code_of(name),
        tick_sz=plain(each.price_step.step_at(Decimal(1))),
        lot_sz=plain(lot.step),
        min_sz=plain(lot.minimum),
        max_lmt_sz=plain(most),
        max_mkt_sz=plain(lot.market_maximum or min(most, _MOST_AT_MARKET)),
        max_trigger_sz=plain(most),
        max_stop_sz=plain(most),
        category="1",
        list_time=_ms_text(each.listed),
    )
    if kind == "SPOT":
        row.base_ccy, row.quote_ccy = each.base, each.currency
        row.trade_quote_ccy_list = [each.currency]
        row.max_lmt_amt = row.max_mkt_amt = "20000000"
        return row
    quote = "USD" if each.inverse else each.currency
    row.inst_family = row.uly = f"{each.base}-{quote}"
    row.settle_ccy = each.currency
    row.ct_val, row.ct_mult = plain(each.multiplier), "1"
    row.ct_val_ccy = quote if each.inverse else each.base
    row.ct_type = "inverse" if each.inverse else "linear"
    row.lever = plain(largest_leverage(each))
    if each.expiry:
        row.exp_time, row.alias = _ms_text(each.expiry), "quarter"
    return row


def _ms_text(day: int) -> str:
    """Return 08:00 UTC of a day (yyyymmdd) in ms, empty for none."""
    if not day:
        return ""
    moment = datetime(day // 10_000, day // 100 % 100, day % 100, _EXPIRY_HOUR, tzinfo=UTC)
    return str(int(moment.timestamp()) * 1000)
