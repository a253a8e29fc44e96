"""Instruments of the futures products: their contracts and continuous series."""

from msgspec.structs import replace

from anyvenue.model.enums import Dating, InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import FUTURE_AUTO_DATED, FUTURE_EXPLICIT_DATED, Instrument
from anyvenue.model.steps import FixedStep
from anyvenue.reference.calendar import TradingCalendar
from anyvenue.reference.codes import contract_symbol
from anyvenue.reference.contracts import last_trading_day, listing_day
from anyvenue.reference.products import Product

__all__ = ["continuous_instrument", "future_instrument"]


def future_instrument(
    product: Product, month: int, date: int, calendar: TradingCalendar
) -> Instrument | None:
    """Return the contract of `month` (yyyymm) with the terms of `date`; None when no rule lists such a month.

    Contracts that had ended before `date` are taken as they come: older ones followed older rules of listing.
    """
    spec = product.spec(month, date)
    expiry = last_trading_day(spec.last_day, month, calendar)
    listed = listing_day(product, month, calendar)
    if not listed and expiry >= date:
        return None
    symbol, label = contract_symbol(product, month), f"{month % 10_000:04}"
    return replace(
        continuous_instrument(product),
        id=make_instrument_id(symbol, product.exchange),
        kind=InstrumentKind.FUTURE,
        price_step=FixedStep(spec.tick),
        multiplier=spec.multiplier,
        name=f"{product.name} {label}",
        name_zh=product.name_zh + label,
        listed=listed,
        expiry=expiry,
        venue_symbol=symbol,
    )


def continuous_instrument(product: Product) -> Instrument:
    """Return the continuous series of a product, which has its present terms and no expiry."""
    explicit = product.dating is Dating.EXPLICIT
    return Instrument(
        id=make_instrument_id(product.code, product.exchange),
        kind=InstrumentKind.CONTINUOUS,
        currency="CNY",
        price_step=FixedStep(product.tick),
        lot=product.lot,
        position_rule=FUTURE_EXPLICIT_DATED if explicit else FUTURE_AUTO_DATED,
        sessions=product.sessions,
        multiplier=product.multiplier,
        product=product.code,
        name=product.name,
        name_zh=product.name_zh + "主连",
        fees=product.fees,
        margin=product.margin,
        margin_group=product.id if product.larger_side else "",
        price_limit=product.price_limit,
        venue_symbol=product.code,
    )
