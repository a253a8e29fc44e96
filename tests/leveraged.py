"""Builders of contracts with leverage tiers, linear and inverse, with round numbers."""

from decimal import Decimal
from typing import Any

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import InstrumentKind, MarginMode
from anyvenue.model.events import CashMoved, CommandRefused, Event
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, LeverageTier
from anyvenue.model.market import FundingRate
from anyvenue.model.steps import LotRule
from anyvenue.oms.account_state import AccountSettings
from builders import ALICE, SECOND, Pit, number, perpetual

HOUR = 3600 * SECOND
TAKER, MAKER = FeeRate(by_money=Decimal("0.0005")), FeeRate(by_money=Decimal("0.0002"))
RATES = FeeSchedule(TAKER, TAKER, TAKER, maker=MAKER)


def tiers(unit: int = 1) -> tuple[LeverageTier, ...]:
    """Return three tiers up to 10 000, 100 000 and 1 000 000 units, with deductions that make them continuous."""
    rows = ((10_000, 100, "0.005", 0), (100_000, 20, "0.025", 200), (1_000_000, 10, "0.05", 2700))
    return tuple(
        LeverageTier(Decimal(top) / unit, Decimal(most), Decimal(rate), Decimal(less) / unit)
        for top, most, rate, less in rows
    )


def linear(base: str = "BTC", **changes: Any) -> Instrument:
    """Return a perpetual settled in USDT; 0.3 % of the value is charged when it is liquidated."""
    given: dict[str, Any] = {
        "id": make_instrument_id(f"{base}-USDT-PERP", "BINANCE"),
        "base": base,
        "fees": RATES,
        "margin": None,
        "tiers": tiers(),
        "liquidation_fee": Decimal("0.003"),
    }
    return perpetual(**(given | changes))


def inverse(**changes: Any) -> Instrument:
    """Return a perpetual of 100 USD a contract, settled in BTC, with tiers up to 5, 50 and 500 BTC."""
    given: dict[str, Any] = {
        "id": make_instrument_id("BTC-USD-PERP", "BINANCE"),
        "currency": "BTC",
        "base": "BTC",
        "inverse": True,
        "multiplier": Decimal(100),
        "lot": LotRule(),
        "tiers": tiers(2_000),
    }
    return linear(**(given | changes))


def quarterly(**changes: Any) -> Instrument:
    """Return a linear future that is delivered on the day of the tests."""
    given: dict[str, Any] = {
        "id": make_instrument_id("BTC-USDT-20260121", "BINANCE"),
        "kind": InstrumentKind.FUTURE,
        "expiry": 20260121,
    }
    return linear(**(given | changes))


class LeveragedPit(Pit):
    """A pit whose account has leverage 10 unless told; orders and prices are of any of its instruments."""

    def __init__(
        self,
        *instruments: Instrument,
        cash: object = 1_000,
        mode: MarginMode = MarginMode.CROSS,
        leverage: int = 10,
        hedged: bool = False,
        **options: Any,
    ) -> None:
        terms = AccountSettings(leverage=Decimal(leverage), margin_mode=mode, hedged=hedged)
        super().__init__(*instruments, cash=cash, settings=terms, **options)

    def price(self, price: float, of: Instrument | None = None) -> list[Event]:
        """Let everything trade at one price a second later and return what followed."""
        return self.quote(price, price, 1e9, 1e9, of=of)

    def fund(self, rate: object, of: Instrument | None = None, after: int = SECOND) -> list[Event]:
        """Tell a funding rate that is due after a while, let that time pass and return what followed."""
        unit, due = of or self.instrument, self.now + after
        told = FundingRate(unit.id, self.now, self.now, number(rate), 8 * HOUR, due)
        return self.see(told) + self.to(due)

    def ask(self, command: AccountCommand) -> list[Event]:
        """Give a command and return what followed."""
        self.to(self.now)
        return self._said(self.exchange.apply(command, self.now))

    def set_leverage(self, leverage: object, of: Instrument | None = None) -> list[Event]:
        """Ask for another leverage."""
        name = (of or self.instrument).id
        return self.ask(SetLeverage(ALICE, name, number(leverage), self.now))

    def set_mode(self, mode: MarginMode, of: Instrument | None = None) -> list[Event]:
        """Ask for another margin mode."""
        return self.ask(SetMarginMode(ALICE, (of or self.instrument).id, mode, self.now))

    def move(self, amount: object, of: Instrument | None = None) -> list[Event]:
        """Ask to move money to an isolated position."""
        name = (of or self.instrument).id
        return self.ask(MoveMargin(ALICE, name, number(amount), self.now))

    def moved(self) -> list[tuple[str, Decimal]]:
        """Return kind and amount of money that moved for other reasons than fills."""
        return [(str(e.kind), e.amount) for e in self.events if isinstance(e, CashMoved)]

    def money(self, of: Instrument | None = None) -> Decimal:
        """Return the isolated money of a position."""
        holding = self.state.holding(InstrumentId((of or self.instrument).id))
        return holding.money if holding is not None else Decimal(0)


def why(events: list[Event]) -> str:
    """Return the reason of a refusal, an empty text when there is none."""
    return next((each.reason for each in events if isinstance(each, CommandRefused)), "")
