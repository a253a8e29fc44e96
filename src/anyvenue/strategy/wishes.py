"""Commands about an account: the same calls for a strategy, a script and asyncio."""

from collections.abc import Callable

from anyvenue.model.commands import (
    AccountCommand,
    CombinePositions,
    ExerciseOption,
    MoveMargin,
    SetLeverage,
    SetMarginMode,
)
from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.numbers import Number, to_decimal

__all__ = ["AccountWishes"]

Make = Callable[[AccountId, InstrumentId, int], AccountCommand]


class AccountWishes:
    """Wishes that are no orders. The venue answers with an event; what it refuses changes nothing."""

    def exercise(self, instrument: str, quantity: Number, *, abandon: bool = False) -> None:
        """Ask to exercise lots of a held option when the trading day ends; 0 takes an earlier wish back.

        With `abandon` they are not exercised on the last day although they are in the money.
        """
        lots = to_decimal(quantity, "quantity")
        self._wish(instrument, lambda who, what, now: ExerciseOption(who, what, lots, now, abandon))

    def combine(self, instrument: str, quantity: Number, side: Side | str = Side.BUY) -> None:
        """Ask to combine held legs into lots of a spread, whose margin is lower; below zero splits them again.

        `side` is ``buy`` for the legs that buying the spread gives.
        """
        lots, which = to_decimal(quantity, "quantity"), Side(side)
        self._wish(instrument, lambda who, what, now: CombinePositions(who, what, lots, now, which))

    def set_leverage(self, instrument: str, leverage: Number) -> None:
        """Ask for another leverage of a perpetual or crypto future; the venue refuses what its tiers do not allow."""
        chosen = to_decimal(leverage, "leverage")
        self._wish(instrument, lambda who, what, now: SetLeverage(who, what, chosen, now))

    def set_margin_mode(self, instrument: str, mode: MarginMode | str) -> None:
        """Ask for ``cross`` or ``isolated`` margin; refused while there is a position or an order."""
        chosen = MarginMode(mode)
        self._wish(instrument, lambda who, what, now: SetMarginMode(who, what, chosen, now))

    def move_margin(self, instrument: str, amount: Number) -> None:
        """Ask to add money to an isolated position, or to take some back (below zero)."""
        moved = to_decimal(amount, "amount")
        self._wish(instrument, lambda who, what, now: MoveMargin(who, what, moved, now))

    def _wish(self, instrument: str, make: Make) -> None:
        """Send what `make` returns for the account, the instrument that is meant and the time."""
        raise NotImplementedError
