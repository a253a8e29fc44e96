"""What Backpack lists: instruments, and how often perpetuals are charged funding."""

from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument
from anyvenue.venues.backpack.parse import make_instrument, ns_of_text
from anyvenue.venues.backpack.wire_rest import AccountReply, MarketRow

__all__ = ["Listing", "leverage_of"]

_HOUR_NS = 3_600_000_000_000
_BASIS_POINTS = Decimal(10_000)


class Listing:
    """The instruments by the venue's symbol and by our name.

    `intervals` are ns between fundings by symbol, `began` is when trading began (int ns UTC), where that is told.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.by_symbol: dict[str, Instrument] = {}
        self.by_id: dict[InstrumentId, Instrument] = {}
        self.intervals: dict[str, int] = {}
        self.began: dict[str, int] = {}

    def take(self, rows: list[MarketRow], account: AccountReply | None = None) -> list[Instrument]:
        """Take what the venue lists, with the account's own fees where it is known.

        What is listed no more stays known: its orders may be asked about.
        """
        found = []
        for row in rows:
            made = make_instrument(row)
            if made is None:
                continue
            made = replace(made, fees=_fees(made, account))
            self.by_symbol[row.symbol] = made
            self.by_id[made.id] = made
            self.intervals[row.symbol] = (row.funding_interval or 0) * 1_000_000 or _HOUR_NS
            self.began[row.symbol] = _began(row)
            if row.visible and row.order_book_state != "Closed":
                found.append(made)
        return found

    @property
    def perpetuals(self) -> list[Instrument]:
        """Those that are held on margin."""
        return [each for each in self.by_id.values() if each.position_rule.margined]

    def symbol(self, name: InstrumentId) -> str:
        """Return the venue's symbol; raise UnknownInstrument."""
        return self.get(name).venue_symbol

    def get(self, name: InstrumentId) -> Instrument:
        """Return an instrument by our name; raise UnknownInstrument."""
        found = self.by_id.get(name)
        if found is None:
            raise UnknownInstrument(f"Backpack lists no {name}", instrument=name, suggestions=[])
        return found


def leverage_of(instrument: Instrument, limit: Decimal) -> Decimal:
    """Return the leverage of a perpetual in an account that is limited to so much."""
    margin = instrument.margin
    most = 1 / margin.long_by_money if margin is not None and margin.long_by_money else limit
    return min(limit, most)


def _began(row: MarketRow) -> int:
    try:
        return ns_of_text(row.created_at)
    except ValueError:
        return 0


def _fees(instrument: Instrument, account: AccountReply | None) -> FeeSchedule | None:
    if account is None:
        return instrument.fees
    margined = instrument.position_rule.margined
    taker = account.futures_taker_fee if margined else account.spot_taker_fee
    maker = account.futures_maker_fee if margined else account.spot_maker_fee
    if taker is None or maker is None:
        return instrument.fees
    rate = FeeRate(by_money=taker / _BASIS_POINTS)
    return FeeSchedule(
        rate,
        rate,
        rate,
        source="the account at Backpack",
        maker=FeeRate(by_money=maker / _BASIS_POINTS),
    )
