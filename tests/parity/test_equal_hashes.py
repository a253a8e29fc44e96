"""One run, one hash: in every process, with every hash seed, and as often as one likes."""

import os
import subprocess
import sys
from pathlib import Path

from chatty_strategy import Chatty
from parity_runs import CATALOG, both, sample

from anyvenue.engine.backtest import BacktestNode, backtest, cash_of
from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.ids import AccountId
from anyvenue.sim.faults import FaultPlan

OPTIONS = VenueOptions(
    latency_ms=5,
    latency_jitter_ms=300,
    faults=FaultPlan(seed=4, drop=0.05, duplicate=0.1, delay=0.1, disconnect=0.02, reject=0.05),
)
PROGRAM = """
from test_equal_hashes import hashes
print(*hashes())
"""


def hashes() -> list[str]:
    """Return the hashes of a run with everything in it, both ways."""
    data = [sample("rb2701.SHFE"), sample("i2701.DCE"), sample("600519.SSE")]
    runs = both(
        lambda: Chatty(seed=9, channels=("quotes", "depth"), intervals=("1m",), timers=("30s",)),
        data,
        OPTIONS,
    )
    return [text for result, _ in runs for text in (result.audit_hash, result.ledger_hash)]


def test_two_processes_with_other_hash_seeds_agree() -> None:
    here = hashes()
    for seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=Path(__file__).parent,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == here


def test_runs_in_one_process_do_not_know_of_each_other() -> None:
    assert hashes() == hashes()


def test_another_seed_makes_another_hash() -> None:
    data = [sample("rb2701.SHFE")]
    one, two = (backtest(Chatty(seed=seed), data, catalog=CATALOG) for seed in (1, 2))
    assert one.audit_hash != two.audit_hash
    assert one.ledger_hash != two.ledger_hash


def test_the_data_is_part_of_the_hash_even_when_nothing_is_ordered() -> None:
    quiet = {"most_orders": 0, "every": 10_000}
    one, two = (
        backtest(Chatty(**quiet), sample("rb2701.SHFE", seed=seed), catalog=CATALOG)
        for seed in (1, 2)
    )
    assert one.audit_hash != two.audit_hash


def test_a_feed_can_be_run_again() -> None:
    markets = ["IF2609", "AAPL"]
    feed = synthetic_feed(CATALOG, date=20260915, seed=1, instruments=markets, days=1, hours="real")
    outcomes = []
    for _ in range(2):
        node = BacktestNode(feed, CATALOG)
        account = AccountId("again")
        node.add_account(account, cash_of(1_000_000, feed.instruments))
        node.node.add_strategy(Chatty(most_orders=20), account, feed.instruments)
        node.run()
        outcomes.append(node.result(account))
    one, two = outcomes
    assert one.summary.events > 50_000
    assert one.audit_hash == two.audit_hash
