"""Limits in a whole run: the same in a backtest and on paper, breakers that follow prices, and a log that tells."""

from decimal import Decimal

import pytest
from short_market import CATALOG, RB, quote, source

from anyvenue import RiskLimits, Strategy, backtest, paper
from anyvenue.model.errors import ConfigError, RiskDenied
from anyvenue.model.market import Quote
from anyvenue.oms.risk import Breakers, JumpBreaker, Limits, Rate, RiskGate

PRICES = [3500.0, 3501, 3502, 3503, 3560, 3561, 3490, 3489]


class Buyer(Strategy):
    """Buys a lot with each quote and leaves a bid far below; keeps what it was refused for."""

    def on_start(self) -> None:
        self.refused: list[str] = []
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        for price in (quote.ask + 5, quote.bid - 200):
            try:
                self.buy(self.instrument, 1, price)
            except RiskDenied as error:
                self.refused.append(error.rule)


def events() -> list[Quote]:
    return [quote(second, price) for second, price in enumerate(PRICES, 1)]


LIMITS = [
    RiskLimits(max_position=Decimal(3)),
    RiskLimits(order_rate=Rate(count=3, seconds=3)),
    RiskLimits(breaker=Breakers(price_jump=JumpBreaker(fraction=Decimal("0.01")))),
    RiskLimits(strategies={"*": Limits(max_daily_loss=Decimal(20))}),
]


@pytest.mark.parametrize("limits", LIMITS, ids=["position", "rate", "jump", "loss"])
def test_a_backtest_and_paper_refuse_the_same(limits: RiskLimits) -> None:
    first, second = Buyer(), Buyer()
    market = source(events())
    one = backtest(first, market, catalog=CATALOG, risk=limits)
    two = paper(second, market, catalog=CATALOG, risk=limits, speed=0)
    assert first.refused == second.refused != []
    assert one.audit_hash == two.audit_hash
    assert one.ledger_hash == two.ledger_hash


def test_a_jump_halts_the_run_asks_its_orders_back_and_says_so() -> None:
    strategy, lines = Buyer(), []
    result = backtest(
        strategy,
        source(events()),
        catalog=CATALOG,
        risk=LIMITS[2],
        logger=lambda who, text: lines.append(f"{who}: {text}"),
    )
    assert strategy.refused == ["price_jump"] * 8
    assert len(result.fills) == 3  # the fourth was working when the price jumped
    (line,) = lines
    assert line.startswith(f"risk: the node is halted by price_jump: {RB.id} moved by +1.7")


def test_without_limits_a_run_is_as_if_there_were_no_gate() -> None:
    market = source(events())
    plain = backtest(Buyer(), market, catalog=CATALOG)
    assert (
        backtest(Buyer(), market, catalog=CATALOG, risk=RiskLimits()).audit_hash == plain.audit_hash
    )


def test_trading_hours_need_somebody_who_knows_them() -> None:
    with pytest.raises(ConfigError, match="sessions_of"):
        RiskGate((), RiskLimits(session_hours=True))
