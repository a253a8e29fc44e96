"""How much prices move: figures measured from recorded prices, per product, and a default per kind for the rest."""

from functools import cache
from math import sqrt

import msgspec

from anyvenue.model.errors import TableError
from anyvenue.model.instruments import Instrument
from anyvenue.reference.tables import read_table

__all__ = ["Volatility", "get_volatility"]


class Volatility(msgspec.Struct, frozen=True):
    """Standard deviation of log returns per square root of one hour of trading.

    `key` names the row it is from, `hours` the trading hours of a year there, `source` the recorded file or the
    assumption, `returns` how many returns were measured, 0 for an assumption.
    """

    key: str
    per_hour: float
    hours: float
    source: str
    returns: int

    @property
    def measured(self) -> bool:
        """Whether it was measured from recorded prices of this very key."""
        return self.returns > 0

    @property
    def per_year(self) -> float:
        """The figure scaled to a year of trading hours, nights left out."""
        return self.per_hour * sqrt(self.hours)


def get_volatility(instrument: Instrument) -> Volatility:
    """Return the figure of an instrument: its own, its product's, its base's or pair's, else that of its kind.

    Raise TableError for a kind without one: the figure of an option or a spread is that of what is behind it.
    """
    rows = _rows()
    product = f"{instrument.product}.{instrument.exchange}"
    pair = f"{instrument.base}{instrument.currency}"
    for key in (instrument.id, product, pair, instrument.base, f"kind:{_kind(instrument)}"):
        found = rows.get(key)
        if found is not None:
            return found
    raise TableError(
        f"the table of volatilities has no row for a {instrument.kind.value} such as {instrument.id}: "
        "take that of its underlying or its legs",
        instrument=instrument.id,
    )


def _kind(instrument: Instrument) -> str:
    return "future" if instrument.kind == "continuous" else instrument.kind.value


@cache
def _rows() -> dict[str, Volatility]:
    return {
        row["key"]: Volatility(
            row["key"],
            float(row["per_hour"]),
            float(row["hours"]),
            row["source"],
            int(row["returns"]),
        )
        for row in read_table("volatility")
    }
