"""A dialect's snapshot read in place: nothing is translated, the fields only go by CTP's names."""

from msgspec.structs import replace

from anyvenue.venues.ctp.description import Layout, Value
from anyvenue.venues.ctp.dialects.words import Codes, StructWords

__all__ = ["QuoteLayout"]

# What a dialect has no field of its own for. Shares have no settlement: limits are set from the last close.
_STAND_INS = {"ActionDay": "TradingDay", "PreSettlementPrice": "PreClosePrice"}


class QuoteLayout(Layout):
    """A layout whose values are the bytes' own, with what CTP has beside it at the end.

    With `exchanges` the code of a security is followed by its exchange, ``600000@SSE``: a code alone is not one.
    """

    def __init__(self, own: Layout, words: StructWords | None, exchanges: Codes | None) -> None:
        """Read `own` under the names of `words`."""
        super().__init__(own.name, [(f.name, f.type_name, f.c, f.length) for f in own.fields])
        names = words.names if words is not None else {}
        fields = [replace(each, name=names.get(each.name, each.name)) for each in self.fields]
        at = {each.name: place for place, each in enumerate(fields)}
        absent = [name for name in _STAND_INS if name not in at]
        self._extra = tuple(at[_STAND_INS[name]] for name in absent)
        fields += [replace(fields[at[_STAND_INS[name]]], name=name) for name in absent]
        self.fields = tuple(fields)
        self.by_name = {each.name: each for each in fields}
        self._code, self._exchange = at["InstrumentID"], at.get("ExchangeID", -1)
        table = self._exchanges = exchanges.into if exchanges is not None else {}
        self._suffixes = {key.encode(): f"@{name}".encode() for key, name in table.items() if name}

    def unpack(self, raw: bytes | memoryview) -> dict[str, Value]:
        """Return the values by CTP's names; raise ValueError when `raw` has another size."""
        found = list(super().unpack(raw).values())
        found += [found[place] for place in self._extra]
        row = dict(zip((each.name for each in self.fields), found, strict=True))
        exchange = row.get("ExchangeID", "")
        row["ExchangeID"] = self._exchanges.get(str(exchange), exchange)
        return row

    def values(self, raw: bytes | memoryview) -> tuple[object, ...]:
        """Return the raw values in the order of the fields."""
        found = super().values(raw)
        if self._extra:
            found += tuple(found[place] for place in self._extra)
        if self._suffixes:
            code, exchange = found[self._code], found[self._exchange]
            assert isinstance(code, bytes)
            named = code.partition(b"\0")[0] + self._suffixes.get(exchange, b"")  # type: ignore[call-overload]
            found = (*found[: self._code], named, *found[self._code + 1 :])
        return found
