"""Exercise and assignment of options, before the day is settled.

Rules: the holder of an American option may exercise it at the end of any day, that of a European one on the last day;
what is in the money on the last day is exercised by itself unless it was given up (SHFE, CZCE, CFFEX and OCC do so; DCE
lets members choose; SSE and SZSE want to be asked, which brokers do for their customers). The price that decides is the
underlying's settlement of the day, else its last price. Where the underlying has no price here, the lots are settled in
money at the option's own last price, whatever the delivery.

Who is assigned: in ``book`` matching every option has a seller among the accounts, so exercised lots are assigned to
the sellers in proportion, the rest one by one in the order of their names. In the other modes the market is the
counterpart: every sold lot in the money is assigned on the last day and none before.

What cannot be delivered: exercised calls are bought as far as the money reaches and exercised puts sold as far as the
units do; the rest lapses. An assigned call without the units is settled in money, at the difference to the price that
decided. Accounts that may hold securities on credit or short deliver everything. Left out: fees of exercise, the extra
charge SSE and SZSE put on sellers who cannot deliver, and the day their settlement takes longer.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.commands import AccountCommand, ExerciseOption
from anyvenue.model.enums import Delivery, OptionRight, PostingKind, Side
from anyvenue.model.errors import InsufficientPosition
from anyvenue.model.events import CashMoved, Event, OptionExercised
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.covers import covered_lots
from anyvenue.oms.money import round_money
from anyvenue.oms.options import check_exercise, implied_underlying, intrinsic, terms_of
from anyvenue.sim.services import Service

if TYPE_CHECKING:
    from anyvenue.sim.exchange import Exchange

__all__ = ["Exercises", "assign", "shares_of"]

_BUY, _SELL = Side.BUY, Side.SELL
_CALL = OptionRight.CALL
_ZERO = Decimal(0)
_Key = tuple[AccountId, InstrumentId]


class Exercises(Service):
    """Remembers what holders wish, and ends the lots of options when their time has come.

    Lots are not frozen by a wish: what is still held and free when the day ends is exercised.
    """

    def __init__(self, exchange: "Exchange") -> None:
        """Begin without wishes."""
        super().__init__(exchange)
        self._wished: dict[_Key, Decimal] = {}
        self._abandoned: dict[_Key, Decimal] = {}

    def command(
        self, state: AccountState, instrument: Instrument, command: AccountCommand, now: int
    ) -> list[Event] | None:
        """Keep a wish to exercise (for today) or to abandon (until expiry); raise what `check_exercise` does."""
        if not isinstance(command, ExerciseOption):
            return None
        day = self.exchange.days.trading_day(instrument.currency)
        holding = state.holding(instrument.id)
        quantity = check_exercise(instrument, holding, command.quantity, command.abandon, day)
        wishes = self._abandoned if command.abandon else self._wished
        wishes[state.account, instrument.id] = quantity
        return []

    def forget(self, account: AccountId) -> None:
        """Forget the wishes of an account."""
        for wishes in (self._wished, self._abandoned):
            for key in [key for key in wishes if key[0] == account]:
                del wishes[key]

    def end_day(self, currency: str, day: int, next_day: int, at: int) -> list[Event]:
        """Exercise and assign what is due on `day` in every account."""
        events: list[Event] = []
        for instrument in self._held(currency):
            if 0 < instrument.expiry <= day or self._is_wished(instrument.id):
                events += _Ending(self, instrument, day, at).run()
        self._forget(currency, day)
        return events

    def wished(self, account: AccountId, instrument: InstrumentId) -> Decimal:
        """Return how many lots the holder wishes to exercise today."""
        return self._wished.get((account, instrument), _ZERO)

    def abandoned(self, account: AccountId, instrument: InstrumentId) -> Decimal:
        """Return how many lots the holder gave up."""
        return self._abandoned.get((account, instrument), _ZERO)

    def underlying_price(self, instrument: Instrument, day: int) -> Decimal | None:
        """Return the price that decides: the underlying's settlement or last price, None for neither."""
        _, underlying, _, _ = terms_of(instrument)
        return self.exchange.closing.price(underlying, day) or self.exchange.marks(underlying)

    def _held(self, currency: str) -> list[Instrument]:
        """Return the options that any account holds, by id."""
        found: dict[InstrumentId, Instrument] = {}
        for state in self.exchange.accounts.values():
            for instrument in state.held_instruments(currency):
                if instrument.option is not None:
                    found[instrument.id] = instrument
        return [found[each] for each in sorted(found)]

    def _is_wished(self, instrument: InstrumentId) -> bool:
        return any(name == instrument and lots for (_, name), lots in self._wished.items())

    def _forget(self, currency: str, day: int) -> None:
        """Wishes are for one day; what was given up stays so until the option expires."""
        lookup = self.exchange.accounts
        for wishes, keeps in ((self._wished, False), (self._abandoned, True)):
            for key in list(wishes):
                instrument = lookup[key[0]].instrument(key[1])
                if instrument.currency == currency and not (keeps and instrument.expiry > day):
                    del wishes[key]


class _Ending:
    """One option at the end of one day, in all accounts."""

    def __init__(self, service: Exercises, instrument: Instrument, day: int, at: int) -> None:
        self.service = service
        self.instrument = instrument
        self.day = day
        self.at = at
        self.expires = 0 < instrument.expiry <= day
        price = service.underlying_price(instrument, day)
        self.priced = price is not None
        own = service.price(instrument) or _ZERO
        self.price = implied_underlying(instrument, own) if price is None else price
        self.paying = intrinsic(instrument, self.price) > 0

    def run(self) -> list[Event]:
        """Exercise, assign, and let go what expires worthless."""
        events: list[Event] = []
        accounts = self.service.exchange.accounts
        states = [accounts[name] for name in sorted(accounts)]
        holders = [state for state in states if state.holding(self.instrument.id)]
        exercised = _ZERO
        for state in holders:
            lots = self._to_exercise(state)
            exercised += lots
            events += self.end(state, _BUY, lots) if self.priced else self.pay(state, _BUY, lots)
        for state, lots in self._to_assign(holders, exercised):
            events += _assigned(state, self, lots)
        if self.expires:
            for state in holders:
                for side in (_BUY, _SELL):
                    events += self.end(state, side, _held(state, self.instrument, side), True)
        return events

    def end(
        self, state: AccountState, side: Side, lots: Decimal, worthless: bool = False
    ) -> list[Event]:
        """End lots of an account and return the event, nothing for no lots."""
        if not lots:
            return []
        event = OptionExercised(
            state.account,
            self.instrument.id,
            side,
            lots,
            self.price,
            self.at,
            self.at,
            self.day,
            worthless=worthless,
        )
        return [self.service.book(state, event)]

    def pay(self, state: AccountState, side: Side, lots: Decimal) -> list[Event]:
        """Settle lots in money instead of delivering, at the difference to the price that decided."""
        instrument, currency = self.instrument, self.instrument.currency
        worth = max(intrinsic(instrument, self.price), _ZERO) * instrument.multiplier * lots
        amount = round_money(worth if side is _BUY else -worth, currency)
        events: list[Event] = []
        if amount:
            moved = CashMoved(
                state.account,
                currency,
                amount,
                PostingKind.EXERCISE,
                self.at,
                self.at,
                instrument.id,
                "settled in money",
            )
            events.append(self.service.book(state, moved))
        return events + self.end(state, side, lots, True)

    def _to_exercise(self, state: AccountState) -> Decimal:
        holding = state.holding(self.instrument.id)
        if holding is None:
            return _ZERO
        free = holding.long.closable
        lots = min(free, self.service.wished(state.account, self.instrument.id))
        if self.expires and self.paying:
            given_up = self.service.abandoned(state.account, self.instrument.id)
            lots = max(lots, free - min(free, given_up))
        if not lots or not self.priced:
            return lots
        return min(lots, _deliverable(state, self.instrument, lots))

    def _to_assign(
        self, holders: list[AccountState], exercised: Decimal
    ) -> list[tuple[AccountState, Decimal]]:
        shorts = [(state, _held(state, self.instrument, _SELL)) for state in holders]
        if self.service.exchange.meets_users:
            parts = shares_of(exercised, [lots for _, lots in shorts], self.instrument.lot.step)
            return [(state, part) for (state, _), part in zip(shorts, parts, strict=True)]
        return shorts if self.expires and self.paying else []


def _assigned(state: AccountState, ending: _Ending, lots: Decimal) -> list[Event]:
    """Assign sold lots of an account: deliver what can be, settle the rest in money."""
    delivered = _assignable(state, ending.instrument, lots) if ending.priced else _ZERO
    return ending.end(state, _SELL, delivered) + ending.pay(state, _SELL, lots - delivered)


def assign(
    exchange: "Exchange", account: AccountId, instrument: InstrumentId, quantity: Decimal, now: int
) -> list[Event]:
    """Assign sold lots of an account now, as a holder somewhere might ask for; return the events.

    Raise InvalidOrder for what is no option, InsufficientPosition when fewer are sold, AccountError.
    """
    state = exchange.account(account)
    option = state.instrument(instrument)
    terms_of(option)
    sold = _held(state, option, _SELL)
    if not 0 < quantity <= sold:
        raise InsufficientPosition(
            f"{plain(quantity)} of {instrument} cannot be assigned to {account}: {plain(sold)} are sold",
            instrument=instrument,
            wanted=quantity,
            closable=sold,
        )
    service = next(each for each in exchange.services if isinstance(each, Exercises))
    ending = _Ending(service, option, exchange.days.trading_day(option.currency), now)
    return _assigned(state, ending, quantity)


def shares_of(total: Decimal, held: list[Decimal], step: Decimal) -> list[Decimal]:
    """Return `total` divided in proportion to `held`, in multiples of `step`; the rest goes one step each, in order.

    Never more than is held: what is left over then is nobody's.
    """
    everything = sum(held, _ZERO)
    total = min(total, everything)
    if not total:
        return [_ZERO] * len(held)
    parts = [total * each // (everything * step) * step for each in held]
    left = total - sum(parts, _ZERO)
    for index, each in enumerate(held):
        if left and parts[index] < each:
            parts[index] += step
            left -= step
    return parts


def _held(state: AccountState, instrument: Instrument, side: Side) -> Decimal:
    holding = state.holding(instrument.id)
    return holding.held_by(side).quantity if holding else _ZERO


def _deliverable(state: AccountState, instrument: Instrument, lots: Decimal) -> Decimal:
    """Return how many exercised lots the account can pay for or has the units for."""
    units = _limits(state, instrument)
    if units is None:
        return lots
    _, _, strike, right = terms_of(instrument)
    step = instrument.lot.step
    if right is not _CALL:
        return units // (instrument.multiplier * step) * step
    cost = strike * instrument.multiplier * step
    return max(state.available(instrument.currency), _ZERO) // cost * step


def _assignable(state: AccountState, instrument: Instrument, lots: Decimal) -> Decimal:
    """Return how many assigned lots the account has the units for; puts are bought whatever it costs."""
    units = _limits(state, instrument)
    _, _, _, right = terms_of(instrument)
    if units is None or right is not _CALL:
        return lots
    holding = state.holding(instrument.id)
    covered = min(lots, covered_lots(holding) if holding else _ZERO)
    step = instrument.lot.step
    return covered + min(lots - covered, units // (instrument.multiplier * step) * step)


def _limits(state: AccountState, instrument: Instrument) -> Decimal | None:
    """Return the free units of an underlying that is paid in full; None where delivery has no limit."""
    terms, name, _, _ = terms_of(instrument)
    if terms.delivery is not Delivery.PHYSICAL:
        return None
    underlying = state.instrument(name)
    rule = underlying.position_rule
    if rule.margined or rule.short_ok:
        return None
    holding = state.holding(underlying.id)
    return max(holding.long.closable, _ZERO) if holding else _ZERO
