"""What an exchange holds for the latest of an instrument: a price, whatever else was told since."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentStatus, Side
from anyvenue.model.market import BookDelta, FundingRate, MarketEvent, Status
from anyvenue.reference.sessions import get_sessions
from anyvenue.sim.exchange import Exchange
from builders import quote, rebar

RB = rebar()
OTHERS = (
    FundingRate(RB.id, 2, 2, Decimal("0.0001"), 3600, 2),
    BookDelta(RB.id, 2, 2, Side.BUY, 100.0, 1.0, 1),
    Status(RB.id, 2, 2, InstrumentStatus.HALTED),
)


@pytest.mark.parametrize("event", OTHERS)
def test_what_tells_no_price_hides_none(event: MarketEvent) -> None:
    exchange = Exchange(lambda _: RB, lambda _: get_sessions("always"))
    price = quote(RB, 1, 3500.0, 3501.0)
    for each in (price, event):
        exchange.apply(each, each.ts_recv)
    assert exchange.latest[RB.id] is price
