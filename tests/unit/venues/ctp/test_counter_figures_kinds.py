"""Positions and money agree for whatever is traded at the counter: coins, shares, options, in every way of booking."""

from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import NamedTuple

import pytest
from counter_rig import ALICE, BUY, SELL, Rig

from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Offset, OrderType
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.settings import AccountSettings
from anyvenue.venues.ctp.counter.context import Row


class Market(NamedTuple):
    """Instruments with a price and a lot each, and the account that trades them."""

    prices: dict[str, tuple[int, Decimal]]
    cash: dict[str, int]
    settings: AccountSettings = AccountSettings()


COIN, ONE = Decimal("0.01"), Decimal(1)
MARKETS = {
    "netted perpetual and spot": Market(
        {"BTC-USDT-PERP.BINANCE": (50_000, COIN), "BTC-USDT.BINANCE": (50_000, COIN)},
        {"USDT": 1_000_000},
    ),
    "hedged perpetual": Market(
        {"BTC-USDT-PERP.BINANCE": (50_000, COIN)},
        {"USDT": 1_000_000},
        AccountSettings(hedged=True),
    ),
    "inverse perpetual": Market({"BTC-USD-PERP.BINANCE": (50_000, ONE)}, {"BTC": 100}),
    "shares on margin and their options": Market(
        {"AAPL.US": (200, ONE), "AAPL260918C00230000.US": (5, ONE)},
        {"USD": 10_000_000},
        AccountSettings(securities_margin=True),
    ),
    "future, its option and a share": Market(
        {"m2701.DCE": (3000, ONE), "m2701-C-3000.DCE": (60, ONE), "600519.SSE": (1500, ONE * 100)},
        {"CNY": 10_000_000},
    ),
}


def total(rows: Iterable[Row], name: str) -> float:
    return sum(float(row[name]) for row in rows)


def check(rig: Rig) -> None:
    """Compare what the rows add up to with the money of their currency."""
    rows = rig.positions()
    for money in rig.ask("TradingAccount"):
        own = [
            row
            for row in rows
            if rig.instrument(str(row["InstrumentID"])).currency == money["CurrencyID"]
        ]
        for of_rows, of_money in (
            ("UseMargin", "CurrMargin"),
            ("FrozenMargin", "FrozenMargin"),
            ("FrozenCommission", "FrozenCommission"),
            ("Commission", "Commission"),
        ):
            assert total(own, of_rows) == pytest.approx(money[of_money], abs=1e-6), of_rows
        marked = [row for row in own if _is_marked(rig, row)]
        for name in ("PositionProfit", "CloseProfit"):
            assert total(marked, name) == pytest.approx(money[name], abs=1e-6), name
        gained = ("PreBalance", "Deposit", "CloseProfit", "PositionProfit", "CashIn")
        balance = sum(float(money[name]) for name in gained)
        balance -= float(money["Withdraw"]) + float(money["Commission"])
        assert money["Balance"] == pytest.approx(balance, abs=1e-6)


def _is_marked(rig: Rig, row: Row) -> bool:
    """What is paid for has its gains in its value, not in the account's profit."""
    instrument = rig.instrument(str(row["InstrumentID"]))
    return instrument.position_rule.margined and instrument.exchange != "US"


def check_lots(rig: Rig) -> None:
    """The events alone must give the lots of the books."""
    state = rig.broker.exchange.account(ALICE)
    for record in rig.broker._diaries[ALICE]._records():
        for instrument in rig.instruments:
            holding = state.holding(instrument.id)
            for side in (BUY, SELL):
                if instrument.currency == record.currency:
                    book = holding.held_by(side) if holding else None
                    assert record.raw_side(instrument.id, side).agrees(book)


def do_something(rig: Rig, market: Market, chance: Random) -> None:
    name = chance.choice(list(market.prices))
    around, lot = market.prices[name]
    price = around + chance.randrange(-3, 4)
    if chance.random() < 0.3:
        rig.quote(name, price)
        return
    offset = chance.choice([Offset.OPEN, Offset.AUTO, Offset.CLOSE])
    side, quantity = chance.choice([BUY, SELL]), lot * chance.randrange(1, 4)
    request = OrderRequest(
        *(ALICE, rig.instrument(name).id, side, quantity, Decimal(price), OrderType.LIMIT),
        offset=offset,
    )
    try:
        rig.broker.submit(ALICE, request)
    except AnyvenueError:
        return
    rig.pass_time(rig.now)


@pytest.mark.parametrize("kind", MARKETS)
def test_rows_and_money_agree_after_every_event(kind: str) -> None:
    market, chance = MARKETS[kind], Random(1)
    options = VenueOptions(settings=market.settings)
    rig = Rig(*market.prices, cash=market.cash, options=options)
    if "shares on margin" in kind:
        rig.pass_time(rig.now + 13 * 3600 * 10**9)  # to New York's morning
    for name, (price, _) in market.prices.items():
        rig.quote(name, price)
    for _ in range(2):
        for _ in range(60):
            do_something(rig, market, chance)
            check(rig)
            check_lots(rig)
        assert rig.broker.fills(ALICE)
        rig.settle()
        assert rig.ask("SettlementInfo")
        rig.pass_time(rig.now + 18 * 3600 * 10**9)
