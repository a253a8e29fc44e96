"""The terms that only some kinds of instruments have: of coins, options, spreads and bonds."""

from collections.abc import Iterator
from decimal import Decimal

from anyvenue.app.messages import word
from anyvenue.app.terminal import Terminal
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import BondTerms, Instrument, OptionTerms
from anyvenue.model.numbers import plain

__all__ = ["special_terms"]

_CONTRACTS = (InstrumentKind.PERPETUAL, InstrumentKind.FUTURE)


def special_terms(terminal: Terminal, instrument: Instrument) -> Iterator[tuple[str, str]]:
    """Yield (name of the column, value) of each term the instrument has and most others have not."""
    if instrument.venue_symbol not in ("", instrument.symbol):
        yield "venue_symbol", instrument.venue_symbol
    if instrument.base:
        yield "base", instrument.base
    if instrument.kind in _CONTRACTS and instrument.base:
        yield "inverse", terminal.text("phrase.yes" if instrument.inverse else "phrase.no")
    if instrument.tiers:
        yield "tiers", _tiers(instrument)
    if instrument.liquidation_fee:
        yield "liquidation_fee", _percent(instrument.liquidation_fee)
    if instrument.underlying:
        yield "underlying", instrument.underlying
    if instrument.right is not None and instrument.strike is not None:
        yield "strike", f"{plain(instrument.strike)} {word(instrument.right, terminal.lang)}"
    if instrument.option is not None:
        yield from _option(terminal, instrument.option)
    if instrument.legs:
        yield "legs", "  ".join(f"{leg.ratio:+d} {leg.instrument}" for leg in instrument.legs)
    if instrument.bond is not None:
        yield "coupon", _coupon(terminal, instrument.bond)
    if instrument.financing is not None:
        rates = instrument.financing
        yield "financing", f"{_percent(rates.long)}/{_percent(rates.short)}"


def _option(terminal: Terminal, option: OptionTerms) -> Iterator[tuple[str, str]]:
    words = (word(option.style, terminal.lang), word(option.delivery, terminal.lang))
    yield "exercise", ", ".join(words)
    parts = [word(option.margining, terminal.lang)]
    parts += [_percent(factor) for factor in (option.rate, option.floor) if factor]
    yield "margining", " ".join(parts)


def _tiers(instrument: Instrument) -> str:
    first, last = instrument.tiers[0], instrument.tiers[-1]
    return (
        f"{len(instrument.tiers)}: {plain(first.max_leverage)}x, {_percent(first.maintenance)} <= {plain(first.up_to)}"
        f" ... {plain(last.max_leverage)}x, {_percent(last.maintenance)} <= {plain(last.up_to)} {instrument.currency}"
    )


def _coupon(terminal: Terminal, bond: BondTerms) -> str:
    return terminal.text(
        "cli.coupon", rate=_percent(bond.coupon), times=bond.frequency, until=bond.maturity
    )


def _percent(fraction: Decimal) -> str:
    return f"{plain(fraction * 100)}%"
