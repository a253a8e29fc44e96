"""Ways of matching chosen by options: a broker over an exchange of one's own, backtests, paper, configuration."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from short_market import CATALOG, RB, at, quote

import anyvenue as av
from anyvenue.app.settings import Settings, read_settings
from anyvenue.app.simulation import VenueChoice, venue_options
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.enums import OrderState, OrderType, Side
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.market import Depth, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.strategy.base import Strategy

ALICE, BOB = AccountId("alice"), AccountId("bob")


class Exchange:
    """A broker with two accounts, and what a subscriber has seen."""

    def __init__(self, **options: Any) -> None:
        given = VenueOptions(**options)
        self.broker = SimBroker(CATALOG.get, hours_of(given, CATALOG), given)
        for account in (ALICE, BOB):
            self.broker.create_account(account, {"CNY": Decimal(1_000_000)})
        self.broker.now = at(1)
        self.seen: list[Event] = []
        self.broker.subscribe(RB.id, self.seen.append)

    def send(self, account: AccountId, side: Side, quantity: int, price: int | None) -> OrderId:
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        exact = None if price is None else Decimal(price)
        order = self.broker.submit(
            account, OrderRequest(account, RB.id, side, Decimal(quantity), exact, kind)
        )
        self.to(self.broker.now)
        return order

    def to(self, ts: int) -> None:
        while self.broker.due <= ts:
            self.broker.run_due()

    def order(self, account: AccountId, order_id: OrderId) -> Any:
        return next(each for each in self.broker.orders(account) if each.order_id == order_id)


class TestUsersMeet:
    def test_two_accounts_trade_with_each_other_and_subscribers_see_it(self) -> None:
        venue = Exchange(matching="book")
        offer = venue.send(BOB, Side.SELL, 3, 3500)
        (shown,) = [event for event in venue.seen if isinstance(event, Depth)]
        assert (shown.ask, shown.ask_size, shown.bid_prices) == (3500, 3, ())
        bid = venue.send(ALICE, Side.BUY, 2, 3501)
        assert venue.order(ALICE, bid).state is OrderState.FILLED
        assert venue.order(BOB, offer).filled == 2
        (trade,) = [event for event in venue.seen if isinstance(event, Trade)]
        assert (trade.price, trade.size, trade.aggressor) == (3500, 2, Side.BUY)
        latest = venue.seen[-1]
        assert isinstance(latest, Depth)
        assert (latest.ask_size, latest.last, latest.volume) == (1, 3500, 2)

    def test_each_account_hears_of_its_own_fills_only(self) -> None:
        venue = Exchange(matching="book")
        venue.send(BOB, Side.SELL, 3, 3500)
        venue.send(ALICE, Side.BUY, 2, 3501)
        assert [fill.account for fill in venue.broker.fills(ALICE)] == [ALICE]
        assert [fill.account for fill in venue.broker.fills(BOB)] == [BOB]

    def test_reports_come_before_the_public_sees_the_trade(self) -> None:
        venue = Exchange(matching="book")
        venue.broker.listen(ALICE, lambda _, event: venue.seen.append(event))
        venue.send(BOB, Side.SELL, 3, 3500)
        venue.seen.clear()
        venue.send(ALICE, Side.BUY, 2, 3501)
        names = [type(event).__name__ for event in venue.seen]
        assert names == ["OrderAccepted", "OrderFilled", "Trade", "Depth"]

    def test_a_cancel_is_seen_as_a_changed_depth(self) -> None:
        venue = Exchange(matching="book")
        offer = venue.send(BOB, Side.SELL, 3, 3500)
        venue.broker.cancel(BOB, offer)
        venue.to(venue.broker.now)
        assert isinstance(venue.seen[-1], Depth)
        assert venue.seen[-1].ask_prices == ()
        assert len(venue.seen) == 2

    def test_cancelling_everything_is_seen_too(self) -> None:
        venue = Exchange(matching="book")
        venue.send(BOB, Side.SELL, 3, 3500)
        venue.broker.cancel_everything()
        assert isinstance(venue.seen[-1], Depth)
        assert venue.seen[-1].ask_prices == ()

    def test_the_quote_is_that_of_the_own_book(self) -> None:
        venue = Exchange(matching="book")
        assert venue.broker.quote(RB.id) is None
        venue.send(BOB, Side.SELL, 3, 3500)
        venue.send(ALICE, Side.BUY, 1, 3500)
        shown = venue.broker.quote(RB.id)
        assert isinstance(shown, Depth)
        assert (shown.ask, shown.ask_size) == (3500, 2)
        assert [each.id for each in venue.broker.instruments()] == [RB.id]

    def test_with_latency_the_order_arrives_late_and_is_seen_then(self) -> None:
        venue = Exchange(matching="book", latency_ms=5)
        venue.send(BOB, Side.SELL, 3, 3500)
        assert venue.seen == []
        venue.to(at(2))
        assert [event.ts_recv - at(1) for event in venue.seen] == [5_000_000]

    def test_other_ways_of_matching_publish_nothing_of_their_own(self) -> None:
        venue = Exchange()
        venue.send(BOB, Side.SELL, 3, 3500)
        assert venue.seen == []


class TestChoice:
    @pytest.mark.parametrize(
        ("matching", "filled"), [("touch", 50), ("queue", 50), ("maker", 80), ("book", 0)]
    )
    def test_the_option_chooses_what_fills(self, matching: str, filled: int) -> None:
        venue = Exchange(matching=matching)
        venue.broker.on_market(quote(1))
        order = venue.send(ALICE, Side.BUY, 80, 3501)
        venue.broker.on_market(quote(2))
        assert venue.order(ALICE, order).filled == filled

    def test_the_queue_model_is_an_option_too(self) -> None:
        with pytest.raises(ConfigError, match="queue_model was 'guess'"):
            Exchange(matching="queue", queue_model="guess")

    def test_an_unknown_way_is_refused_with_those_that_exist(self) -> None:
        with pytest.raises(ConfigError, match="touch, queue, maker, book"):
            Exchange(matching="dark")

    def test_book_matching_makes_no_sense_in_a_backtest(self) -> None:
        with pytest.raises(ConfigError, match="use touch, queue or maker"):
            av.backtest(Joins, MARKET, instrument="rb2701", options=VenueOptions(matching="book"))


class Joins(Strategy):
    """Joins the bid once."""

    def on_start(self) -> None:
        self.sent = False
        self.depth(self.instrument)

    def on_depth(self, depth: Depth) -> None:
        if not self.sent:
            self.sent = True
            self.buy(self.instrument, 2, depth.bid)


def snapshot(second: float, volume: float) -> Depth:
    """Return a market that does not move, with 10 on each side and what has traded at the bid."""
    ts = at(second)
    return Depth(RB.id, ts, ts, (3500.0,), (10.0,), (3501.0,), (10.0,), 3500.0, volume)


MARKET = [snapshot(1, 100), snapshot(2, 109), snapshot(3, 111), snapshot(4, 130)]


@pytest.mark.parametrize("run", [av.backtest, av.paper])
def test_a_strategy_waits_its_turn_in_backtest_and_paper_alike(run: Any) -> None:
    more = {"speed": 0} if run is av.paper else {}
    result = run(Joins, MARKET, instrument="rb2701", options=VenueOptions(matching="queue"), **more)
    assert [(fill.ts_event, fill.quantity) for fill in result.fills] == [(at(3), 1), (at(4), 1)]


class TestConfiguration:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        """Return a configuration that says queue and log."""
        file = tmp_path / "anyvenue.toml"
        file.write_text('[sim]\nmatching = "queue"\nqueue_model = "log"\n', encoding="utf-8")
        return read_settings(file, {})

    def test_the_file_chooses(self, settings: Settings) -> None:
        options = venue_options(settings, VenueChoice(), [RB])
        assert (options.matching, options.queue_model) == ("queue", "log")

    def test_an_option_comes_before_the_file(self, settings: Settings) -> None:
        choice = VenueChoice(matching="queue", queue_model="uniform")
        options = venue_options(settings, choice, [RB])
        assert (options.matching, options.queue_model) == ("queue", "uniform")

    def test_without_either_it_is_touch(self) -> None:
        options = venue_options(Settings(), VenueChoice(), [RB])
        assert (options.matching, options.queue_model) == ("touch", "power2")

    def test_what_does_not_exist_is_refused_with_its_line(self, tmp_path: Path) -> None:
        file = tmp_path / "anyvenue.toml"
        file.write_text('[sim]\nmatching = "dark"\n', encoding="utf-8")
        with pytest.raises(ConfigError, match="line 2"):
            read_settings(file, {})

    def test_a_queue_model_where_nothing_queues_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "anyvenue.toml"
        file.write_text("", encoding="utf-8")
        settings = read_settings(file, {})
        with pytest.raises(ConfigError, match="matching is 'maker': add --matching queue"):
            venue_options(settings, VenueChoice(matching="maker", queue_model="log"), [])
