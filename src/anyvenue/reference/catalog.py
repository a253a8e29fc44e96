"""The instruments there are: made from the tables, changed by overrides, joined by what venues list."""

from collections.abc import Iterable

from msgspec.structs import replace

from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import split_instrument_id
from anyvenue.model.instruments import (
    FeeSchedule,
    Instrument,
    MarginSchedule,
)
from anyvenue.reference.calendar import TradingCalendar, get_calendar
from anyvenue.reference.changes import changed_instrument, changed_product, made_instrument
from anyvenue.reference.codes import contract_symbol
from anyvenue.reference.contracts import listed_months
from anyvenue.reference.days import number_of, shift
from anyvenue.reference.products import Product, get_products
from anyvenue.reference.rules import instrument_by_rule
from anyvenue.reference.sessions import SessionCalendar, get_sessions, make_sessions, market_of
from anyvenue.reference.terms import Overrides

__all__ = ["DEFAULT_DATE", "Catalog"]

DEFAULT_DATE = 20260915
"""The day simulations take place on when nobody says otherwise."""


class Catalog:
    """All instruments as of one day.

    Instruments are made when first asked for and kept, so asking twice gives the same object.
    """

    def __init__(self, date: int = DEFAULT_DATE, overrides: Overrides | None = None) -> None:
        number_of(date)  # raises ValueError for a day that does not exist
        self.date = date
        self.overrides = overrides or Overrides()
        self._made: dict[str, Instrument] = {}
        self._added: dict[str, Instrument] = {}
        self._products: dict[str, Product] = {}
        self._calendars: dict[str, TradingCalendar] = {}
        self._sessions: dict[str, SessionCalendar] = {}

    def get(self, id_text: str) -> Instrument:
        """Return the instrument with that exact id; raise UnknownInstrument with suggestions.

        Any month of a futures product has one, however long ago. ``rb.SHFE`` (also ``rb.HOT``) is the continuous
        series of a product. Others are written ``600519.SSE``, ``AAPL.US``, ``EURUSD.FX``, ``BTC-USDT-PERP.BINANCE``,
        ``m2609-C-3000.DCE``, ``SP m2609&m2701.DCE``, ``510050C2609M03000.SSE`` and ``AAPL260918C00230000.US``.
        """
        found = self.find(id_text)
        if found is None:
            raise self._unknown(id_text)
        return found

    def find(self, id_text: str) -> Instrument | None:
        """Return the instrument with that exact id, None when there is none."""
        found = self._made.get(id_text)
        if found is None:
            found = self._make(id_text)
            if found is not None:
                self._made[id_text] = found
        return found

    def resolve(self, text: str) -> Instrument:
        """Return what people mean by `text`: rb2701, SHFE.rb2701, 600519, sh600519, AAPL, HK.00700, IF2609, ...

        Raise UnknownInstrument with suggestions, or AmbiguousInstrument with candidates.
        """
        from anyvenue.reference.resolver import resolve  # it needs more than most starts do

        return resolve(self, text)

    def search(self, text: str, limit: int = 50) -> list[Instrument]:
        """Return listed contracts, continuous series and added instruments that match `text`, best first.

        `text` is part of an id or of an English or Chinese name.
        """
        from anyvenue.reference.resolver import search

        return search(self, text)[:limit]

    def listed(self, product_id: str) -> list[Instrument]:
        """Return the contracts of a product (``rb.SHFE``) listed on the catalog's date, nearest first."""
        product = self.product(product_id)
        months = listed_months(product, self.date, self.calendar("CN"))
        return [
            self.get(f"{contract_symbol(product, month)}.{product.exchange}") for month in months
        ]

    def main_month(self, product_id: str) -> Instrument:
        """Return a guess at the contract that trades most: the first usual main month some weeks ahead.

        A rule of thumb by delivery month without any volume data. For the roll that really happened, use data.
        """
        product = self.product(product_id)
        contracts = self.listed(product_id)
        if not contracts:
            raise UnknownInstrument(
                f"{product_id} has no contract listed on {self.date}",
                instrument=product_id,
                suggestions=[],
            )
        months = listed_months(product, self.date, self.calendar("CN"))
        least = shift(self.date, product.main_days) // 100
        pairs = zip(months, contracts, strict=True)
        usual = [
            found for month, found in pairs if month % 100 in product.main_months and month >= least
        ]
        return usual[0] if usual else contracts[-1]

    def add(self, instrument: Instrument) -> None:
        """Put in an instrument as a venue lists it; it replaces what the tables say of the same id."""
        self._added[instrument.id] = instrument
        self._made[instrument.id] = instrument

    @property
    def added(self) -> Iterable[Instrument]:
        """The instruments put in with `add`, in that order."""
        return self._added.values()

    def products(self) -> list[Product]:
        """Return all futures products, the overrides applied."""
        return [
            self.product(name)
            for name in dict.fromkeys([*get_products(), *self.overrides.products])
        ]

    def product(self, product_id: str) -> Product:
        """Return the futures product ``rb.SHFE``; raise UnknownInstrument."""
        found = self._products.get(product_id)
        if found is None:
            found = self.find_product(product_id)
            if found is None:
                raise self._unknown(product_id)
            self._products[product_id] = found
        return found

    def find_product(self, product_id: str) -> Product | None:
        """Return the futures product ``rb.SHFE`` with the overrides applied, None when there is none."""
        found = get_products().get(product_id)
        terms = self.overrides.products.get(product_id)
        return changed_product(product_id, found, terms) if terms else found

    def find_on(self, symbol: str, exchange: str) -> Instrument | None:
        """Return the instrument `symbol` of `exchange`, None when there is none."""
        return self.find(f"{symbol}.{exchange}")

    def calendar(self, market: str) -> TradingCalendar:
        """Return the calendar of `market` with the overrides applied; raise TableError."""
        found = self._calendars.get(market)
        if found is None:
            found = get_calendar(market)
            terms = self.overrides.calendars.get(market)
            if terms is not None:
                found = found.extended(terms.holidays, terms.known_until)
            self._calendars[market] = found
        return found

    def sessions(self, name: str) -> SessionCalendar:
        """Return the session calendar `name` (`Instrument.sessions`) on this catalog's calendars; raise TableError."""
        found = self._sessions.get(name)
        if found is None:
            market = market_of(name)
            own = market in self.overrides.calendars
            found = make_sessions(name, self.calendar(market)) if own else get_sessions(name)
            self._sessions[name] = found
        return found

    def _make(self, id_text: str) -> Instrument | None:
        terms = self.overrides.instruments.get(id_text)
        if terms is not None:
            base = self._by_rule(id_text)
            found = changed_instrument(base, terms) if base else made_instrument(id_text, terms)
            return self._with_rates(found)
        base = self._by_rule(id_text)
        return self._with_rates(base) if base else None

    def _by_rule(self, id_text: str) -> Instrument | None:
        symbol, _, exchange = id_text.rpartition(".")
        return instrument_by_rule(self, symbol, exchange) if symbol else None

    def _with_rates(self, found: Instrument) -> Instrument:
        fees = self._fees(found)
        # Shares have one for margin accounts: a cash account never asks for it.
        margined = found.position_rule.margined or found.margin is not None
        margin = self._margin(found) if margined else None
        if fees is found.fees and margin is found.margin:
            return found
        return replace(found, fees=fees, margin=margin)

    def _fees(self, found: Instrument) -> FeeSchedule | None:
        own, defaults = self.overrides.fees, self.overrides.default_fees
        for key in (found.id, f"{found.product}.{found.exchange}"):
            if key in own:
                return own[key]
        return found.fees or defaults.get(found.exchange) or defaults.get(found.kind.value)

    def _margin(self, found: Instrument) -> MarginSchedule | None:
        own, defaults = self.overrides.margins, self.overrides.default_margins
        for key in (found.id, f"{found.product}.{found.exchange}"):
            if key in own:
                return own[key]
        if found.margin is not None:
            return found.margin
        # What a user says of an exchange is meant for its futures; options and spreads reckon by their underlyings.
        own_rule = found.option is not None or bool(found.legs)
        by_exchange = None if own_rule else defaults.get(found.exchange)
        return by_exchange or defaults.get(found.kind.value)

    def _unknown(self, text: str) -> UnknownInstrument:
        from anyvenue.reference.resolver import unknown

        split_instrument_id(text)
        return unknown(self, text)
