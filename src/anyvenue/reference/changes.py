"""Put the user's terms on instruments and products."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Dating, InstrumentKind
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import make_instrument_id, split_instrument_id
from anyvenue.model.instruments import (
    NETTED,
    BondTerms,
    Financing,
    Instrument,
    LeverageTier,
    OptionTerms,
)
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.products import Product
from anyvenue.reference.terms import POSITIONS, Terms

__all__ = ["changed_instrument", "changed_product", "made_instrument"]

_SAME_IN_BOTH = ("name", "name_zh", "multiplier", "sessions", "price_limit")
_OF_INSTRUMENTS = (
    *_SAME_IN_BOTH,
    *("kind", "currency", "listed", "expiry", "venue_symbol"),
    *("base", "inverse", "liquidation_fee", "strike", "right"),
)
_PARTS: dict[str, type[msgspec.Struct]] = {
    "option": OptionTerms,
    "bond": BondTerms,
    "financing": Financing,
}
_OF_PRODUCTS = (*_SAME_IN_BOTH, "tick", "months", "listing", "last_day")


def changed_instrument(base: Instrument, terms: Terms) -> Instrument:
    """Return `base` with the given terms put in."""
    changes = _given(terms, _OF_INSTRUMENTS)
    if terms.tick is not None:
        changes["price_step"] = FixedStep(terms.tick)
    if terms.position is not None:
        changes["position_rule"] = POSITIONS[terms.position]
    if terms.underlying is not None:
        changes["underlying"] = make_instrument_id(*split_instrument_id(terms.underlying))
    changes |= _parts(terms)
    return msgspec.structs.replace(base, lot=_lot(base.lot, terms), **changes)


def _parts(terms: Terms) -> dict[str, object]:
    """Return the parts that are structs of their own, as the model has them."""
    found: dict[str, object] = {}
    for name, kind in _PARTS.items():
        said = getattr(terms, name)
        if said is not None:
            found[name] = kind(**msgspec.structs.asdict(said))
    if terms.tiers is not None:
        found["tiers"] = tuple(LeverageTier(**msgspec.structs.asdict(said)) for said in terms.tiers)
    return found


def made_instrument(id_text: str, terms: Terms) -> Instrument:
    """Return an instrument made of the terms alone; raise ConfigError when what it needs is missing."""
    missing = [name for name in ("kind", "currency", "tick") if getattr(terms, name) is None]
    if missing:
        raise ConfigError(
            f"instruments.{id_text} is in no table, so its override must give {', '.join(missing)} too",
            instrument=id_text,
            missing=missing,
        )
    base = Instrument(
        id=make_instrument_id(*split_instrument_id(id_text)),
        kind=terms.kind or InstrumentKind.SPOT,
        currency=terms.currency or "",
        price_step=FixedStep(terms.tick or Decimal(1)),
        lot=LotRule(),
        position_rule=NETTED,
        sessions="always",
        venue_symbol=id_text.rpartition(".")[0],
    )
    return changed_instrument(base, terms)


def changed_product(product_id: str, base: Product | None, terms: Terms) -> Product:
    """Return the product with the given terms put in; raise ConfigError for a new one that lacks some."""
    if base is None:
        base = _new_product(product_id, terms)
    changes = _given(terms, _OF_PRODUCTS)
    if terms.position is not None:
        changes["dating"] = POSITIONS[terms.position].dated
    if terms.last_day is not None or terms.tick is not None or terms.multiplier is not None:
        changes["earlier"] = ()
    return msgspec.structs.replace(base, lot=_lot(base.lot, terms), **changes)


def _new_product(product_id: str, terms: Terms) -> Product:
    missing = [
        name
        for name in ("multiplier", "tick", "sessions", "last_day")
        if getattr(terms, name) is None
    ]
    if missing:
        raise ConfigError(
            f"products.{product_id} is in no table, so its override must give {', '.join(missing)} too",
            product=product_id,
            missing=missing,
        )
    code, exchange = split_instrument_id(product_id)
    months = tuple(range(1, 13))
    return Product(
        exchange=exchange,
        code=code,
        name=code,
        name_zh=code,
        multiplier=terms.multiplier or Decimal(1),
        tick=terms.tick or Decimal(1),
        sessions=terms.sessions or "",
        dating=Dating.EXPLICIT if exchange in ("SHFE", "INE") else Dating.AUTO,
        months=months,
        listing="11",
        last_day=terms.last_day or "",
        main_months=months,
    )


def _given(terms: Terms, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(terms, name) for name in names if getattr(terms, name) is not None}


def _lot(base: LotRule, terms: Terms) -> LotRule:
    step = terms.lot or base.step
    return LotRule(
        step,
        terms.minimum or (step if terms.lot else base.minimum),
        terms.maximum or base.maximum,
        terms.market_maximum or base.market_maximum,
        base.odd_close,
    )
