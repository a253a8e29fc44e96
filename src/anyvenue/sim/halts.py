"""Volatility halts: trading pauses when a trade would be too far from where the price was a moment ago."""

from collections import deque
from decimal import Decimal

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["PriceBand", "VolatilityHalt"]


class VolatilityHalt(msgspec.Struct, frozen=True):
    """Halt for `halt_ns` when a trade would be more than the fraction `move` from the price `window_ns` ago."""

    move: Decimal
    window_ns: int
    halt_ns: int

    def __post_init__(self) -> None:
        """Raise ConfigError for a figure that is not above zero."""
        for name in ("move", "window_ns", "halt_ns"):
            value = getattr(self, name)
            if not value > 0:
                raise ConfigError(
                    f"{name} of a volatility halt was {value}; it must be above zero",
                    key=name,
                    value=str(value),
                )


class PriceBand:
    """How far from a reference price trades may be.

    The reference is the last trade at least `window_ns` old, or else the first one there was.
    """

    __slots__ = ("_trades", "rule")

    def __init__(self, rule: VolatilityHalt, last: Decimal | None) -> None:
        """Begin with the price that is known, if any."""
        self.rule = rule
        self._trades: deque[tuple[int, Decimal]] = deque()
        if last is not None:
            self._trades.append((0, last))

    def note(self, now: int, price: Decimal) -> None:
        """Take a trade."""
        trades = self._trades
        if len(trades) > 1 and trades[-1][0] == now:
            trades.pop()  # of several trades at one instant the last is the price then
        trades.append((now, price))
        self._forget(now)

    def restart(self, now: int, price: Decimal) -> None:
        """Make `price` the reference from now on, as after an auction."""
        self._trades.clear()
        self._trades.append((now, price))

    def worst(self, now: int, buy: bool) -> Decimal | None:
        """Return the worst price at which an incoming order may trade; None while there is no reference."""
        self._forget(now)
        if not self._trades:
            return None
        reference = self._trades[0][1]
        span = abs(reference) * self.rule.move
        return reference + span if buy else reference - span

    def _forget(self, now: int) -> None:
        """Drop what a later trade, itself old enough, stands in for."""
        trades, bound = self._trades, now - self.rule.window_ns
        while len(trades) > 1 and trades[1][0] <= bound:
            trades.popleft()
