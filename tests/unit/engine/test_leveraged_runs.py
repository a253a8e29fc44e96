"""Leveraged contracts in whole runs: a strategy's commands, fundings, liquidations, and links that are down."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.engine.backtest import backtest
from anyvenue.engine.paper import paper
from anyvenue.engine.results import RunResult
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.accounts import Posting
from anyvenue.model.enums import MarginMode, PostingKind, Side
from anyvenue.model.events import CommandRefused
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import FundingRate, Quote
from anyvenue.model.orders import Fill, Order
from anyvenue.oms.account_state import AccountSettings
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import FixedLatency
from anyvenue.strategy.base import Strategy
from builders import SECOND
from leveraged import HOUR
from leveraged_sessions import LeveragedRoom

LINEAR, INVERSE = "BTC-USDT-PERP.BINANCE", "BTC-USD-PERP.BINANCE"
START = 1_767_225_600 * SECOND
CATALOG = Catalog(20260101)


class Bold(Strategy):
    """Chooses isolated margin and a leverage, buys at the third quote and writes down what it hears."""

    leverage: int = 50
    quantity: float = 0.1

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self.seen = 0
        self.heard: list[tuple[str, str]] = []
        self.set_margin_mode(self.instrument, "isolated")
        self.set_leverage(self.instrument, self.leverage)

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1
        if self.seen == 3:
            self.buy(self.instrument, self.quantity)
        if self.seen == 4:
            self.limit = self.liquidation_price(self.instrument)
        if self.seen == 5:
            self.move_margin(self.instrument, "0.00001")

    def on_refused(self, refusal: CommandRefused) -> None:
        self.heard.append(("refused", refusal.reason))

    def on_order(self, order: Order) -> None:
        self.heard.append((str(order.state), order.request.tag))

    def on_fill(self, fill: Fill) -> None:
        self.heard.append(("fill", str(fill.side)))


def quotes(prices: list[float], name: str) -> list[Quote]:
    """Return quotes a second apart."""
    unit = CATALOG.resolve(name)
    return [
        Quote(unit.id, START + n * SECOND, START + n * SECOND, price, price + 0.1, 1e6, 1e6)
        for n, price in enumerate(prices)
    ]


def run(how: Any, name: str, prices: list[float], **options: Any) -> tuple[RunResult, Bold]:
    """Run the bold strategy over quotes."""
    strategy = Bold(quantity=100 if name == INVERSE else 0.1)
    result = how(
        strategy,
        data=quotes(prices, name),
        instrument=name,
        cash=1 if name == INVERSE else 2_000,
        catalog=CATALOG,
        options=VenueOptions(**options),
        **({"speed": 0} if how is paper else {}),
    )
    return result, strategy


FALL = [50_000.0] * 6 + [49_500.0, 48_800.0, 45_000.0]


@pytest.mark.parametrize("name", [LINEAR, INVERSE])
def test_a_strategy_hears_of_its_liquidation_and_the_recount_holds(name: str) -> None:
    result, strategy = run(backtest, name, FALL)
    assert result.faults == []
    assert result.recount_differences == []
    assert ("sent", "liquidation") in strategy.heard
    assert strategy.heard[-2:] == [("filled", "liquidation"), ("fill", "sell")]
    assert result.positions == []
    assert strategy.limit is not None
    assert 48_800 < strategy.limit < 50_000
    (trade,) = result.trades
    assert trade.profit == result.accounts[trade.currency].close_profit
    opening, closing = result.fills
    assert (opening.side, closing.side) == (Side.BUY, Side.SELL)


@pytest.mark.parametrize("name", [LINEAR, INVERSE])
def test_paper_gives_the_same_to_the_hash(name: str) -> None:
    ours, _ = run(backtest, name, FALL)
    theirs, _ = run(paper, name, FALL)
    assert ours.ledger_hash == theirs.ledger_hash
    assert ours.audit_hash == theirs.audit_hash


def test_a_strategy_hears_what_the_venue_refused() -> None:
    lines: list[str] = []
    strategy = Bold(leverage=500)
    result = backtest(
        strategy,
        data=quotes([50_000.0] * 3, LINEAR),
        instrument=LINEAR,
        cash=2_000,
        catalog=CATALOG,
        logger=lambda source, line: lines.append(line),
    )
    assert result.faults == []
    ((kind, reason),) = [each for each in strategy.heard if each[0] == "refused"]
    assert reason == f"leverage of {LINEAR} was 500; expected 1 to 125"
    assert lines == [f"{kind}: {reason}"]


def test_recorded_funding_is_paid_when_it_is_due() -> None:
    due = START + 5 * SECOND + 1
    rates = (FundingRate(InstrumentId(LINEAR), due, due, Decimal("0.0001"), 8 * HOUR, due),)
    result, _ = run(backtest, LINEAR, [50_000.0] * 9, funding=rates)
    assert result.recount_differences == []
    # 0.1 x 50 000.05 x 0.01 %, and the taker's fee of 0.1 x 50 000.1
    assert result.accounts["USDT"].other == Decimal("-0.5000005")
    assert result.accounts["USDT"].margin > 0


def test_both_sides_of_an_inverse_contract_are_counted_by_themselves() -> None:
    settings = AccountSettings(hedged=True, leverage=Decimal(20))

    class Both(Strategy):
        def on_start(self) -> None:
            self.quotes(self.instrument)
            self.seen = 0

        def on_quote(self, quote: Quote) -> None:
            self.seen += 1
            if self.seen in (2, 3):
                self.buy(self.instrument, 7, offset="open")
                self.sell(self.instrument, 3, offset="open")

    result = backtest(
        Both,
        data=quotes([50_000.0, 51_234.5, 48_765.4, 50_001.3, 49_999.9], INVERSE),
        instrument=INVERSE,
        cash=1,
        catalog=CATALOG,
        options=VenueOptions(settings=settings),
    )
    (position,) = result.positions
    assert (position.long, position.short) == (14, 6)
    assert result.recount_differences == []


def test_days_roll_and_fundings_are_paid_while_the_client_is_cut_off() -> None:
    """The link goes down before midnight and comes back a day later: the node catches up, posting by posting."""
    plan = FaultPlan(seed=3, outage_ns=24 * HOUR)
    terms = AccountSettings(leverage=Decimal(10), margin_mode=MarginMode.ISOLATED)
    room = LeveragedRoom(terms, FixedLatency(3_000_000, 2_000_000), plan)
    name, posted = room.instruments[0].id, list[Posting]()
    room.venue.ledger._sink = posted.append
    room._quote(0, 5, 55)
    room._order(0, [0, 1, 1, 0, 0, 0])
    room._quote(0, 5, 55)
    room._wait(0)
    assert room.node.position(name).long == Decimal("0.04")
    room.link._down_until = room.kernel.now + 24 * HOUR  # as `FaultPlan.disconnect` has it
    room._fund(0, [0, 60, 1])
    room._quote(0, 5, 55)
    for _ in range(23):
        room._wait(2)
    assert room.venue.position(name).long_old.quantity == Decimal("0.04")
    assert any(each.kind is PostingKind.FUNDING for each in posted)
    assert room.node.position(name).long_today.quantity == Decimal("0.04")
    assert room.node.ledger.digest() != room.venue.ledger.digest()
    room._wait(3)
    room.close()
    assert room.node.ledger.digest() == room.venue.ledger.digest()
    assert room.node.positions() == room.venue.positions()
    assert room.node.position(name).long_old.quantity == Decimal("0.04")
