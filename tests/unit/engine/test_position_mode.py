"""An account of the hosted exchange is hedged or one-way as it chooses, and comes back as it chose."""

from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import AccountError, InsufficientPosition, InvalidOrder
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.orders import OrderRequest
from served import hosted

ALICE, MAKER = AccountId("alice"), AccountId("maker")
PERP, SPOT = InstrumentId("BTC-USDT-PERP.BINANCE"), InstrumentId("BTC-USDT.BINANCE")
D = Decimal


def exchange_of(folder: Path | None = None) -> HostedExchange:
    return hosted(folder, listed=(PERP, SPOT))


@pytest.fixture
def exchange() -> HostedExchange:
    made = exchange_of()
    open_accounts(made)
    return made


def open_accounts(exchange: HostedExchange) -> None:
    exchange.create_account(MAKER, {"USDT": D(10_000_000), "BTC": D(10)})
    exchange.create_account(ALICE, {"USDT": D(1_000_000)})


def send(
    exchange: HostedExchange, side: Side, offset: Offset, quantity: int, account: AccountId = ALICE
) -> None:
    exchange.submit(
        account, OrderRequest(account, PERP, side, D(quantity), D(50_000), offset=offset)
    )


def trade(exchange: HostedExchange, side: Side, offset: Offset, quantity: int) -> None:
    """Let alice trade with the maker."""
    other = Side.SELL if side is Side.BUY else Side.BUY
    send(exchange, other, Offset.AUTO, quantity, MAKER)
    send(exchange, side, offset, quantity)


def held(exchange: HostedExchange) -> tuple[Decimal, Decimal]:
    found = exchange.positions(ALICE)
    return (found[0].long, found[0].short) if found else (D(0), D(0))


def test_an_account_nets_its_lots_until_it_chooses_otherwise(exchange: HostedExchange) -> None:
    assert not exchange.hedged(ALICE)
    trade(exchange, Side.BUY, Offset.AUTO, 3)
    trade(exchange, Side.SELL, Offset.AUTO, 1)
    assert held(exchange) == (2, 0)


def test_a_hedged_account_holds_both_sides_and_closes_each_on_its_own(
    exchange: HostedExchange,
) -> None:
    exchange.set_hedged(ALICE, True)
    assert exchange.hedged(ALICE)
    assert not exchange.hedged(MAKER)
    trade(exchange, Side.BUY, Offset.OPEN, 3)
    trade(exchange, Side.SELL, Offset.OPEN, 2)
    assert held(exchange) == (3, 2)
    trade(exchange, Side.SELL, Offset.CLOSE, 1)
    trade(exchange, Side.BUY, Offset.CLOSE, 2)
    assert held(exchange) == (2, 0)


def test_a_hedged_account_cannot_close_more_than_it_holds(exchange: HostedExchange) -> None:
    exchange.set_hedged(ALICE, True)
    trade(exchange, Side.BUY, Offset.OPEN, 1)
    with pytest.raises(InsufficientPosition):
        send(exchange, Side.SELL, Offset.CLOSE, 2)


@pytest.mark.parametrize("hedged", [True, False])
def test_the_mode_stays_while_a_contract_is_held_or_ordered(
    exchange: HostedExchange, hedged: bool
) -> None:
    exchange.set_hedged(ALICE, not hedged)
    send(exchange, Side.BUY, Offset.OPEN, 1)
    with pytest.raises(InvalidOrder, match="works"):
        exchange.set_hedged(ALICE, hedged)
    send(exchange, Side.SELL, Offset.AUTO, 1, MAKER)
    with pytest.raises(InvalidOrder, match="is held"):
        exchange.set_hedged(ALICE, hedged)
    assert exchange.hedged(ALICE) is not hedged
    exchange.set_hedged(ALICE, not hedged)  # nothing changes, so nothing is in the way


def test_what_is_held_of_spot_is_not_in_the_way(exchange: HostedExchange) -> None:
    exchange.submit(MAKER, OrderRequest(MAKER, SPOT, Side.SELL, D(1), D(50_000)))
    exchange.submit(ALICE, OrderRequest(ALICE, SPOT, Side.BUY, D(1), D(50_000)))
    assert exchange.positions(ALICE)
    exchange.set_hedged(ALICE, True)
    assert exchange.hedged(ALICE)


def test_a_flat_account_goes_back_and_nets_again(exchange: HostedExchange) -> None:
    exchange.set_hedged(ALICE, True)
    trade(exchange, Side.BUY, Offset.OPEN, 2)
    trade(exchange, Side.SELL, Offset.CLOSE, 2)
    exchange.set_hedged(ALICE, False)
    trade(exchange, Side.SELL, Offset.AUTO, 2)
    trade(exchange, Side.BUY, Offset.AUTO, 1)
    assert held(exchange) == (0, 1)


@pytest.mark.parametrize("snapshot_every", [10**9, 3])
def test_the_mode_comes_back_with_the_account(tmp_path: Path, snapshot_every: int) -> None:
    exchange = hosted(tmp_path, listed=(PERP, SPOT), snapshot_every=snapshot_every)
    open_accounts(exchange)
    exchange.set_hedged(ALICE, True)
    trade(exchange, Side.BUY, Offset.OPEN, 3)
    trade(exchange, Side.SELL, Offset.OPEN, 2)
    figures = exchange.account(ALICE)
    exchange.close()
    again = hosted(tmp_path, listed=(PERP, SPOT), snapshot_every=snapshot_every)
    assert again.hedged(ALICE)
    assert held(again) == (3, 2)
    assert again.account(ALICE) == figures
    trade(again, Side.BUY, Offset.CLOSE, 2)
    assert held(again) == (3, 0)
    again.close()


def test_there_is_no_mode_of_an_account_that_does_not_exist(exchange: HostedExchange) -> None:
    with pytest.raises(AccountError):
        exchange.set_hedged(AccountId("nobody"), True)
    with pytest.raises(AccountError):
        exchange.hedged(AccountId("nobody"))
