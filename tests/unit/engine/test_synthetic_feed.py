"""Synthetic markets as data of a run: several that belong together, late ones, and the label that they are made up."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from math import log
from pathlib import Path
from statistics import correlation

import pytest

from anyvenue.app.report import result_json
from anyvenue.data.convert import convert_source
from anyvenue.data.readers import open_source
from anyvenue.data.source import PassingSource
from anyvenue.data.window import WindowSource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.optimise.loading import HeldSource
from anyvenue.engine.synthetic import SyntheticFeed, synthetic_feed, synthetic_source
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import FUTURE_AUTO_DATED, Instrument
from anyvenue.model.market import Depth, MarketData
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library import built_in
from anyvenue.strategy.library.ema_cross import EmaCross

CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
SECOND = 1_000_000_000


def feed_of(*names: str, **options: object) -> SyntheticFeed:
    return synthetic_feed(CATALOG, date=20260915, seed=3, instruments=names, **options)  # type: ignore[arg-type]


def mids(events: Iterator[MarketData], name: str, count: int) -> dict[int, float]:
    found = (each for each in events if isinstance(each, Depth) and each.instrument == name)
    return {each.ts_recv: each.mid for each in islice(found, count)}


def test_an_option_follows_the_future_that_is_beside_it() -> None:
    catalog = Catalog(20260915)
    option = Instrument(
        id=make_instrument_id("rb2701C3400", "SHFE"),
        kind=InstrumentKind.OPTION,
        currency="CNY",
        price_step=FixedStep(Decimal("0.5")),
        lot=LotRule(),
        position_rule=FUTURE_AUTO_DATED,
        sessions=RB.sessions,
        multiplier=Decimal(10),
        underlying=RB.id,
        strike=Decimal(3000),
        right=OptionRight.CALL,
        expiry=20261225,
    )
    catalog.add(option)
    feed = synthetic_feed(catalog, date=20260915, seed=3, instruments=[RB.id, option.id])
    prices: dict[str, list[float]] = {RB.id: [], option.id: []}
    for event in islice(feed.events(), 20_000):
        if isinstance(event, Depth) and not event.ts_recv % (60 * SECOND):
            prices[event.instrument].append(event.mid)
    assert len(prices[RB.id]) == len(prices[option.id]) > 80
    assert correlation(prices[RB.id], prices[option.id]) > 0.95
    assert all(worth > future - 3000 - 3 for future, worth in zip(*prices.values(), strict=True))


def test_an_instrument_that_joins_late_has_the_price_it_would_have_had() -> None:
    whole = mids(feed_of("rb2701", "cu2701").events(), "cu2701.SHFE", 3000)
    feed = feed_of("rb2701")
    events = feed.events()
    for _ in range(1000):
        next(events)
    feed.join(CATALOG.get("cu2701.SHFE"))
    late = mids(events, "cu2701.SHFE", 1000)
    assert set(late) <= set(whole)
    assert max(abs(log(price / whole[ts])) for ts, price in late.items()) < 0.0005


def test_a_feed_gives_the_same_events_each_time() -> None:
    feed = feed_of("rb2701", "rb2705", "AAPL", days=1, hours="real")
    one, two = (repr(list(islice(feed.events(), 3000))) for _ in range(2))
    assert one == two


@pytest.fixture(scope="module")
def night() -> WindowSource:
    """Return ten minutes of a synthetic night."""
    source = synthetic_source(RB, [20260915], SESSIONS, 1, 3500)
    start = SESSIONS.windows(20260915)[0].start
    return WindowSource(source, start, start + 600 * SECOND)


def test_the_label_stays_on_what_is_cut_held_or_converted(
    night: WindowSource, tmp_path: Path
) -> None:
    assert night.synthetic
    assert HeldSource(night, None).synthetic
    path = tmp_path / "rb.avc"
    convert_source(night, path)
    assert open_source(path, catalog=CATALOG).synthetic


def test_a_result_says_that_its_prices_were_made_up(night: WindowSource) -> None:
    result = backtest(EmaCross, night, parameters={"fast": 20, "slow": 60}, catalog=CATALOG)
    assert result.synthetic
    assert result_json(result, "x")["synthetic"] is True
    recorded = backtest(EmaCross, list(night.events()), catalog=CATALOG)
    assert not recorded.synthetic


def test_what_is_behind_an_option_or_a_spread_has_a_hidden_market_that_nobody_trades() -> None:
    feed = feed_of("rb2701C3500.SHFE", "SP i2701&i2705.DCE", "i2701.DCE", days=1, hours="real")
    hidden = {source.instrument.id for source in feed.sources if source.hidden}
    assert hidden == {"rb2701.SHFE", "i2705.DCE"}
    shown = [each.id for each in feed.traded]
    assert shown == ["rb2701C3500.SHFE", "SP i2701&i2705.DCE", "i2701.DCE"]
    first = [each.instrument for each in islice(feed.events(), 2)]
    assert set(first) == hidden  # so that their prices are known before anybody asks
    assert PassingSource(feed.sources[0]).hidden


def test_what_is_behind_an_instrument_that_joins_comes_with_it() -> None:
    feed = feed_of("rb2701")
    index, option = feed.join(CATALOG.get("IO2609-C-4000.CFFEX"))
    assert (index.instrument.id, index.hidden) == ("000300.SSE", True)
    assert (option.instrument.id, option.hidden) == ("IO2609-C-4000.CFFEX", False)
    assert len(feed.join(CATALOG.get("rb2701C3500.SHFE"))) == 1


KINDS = (
    "rb2701C3500.SHFE", "IO2609-C-4000.CFFEX", "510050C2609M02800.SSE", "AAPL260918C00230000.US",
    "SP i2701&i2705.DCE", "510300.SSE", "019742.SSE", "EURUSD.FX", "BTC-USDT.BINANCE", "BTC-USDT-PERP.BINANCE",
    "BTC-USD-PERP.BINANCE",
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("strategy", ["ema_cross", "grid", "basket"])
def test_every_kind_of_instrument_is_traded_and_its_recount_holds(name: str, strategy: str) -> None:
    feed = synthetic_feed(CATALOG, date=20260915, seed=5, instruments=[name], days=1)
    begin = next(feed.events()).ts_event
    cut = [WindowSource(each, begin, begin + 1200 * SECOND) for each in feed.sources]
    result = backtest(
        built_in(strategy),
        cut,
        parameters={"interval": "10s"} if strategy == "basket" else None,
        cash={"CNY": 5_000_000, "USD": 100_000, "USDT": 100_000, "BTC": 1},
        options=VenueOptions(hours="always", latency_ms=1.0),
        catalog=CATALOG,
    )
    assert result.faults == []
    assert result.recount_differences == []
    assert result.orders or strategy == "basket"  # a bond that falls is not bought
