"""The same strategy as a backtest and as paper trading: the same commands, the same fills, the same hashes.

    python examples/compare_paper_backtest.py

What to see: two audit hashes and two ledger hashes, equal in pairs. A backtest is one loop over the data. Paper
trading sends every event through an event loop, an inbox and a driver, as live trading would, and only the wall
clock paces it (`speed=0`: not at all). The audit hash is over all commands, order events and data; the ledger hash
over all postings. A third run with another parameter shows that the hashes do tell runs apart.
"""

import anyvenue as av
from anyvenue.engine.synthetic import synthetic_source
from anyvenue.strategy.library.ema_cross import EmaCross


def main() -> None:
    """Run one day three times and print the hashes."""
    catalog = av.Catalog(20260915)
    index = catalog.get("IF2609.CFFEX")
    sessions = catalog.sessions(index.sessions)
    ticks = synthetic_source(index, [20260915], sessions, seed=2, start=3950)
    averages = {"fast": 100, "slow": 500}
    backtest = av.backtest(EmaCross, ticks, parameters=averages)
    paper = av.paper(EmaCross, ticks, parameters=averages, speed=0)
    other = av.backtest(EmaCross, ticks, parameters={"fast": 100, "slow": 501})
    for name, result in (("backtest", backtest), ("paper", paper), ("other", other)):
        print(
            f"{name:9} fills {len(result.fills):3}  audit {result.audit_hash}  ledger {result.ledger_hash}"
        )
    same = (backtest.audit_hash, backtest.ledger_hash) == (paper.audit_hash, paper.ledger_hash)
    print(f"paper equals backtest: {same}")
    print(f"the other run differs: {other.audit_hash != backtest.audit_hash}")


if __name__ == "__main__":
    main()
