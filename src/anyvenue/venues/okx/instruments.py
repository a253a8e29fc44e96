"""What OKX lists, as instruments, and contracts as quantities of their coin.

Symbols are ours: ``BTC-USDT``, ``BTC-USDT-MARGIN`` (the same pair, with borrowed money), ``BTC-USDT-PERP``,
``BTC-USD-20241227``, ``BTC-USD-20241227-92000-C``. Quantities of contracts are in contracts, as the venue's are, and
the multiplier is what one contract is worth: of its coin, or for inverse ones of USD.
"""

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache

from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.errors import DataError, InvalidOrder, UnknownInstrument
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    HEDGED,
    NETTED,
    Instrument,
    PositionRule,
)
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.model.steps import FixedStep, LotRule, floor_to
from anyvenue.reference.crypto import crypto_instrument
from anyvenue.venues.okx.wire_rest import InstrumentRow

__all__ = [
    "EXCHANGE",
    "Listing",
    "contracts_for",
    "make_instrument",
    "quantity_of_coin",
    "symbol_of",
]

EXCHANGE = "OKX"
_ONE = Decimal(1)
_KINDS = {
    "SPOT": InstrumentKind.SPOT,
    "MARGIN": InstrumentKind.SPOT,
    "SWAP": InstrumentKind.PERPETUAL,
    "FUTURES": InstrumentKind.FUTURE,
    "OPTION": InstrumentKind.OPTION,
}
_RIGHTS = {"C": OptionRight.CALL, "P": OptionRight.PUT}


class Listing:
    """The instruments by the venue's names and by ours."""

    def __init__(self) -> None:
        """Begin with none."""
        self.by_id: dict[InstrumentId, Instrument] = {}
        self.by_symbol: dict[str, Instrument] = {}
        self._by_name: dict[tuple[str, str], Instrument] = {}
        self._codes: dict[InstrumentId, int] = {}
        self._types: dict[InstrumentId, str] = {}
        self.unread: dict[str, str] = {}

    def take(self, rows: list[InstrumentRow], *, hedged: bool = False) -> list[Instrument]:
        """Take what the venue lists, and return what can be traded; what it lists no more stays known.

        What cannot be read is left out and named in `unread`, with the reason.
        """
        found = []
        for row in rows:
            try:
                made = make_instrument(row, hedged=hedged)
            except DataError as error:
                # One row of a new kind must not hide all others.
                self.unread[row.inst_id] = error.text
                continue
            if made is None:
                continue
            self.by_id[made.id] = made
            self.by_symbol[symbol_of(row.inst_type, row.inst_id)] = made
            self._by_name[row.inst_type, row.inst_id] = made
            self._types[made.id] = row.inst_type
            if row.inst_id_code is not None:
                self._codes[made.id] = row.inst_id_code
            if row.state in ("live", "suspend", "rebase"):
                found.append(made)
        return found

    def get(self, name: InstrumentId) -> Instrument:
        """Return an instrument by our name; raise UnknownInstrument."""
        found = self.by_id.get(name)
        if found is None:
            raise UnknownInstrument(f"OKX lists no {name}", instrument=name, suggestions=[])
        return found

    def find(self, inst_type: str, inst_id: str) -> Instrument | None:
        """Return an instrument by the venue's names; `inst_type` "" or ANY finds what is not MARGIN.

        Market streams name no type.
        """
        types = (
            (inst_type,)
            if inst_type and inst_type != "ANY"
            else ("SPOT", "SWAP", "FUTURES", "OPTION")
        )
        for each in types:
            found = self._by_name.get((each, inst_id))
            if found is not None:
                return found
        return None

    def type_of(self, name: InstrumentId) -> str:
        """Return the venue's type: SPOT, MARGIN, SWAP, FUTURES or OPTION; raise UnknownInstrument."""
        self.get(name)
        return self._types[name]

    def symbol(self, name: InstrumentId) -> str:
        """Return what orders of an instrument are kept under; raise UnknownInstrument."""
        return symbol_of(self.type_of(name), self.get(name).venue_symbol)

    def code(self, name: InstrumentId) -> int | None:
        """Return the number that orders over WebSocket name it by, None where the venue told none."""
        return self._codes.get(name)


def symbol_of(inst_type: str, inst_id: str) -> str:
    """Return what orders of an instrument are kept under: a pair and its margin have one name at the venue."""
    return f"{inst_id}:{inst_type}" if inst_type == "MARGIN" else inst_id


def make_instrument(row: InstrumentRow, *, hedged: bool = False) -> Instrument | None:
    """Return an instrument; None for a kind that is not traded here, or without steps, as before its listing.

    Steps, minimums and the contract's worth are the venue's; names, fees and leverage tables come from the reference
    tables where those know it. `hedged` is an account in long_short_mode. Raises DataError for what cannot be read.
    """
    kind = _KINDS.get(row.inst_type)
    if kind is None or not (row.tick_sz and row.lot_sz and row.min_sz):
        return None
    try:
        return _made(row, kind, hedged)
    except (ArithmeticError, ValueError, IndexError) as error:
        raise DataError(
            f"OKX's row of {row.inst_id} ({row.inst_type}) cannot be read: {error!r}",
            file=row.inst_id,
            line=0,
        ) from None


def _made(row: InstrumentRow, kind: InstrumentKind, hedged: bool) -> Instrument:
    symbol, expiry = _named(row)
    base, quote = _pair(row)
    inverse = row.ct_type == "inverse"
    contract = row.inst_type in ("SWAP", "FUTURES", "OPTION")
    terms = {
        "price_step": FixedStep(_number(row.tick_sz)),
        "lot": _lot(row),
        "position_rule": _rule(row, hedged),
        "multiplier": _number(row.ct_val) * _number(row.ct_mult or "1") if contract else _ONE,
        "venue_symbol": row.inst_id,
        "inverse": inverse,
        "expiry": expiry,
        "listed": _day(row.list_time),
    }
    name = make_instrument_id(symbol, EXCHANGE)
    pair = row.inst_id if row.inst_type == "MARGIN" else symbol
    known = None if kind is InstrumentKind.OPTION else _known(pair, expiry)
    if known is not None:
        return replace(known, id=name, **terms)
    return Instrument(
        id=name,
        kind=kind,
        currency=row.settle_ccy if contract and row.settle_ccy else quote,
        base=base,
        sessions="always",
        name=f"{base}/{quote} {row.inst_type.lower()}",
        strike=_number(row.stk) if row.stk else None,
        right=_RIGHTS.get(row.opt_type),
        underlying=_index(row.uly) if row.opt_type and row.uly else None,
        **terms,  # type: ignore[arg-type]
    )


def _index(uly: str) -> InstrumentId:
    """Return the index an option is written on; a pair may have the same name."""
    return make_instrument_id(f"{uly}-INDEX", EXCHANGE)


def _known(symbol: str, expiry: int) -> Instrument | None:
    return crypto_instrument(symbol, EXCHANGE) if expiry else _known_pair(symbol)


@lru_cache(maxsize=4096)
def _known_pair(symbol: str) -> Instrument | None:
    return crypto_instrument(symbol, EXCHANGE)


def _named(row: InstrumentRow) -> tuple[str, int]:
    """Return our symbol and the last day (yyyymmdd), 0 for none."""
    if row.inst_type == "SPOT":
        return row.inst_id, 0
    if row.inst_type == "MARGIN":
        return f"{row.inst_id}-MARGIN", 0
    parts = row.inst_id.split("-")
    if row.inst_type == "SWAP":
        return "-".join([*parts[:-1], "PERP"]), 0
    # The name has the day the venue means; the time of expiry is 08:00 UTC of it.
    day = 20_000_000 + int(parts[2])
    return "-".join([*parts[:2], str(day), *parts[3:]]), day


def _pair(row: InstrumentRow) -> tuple[str, str]:
    if row.base_ccy and row.quote_ccy:
        return row.base_ccy, row.quote_ccy
    base, _, quote = (row.inst_family or row.uly or row.inst_id).partition("-")
    return base, quote.partition("-")[0].partition("_")[0]


def _rule(row: InstrumentRow, hedged: bool) -> PositionRule:
    if row.inst_type == "SPOT":
        return CASH_STOCK_T0
    # Options and margin positions are net in either mode.
    return HEDGED if hedged and row.inst_type in ("SWAP", "FUTURES") else NETTED


def _lot(row: InstrumentRow) -> LotRule:
    most = _number(row.max_lmt_sz) if row.max_lmt_sz else None
    # A market order of a pair to buy has its limit in money: it says nothing of a quantity.
    market = row.max_mkt_sz if row.inst_type in ("SWAP", "FUTURES", "OPTION") else ""
    return LotRule(
        _number(row.lot_sz), _number(row.min_sz), most, _number(market) if market else None
    )


def _day(ms: str) -> int:
    """Return a moment's UTC day as yyyymmdd, 0 for none."""
    if not ms or ms == "0":
        return 0
    return int(f"{datetime.fromtimestamp(int(ms) // 1000, UTC):%Y%m%d}")


def _number(text: str) -> Decimal:
    """Return a number without the zeros at its end."""
    value = Decimal(text)
    if not value:
        return Decimal(0)
    short = value.normalize()
    return short.quantize(_ONE) if short == short.to_integral_value() else short


# ---- contracts and coins


def quantity_of_coin(instrument: Instrument, contracts: Number, price: Number) -> Decimal:
    """Return how much of its coin so many contracts are; of inverse ones that depends on the price.

    Quantities of inverse contracts are rounded to 1e-8 of the coin.
    """
    worth = to_decimal(contracts, "contracts") * instrument.multiplier
    if not instrument.inverse:
        return worth
    return (worth / _above_zero(price)).quantize(Decimal("1e-8"))


def contracts_for(instrument: Instrument, coins: Number, price: Number) -> Decimal:
    """Return how many whole lots of contracts so much of its coin is: floored, never rounded up; 0 below one lot."""
    wanted = to_decimal(coins, "coins")
    if instrument.inverse:
        wanted *= _above_zero(price)
    lots = wanted / instrument.multiplier
    step = instrument.lot.step
    floored = floor_to(lots, step)
    # A quotient is rounded at its last digit: what has come out too high by it is a lot too many.
    if floored * instrument.multiplier > wanted:
        floored -= step
    return max(floored, Decimal(0)).quantize(step, ROUND_FLOOR)


def _above_zero(price: Number) -> Decimal:
    value = to_decimal(price, "price")
    if value <= 0:
        raise InvalidOrder(
            f"price was {price}; it must be above zero", field="price", value=str(price)
        )
    return value
