"""A day of a synthetic market, the same on every machine: commands, events, money and data to one hash.

A hash that changes says that some decision, fill or posting changed. If that was meant, say so in the changelog and
write the new hashes down: `python tests/golden/test_audit_hashes.py`.
"""

from itertools import islice
from pathlib import Path

import pytest

import anyvenue as av
from anyvenue.engine.synthetic import synthetic_source
from anyvenue.model.market import Depth
from anyvenue.strategy.library import built_in

GOLDEN = Path(__file__).with_name("audit_hashes.txt")
RUNS = [
    ("ema_cross", "rb2701.SHFE", 3500, 0.0),
    ("ema_cross", "IF2609.CFFEX", 3950, 20.0),
    ("ema_cross", "600519.SSE", 1450, 0.0),
    ("grid", "i2701.DCE", 780, 0.0),
    ("grid", "AAPL.US", 230, 5.0),
    ("ema_cross", "BTC-USDT-PERP.BINANCE", 60000, 0.0),
    ("grid", "BTC-USD-PERP.BINANCE", 60000, 0.0),
    ("ema_cross", "BTC-USDT.BINANCE", 60000, 5.0),
]


def hashes(strategy: str, name: str, price: int, latency_ms: float) -> str:
    """Return the line of one run: strategy, instrument, latency, audit hash, ledger hash."""
    catalog = av.Catalog()
    instrument = catalog.get(name)
    sessions = catalog.sessions(instrument.sessions)
    source = synthetic_source(instrument, [20260915], sessions, 7, price)
    options = av.VenueOptions(latency_ms=latency_ms)
    data: object = source
    if instrument.sessions == "always":
        # A market that never closes has a quarter of a million snapshots a day: some hours of it will do.
        first = islice(source.events(), 20_000)
        data = [each for each in first if isinstance(each, Depth)]
    result = av.backtest(built_in(strategy), data, cash=2_000_000, options=options, catalog=catalog)
    assert result.recount_holds
    assert not result.faults, result.faults
    return f"{strategy} {name} {latency_ms:g} {result.audit_hash} {result.ledger_hash}"


@pytest.mark.parametrize("number", range(len(RUNS)), ids=lambda n: "-".join(map(str, RUNS[n][:2])))
def test_the_same_run_gives_the_same_hashes_as_ever(number: int) -> None:
    assert hashes(*RUNS[number]) == GOLDEN.read_text().splitlines()[number]


if __name__ == "__main__":
    GOLDEN.write_text("".join(f"{hashes(*run)}\n" for run in RUNS))
