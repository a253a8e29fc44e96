"""Whom a limit or a halt is for."""

from collections.abc import Container

import msgspec

from anyvenue.model.enums import RiskScope
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.instruments import Instrument

__all__ = ["NODE", "Scope", "product_of", "scopes_of", "scopes_of_instrument"]

# Bound once: looking a member up on its enum class takes its time.
_NODE = RiskScope.NODE
_ACCOUNT = RiskScope.ACCOUNT
_STRATEGY = RiskScope.STRATEGY
_INSTRUMENT = RiskScope.INSTRUMENT


class Scope(msgspec.Struct, frozen=True):
    """The node, or one account, strategy or instrument by name; a product (``rb.SHFE``) has all of its contracts."""

    kind: RiskScope
    name: str = ""

    def covers(self, account: AccountId, strategy: StrategyId, instrument: Instrument) -> bool:
        """Tell whether an order of these three is within the scope."""
        kind = self.kind
        if kind is _NODE:
            return True
        if kind is _ACCOUNT:
            return self.name == account
        if kind is _STRATEGY:
            return self.name == strategy
        return self.covers_instrument(instrument)

    def covers_instrument(self, instrument: Instrument) -> bool:
        """Tell whether the scope is this instrument or its product."""
        return self.kind is _INSTRUMENT and self.name in (instrument.id, product_of(instrument))

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}" if self.name else "the node"


NODE = Scope(_NODE)
"""Everything."""


def product_of(instrument: Instrument) -> str:
    """Return the name of the instrument's product, such as ``rb.SHFE``; empty when it has none."""
    return f"{instrument.product}.{instrument.exchange}" if instrument.product else ""


def scopes_of(account: AccountId, strategy: StrategyId) -> list[Scope]:
    """Return the scopes of whoever sends an order, the widest first."""
    found = [NODE, Scope(_ACCOUNT, account)]
    if strategy:
        found.append(Scope(_STRATEGY, strategy))
    return found


def scopes_of_instrument(instrument: Instrument, named: Container[str]) -> list[Scope]:
    """Return the scopes of an instrument: its product, if that is `named` anywhere, and itself."""
    names = [product_of(instrument), instrument.id]
    return [Scope(_INSTRUMENT, each) for each in names if each in named or each == instrument.id]
