"""`anyvenue.connect("paper")`: a served exchange in a script, with the calls of the simulated one."""

import asyncio
from collections.abc import Iterator

import pytest

import anyvenue as av
from anyvenue.app.connect import connect, connect_async
from anyvenue.app.served_venue import ServedVenue
from served import served_apart


@pytest.fixture(name="url")
def _url() -> Iterator[str]:
    with served_apart() as url:
        yield url


def alice_and_bob(url: str) -> tuple[ServedVenue, ServedVenue]:
    """Return connections of both."""
    alice = connect("paper", url=url, account="alice", password="secret")
    return alice, connect("paper", url=url, account="bob", password="secret")


def test_two_people_trade_with_each_other(url: str) -> None:
    alice, bob = alice_and_bob(url)
    with alice, bob:
        bought = alice.buy("rb2701", 2, price=3400)
        assert bought.state is av.OrderState.OPEN
        sold = bob.sell("rb2701", 1, price=3400).wait(timeout=60)
        assert (sold.state, sold.average_price) == (av.OrderState.FILLED, 3400)
        assert (bought.filled, bought.remaining) == (1, 1)
        assert alice.position("rb2701").net == 1
        bought.cancel()
        assert bought.wait(timeout=60).state is av.OrderState.CANCELLED
        assert alice.open_orders() == []
        assert len(alice.fills()) == 1
        assert [each.id for each in alice.instruments("螺纹")] == ["rb2701.SHFE"]
        assert alice.account("CNY").balance < 1_000_000


def test_a_refused_order_says_why_and_is_done(url: str) -> None:
    alice, _ = alice_and_bob(url)
    with alice:
        order = alice.sell("rb2701", 1, price=3400, offset="close")
        assert order.wait(timeout=60).state is av.OrderState.REJECTED
        assert "would close more" in order.reason


def test_what_is_missing_or_unknown_is_said() -> None:
    with pytest.raises(av.ConfigError, match="account is missing"):
        av.connect("paper")
    with pytest.raises(av.ConfigError, match="password is missing"):
        connect_async("paper", account="alice")
    with pytest.raises(av.ConfigError, match="sim, paper"):
        av.connect("moon")  # type: ignore[call-overload]


def test_the_same_for_asyncio(url: str) -> None:
    async def main() -> None:
        async with av.connect_async("paper", url=url, account="bob", password="secret") as venue:
            order = await venue.buy("rb2701", 1, price=3000)
            assert order.state is av.OrderState.OPEN
            await venue.cancel_all()

    asyncio.run(main())
