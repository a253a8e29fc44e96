"""What an account has, and every figure that is read from it. `oms.account_state` changes it."""

from collections.abc import Callable, Collection
from decimal import Decimal

from anyvenue.model.accounts import Account, Posting
from anyvenue.model.enums import Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.oms.bookings import Booking, booking_of
from anyvenue.oms.bookings.financing import Night
from anyvenue.oms.claims import Claim, Frozen
from anyvenue.oms.figures import (
    collateral,
    countable,
    figures,
    market_value,
    position_profit,
    rough_profit,
)
from anyvenue.oms.ledger import Ledger
from anyvenue.oms.legs import Holding
from anyvenue.oms.margin import MarginTotals
from anyvenue.oms.money import divide_money
from anyvenue.oms.order_store import OrderStore
from anyvenue.oms.rates import RateBook
from anyvenue.oms.settings import AccountSettings, adapted

__all__ = ["Books", "Term"]

_ZERO = Decimal(0)
Mark = Callable[[InstrumentId], Decimal | None]
Lookup = Callable[[InstrumentId], Instrument]
Term = tuple[Instrument, Instrument, Booking]
Held = tuple[Instrument, Holding, Booking]


class Books:
    """The legs, claims and money of one account, to be read; `AccountState` is what changes them.

    `mark` gives the price that positions of an instrument are valued at now, None before the first. `ended` has the
    figures at the end of the latest trading days of each currency, oldest first.
    """

    def __init__(
        self,
        account: AccountId,
        instruments: Lookup,
        mark: Mark,
        rates: RateBook | None = None,
        settings: AccountSettings | None = None,
        sink: Callable[[Posting], None] | None = None,
        keep_done: bool = True,
    ) -> None:
        """Look instruments up with `instruments` and current prices with `mark`."""
        self.account = account
        self.settings = settings or AccountSettings()
        self.rates = rates or RateBook()
        self.orders = OrderStore(keep_done)
        self.ledger = Ledger(account, sink)
        self.trading_day: dict[str, int] = {}
        self._lookup = instruments
        self.mark = mark
        self._holdings: dict[InstrumentId, Holding] = {}
        self._by_currency: dict[str, dict[InstrumentId, Held]] = {}
        self._claims: dict[OrderId, Claim] = {}
        self._unclaimed: dict[OrderId, None] = {}
        self._frozen: dict[str, Frozen] = {}
        self._floating: dict[str, dict[InstrumentId, Instrument]] = {}
        self._terms: dict[InstrumentId, Term] = {}
        self._spreads: dict[InstrumentId, tuple[Instrument, Holding]] = {}
        self._rolled: dict[InstrumentId, int] = {}
        self.ended: dict[str, tuple[Account, ...]] = {}
        self._margin = MarginTotals(self.rates, self.settings.larger_side)

    # ---- instruments, as this account has them

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return an instrument with the position rule that holds in this account; raise UnknownInstrument."""
        return self.term(instrument)[1]

    def booking(self, instrument: InstrumentId) -> Booking:
        """Return how an instrument is booked."""
        return self.term(instrument)[2]

    def term(self, name: InstrumentId) -> Term:
        """Return (instrument as listed, as this account has it, its booking); raise UnknownInstrument."""
        found = self._lookup(name)
        known = self._terms.get(name)
        if known is None or known[0] is not found:
            own = adapted(found, self.settings)
            known = self._terms[name] = (found, own, booking_of(own))
        return known

    def read_instruments_anew(self) -> None:
        """Take the rules that the settings make, where these have changed."""
        self._terms.clear()
        for held in self._by_currency.values():
            for name, (_, holding, _) in held.items():
                _, own, booking = self.term(name)
                held[name] = (own, holding, booking)

    # ---- views

    def available(self, currency: str) -> Decimal:
        """Return the money an opening order may use now."""
        free = self.ledger.balance(currency)
        held = self._by_currency.get(currency)
        if held:
            profit = position_profit(self, held.values(), currency, True)
            if self.settings.unrealised != "both":
                profit = countable(profit, self.settings.unrealised)
            free += profit - self._margin.of(currency)
            if self._floating.get(currency):
                free += self.collateral(currency) - self._floating_margin(currency)
        frozen = self._frozen.get(currency)
        return free - frozen.total if frozen else free

    def collateral(self, currency: str) -> Decimal:
        """Return what holdings that are not part of the balance add to the money that may be used."""
        return collateral(self, self.held(currency), currency)

    def withdrawable(self, currency: str) -> Decimal:
        """Return the money that may be paid out now: what is available, less unrealised gains."""
        profit = countable(self.position_profit(currency, free=True), self.settings.unrealised)
        return self.available(currency) - max(profit, _ZERO)

    def position_profit(self, currency: str, free: bool = False) -> Decimal:
        """Return the unrealised profit of margined positions at current marks; only what is `free` for other orders."""
        return position_profit(self, self.held(currency), currency, free)

    def worth(self, currency: str) -> Decimal:
        """Return balance plus unrealised profit plus the market value of fully paid holdings."""
        balance = self.ledger.balance(currency) + self.position_profit(currency)
        return balance + self.market_value(currency)

    def rough_worth(self, currency: str, price_of: Callable[[InstrumentId], float | None]) -> float:
        """Return about what `worth` would, quickly, with float prices of the caller's."""
        profit = rough_profit(self, self.held(currency), price_of)
        return float(self.ledger.balance(currency)) + profit

    def loan_interest(self, currency: str, night: Night) -> Decimal:
        """Return what a balance below zero costs over a night, rounded and below zero (360 days a year)."""
        balance, rate = self.ledger.balance(currency), self.settings.loan_rate
        if balance >= 0 or not rate:
            return _ZERO
        return divide_money(balance * rate * night.length, Decimal(360), currency)

    def figures(self, currency: str, ts: int) -> Account:
        """Return the account's figures in `currency` as of `ts`."""
        return figures(self, currency, ts)

    def margin(self, currency: str) -> Decimal:
        """Return the margin of held positions."""
        return self._margin.of(currency) + self._floating_margin(currency)

    def _floating_margin(self, currency: str) -> Decimal:
        """Return the margin that is worked out at current prices."""
        total = _ZERO
        for instrument in self._floating.get(currency, {}).values():
            holding = self._holdings[instrument.id]
            total += self.booking(instrument.id).margin(self, instrument, holding)
        return total

    def side_margin(self, instrument: InstrumentId, side: Side) -> Decimal:
        """Return the margin of one side (BUY: long) of an instrument with a fixed rate."""
        return self._margin.side(instrument, side)

    def frozen(self, currency: str) -> Frozen:
        """Return the sums that working orders have frozen."""
        frozen = self._frozen.get(currency)
        if frozen is None:
            frozen = self._frozen[currency] = Frozen()
        return frozen

    def market_value(self, currency: str) -> Decimal:
        """Return the worth of fully paid holdings at current marks; at cost where there is no mark."""
        return market_value(self, self.held(currency), currency)

    def currencies(self) -> list[str]:
        """Return the currencies of the account, sorted."""
        return self.ledger.currencies()

    def claims(self) -> list[tuple[OrderId, Claim]]:
        """Return what each working order has claimed."""
        return list(self._claims.items())

    def holding(self, instrument: InstrumentId) -> Holding | None:
        """Return the legs of one instrument, None when nothing was ever held since the last settlement."""
        return self._holdings.get(instrument)

    def position(self, instrument: InstrumentId) -> Position:
        """Return the position record of one instrument, flat when nothing is held."""
        holding = self._holdings.get(instrument)
        return holding.position(self.account) if holding else Position(self.account, instrument)

    def positions(self) -> list[Position]:
        """Return the positions that are not flat, sorted by instrument."""
        records = [holding.position(self.account) for _, holding in sorted(self._holdings.items())]
        return [record for record in records if not record.flat]

    def terms(self) -> list[PositionTerms]:
        """Return the terms of what is held on any, sorted by instrument."""
        found = (
            self.booking(name).terms(self, holding)
            for name, holding in sorted(self._holdings.items())
        )
        return [each for each in found if each is not None]

    def held_instruments(self, currency: str) -> list[Instrument]:
        """Return the instruments with legs in `currency`."""
        return [instrument for instrument, _, _ in self.held(currency)]

    def held(self, currency: str) -> Collection[Held]:
        """Return (instrument, legs, booking) of what there are legs of in `currency`."""
        held = self._by_currency.get(currency)
        return held.values() if held else ()

    def holding_of(self, instrument: Instrument) -> Holding:
        """Return the legs of an instrument, empty ones when nothing is held."""
        holding = self._holdings.get(instrument.id)
        if holding is None:
            booking = self.booking(instrument.id)
            holding = self._holdings[instrument.id] = booking.legs(instrument)
            held = self._by_currency.setdefault(instrument.currency, {})
            held[instrument.id] = (instrument, holding, booking)
            if instrument.legs:
                self._spreads[instrument.id] = (instrument, holding)
            if booking.floating:
                self._floating.setdefault(instrument.currency, {})[instrument.id] = instrument
        return holding
