"""One instrument in full: for machines as a document, for people as rows of term, value and source."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from anyvenue.app.figures import ABSENT, clock_time, margin_text, rate_text, step_text, zone_text
from anyvenue.app.messages import word
from anyvenue.app.special_terms import special_terms
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import FeeRate, Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.steps import BandedStep
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sources import table_source

__all__ = ["instrument_json", "instrument_rows"]

Row = tuple[str, str, str]


def instrument_json(instrument: Instrument, catalog: Catalog | None = None) -> dict[str, object]:
    """Return the record as plain values; with the catalogue also the sources and the hours of its day."""
    document = {**msgspec.structs.asdict(instrument), "exchange": instrument.exchange}
    if catalog is not None:
        document["terms_source"] = _terms_source(instrument, catalog)
        document["hours"] = _hours(instrument, catalog)
    return document


def instrument_rows(terminal: Terminal, instrument: Instrument, catalog: Catalog) -> list[Row]:
    """Return every term with its value and its source, which is left out where the row before has the same."""
    say = terminal.text
    source = _terms_source(instrument, catalog)
    rows = [(say(f"column.{key}"), value, source) for key, value in _terms(terminal, instrument)]
    rows += list(_rates(terminal, instrument))
    hours = "  ".join(_hours(instrument, catalog)) or say("cli.no_session")
    rows.append((say("cli.hours_of", day=catalog.date), hours, instrument.sessions))
    sources = [row[2] for row in rows]
    repeated = [False, *(a == b for a, b in pairwise(sources))]
    return [
        (term, value, "" if again else origin)
        for (term, value, origin), again in zip(rows, repeated, strict=True)
    ]


def _terms(terminal: Terminal, instrument: Instrument) -> Iterator[tuple[str, str]]:
    lot, rule = instrument.lot, instrument.position_rule
    yield "kind", word(instrument.kind, terminal.lang)
    yield "exchange", instrument.exchange
    yield "currency", instrument.currency
    yield "multiplier", plain(instrument.multiplier)
    yield "tick", _bands(instrument)
    yield "lot", plain(lot.step)
    yield "order_size", f"{plain(lot.minimum)}-{plain(lot.maximum) if lot.maximum else ''}"
    yield (
        "price_limit",
        f"{plain(instrument.price_limit * 100)}%" if instrument.price_limit else ABSENT,
    )
    yield "dated", word(rule.dated, terminal.lang)
    yield "short_ok", _yes_no(terminal, rule.short_ok)
    yield "sell_today", _yes_no(terminal, rule.sell_today)
    yield "listed", str(instrument.listed or ABSENT)
    yield "expiry", str(instrument.expiry or ABSENT)
    yield from special_terms(terminal, instrument)


def _rates(terminal: Terminal, instrument: Instrument) -> Iterator[Row]:
    fees, margin = instrument.fees, instrument.margin
    if fees is None and instrument.legs:
        yield terminal.text("column.fees"), terminal.text("cli.of_legs"), ""
    elif fees is None:
        yield (
            terminal.text("column.fees"),
            terminal.text("phrase.unknown"),
            terminal.text("cli.give_fees"),
        )
    else:
        for key in ("open", "close", "close_today"):
            name = terminal.text("cli.fee_of", offset=terminal.text(f"offset.{key}"))
            yield name, rate_text(getattr(fees, key)), fees.source
        if fees.maker is not None:
            yield terminal.text("cli.maker_fee"), rate_text(fees.maker), fees.source
        for item in fees.items:
            side = word(item.side, terminal.lang) if item.side else ""
            rate = rate_text(FeeRate(item.by_money, item.by_lot))
            yield f"  {item.name}", f"{rate} {side}".strip(), fees.source
    if not instrument.position_rule.margined:
        yield terminal.text("column.margin"), terminal.text("cli.paid_in_full"), ""
    if margin is None and (instrument.option is not None or instrument.legs):
        own = "cli.of_legs" if instrument.legs else "cli.margin_of_seller"
        source = instrument.option.source if instrument.option else ""
        yield terminal.text("column.margin"), terminal.text(own), source
    elif margin is None and instrument.position_rule.margined:
        yield (
            terminal.text("column.margin"),
            terminal.text("phrase.unknown"),
            terminal.text("cli.give_margin"),
        )
    elif margin is not None:
        margined = instrument.position_rule.margined
        name = terminal.text("column.margin" if margined else "cli.margin_account")
        yield name, margin_text(margin), margin.source
        if margin.long_maintenance or margin.short_maintenance:
            floors = (
                f"{plain(margin.long_maintenance * 100)}%/{plain(margin.short_maintenance * 100)}%"
            )
            yield terminal.text("column.maintenance"), floors, margin.source


def _terms_source(instrument: Instrument, catalog: Catalog) -> str:
    """Return where the contract terms are from: the configuration, the packaged table, or the rules of the market."""
    product_id = f"{instrument.product}.{instrument.exchange}"
    overrides = catalog.overrides
    if instrument.id in overrides.instruments or product_id in overrides.products:
        return "anyvenue.toml"
    source = table_source(instrument)
    if source:
        return source
    if not instrument.product:
        return f"anyvenue: {instrument.exchange}"
    try:
        return catalog.product(product_id).source
    except AnyvenueError:
        return f"anyvenue: {instrument.exchange}"


def _hours(instrument: Instrument, catalog: Catalog) -> list[str]:
    zone = zone_text(instrument)
    return [
        f"{clock_time(window.start, zone, date=False)[:5]}-{clock_time(window.end, zone, date=False)[:5]}"
        for window in catalog.sessions(instrument.sessions).windows(catalog.date)
    ]


def _bands(instrument: Instrument) -> str:
    step = instrument.price_step
    if not isinstance(step, BandedStep):
        return step_text(instrument)
    pairs = zip(step.lower, step.steps, strict=True)
    return ", ".join(f"{plain(lower)}: {plain(size)}" for lower, size in pairs)


def _yes_no(terminal: Terminal, value: bool) -> str:
    return terminal.text("phrase.yes" if value else "phrase.no")
