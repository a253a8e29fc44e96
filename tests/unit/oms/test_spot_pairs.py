"""Spot pairs: both ends of a trade are money of the account."""

from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import InstrumentKind, Offset, Side
from anyvenue.model.events import BalanceAligned, OrderRejected
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, Financing, Instrument
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.reconcile import Correction, reconcile
from builders import ALICE, SECOND, Pit, fees, margin, perpetual, quote

D = Decimal


def pair(quote_currency: str) -> Instrument:
    """Return BTC against a currency, fee a thousandth."""
    return perpetual(
        id=make_instrument_id(f"BTC-{quote_currency}", "BINANCE"),
        kind=InstrumentKind.SPOT,
        currency=quote_currency,
        base="BTC",
        position_rule=CASH_STOCK_T0,
        fees=fees("0.001", "0.001", "0.001"),
        margin=None,
    )


USDT, USDC = pair("USDT"), pair("USDC")


def bought() -> Pit:
    """Return an account with 100,000 of both dollars that bought 1.5 BTC for 40,000 each."""
    pit = Pit(USDT, USDC, cash=100_000)
    pit.buy("1.5", 40_000)
    pit.quote(39_999, 40_000)
    return pit


def sell(pit: Pit, of: Instrument, quantity: str) -> None:
    """Sell for 41,000."""
    pit.sell(quantity, 41_000, of=of)
    pit.see(quote(of, pit.now + SECOND, 41_000, 41_001))


def test_a_purchase_moves_both_currencies() -> None:
    pit = bought()
    state = pit.exchange.account(ALICE)
    assert state.ledger.balance("USDT") == D("39940")  # 100,000 - 60,000 - 60
    assert state.ledger.balance("BTC") == D("1.5")
    assert state.figures("USDT", pit.now).market_value == D("59999.25")  # at 39,999.5
    assert state.ledger.total("BTC") == state.ledger.total("USDT") == 0


def test_what_was_bought_for_one_currency_is_sold_for_another() -> None:
    pit = bought()
    sell(pit, USDC, "1")
    state = pit.exchange.account(ALICE)
    assert state.ledger.balance("BTC") == D("0.5")
    assert state.ledger.balance("USDC") == D("140959")  # 100,000 + 41,000 - 41
    # Of the 1.5 bought for USDT only half a coin is left to be worth anything.
    assert state.figures("USDT", pit.now).market_value == D("19999.75")


def test_coins_paid_in_can_be_sold() -> None:
    pit = Pit(USDT, cash=1_000)
    pit.exchange.deposit(ALICE, "BTC", D(2), pit.now)
    sell(pit, USDT, "2")
    state = pit.exchange.account(ALICE)
    assert state.ledger.balance("BTC") == 0
    assert state.ledger.balance("USDT") == D("82918")
    assert state.position(USDT.id).flat


def test_a_working_sale_freezes_the_coins() -> None:
    pit = bought()
    pit.sell("1", 50_000)
    state = pit.exchange.account(ALICE)
    assert state.available("BTC") == D("0.5")
    pit.sell("0.6", 50_000, of=USDC)
    assert isinstance(pit.events[-1], OrderRejected)
    assert "0.5 available" in pit.events[-1].reason
    pit.cancel(2)
    assert state.available("BTC") == D("1.5")


def test_more_coins_than_there_are_are_not_sold() -> None:
    pit = bought()
    pit.sell("1.501", 41_000)
    assert isinstance(pit.events[-1], OrderRejected)
    assert "has 1.5 available" in pit.events[-1].reason


def test_a_currency_position_pays_its_swap_every_night() -> None:
    euro = perpetual(
        id=make_instrument_id("EURUSD", "FX"),
        kind=InstrumentKind.FX,
        currency="USD",
        base="EUR",
        fees=fees(0, 0, 0),
        margin=margin("0.03"),
        financing=Financing(long=D("0.0360"), short=D("-0.0180")),
    )
    pit = Pit(euro, cash=10_000)
    pit.send(Side.BUY, 10_000, 1, offset=Offset.OPEN)
    pit.quote(1, 1, 100_000, 100_000)
    pit.to("33:00")
    assert pit.exchange.account(ALICE).ledger.balance("USD") == D("9999")  # 10,000 x 3.6 % / 360


def told(pit: Pit, *balances: Account, all_money: bool = True) -> Correction:
    """Return what a venue's word on the money brings, once it is in the books, which have nothing left to do then."""
    state = pit.exchange.account(ALICE)
    snapshot = Snapshot(
        account=ALICE, ts_as_of=pit.now, trading_day=0, balances=balances, all_money=all_money
    )
    correction = reconcile(state, snapshot, pit.now)
    for event in correction.events:
        state.apply_account(event)  # type: ignore[arg-type]
    assert reconcile(state, snapshot, pit.now).events == ()
    return correction


def money(currency: str, amount: str) -> Account:
    return Account(ALICE, currency, 0, 0, balance=D(amount))


def test_coins_that_the_venue_has_fewer_of_are_fewer_in_the_books_whatever_the_lots_say() -> None:
    pit = bought()
    dollars = money("USDT", "39940"), money("USDC", "100000")
    correction = told(pit, money("BTC", "0.5"), *dollars)
    assert [type(each) for each in correction.events] == [BalanceAligned]
    state = pit.exchange.account(ALICE)
    assert state.ledger.balance("BTC") == D("0.5")
    assert state.available("BTC") == D("0.5")  # so no more can be sold
    assert state.figures("USDT", pit.now).market_value == D(
        "19999.75"
    )  # nor are lost coins worth anything
    assert state.position(USDT.id).long == D("1.5")  # what it cost is all that lots know


def test_coins_that_the_venue_has_none_of_are_gone() -> None:
    pit = bought()
    dollars = money("USDT", "39940"), money("USDC", "100000")
    assert told(pit, *dollars, all_money=False).events == ()  # of the coins nothing was said
    told(pit, *dollars)
    state = pit.exchange.account(ALICE)
    assert state.ledger.balance("BTC") == state.available("BTC") == 0
    assert state.figures("USDT", pit.now).market_value == 0


def test_an_account_of_which_nothing_is_left_is_empty() -> None:
    pit = bought()
    told(pit)
    state = pit.exchange.account(ALICE)
    assert [state.ledger.balance(each) for each in state.currencies()] == [0, 0, 0]
