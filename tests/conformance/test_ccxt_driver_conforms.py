"""The driver of ccxt's exchanges passes the suite in a process of its own.

Over our servers of Binance, spot and USD-M, and of OKX, and over small servers of the wires of Bitfinex, HTX and
Alpaca, which plain ccxt passes, too (tests/clients/test_ccxt_driver.py).
"""

import asyncio
from decimal import Decimal
from functools import cache
from types import SimpleNamespace

import pytest
from ccxt_desk_harness import DeskHarness
from ccxt_harness import OkxHarness, SpotHarness, UsdmHarness
from msgspec.structs import replace

from alpaca_served import KEY as ALPACA_KEY
from alpaca_served import SECRET as ALPACA_SECRET
from alpaca_served import Alpaca
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import CASH_STOCK_T0, Instrument
from anyvenue.model.protocols import Capabilities
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.testing.conformance import CASES, Case, DriverHarness, run_case, skip_reason
from bitfinex_served import KEY as BITFINEX_KEY
from bitfinex_served import SECRET as BITFINEX_SECRET
from bitfinex_served import Bitfinex
from exchange_desk import DeskServer
from hosted_ccxt import require_ccxt
from htx_served import KEY as HTX_KEY
from htx_served import SECRET as HTX_SECRET
from htx_served import HtxContracts, HtxSpot


class BitfinexHarness(DeskHarness):
    """ccxt:bitfinex, spot."""

    exchange = "bitfinex"
    name = InstrumentId("BTC-USDT.BITFINEX")
    keys = (BITFINEX_KEY, BITFINEX_SECRET)

    def make(self) -> Bitfinex:
        return Bitfinex()


class BitfinexContractsHarness(BitfinexHarness):
    """ccxt:bitfinex, perpetuals."""

    kind = "contracts"
    name = InstrumentId("BTC-USDT-PERP.BITFINEX")

    def make(self) -> Bitfinex:
        return Bitfinex(futures=True)


class AlpacaHarness(DeskHarness):
    """ccxt:alpaca."""

    exchange = "alpaca"
    kind = "spot"
    name = InstrumentId("BTC-USD.ALPACA")
    keys = (ALPACA_KEY, ALPACA_SECRET)

    def make(self) -> Alpaca:
        return Alpaca()

    def describe(self) -> Instrument:
        step = Decimal("0.000000001")
        return Instrument(
            id=self.name,
            kind=InstrumentKind.SPOT,
            currency="USD",
            base="BTC",
            price_step=FixedStep(step),
            lot=LotRule(step, Decimal("0.001")),  # orders below ten dollars are refused
            position_rule=CASH_STOCK_T0,
            sessions="always",
        )


class HtxHarness(DeskHarness):
    """ccxt:htx, spot."""

    exchange = "htx"
    name = InstrumentId("BTC-USDT.HTX")
    keys = (HTX_KEY, HTX_SECRET)

    def make(self) -> DeskServer:
        return HtxSpot()

    def describe(self) -> Instrument:
        listed = super().describe()
        return replace(listed, lot=LotRule(Decimal("0.000001"), Decimal("0.001")))


class HtxContractsHarness(HtxHarness):
    """ccxt:htx, USDT-margined contracts."""

    kind = "contracts"
    name = InstrumentId("BTC-USDT-PERP.HTX")

    def make(self) -> DeskServer:
        return HtxContracts()

    def describe(self) -> Instrument:
        return DeskHarness.describe(self)


# What a venue's own words may spoil: the rest is the same for all, and every case starts a process that imports ccxt.
BY_WORDS = (2, 6, 8, 10, 11, 22, 44, 45, 46)
WHOLE = [SpotHarness, UsdmHarness]
PARTLY = [
    OkxHarness,
    BitfinexHarness,
    BitfinexContractsHarness,
    AlpacaHarness,
    HtxHarness,
    HtxContractsHarness,
]
RUNS = [
    *((case, each) for each in WHOLE for case in CASES),
    *((case, each) for each in PARTLY for case in CASES if case.number in BY_WORDS),
]


@cache
def capabilities(harness: type[DriverHarness]) -> Capabilities:
    """Ask a driver once: that starts a process, too."""
    made = harness()
    try:
        return made.driver().capabilities
    finally:
        asyncio.run(made.stop())


def why_not(case: Case, harness: type[DriverHarness]) -> str:
    """Return why a case does not fit, "" where it does."""
    known = SimpleNamespace(capabilities=capabilities(harness))
    return skip_reason(case, type(harness.__name__, (harness,), {"driver": lambda _: known})())


@pytest.mark.clients
@pytest.mark.long
@pytest.mark.parametrize(("case", "harness"), RUNS, ids=lambda each: getattr(each, "name", None))
def test_the_driver_of_ccxt(case: Case, harness: type[DriverHarness]) -> None:
    require_ccxt()
    reason = why_not(case, harness)
    if reason:
        pytest.skip(reason)
    run_case(case, harness)
