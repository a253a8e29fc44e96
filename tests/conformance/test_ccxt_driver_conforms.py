"""The driver of ccxt's exchanges passes the suite in a process of its own.

Over our Binance server, spot and USD-M, and over small servers of the wires of Bitfinex, HTX and Alpaca that plain ccxt
passes, too (tests/clients/test_ccxt_driver.py).
"""

import pytest
from ccxt_desk_harness import DeskHarness
from ccxt_harness import SpotHarness, UsdmHarness

from anyvenue.model.ids import InstrumentId
from anyvenue.testing.conformance import CASES, Case, DriverHarness, run_case, skip_reason
from bitfinex_served import KEY as BITFINEX_KEY
from bitfinex_served import SECRET as BITFINEX_SECRET
from bitfinex_served import Bitfinex


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


HARNESSES = [SpotHarness, UsdmHarness, BitfinexHarness, BitfinexContractsHarness]


@pytest.mark.clients
@pytest.mark.long
@pytest.mark.parametrize("harness", HARNESSES)
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_driver_of_ccxt(case: Case, harness: type[DriverHarness]) -> None:
    reason = skip_reason(case, harness())
    if reason:
        pytest.skip(reason)
    run_case(case, harness)
