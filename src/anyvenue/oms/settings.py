"""How the books of an account are kept, where accounts of one venue may differ."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind, MarginMode, ProfitMethod
from anyvenue.model.instruments import Instrument
from anyvenue.oms.tiers import is_leveraged

__all__ = ["AccountSettings", "adapted"]

_SHARES = frozenset({InstrumentKind.STOCK, InstrumentKind.FUND})


class AccountSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the books of an account are kept.

    `profit_method`: close profit from the previous settlement (BY_DAY) or from the opening price (BY_TRADE).
    `larger_side`: margin only the larger side of a margin group. `unrealised` says which unrealised profit counts as
    available: both, loss, gain or none (the counter's Algorithm 1 to 4).

    `hedged` keeps long and short lots of leveraged contracts side by side; else their positions are netted. `leverage`
    and `margin_mode` hold for those whose own were not chosen, the leverage as far as the instrument allows.
    `securities_margin` makes it a margin account of shares: they may be bought on credit and sold short; `borrow_rate`
    is charged a year for shares sold short and `loan_rate` for a balance below zero, as fractions.
    """

    profit_method: ProfitMethod = ProfitMethod.BY_DAY
    larger_side: bool = False
    unrealised: Literal["both", "loss", "gain", "none"] = "both"
    hedged: bool = False
    leverage: Decimal = Decimal(20)
    margin_mode: MarginMode = MarginMode.CROSS
    securities_margin: bool = False
    borrow_rate: Decimal = Decimal(0)
    loan_rate: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        """Raise ValueError for a leverage below 1 or a rate below 0."""
        if self.leverage < 1:
            raise ValueError(f"leverage was {self.leverage}; it must be at least 1")
        for name, rate in (("borrow_rate", self.borrow_rate), ("loan_rate", self.loan_rate)):
            if rate < 0:
                raise ValueError(f"{name} was {rate}; it must not be below 0")


def adapted(instrument: Instrument, settings: AccountSettings) -> Instrument:
    """Return the instrument with the position rule that an account with these settings has for it."""
    rule = instrument.position_rule
    if settings.hedged is not rule.hedged and is_leveraged(instrument):
        return replace(instrument, position_rule=replace(rule, hedged=settings.hedged))
    if (
        settings.securities_margin
        and instrument.kind in _SHARES
        and instrument.margin is not None
        and rule.sell_today
    ):
        return replace(instrument, position_rule=replace(rule, short_ok=True))
    return instrument
