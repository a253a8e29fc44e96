"""Where connections go: to the front that the program names, unless its user said otherwise."""

import msgspec

from anyvenue.venues.ctp.door.greeting import Side

__all__ = ["Fronts", "front_for", "redirect"]


class Fronts(msgspec.Struct, frozen=True):
    """Addresses that take the place of a program's own; "" leaves it as it is."""

    trader: str = ""
    md: str = ""


def redirect(fronts: Fronts) -> None:
    """Lead all connections of this process that are made from now on to other fronts."""
    _CHOSEN[0] = fronts


def front_for(side: Side, address: str) -> str:
    """Return the address to connect to in the place of the one that a program registers."""
    chosen = _CHOSEN[0]
    return (chosen.trader if side is Side.TRADER else chosen.md) or address


_CHOSEN = [Fronts()]
