"""Trading on a served exchange by hand, from asyncio and from a script that blocks."""

import asyncio
from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, OrderState
from anyvenue.model.errors import AuthError, ConnectivityError, UnknownInstrument, UnknownOrder
from anyvenue.model.events import Event
from anyvenue.model.ids import OrderId
from anyvenue.model.market import Depth
from anyvenue.venues.paper.blocking import PaperVenue
from anyvenue.venues.paper.client import PaperClient
from served import served


def test_two_clients_trade_with_each_other_by_hand() -> None:
    async def main() -> None:
        async with served() as exchange:
            url = f"paper://127.0.0.1:{exchange.port}"
            seen: list[Event] = []
            async with (
                PaperClient(url, "alice", "secret", on_event=seen.append) as alice,
                PaperClient(url, "bob", "secret") as bob,
            ):
                alice.subscribe("rb2701")
                assert await alice.quote("rb2701") is None
                bid = await alice.buy("rb2701", 2, price=3300, offset=Offset.OPEN, tag="first")
                assert (bid.state, bid.request.tag) == (OrderState.OPEN, "first")
                quote = await bob.quote("rb2701.SHFE")
                assert quote is not None
                assert quote.bid == 3300.0
                sold = await bob.sell("rb2701", 2, 3300)
                assert sold.state is OrderState.FILLED
                assert (await alice.wait(bid.order_id, 10)).state is OrderState.FILLED
                assert (await alice.position("rb2701")).net == 2
                assert [each.net for each in await bob.positions()] == [-2]
                assert len(await bob.fills()) == 1
                assert (await bob.account()).margin > 0
                assert any(isinstance(each, Depth) for each in seen)
                with pytest.raises(UnknownInstrument, match="not listed here"):
                    await bob.buy("ag2612", 1)
                with pytest.raises(UnknownOrder):
                    await bob.order(OrderId(1))

    asyncio.run(main())


def test_a_refused_order_comes_back_with_the_reason() -> None:
    async def main() -> None:
        async with served() as exchange:
            url = f"127.0.0.1:{exchange.port}"
            async with PaperClient(url, "alice", "secret") as alice:
                refused = await alice.buy("rb2701", 100_000, price=3300)
                assert refused.state is OrderState.REJECTED
                assert refused.reason
                off = await alice.buy("rb2701", 1, price="3300.5")
                assert off.state is OrderState.REJECTED
                assert "off its tick" in off.reason

    asyncio.run(main())


def test_a_script_can_do_the_same_and_wait() -> None:
    async def main() -> None:
        async with served() as exchange:
            url = f"paper://127.0.0.1:{exchange.port}"

            def script() -> None:
                with PaperVenue(url, "alice", "secret") as venue:
                    assert [each.symbol for each in venue.instruments()] == ["rb2701"]
                    order = venue.buy("rb2701", 1, 3300)
                    assert [each.order_id for each in venue.open_orders()] == [order.order_id]
                    venue.cancel_all()
                    assert venue.wait(order.order_id, 10).state is OrderState.CANCELLED
                    again = venue.sell("rb2701", 1, 3400)
                    venue.cancel(again.order_id)
                    venue.wait(again.order_id, 10)
                    assert venue.order(order.order_id).state is OrderState.CANCELLED
                    venue.subscribe("rb2701")
                    assert venue.quote("rb2701") is not None
                    assert venue.account().balance == Decimal(1_000_000)
                    assert (venue.positions(), venue.fills()) == ([], [])
                    assert venue.position("rb2701").flat
                    assert len(venue.orders()) == 2
                with pytest.raises(ConnectivityError, match="the venue is closed"):
                    venue.orders()

            await asyncio.to_thread(script)

    asyncio.run(main())


def test_a_script_is_told_at_once_that_it_cannot_get_in() -> None:
    async def main() -> None:
        async with served() as exchange:
            venue = PaperVenue(f"127.0.0.1:{exchange.port}", "alice", "wrong")
            with pytest.raises(AuthError):
                await asyncio.to_thread(venue.open)

    asyncio.run(main())
