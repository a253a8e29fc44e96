"""What strategies and scripts hear of their accounts, and what they can ask for besides orders."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from anyvenue.data.window import WindowSource
from anyvenue.engine.async_venue import AsyncVenue
from anyvenue.engine.backtest import backtest
from anyvenue.engine.blocking_venue import Venue
from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.commands import (
    AccountCommand,
    CombinePositions,
    ExerciseOption,
    MoveMargin,
    SetLeverage,
    SetMarginMode,
)
from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.errors import ConnectivityError
from anyvenue.model.events import (
    AccountEvent,
    CashMoved,
    CommandRefused,
    DaySettled,
    MarginTermsChanged,
    PositionsCombined,
)
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.wishes import AccountWishes

CATALOG = Catalog(20260915)
PERPETUAL, SPREAD = "BTC-USDT-PERP.BINANCE", "SP i2701&i2705.DCE"
HOURS = VenueOptions(hours="always")
HOUR = 3600 * 1_000_000_000


class Deaf(Strategy):
    """Buys once and listens to nothing about its account."""

    def on_start(self) -> None:
        for each in self.instruments:
            self.quotes(each)

    def on_quote(self, quote: Quote) -> None:
        if not self.position(quote.instrument).net and not self.open_orders():
            self.buy(quote.instrument, self.resolve(quote.instrument).lot.minimum)


class Listens(Deaf):
    """Writes down what happens to its account."""

    def on_start(self) -> None:
        super().on_start()
        self.heard: list[AccountEvent] = []
        self.balances: list[Decimal] = []
        if self.instrument == PERPETUAL:
            self.set_leverage(PERPETUAL, 10)
            self.set_leverage(PERPETUAL, 100_000)

    def on_account(self, event: AccountEvent) -> None:
        self.heard.append(event)
        self.balances.append(self.account().balance)


def run(strategy: Strategy, *instruments: str, start: float = 0, hours: float = 0.1) -> None:
    """Trade some hours of synthetic markets."""
    feed = synthetic_feed(CATALOG, date=20260915, seed=1, instruments=instruments, days=2)
    begin = next(feed.events()).ts_event + int(start * HOUR)
    cut = [WindowSource(each, begin, begin + int(hours * HOUR)) for each in feed.sources]
    result = backtest(strategy, cut, cash=1_000_000, catalog=CATALOG, options=HOURS)
    assert [fault.error for fault in result.faults] == []


def test_funding_a_settled_day_and_another_leverage_are_heard_after_they_are_booked() -> None:
    strategy = Listens()
    run(strategy, PERPETUAL, start=15.9, hours=8.3)
    kinds = [type(each) for each in strategy.heard]
    assert kinds[0] is MarginTermsChanged
    assert kinds.count(CashMoved) >= 2
    assert DaySettled in kinds
    # What was refused comes to `on_refused` and nowhere else, and the money paid in came before the start.
    assert CommandRefused not in kinds
    pairs = list(zip(strategy.heard, strategy.balances, strict=True))
    paid = [(event, balance) for event, balance in pairs if isinstance(event, CashMoved)]
    assert len({balance for _, balance in paid}) > 1


def test_a_strategy_that_does_not_listen_is_plugged_into_nothing() -> None:
    class Hears(Deaf):
        def on_account(self, event: AccountEvent) -> None:
            """Do nothing with it."""

    def handlers(strategy: type[Strategy]) -> int:
        from anyvenue.engine.backtest import ACCOUNT, BacktestNode

        feed = synthetic_feed(CATALOG, date=20260915, seed=1, instruments=["rb2701"], days=1)
        node = BacktestNode(feed, CATALOG, HOURS)
        node.add_account(ACCOUNT, {"CNY": Decimal(1000)})
        node.node.add_strategy(strategy, ACCOUNT, feed.traded)
        return len(node.node.kernel._others[CashMoved])

    assert handlers(Hears) == handlers(Deaf) + 1


def test_held_legs_can_be_combined_and_that_is_heard() -> None:
    class Combines(Listens):
        def on_start(self) -> None:
            super().on_start()
            self.step = 0

        def on_quote(self, quote: Quote) -> None:
            self.step += 1
            if self.step == 10:
                self.buy("i2701.DCE", 1)
                self.sell("i2705.DCE", 1)
            if self.step == 30:
                self.before = self.account("CNY").margin
                self.combine(SPREAD, 1)
            if self.step == 60:
                self.after = self.account("CNY").margin

    strategy = Combines()
    run(strategy, "i2701.DCE", "i2705.DCE", SPREAD)
    (combined,) = [each for each in strategy.heard if isinstance(each, PositionsCombined)]
    assert (combined.instrument, combined.quantity) == (SPREAD, 1)
    assert strategy.after < strategy.before


ASKED: list[tuple[Callable[[AccountWishes], None], type[AccountCommand]]] = [
    (lambda who: who.exercise("rb2701C3500.SHFE", 1, abandon=True), ExerciseOption),
    (lambda who: who.combine(SPREAD, 1, "sell"), CombinePositions),
    (lambda who: who.set_leverage(PERPETUAL, 5), SetLeverage),
    (lambda who: who.set_margin_mode(PERPETUAL, "isolated"), SetMarginMode),
    (lambda who: who.move_margin(PERPETUAL, "-1.5"), MoveMargin),
]


@pytest.mark.parametrize(("ask", "kind"), ASKED)
def test_every_wish_becomes_its_command(
    ask: Callable[[AccountWishes], None], kind: type[AccountCommand]
) -> None:
    made: list[AccountCommand] = []

    class Writes(AccountWishes):
        def _wish(self, instrument: str, make: object) -> None:
            made.append(make("me", instrument, 7))  # type: ignore[operator]

    ask(Writes())
    (command,) = made
    assert type(command) is kind
    assert (command.account, command.ts_event) == ("me", 7)
    if isinstance(command, CombinePositions):
        assert command.side is Side.SELL
    if isinstance(command, SetMarginMode):
        assert command.mode is MarginMode.ISOLATED


def test_a_script_sets_its_leverage() -> None:
    with Venue(speed=0, seed=2) as venue:
        venue.set_leverage(PERPETUAL, 20)
        price = venue.quote(PERPETUAL).ask
        venue.buy(PERPETUAL, "0.1").wait(timeout=60)
        margin = float(venue.account("USDT").margin)
        venue.set_leverage(PERPETUAL, 100_000)
        venue.sell(PERPETUAL, "0.1").wait(timeout=60)
        (refusal,) = venue.refusals()
    assert refusal.instrument == PERPETUAL
    assert margin == pytest.approx(0.1 * price / 20, rel=0.1)
    with pytest.raises(ConnectivityError, match="the venue is closed"):
        venue.set_leverage(PERPETUAL, 20)


def test_asyncio_sets_its_margin_mode_and_subscribes_to_what_is_behind_an_option() -> None:
    async def main() -> None:
        async with AsyncVenue(speed=0, seed=2) as venue:
            venue.set_margin_mode(PERPETUAL, "isolated")
            order = await venue.sell("m2611-C-3000.DCE", 1)
            await order.wait(timeout=60)
            assert order.filled == 1
            assert venue.node.node.kernel.latest["m2611.DCE"]  # type: ignore[index]

    asyncio.run(main())
