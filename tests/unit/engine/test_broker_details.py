"""What a broker says in detail outlives its process, and is asked of the served exchange as of the simulated one."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.enums import InstrumentStatus, Side
from anyvenue.model.errors import AccountError, UnknownInstrument
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.protocols import Broker
from served import RB, SECOND, SteppedClock, hosted, order

ALICE, BOB = AccountId("alice"), AccountId("bob")


def traded(folder: Path, clock: SteppedClock, snapshot_every: int = 10**9) -> HostedExchange:
    """Return an exchange on which two accounts have dealt with each other."""
    exchange = hosted(folder, clock=clock, snapshot_every=snapshot_every, sync="order")
    for account in (ALICE, BOB):
        exchange.create_account(account, {"CNY": Decimal(1_000_000)}, "secret")
    clock.time += SECOND
    exchange.submit(ALICE, order(ALICE, 1, Side.BUY, 3300, 3).request, "1", "main")
    exchange.submit(BOB, order(BOB, 2, Side.SELL, 3300, 2).request, "2", "main")
    return exchange


def details(exchange: HostedExchange) -> list[object]:
    """Return all that is said in detail of both accounts."""
    return [
        (
            exchange.funds(account),
            exchange.legs(account),
            exchange.lots(account),
            exchange.rates(account, RB),
            exchange.statements(account),
        )
        for account in (ALICE, BOB)
    ]


def test_the_served_exchange_is_a_broker(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = traded(tmp_path, SteppedClock())
        as_broker: Broker = exchange
        (leg,) = as_broker.legs(BOB)
        assert (leg.side, leg.today, leg.quantity) == (Side.SELL, True, 2)
        (leg,) = as_broker.legs(ALICE)
        assert (leg.quantity, leg.opening, leg.opened) == (2, 1, 2)
        (lot,) = as_broker.lots(ALICE)
        assert (lot.price, lot.quantity, lot.closed) == (3300, 2, 0)
        rates = as_broker.rates(ALICE, RB)
        assert rates.fees is not None
        assert rates.margin is not None
        assert as_broker.status(RB) in set(InstrumentStatus)
        exchange.close()

    asyncio.run(main())


@pytest.mark.parametrize("snapshot_every", [10**9, 1])
def test_details_and_statements_come_back_after_a_restart(
    tmp_path: Path, snapshot_every: int
) -> None:
    async def main() -> None:
        clock = SteppedClock()
        exchange = traded(tmp_path, clock, snapshot_every)
        exchange.settle()
        exchange.submit(BOB, order(BOB, 3, Side.SELL, 3300, 1).request, "3", "main")
        before = details(exchange)
        assert exchange.statements(ALICE)
        exchange.close()
        again = hosted(tmp_path, clock=clock, snapshot_every=snapshot_every)
        assert details(again) == before
        again.close()

    asyncio.run(main())


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = traded(tmp_path, SteppedClock())
        for read in (exchange.funds, exchange.legs, exchange.lots, exchange.statements):
            with pytest.raises(AccountError):
                read(AccountId("nobody"))
        with pytest.raises(UnknownInstrument):
            exchange.status(InstrumentId("nothing.SHFE"))
        exchange.close()

    asyncio.run(main())
