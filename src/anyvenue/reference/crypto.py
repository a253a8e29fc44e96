"""Crypto pairs: spot, perpetual contracts and quarterly dated ones, linear and inverse.

Symbols are ``BTC-USDT``, ``BTC-USDT-PERP`` and ``BTC-USDT-20260925``. A contract quoted in USD is inverse: it is worth
`multiplier` USD and settles in its base. Quarterly contracts end on the last Friday of March, June, September and
December (08:00 UTC).
"""

from decimal import Decimal
from functools import cache

import msgspec

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    NETTED,
    FeeRate,
    FeeSchedule,
    Instrument,
    LeverageTier,
    MarginSchedule,
)
from anyvenue.model.steps import FixedStep, LotRule, SignificantStep
from anyvenue.reference.assets import asset_name, asset_name_zh
from anyvenue.reference.contracts import add_months, nth_weekday
from anyvenue.reference.tables import read_table

__all__ = [
    "CRYPTO_EXCHANGES",
    "crypto_instrument",
    "crypto_pairs",
    "crypto_symbols",
    "is_quarterly",
    "quarterly_days",
    "venue_symbol",
]

CRYPTO_EXCHANGES = ("BINANCE", "OKX", "BACKPACK", "BITFINEX", "HTX")

_SPOT, _PERPETUAL, _FUTURE = InstrumentKind.SPOT, InstrumentKind.PERPETUAL, InstrumentKind.FUTURE
_KINDS = {"spot": _SPOT, "perpetual": _PERPETUAL, "quarterly": _FUTURE}
_WORDS = {
    "spot": ("spot", "现货"),
    "perpetual": ("perpetual", "永续"),
    "quarterly": ("quarterly", "季度交割"),
}
_PERP = "-PERP"

Row = dict[str, str]


class _Rates(msgspec.Struct, frozen=True):
    fees: FeeSchedule
    margin: MarginSchedule | None
    liquidation: Decimal


def crypto_symbols(exchange: str, date: int) -> list[str]:
    """Return the symbols of `exchange` on `date`, the dated contracts of the next two quarters among them."""
    found = []
    for (where, symbol), row in _rows().items():
        if where != exchange:
            continue
        if row["kind"] == "quarterly":
            found += [f"{symbol}{day}" for day in quarterly_days(date)]
        else:
            found.append(symbol)
    return found


def crypto_instrument(symbol: str, exchange: str) -> Instrument | None:
    """Return the pair or contract `symbol` of `exchange`, None when the table has no such pair."""
    row = _rows().get((exchange, symbol))
    if row is not None and row["kind"] != "quarterly":
        return _made(row, symbol, 0)
    family, _, digits = symbol.rpartition("-")
    row = _rows().get((exchange, family + "-"))
    if row is None or len(digits) != 8 or not digits.isdigit() or not is_quarterly(int(digits)):
        return None
    return _made(row, symbol, int(digits))


@cache
def crypto_pairs(exchange: str) -> dict[str, str]:
    """Return the pairs of `exchange` by their names in one word: BTCUSDT gives BTC-USDT. Not to be changed."""
    rows = (row for row in read_table("crypto") if row["exchange"] == exchange)
    return {row["base"] + row["quote"]: f"{row['base']}-{row['quote']}" for row in rows}


def is_quarterly(day: int) -> bool:
    """Return whether `day` is the last Friday of March, June, September or December."""
    month = day // 100
    if not 190_001 <= month <= 999_912 or month % 100 not in (3, 6, 9, 12):
        return False
    return day == nth_weekday(month, 4, 0)


def quarterly_days(date: int) -> list[int]:
    """Return the ends (yyyymmdd) of the two dated contracts that are listed on `date`."""
    month, found = date // 100, list[int]()
    while len(found) < 2:
        day = nth_weekday(month, 4, 0)
        if day >= date and month % 100 in (3, 6, 9, 12):
            found.append(day)
        month = add_months(month, 1)
    return found


def venue_symbol(exchange: str, base: str, quote: str, kind: str, expiry: int = 0) -> str:
    """Return how `exchange` itself writes a pair; `kind` is spot, perpetual or quarterly."""
    end = f"{expiry % 1_000_000:06}"
    if exchange == "OKX":
        return "-".join((base, quote, *{"spot": (), "perpetual": ("SWAP",)}.get(kind, (end,))))
    if exchange == "BACKPACK":
        return f"{base}_{quote}" + ("_PERP" if kind == "perpetual" else "")
    if exchange == "BITFINEX":
        return _bitfinex_symbol(base, "UST" if quote == "USDT" else quote, kind)
    if exchange == "HTX":
        return f"{base}{quote}".lower() if kind == "spot" else f"{base}-{quote}"
    mark = "_PERP" if kind == "perpetual" and quote == "USD" else ""
    return f"{base}{quote}" + (f"_{end}" if kind == "quarterly" else mark)


def _bitfinex_symbol(base: str, quote: str, kind: str) -> str:
    if kind == "perpetual":
        return f"t{base}F0:{quote}F0"
    colon = ":" if max(len(base), len(quote)) > 3 else ""
    return f"t{base}{colon}{quote}"


@cache
def _rows() -> dict[tuple[str, str], Row]:
    """Return the table by exchange and symbol; that of a quarterly row ends before its day: ``BTC-USDT-``."""
    endings = {"spot": "", "perpetual": _PERP, "quarterly": "-"}
    return {
        (row["exchange"], f"{row['base']}-{row['quote']}{endings[row['kind']]}"): row
        for row in read_table("crypto")
    }


def _made(row: Row, symbol: str, expiry: int) -> Instrument:
    exchange, base, quote, kind = row["exchange"], row["base"], row["quote"], row["kind"]
    inverse = kind != "spot" and quote == "USD"
    rates = _rates(exchange, kind, base)
    name, name_zh = _names(base, quote, kind, expiry)
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=_KINDS[kind],
        currency=base if inverse else quote,
        base=base,
        inverse=inverse,
        price_step=_step(row["tick"]),
        lot=LotRule(Decimal(row["lot"]), Decimal(row["minimum"])),
        position_rule=CASH_STOCK_T0 if kind == "spot" else NETTED,
        sessions="always",
        multiplier=Decimal(row["multiplier"]),
        name=name,
        name_zh=name_zh,
        fees=rates.fees,
        margin=rates.margin,
        expiry=expiry,
        venue_symbol=venue_symbol(exchange, base, quote, kind, expiry),
        tiers=_tiers(exchange, kind, base, quote),
        liquidation_fee=rates.liquidation,
    )


def _names(base: str, quote: str, kind: str, expiry: int) -> tuple[str, str]:
    word, word_zh = _WORDS[kind]
    end = f" {expiry}" if expiry else ""
    name = f"{asset_name(base)} {base}/{quote} {word}{end}"
    return name, f"{asset_name_zh(base)} {base}/{quote} {word_zh}{end}"


def _step(text: str) -> FixedStep | SignificantStep:
    """Return the step of a tick, or of a number of significant digits: ``5 digits``."""
    digits, _, unit = text.partition(" ")
    return SignificantStep(int(digits), 8) if unit else FixedStep(Decimal(text))


@cache
def _rates(exchange: str, kind: str, base: str) -> _Rates:
    rows = [
        row
        for row in read_table("crypto_rates")
        if row["exchange"] == exchange and row["kind"] == kind and row["base"] in ("", base)
    ]
    row = rows[-1]  # a row of one base comes after that of all
    taker, maker = FeeRate(Decimal(row["taker"])), FeeRate(Decimal(row["maker"]))
    fees = FeeSchedule(taker, taker, taker, source=row["fee_source"], maker=maker)
    return _Rates(fees, _margin(row), Decimal(row["liquidation"] or 0))


def _margin(row: Row) -> MarginSchedule | None:
    if not row["margin"]:
        return None
    rate, floor = Decimal(row["margin"]), Decimal(row["maintenance"])
    return MarginSchedule(
        rate,
        rate,
        source=row["margin_source"],
        long_maintenance=floor,
        short_maintenance=floor,
    )


@cache
def _tiers(exchange: str, kind: str, base: str, quote: str) -> tuple[LeverageTier, ...]:
    rows = [
        row
        for row in read_table("crypto_tiers")
        if (row["exchange"], row["kind"], row["quote"]) == (exchange, kind, quote)
    ]
    own = [row for row in rows if row["base"] == base] or [row for row in rows if not row["base"]]
    found: list[LeverageTier] = []
    for row in own:
        rate = Decimal(row["maintenance"])
        deduction = Decimal(0)
        if found:
            below = found[-1]
            deduction = below.deduction + below.up_to * (rate - below.maintenance)
        found.append(
            LeverageTier(Decimal(row["up_to"]), Decimal(row["max_leverage"]), rate, deduction)
        )
    return tuple(found)
