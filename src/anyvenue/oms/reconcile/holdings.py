"""Positions and balances: what is left to correct once orders, fills and days are right."""

from collections.abc import Iterator
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import Dating
from anyvenue.model.events import BalanceAligned, PositionsAligned, TermsAligned
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument, PositionRule
from anyvenue.model.numbers import plain
from anyvenue.model.positions import EMPTY_LEG, Leg, Position, PositionTerms
from anyvenue.oms.reconcile.trial import Trial

__all__ = ["align_balances", "align_positions", "align_terms"]

_NOISE = Decimal("1e-9")  # how finely a price is kept that has no end
_ZERO = Decimal(0)
_TERMS = ("leverage", "mode", "isolated", "covered")
_LEGS = ("long_today", "long_old", "short_today", "short_old")


def align_positions(trial: Trial) -> None:
    """Hold what the venue says is held, instrument by instrument."""
    state = trial.state
    theirs = {each.instrument: each for each in trial.snapshot.positions}
    held = {each.instrument for each in state.positions()}
    # A combination needs its legs: they come before it.
    for name in sorted(
        held | set(theirs), key=lambda each: (bool(state.instrument(each).legs), each)
    ):
        if name not in theirs and _is_money(state.instrument(name)):
            continue  # the balance says what is held; the legs only know what it was bought at
        ours, wanted = state.position(name), theirs.get(name) or Position(state.account, name)
        if _same(ours, wanted, state.instrument(name).position_rule):
            continue
        why = "the venue holds something else"
        trial.book(PositionsAligned(state.account, name, wanted, trial.ts, trial.now, why))
        _tell(trial, name, ours, wanted)


def _is_money(instrument: Instrument) -> bool:
    """Tell whether what is held are units of a currency, of which crypto venues tell balances and no positions."""
    return bool(instrument.base) and not instrument.position_rule.margined


def align_terms(trial: Trial) -> None:
    """Hold everything on the terms that the venue tells: leverage, margin mode, isolated money, covered lots."""
    state = trial.state
    for theirs in sorted(trial.snapshot.terms, key=lambda each: each.instrument):
        name = theirs.instrument
        holding = state.holding_of(state.instrument(name))
        ours = state.booking(name).terms(state, holding)
        changed = {
            field: value
            for field in _TERMS
            if ours is not None
            and (value := getattr(theirs, field)) is not None
            and value != getattr(ours, field)
        }
        if not changed:
            continue
        why, terms = (
            "the venue holds it on other terms",
            PositionTerms(state.account, name, **changed),
        )
        trial.book(TermsAligned(state.account, name, terms, trial.ts, trial.now, why))
        told = ", ".join(f"{field} {value}" for field, value in changed.items())
        trial.note(
            "terms", "{instrument}: the venue has it with {terms}", instrument=name, terms=told
        )


def _tell(trial: Trial, name: InstrumentId, ours: Position, theirs: Position) -> None:
    trial.note(
        "position",
        "{instrument}: the venue holds {long} long and {short} short, the books had {our_long} and {our_short}",
        instrument=name,
        long=plain(theirs.long),
        short=plain(theirs.short),
        our_long=plain(ours.long),
        our_short=plain(ours.short),
    )


def _same(ours: Position, theirs: Position, rule: PositionRule) -> bool:
    """Compare legs; where today's lots are like any others, only sides: venues put them as they like."""
    if rule.dated is Dating.NONE and rule.sell_today:
        return all(_equal(*pair) for pair in zip(_sides(ours), _sides(theirs), strict=True))
    return all(_equal(getattr(ours, leg), getattr(theirs, leg)) for leg in _LEGS)


def _sides(position: Position) -> Iterator[Leg]:
    for today, old in (
        (position.long_today, position.long_old),
        (position.short_today, position.short_old),
    ):
        if not today.quantity and not old.quantity:
            yield EMPTY_LEG
        else:
            yield Leg(
                today.quantity + old.quantity,
                _ZERO,
                today.open_value + old.open_value,
                today.mark_value + old.mark_value,
            )


def _equal(ours: Leg, theirs: Leg) -> bool:
    noise = ours.quantity * _NOISE
    return (
        ours.quantity == theirs.quantity
        and abs(ours.open_value - theirs.open_value) <= noise
        and abs(ours.mark_value - theirs.mark_value) <= noise
    )


def align_balances(trial: Trial) -> None:
    """Have the money the venue says, in every currency it names, and none in others where it names all it has."""
    ledger = trial.state.ledger
    for figures in sorted(trial.snapshot.balances, key=lambda each: each.currency):
        currency = figures.currency
        if _adds_up(figures):
            earlier = figures.pre_balance - ledger.pre_balance(currency)
            if earlier:
                _align(trial, figures, earlier, True)
        rest = figures.balance - figures.position_profit - ledger.balance(currency)
        unopened = figures.trading_day and currency not in trial.state.trading_day
        if rest or unopened:
            _align(trial, figures, rest, False)
    for figures in _gone(trial) if trial.snapshot.all_money else ():
        _align(trial, figures, -ledger.balance(figures.currency), False)


def _gone(trial: Trial) -> list[Account]:
    """Return figures of the currencies that the books have and the venue has none of."""
    state, named = trial.state, {each.currency for each in trial.snapshot.balances}
    return [
        Account(state.account, each, trial.ts, 0)
        for each in state.ledger.currencies()
        if each not in named and state.ledger.balance(each)
    ]


def _align(trial: Trial, figures: Account, amount: Decimal, earlier: bool) -> None:
    account, currency = trial.state.account, figures.currency
    why = "the venue's balance differs"
    day = figures.trading_day or trial.state.trading_day.get(currency, 0)
    trial.book(BalanceAligned(account, currency, amount, day, trial.ts, trial.now, earlier, why))
    if amount:
        trial.note(
            "balance_earlier" if earlier else "balance",
            "the venue's {currency} balance of earlier days differs by {amount}"
            if earlier
            else "the venue's {currency} balance differs by {amount}",
            currency=currency,
            amount=plain(amount),
        )


def _adds_up(figures: Account) -> bool:
    """Tell whether the venue tells what the day began with: not all do."""
    flows = figures.deposits - figures.withdrawals + figures.close_profit + figures.cash_flow
    flows += figures.position_profit + figures.other - figures.fees
    return figures.pre_balance + flows == figures.balance
