"""Trading days that were settled while nobody listened."""

from decimal import Decimal

from anyvenue.model.events import DaySettled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import Position
from anyvenue.oms.alignment import exact_ratio
from anyvenue.oms.reconcile.trial import Trial

__all__ = ["settle_missed_days"]


def settle_missed_days(trial: Trial) -> None:
    """Settle the books' day of every currency whose day is over at the venue.

    What is still held overnight there is marked at the settlement price, so that this can be read off. Where it cannot
    (all lots were closed since), the books' own mark stands in: legs and money are aligned afterwards.
    """
    theirs = {each.instrument: each for each in trial.snapshot.positions}
    state = trial.state
    for balance in trial.snapshot.balances:
        currency, day = balance.currency, state.trading_day.get(balance.currency, 0)
        if not day or balance.trading_day <= day:
            continue
        prices = [
            (each.id, price)
            for each in state.held_instruments(currency)
            if (price := _price(trial, each, theirs)) is not None
        ]
        next_day = balance.trading_day
        trial.book(
            DaySettled(state.account, currency, day, next_day, tuple(prices), trial.ts, trial.now)
        )
        trial.note(
            "day_over",
            "trading day {day} of {currency} was settled meanwhile; {next_day} is open",
            day=day,
            currency=currency,
            next_day=next_day,
        )


def _price(
    trial: Trial, instrument: Instrument, theirs: dict[InstrumentId, Position]
) -> Decimal | None:
    position = theirs.get(instrument.id)
    for leg in (position.long_old, position.short_old) if position else ():
        price = exact_ratio(leg.mark_value, leg.quantity) if leg.quantity else None
        if price is not None:
            return price
    price = trial.state.mark(instrument.id)
    if price is not None:
        return price
    holding = trial.state.holding_of(instrument)
    lots = [*holding.long.lots(), *holding.short.lots()]
    return lots[-1].mark if lots else None
