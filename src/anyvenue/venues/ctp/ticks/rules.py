"""By which rules a counter reckons money, where counters differ."""

from decimal import Decimal
from typing import Literal

import msgspec

__all__ = ["OUR_COUNTER", "Rules", "rules_of"]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of one counter's figures; the defaults are those of CTP.

    `larger_side`: of a product's long and short margin only the larger is charged, where the contract has
    MaxMarginSideAlgorithm 1. `seller`: a sold option's margin is the one ``quoted`` by OptionInstrTradeCost, or follows
    the ``current`` price of the underlying. `algorithm` is ``BrokerTradingParams.Algorithm``: which unrealised profit
    may be used, 1 all, 2 losses, 3 gains, 4 none. `quantum` is what amounts are rounded to.
    """

    larger_side: bool = True
    seller: Literal["quoted", "current"] = "quoted"
    algorithm: str = "1"
    quantum: Decimal = Decimal("0.0001")


OUR_COUNTER = Rules(larger_side=False, seller="current")
"""The rules of anyvenue's own counter over the simulated exchange, with its usual settings."""


def rules_of(version: str) -> Rules:
    """Return the rules of the counter behind a library, by the library's own word for its version."""
    return OUR_COUNTER if "_anyvenue_" in version else Rules()
