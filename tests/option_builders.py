"""Options with round numbers, and a pit whose instruments all have prices of their own."""

from decimal import Decimal
from typing import Any

from anyvenue.model.commands import ExerciseOption
from anyvenue.model.enums import (
    Delivery,
    ExerciseStyle,
    InstrumentKind,
    Offset,
    OptionMargining,
    OptionRight,
)
from anyvenue.model.events import Event, OptionExercised
from anyvenue.model.ids import AccountId, InstrumentId, make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T1,
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    HEDGED,
    NETTED,
    Instrument,
    OptionTerms,
)
from anyvenue.model.steps import FixedStep, LotRule
from builders import ALICE, DAY, SECOND, Pit, bank_share, depth, fees, number, rebar, us_share

_TERMS = {
    "commodity": OptionTerms(
        ExerciseStyle.AMERICAN, Delivery.PHYSICAL, OptionMargining.COMMODITY, floor=Decimal("0.5")
    ),
    "index": OptionTerms(
        ExerciseStyle.EUROPEAN,
        Delivery.CASH,
        OptionMargining.INDEX,
        Decimal("0.1"),
        Decimal("0.5"),
    ),
    "fund": OptionTerms(
        ExerciseStyle.EUROPEAN,
        Delivery.PHYSICAL,
        OptionMargining.SECURITY,
        Decimal("0.12"),
        Decimal("0.07"),
    ),
    "us": OptionTerms(
        ExerciseStyle.AMERICAN,
        Delivery.PHYSICAL,
        OptionMargining.SECURITY,
        Decimal("0.2"),
        Decimal("0.1"),
    ),
}


def _option(
    name: str, exchange: str, right: str, strike: object, underlying: str, **fields: Any
) -> Instrument:
    given: dict[str, Any] = {
        "id": make_instrument_id(name, exchange),
        "kind": InstrumentKind.OPTION,
        "currency": "CNY",
        "lot": LotRule(),
        "expiry": DAY + 1,
        "right": OptionRight(right),
        "strike": number(strike),
        "underlying": InstrumentId(underlying),
    }
    return Instrument(**(given | fields))


def steel_option(right: str = "call", strike: object = 3500, **changes: Any) -> Instrument:
    """Return an option on rb2605: 10 tons, tick 0.5, American, into the future, 2 CNY a lot; expires the day after."""
    given: dict[str, Any] = {
        "multiplier": Decimal(10),
        "price_step": FixedStep(Decimal("0.5")),
        "position_rule": FUTURE_EXPLICIT_DATED,
        "sessions": "cn_commodity_2300",
        "product": "rb_o",
        "fees": fees(2, 2, 2, lot=True),
        "option": _TERMS["commodity"],
    }
    letter = "C" if right == "call" else "P"
    return _option(
        f"rb2605{letter}{strike}", "SHFE", right, strike, "rb2605.SHFE", **(given | changes)
    )


def stock_index(**changes: Any) -> Instrument:
    """Return something that tells the price of an index and is not traded."""
    given: dict[str, Any] = {
        "id": make_instrument_id("000300", "SSE"),
        "kind": InstrumentKind.FUND,
        "currency": "CNY",
        "price_step": FixedStep(Decimal("0.01")),
        "lot": LotRule(),
        "position_rule": CASH_STOCK_T1,
        "sessions": "cn_stock",
    }
    return Instrument(**(given | changes))


def index_option(right: str = "call", strike: object = 4000, **changes: Any) -> Instrument:
    """Return an option on the index: 100 CNY a point, tick 0.2, European, in cash, 15 CNY a lot."""
    given: dict[str, Any] = {
        "multiplier": Decimal(100),
        "price_step": FixedStep(Decimal("0.2")),
        "position_rule": FUTURE_AUTO_DATED,
        "sessions": "cffex_index",
        "product": "IO",
        "fees": fees(15, 15, 15, lot=True),
        "option": _TERMS["index"],
    }
    letter = "C" if right == "call" else "P"
    return _option(
        f"IO2601-{letter}-{strike}", "CFFEX", right, strike, "000300.SSE", **(given | changes)
    )


def fund(**changes: Any) -> Instrument:
    """Return an ETF: T+1, lots of 100, no duty, a fee of one in ten thousand."""
    given: dict[str, Any] = {
        "id": make_instrument_id("510050", "SSE"),
        "kind": InstrumentKind.FUND,
        "price_step": FixedStep(Decimal("0.001")),
        "fees": fees("0.0001", "0.0001", "0.0001"),
    }
    return bank_share(**(given | changes))


def fund_option(right: str = "call", strike: object = 3, **changes: Any) -> Instrument:
    """Return an option on 10,000 units of the ETF: tick 0.0001, European, physical, 3 CNY a lot."""
    given: dict[str, Any] = {
        "multiplier": Decimal(10_000),
        "price_step": FixedStep(Decimal("0.0001")),
        "position_rule": HEDGED,
        "sessions": "cn_stock",
        "fees": fees(3, 3, 3, lot=True),
        "option": _TERMS["fund"],
    }
    letter = "C" if right == "call" else "P"
    code = int(number(strike) * 1000)
    return _option(
        f"510050{letter}2601M{code:05}", "SSE", right, strike, "510050.SSE", **(given | changes)
    )


def us_option(right: str = "call", strike: object = 200, **changes: Any) -> Instrument:
    """Return an option on 100 shares of AAPL: netted, American, physical, 1 USD a lot."""
    given: dict[str, Any] = {
        "currency": "USD",
        "multiplier": Decimal(100),
        "price_step": FixedStep(Decimal("0.01")),
        "position_rule": NETTED,
        "sessions": "us_stock",
        "fees": fees(1, 1, 1, lot=True),
        "option": _TERMS["us"],
    }
    letter = "C" if right == "call" else "P"
    code = f"AAPL260122{letter}{int(number(strike) * 1000):08}"
    return _option(code, "US", right, strike, "AAPL.US", **(given | changes))


class OptionPit(Pit):
    """A pit where any instrument can be told a price, and options exercised."""

    def price(self, of: Instrument, price: float, size: float = 1e6, **fields: Any) -> list[Event]:
        """Show a market of one instrument where everything trades at one price, a second later."""
        level = {price: size}
        return self.see(depth(of, self.now + SECOND, level, level, last=price, **fields))

    def trade(
        self, side: str, of: Instrument, quantity: object, price: float, **fields: Any
    ) -> None:
        """Buy or sell at a price, at once."""
        send = self.buy if side == "buy" else self.sell
        offset = Offset(fields.pop("offset", "open"))
        order = send(quantity, price, of=of, offset=offset, **fields)
        self.price(of, price)
        assert self.order(order, fields.get("account", ALICE)).done

    def exercise(
        self,
        of: Instrument,
        quantity: object = 1,
        *,
        abandon: bool = False,
        account: AccountId = ALICE,
    ) -> list[Event]:
        """Ask for an exercise and return what followed."""
        command = ExerciseOption(account, of.id, number(quantity), self.now, abandon)
        return self._said(self.exchange.apply(command, self.now))

    def ended(self) -> list[tuple[str, str, bool]]:
        """Return (side, quantity, worthless) of all lots of options that ended, in order."""
        return [
            (each.side.value, str(each.quantity), each.worthless)
            for each in self.events
            if isinstance(each, OptionExercised)
        ]


def steel_pit(*options: Instrument, **fields: Any) -> OptionPit:
    """Return a pit of options on steel and the future, which is at 3520."""
    pit = OptionPit(*options, rebar(), **fields)
    pit.price(rebar(), 3520)
    return pit


def fund_pit(
    *options: Instrument, units: int = 0, cash: object = 100_000, **fields: Any
) -> OptionPit:
    """Return a pit of options on the ETF and the ETF, which is at 3.000; the account may hold some units."""
    pit = OptionPit(*options, fund(), cash=cash, start="09:31", **fields)
    if units:
        pit.trade("buy", fund(), units, 3.0)
    pit.price(fund(), 3.0)
    return pit


def us_pit(*options: Instrument, **fields: Any) -> OptionPit:
    """Return a pit of options on AAPL and the share, which is at 200; New York has just opened."""
    pit = OptionPit(*options, us_share(), cash=100_000, start="22:31", **fields)
    pit.price(us_share(), 200)
    return pit
