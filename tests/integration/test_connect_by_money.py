"""Money instead of quantities, targets and closing, on the simulated venue and a served exchange alike."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

import anyvenue as av
from anyvenue.ctos import Ctos
from anyvenue.engine.blocking_venue import Venue
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Offset
from anyvenue.model.market import FundingRate
from anyvenue.venues.paper.client import PaperClient
from served import served, served_apart

D = Decimal
PERP = "BTC-USDT-PERP.OKX"


@pytest.fixture(name="url")
def _url() -> Iterator[str]:
    with served_apart() as url:
        yield url


def sim() -> Venue:
    return av.connect("sim", speed=200.0)


def net(venue: Venue, symbol: str) -> Decimal:
    return venue.position(symbol).net


def test_an_amount_buys_no_more_than_it_says() -> None:
    with sim() as venue:
        order = venue.buy("okx:BTC-USDT-SWAP", amount=5000).wait(60)
        unit, price = venue.find(PERP), order.average_price
        assert price is not None
        assert 5000 - unit.worth(unit.lot.step, price) * 2 < unit.worth(order.filled, price)
        assert unit.worth(order.quantity, price) < 5010
        with pytest.raises(av.OrderError, match="minimum of 100 costs"):
            venue.buy("600519", amount=1000)


def test_a_target_is_reached_kept_and_left() -> None:
    with sim() as venue:
        bought = venue.target(PERP, 2)
        assert bought is not None
        bought.wait(60)
        assert venue.target(PERP, 2) is None
        sold = venue.target(PERP, amount=-3000)
        assert sold is not None
        sold.wait(60)
        assert net(venue, PERP) < 0
        closed = venue.target(PERP, amount=0)
        assert closed is not None
        assert closed.wait(60).order.request.quantity + net(venue, PERP) == sold.quantity - 2


def test_only_what_the_filters_name_is_closed() -> None:
    with sim() as venue:
        for symbol, side, amount in (
            (PERP, "buy", 3000),
            ("ETH-USDT-PERP.OKX", "sell", 3000),
            ("BTC-USDT.OKX", "buy", 500),
            ("BTC-USD-PERP.OKX", "sell", 900),
        ):
            (venue.buy if side == "buy" else venue.sell)(symbol, amount=amount).wait(60)
        venue.buy("rb2701", 2).wait(60)
        venue.sell("rb2701", 1, offset="open").wait(60)
        for order in venue.close_all(side="short"):
            assert order.wait(60).order.request.reduce_only
        assert [(each.long > 0, each.short) for each in venue.positions()] == [(True, 0)] * 3
        for order in venue.close_all("rb2701"):
            order.wait(60)
        assert {each.instrument for each in venue.positions()} == {PERP, "BTC-USDT.OKX"}
        for order in [*venue.close_all(outcome="losers"), *venue.close_all(outcome="winners")]:
            order.wait(60)
        for order in venue.close_all():
            order.wait(60)
        assert venue.positions() == []
        assert venue.close_all() == []


def test_asyncio_has_the_same_calls() -> None:
    async def main() -> None:
        async with av.connect_async("sim", speed=200.0) as venue:
            order = await venue.buy(PERP, amount=2000)
            await order.wait(60)
            more = await venue.target(PERP, amount=4000)
            assert more is not None
            await more.wait(60)
            assert await venue.target(PERP, amount=4000) is None or venue.position(PERP).net > 0
            for each in await venue.close_all():
                await each.wait(60)
            assert venue.positions() == []

    asyncio.run(main())


def test_a_served_exchange_has_the_same_calls() -> None:
    async def main() -> None:
        async with served() as exchange:
            url = f"paper://127.0.0.1:{exchange.port}"
            async with (
                PaperClient(url, "alice", "secret") as alice,
                PaperClient(url, "bob", "secret") as bob,
            ):
                resting = await bob.sell("SHFE.rb2701", 5, price=3400)
                bought = await alice.buy("RB2701", price=3400, amount=70_000)
                assert (bought.quantity, bought.state) == (2, av.OrderState.FILLED)
                await bob.modify(resting.order_id, quantity=9)
                more = await alice.target("rb2701", amount=100_000)
                assert more is None or more.quantity <= 1
                await bob.buy("rb2701", 5, price=3399, offset=Offset.OPEN)
                closing = await alice.close_all()
                assert closing
                assert all(each.request.reduce_only for each in closing)
                for each in closing:
                    assert (await alice.wait(each.order_id, 10)).state is av.OrderState.FILLED
                assert (await alice.position("rb2701")).flat
                assert await alice.close_all() == []

    asyncio.run(main())


def test_a_served_exchange_in_a_script_has_them_too(url: str) -> None:
    alice = av.connect("paper", url=url, account="alice", password="secret")
    with alice, av.connect("paper", url=url, account="bob", password="secret") as bob:
        resting = bob.sell("rb2701", 5, price=3400)
        bought = alice.buy("RB2701", price=3400, amount=70_000).wait(60)
        assert (bought.filled, alice.find("SHFE.rb2701").id) == (2, "rb2701.SHFE")
        more = alice.target("rb2701", 3)
        assert more is not None
        assert more.wait(60).filled == 1
        assert alice.target("rb2701", 3) is None
        bob.modify(resting.order.order_id, quantity=4)
        bob.cancel_order(resting.order.order_id)
        bob.buy("rb2701", 5, price=3399, offset="open")
        (closing,) = alice.close_all("rb2701", outcome="losers")
        assert closing.wait(60).filled == 3
        cex = Ctos(alice)
        assert (cex.positions(), cex.get_price_now("rb2701")) == ([], pytest.approx(3400, abs=5))


# ---- the names of CTOS


def test_the_names_of_ctos_trade_a_coin() -> None:
    with sim() as venue:
        cex = Ctos(venue, "okx")
        unit = cex.find("btc")
        assert (
            unit is cex.find("BTC/USDT") is cex.find("BTC-USDT-SWAP") is cex.exchange_limits("btc")
        )
        assert unit.id in cex.symbols()
        price = cex.get_price_now("btc")
        assert cex.get_price("btc") == pytest.approx(price, rel=0.05)
        book = cex.get_orderbook("btc", 2)
        assert len(book.bids) == len(book.asks) == 2
        assert book.bids[0] > book.bids[1]
        limit = unit.snap(price * 0.9, av.Side.BUY)
        first = cex.place_order("btc", "bid", "post_only", 1, limit, client_id="mine")
        assert cex.place_order("btc", "bid", "post_only", 1, limit, client_id="mine") == first
        assert [each.order_id for each in cex.get_open_orders("btc")] == [first]
        assert cex.amend_order(first, quantity=2) == first
        assert cex.revoke_order(first) == first
        _until(venue, lambda: cex.get_order_status(first).done)
        assert cex.get_order_status(first).state is av.OrderState.CANCELLED
        assert cex.fetch_balance("USDT") == cex.balances()["USDT"] == 100_000


def test_the_names_of_ctos_keep_and_close_positions() -> None:
    with sim() as venue:
        cex = Ctos(venue, "okx")
        assert cex.get_position("eth") is None
        cex.set_coin_position("eth", -2000)
        cex.buy("btc", 3)
        _until(venue, lambda: len(cex.positions()) == 2)
        held = cex.get_position("eth")
        assert held is not None
        assert (held.side, held.quantity > 0) == ("short", True)
        assert held.value == pytest.approx(D(2000), rel=D("0.05"))
        working = cex.close_all_positions("limit", "0.2", symbol="btc")
        assert cex.cancel_all("eth") == []
        assert cex.cancel_all() == working
        _until(venue, lambda: not cex.get_open_orders())
        assert (
            len(cex.close_all_positions(is_good=True) + cex.close_all_positions(is_good=False)) <= 2
        )
        cex.close_all_positions()
        _until(venue, lambda: cex.positions() == [])


def test_funding_is_told_by_the_hour() -> None:
    hour = 3_600_000_000_000
    told = tuple(
        FundingRate(each, 0, 0, D(rate), hours * hour, 2**62)
        for each, rate, hours in (
            (PERP, "0.0008", 8),
            ("ETH-USDT-PERP.OKX", "0.0004", 4),
        )
    )
    options = VenueOptions(hours="always", funding=told)
    with av.connect("sim", speed=200.0, options=options) as venue:
        cex = Ctos(venue, "okx")
        assert cex.fees("btc").hourly == cex.fees("eth").hourly == D("0.0001")
        with pytest.raises(av.OrderError, match="no funding rate of XRP"):
            cex.fees("xrp")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("expected buy or sell", {"side": "hold"}),
        ("order_type 'iceberg'", {"order_type": "iceberg"}),
        ("a market order had price 5", {"price": 5}),
        ("a limit order had price None", {"order_type": "limit"}),
    ],
)
def test_words_that_are_none_are_refused(words: str, wrong: dict[str, object]) -> None:
    with sim() as venue:
        order = {"symbol": "btc", "side": "buy", "size": 1, **wrong}
        with pytest.raises(av.OrderError, match=words):
            Ctos(venue, "okx").place_order(**order)  # type: ignore[arg-type]
        with pytest.raises(av.OrderError, match="there is no order 5"):
            Ctos(venue).revoke_order(5)  # type: ignore[arg-type]


def test_an_exchange_and_a_kind_are_never_guessed() -> None:
    venue = sim()
    with pytest.raises(av.UnknownInstrument, match="no exchange 'kucoin'"):
        Ctos(venue, "kucoin")
    with pytest.raises(av.ConfigError, match="inst_type was 'swap'"):
        Ctos(venue, "okx", "swap")


def _until(venue: Venue, happened: object) -> None:
    """Return once `happened` says so, looking at every change of an order or the market."""
    assert callable(happened)
    for _ in range(2000):
        if happened():
            return
        venue.quote(PERP)
    raise AssertionError("it never happened")
