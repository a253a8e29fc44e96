"""Ready strategies: to run, to read and to copy from."""

from importlib import import_module
from typing import TYPE_CHECKING

from anyvenue.model.errors import StrategyError

if TYPE_CHECKING:
    from anyvenue.strategy.base import Strategy

__all__ = ["BUILT_IN", "built_in"]

BUILT_IN = {
    "basket": "anyvenue.strategy.library.basket:Basket",
    "ema_cross": "anyvenue.strategy.library.ema_cross:EmaCross",
    "grid": "anyvenue.strategy.library.grid:Grid",
}
"""Names of the built-in strategies and where their classes are."""


def built_in(name: str) -> "type[Strategy]":
    """Return the class of a built-in strategy; raise StrategyError with the names there are."""
    if name not in BUILT_IN:
        known = ", ".join(sorted(BUILT_IN))
        raise StrategyError(f"there is no built-in strategy {name!r}; there are {known}", name=name)
    module, _, cls = BUILT_IN[name].partition(":")
    found: type[Strategy] = getattr(import_module(module), cls)
    return found
