"""What an exchange does besides matching: clearing services, each for the kinds of instruments it serves.

The exchange asks them at five places: for a command about an account, after a fill, at a market event, when time comes
to `due`, and before a day is settled. What they return is reported in order; a service applies its events to the books
itself, with `Service.book`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.commands import AccountCommand
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import AccountEvent, CommandRefused, Event
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate, MarketEvent
from anyvenue.model.orders import Fill
from anyvenue.oms.account_state import AccountState
from anyvenue.sim.days import FAR

if TYPE_CHECKING:
    from anyvenue.sim.exchange import Exchange

__all__ = ["Service", "make_services", "refused"]


class Service:
    """Base of the services: serves nothing and does nothing.

    `due` is when it wants `ring` to be called next (int ns UTC), FAR for never.
    """

    due = FAR

    def __init__(self, exchange: "Exchange") -> None:
        """Serve the accounts of `exchange`."""
        self.exchange = exchange

    def serves(self, instrument: Instrument) -> bool:
        """Tell whether `filled` and `see` are wanted for an instrument."""
        return False

    def watches(self, instrument: Instrument) -> bool:
        """Tell whether market events of a served instrument matter now."""
        return False

    def command(
        self, state: AccountState, instrument: Instrument, command: AccountCommand, now: int
    ) -> list[Event] | None:
        """Do what a command asks; None when it is another service's. Raise AnyvenueError to refuse it."""
        return None

    def filled(self, state: AccountState, instrument: Instrument, fill: Fill) -> list[Event]:
        """Take note of a fill."""
        return []

    def see(self, instrument: Instrument, event: MarketEvent) -> list[Event]:
        """Take a market event of a served instrument, before orders are matched."""
        return []

    def ring(self, now: int) -> list[Event]:
        """Do what is due at `now`; `due` must be later afterwards."""
        return []

    def end_day(self, currency: str, day: int, next_day: int, at: int) -> list[Event]:
        """Do what comes before the settlement of `day` (yyyymmdd) in a currency."""
        return []

    def forget(self, account: AccountId) -> None:
        """Forget what is known of an account that begins anew."""

    def book(self, state: AccountState, event: AccountEvent) -> AccountEvent:
        """Apply an event to the books and return it."""
        state.apply_account(event)
        return event

    def price(self, instrument: Instrument) -> Decimal | None:
        """Return the current price of an instrument, None before the first."""
        return self.exchange.marks(instrument.id)


def make_services(exchange: "Exchange", funding: Sequence[FundingRate] = ()) -> tuple[Service, ...]:
    """Return the services of an exchange, in the order they are asked; `funding` are rates known from the start."""
    # Each is made of `Service`, so not before it is there.
    from anyvenue.sim.carry import Carry
    from anyvenue.sim.combinations import Combinations
    from anyvenue.sim.exercises import Exercises
    from anyvenue.sim.funding import Funding
    from anyvenue.sim.holders import Holders
    from anyvenue.sim.leverage import Leverage
    from anyvenue.sim.liquidation import Liquidation

    holders = Holders()
    leveraged = (
        Liquidation(exchange, holders),
        Funding(exchange, holders, funding),
        Leverage(exchange, holders),
    )
    return (Exercises(exchange), Combinations(exchange), *leveraged, Carry(exchange))


def refused(command: AccountCommand, error: AnyvenueError, now: int) -> CommandRefused:
    """Return the event that says why a command was refused."""
    return CommandRefused(command.account, command.instrument, now, now, error.text, error.code)
